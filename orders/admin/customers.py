"""Customers, with what they may use."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from orders import shapes
from orders.admin.access import AccessInline
from orders.admin.telling import TellingAdmin
from orders.exports import CUSTOMERS
from orders.models import Customer, Order
from orders.services import customers, erasing
from printshop.bulk.admin import EngineAdmin, ExportingAdmin, list_link
from printshop.bulk.confirm import ConfirmedAction
from printshop.bulk.saving import EngineForm, Saving


class CustomerForm(EngineForm):
    """What is known of a customer."""

    id = forms.CharField(
        max_length=64, required=False, widget=UnfoldAdminTextInputWidget, help_text="Made when it is left empty."
    )

    class Meta:
        model = Customer
        fields = ("id", "name", "firstname", "lastname", "email", "external_id")


def about(customer: Customer) -> str:
    return " ".join(filter(None, (customer.name, customer.email)))


def item_of(key: str) -> dict[str, str]:
    return {"id": key}


@admin.register(Customer)
class CustomerAdmin(TellingAdmin, ExportingAdmin, EngineAdmin):
    """Who buys."""

    when_empty = "Add the first by hand, or let a program send them over the API."
    form = CustomerForm
    creating = Saving(customers.CREATE, shapes.CustomerItem)
    editing = Saving(customers.EDIT, shapes.CustomerFields)
    recorded_as = "customers."
    exported = CUSTOMERS
    list_display = ("id", "name", "email", "external_id", "order_count", "account", "created_at")
    list_filter = ("created_at", "account")
    list_select_related = ("account",)
    search_fields = ("id__istartswith", "name__icontains", "email__istartswith", "external_id__exact")
    search_help_text = "Id, name, e-mail address or external id"
    fieldsets = (
        (None, {"fields": ("id", "name", ("firstname", "lastname"), ("email", "external_id"))}),
        ("Record", {"fields": (("account", "created_at"), "uuid", "orders_shown", "recorded")}),
    )
    add_fieldsets = (fieldsets[0],)
    readonly_fields = ("account", "created_at", "uuid", "orders_shown", "recorded")
    inlines = (AccessInline,)
    actions = (
        ConfirmedAction("delete", "Delete", customers.DELETE, item_of=item_of, about=about, icon="delete"),
        ConfirmedAction(
            "erase",
            "Erase",
            erasing.ERASE,
            item_of=item_of,
            about=about,
            icon="person_remove",
            most=erasing.ERASE.limit,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        counted = Order.objects.filter(customer=OuterRef("pk")).order_by().values("customer").values(count=Count("pk"))
        return super().get_queryset(request).annotate(orders_counted=Coalesce(Subquery(counted), 0))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("id", *self.readonly_fields) if obj else self.readonly_fields

    @display(description="Orders", ordering="orders_counted")
    def order_count(self, customer: Customer) -> int:
        return customer.orders_counted  # type: ignore[attr-defined]

    @display(description="Orders")
    def orders_shown(self, customer: Customer) -> SafeString:
        listed = f"All {self.order_count(customer)} orders of this customer"
        return list_link("admin:orders_order_changelist", listed, customer__exact=customer.pk)
