"""Until when an order is wanted: how lists show it, and how they are narrowed down by it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from orders.models import Order
from orders.models.orders import OrderQuerySet
from printshop.bulk.confirm import TermsForm

WEEK = timedelta(days=6)
LATE, TODAY = "text-red-700 dark:text-red-400", "text-orange-700 dark:text-orange-400"


class Due(admin.SimpleListFilter):
    """Orders that have not left, by the day on which they should; a list of other rows names its `column` of orders."""

    title = "due"
    parameter_name = "due"
    column = "pk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("today", "Today"), ("week", "In the next 7 days"), ("never", "No due date")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        orders = self.orders(timezone.now().date())
        return queryset if orders is None else queryset.filter(**{f"{self.column}__in": orders.order_by().values("pk")})

    def orders(self, today: date) -> OrderQuerySet | None:
        """What was asked for; None where nothing was."""
        match self.value():
            case "overdue":
                return Order.objects.overdue(today)
            case "today":
                return Order.objects.due_between(today, today)
            case "week":
                return Order.objects.due_between(today, today + WEEK)
            case "never":
                return Order.objects.never_due()
        return None


class DueForm(TermsForm):
    """The day for all of the orders."""

    shapes_the_plan = True
    due_date = forms.DateField(
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
        help_text="Empty: nothing is changed, unless the dates are taken away.",
    )
    never = forms.BooleanField(label="Take the dates away", required=False, widget=UnfoldBooleanWidget)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("never") and given.get("due_date"):
            raise forms.ValidationError("Give a date or take the dates away, not both.")
        return given

    def terms(self) -> dict[str, Any]:
        """Each order is given its date."""
        return {}

    def within_items(self) -> dict[str, Any]:
        """As the API would send it: null takes it away."""
        given = self.given()
        if given.get("never"):
            return {"dueDate": None}
        return {"dueDate": given["due_date"].isoformat()} if given.get("due_date") else {}


def due_date(order: Order) -> Any:
    """The day, in a colour and with a word when it has come or passed and the order has not left."""
    day, today = order.due_date, timezone.now().date()
    if day is None or not order.is_overdue(today + timedelta(days=1)):
        return date_format(day) if day else None
    colours, word = (TODAY, "today") if day == today else (LATE, "overdue")
    return format_html('<span class="{}">{} {}</span>', colours, date_format(day), word)
