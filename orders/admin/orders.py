"""Orders: their status and sums are the engine's, what is typed and clicked runs the same operations as the API."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextInputWidget

from orders import shapes
from orders.admin.due import Due, DueForm, due_date
from orders.admin.links import reference_of
from orders.admin.notes import NotedAdmin, plain_lines
from orders.admin.refunds import RefundForm
from orders.exports import ORDERS
from orders.models import LineItem, Order, Payment
from orders.services import changes
from orders.states import OrderStatus
from printshop.api.admin import ReadOnlyInline
from printshop.bulk.admin import ExportingAdmin, link, money
from printshop.bulk.confirm import ConfirmedAction, ReasonForm
from printshop.bulk.saving import EngineForm, Saving

STATUS_COLOURS = {
    OrderStatus.PENDING_PAYMENT: "warning",
    OrderStatus.PAID: "info",
    OrderStatus.PROCESSING: "info",
    OrderStatus.PRINTING: "primary",
    OrderStatus.POST_PROCESSING: "primary",
    OrderStatus.READY: "success",
    OrderStatus.SHIPPED: "success",
    OrderStatus.CANCELLED: "danger",
    OrderStatus.REFUNDED: "danger",
    OrderStatus.PAUSED: "warning",
}
ADDRESS = {"name": "Name", "line1": "Address line 1", "line2": "Address line 2", "zip": "ZIP or postcode",
           "city": "City", "state": "State", "country": "Country"}  # fmt: skip


def address_field(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=255, required=False, widget=UnfoldAdminTextInputWidget)


class OrderForm(EngineForm):
    """What can be changed of an order after it was made; the address is typed line by line."""

    address_name, address_line1, address_line2, address_zip, address_city, address_state, address_country = (
        address_field(label) for label in ADDRESS.values()
    )

    class Meta:
        model = Order
        fields = ("notes", "due_date", "carrier", "tracking_number")
        widgets = {"notes": UnfoldAdminExpandableTextareaWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        address = self.instance.shipping_address or {}
        self.initial.update({f"address_{part}": address.get(part) or "" for part in ADDRESS})

    def at_stake(self) -> Collection[str]:
        """An address is one thing: half of it as it was shown and half as it is by now would lead nowhere."""
        changed = self.changed_data
        lines = [f"address_{part}" for part in ADDRESS]
        return [*changed, *(one for one in lines if one not in changed)] if set(lines) & set(changed) else changed

    def clean_notes(self) -> str:
        return plain_lines(self.cleaned_data["notes"])

    def given(self) -> dict[str, Any]:
        """An address that is emptied altogether is cleared."""
        given = super().given()
        if any(name.startswith("address_") for name in self.changed_data):
            lines = {part: self.cleaned_data[f"address_{part}"] for part in ADDRESS}
            given["shippingAddress"] = {part: line for part, line in lines.items() if line} or None
        return given

    def field_at(self, path: str) -> str | None:
        part = path.removeprefix("shippingAddress.")
        return f"address_{part}" if part in ADDRESS and part != path else super().field_at(path)


class LineInline(ReadOnlyInline):
    """What was ordered."""

    model = LineItem
    is_part = True
    verbose_name_plural = "Line items"
    fields = readonly_fields = ("sku_shown", "name", "quantity", "options_text", "price", "sum", "expiration_date")

    @display(description="SKU")
    def sku_shown(self, line: LineItem) -> SafeString | str:
        return link("admin:catalog_sku_change", line.sku_id, line.sku_id)

    @display(description="Unit price")
    def price(self, line: LineItem) -> str:
        return f"{line.unit_price / 100:,.2f}"

    @display(description="Total")
    def sum(self, line: LineItem) -> str:
        return f"{line.total / 100:,.2f}"


class PaymentInline(ReadOnlyInline):
    """Money in, money back."""

    model = Payment
    fields = readonly_fields = ("created_at", "kind", "status", "sum", "actor", "reason")

    @display(description="Amount")
    def sum(self, payment: Payment) -> str:
        return money(payment.amount, payment.currency)


def about(order: Order) -> str:
    return f"{order.customer_id}, {money(order.total, order.currency)}"


@admin.register(Order)
class OrderAdmin(ExportingAdmin, NotedAdmin):
    """Orders, newest first. Sums and status are the engine's; notes, address, due date and parcel are typed here."""

    when_empty = "Orders arrive over the API. Say first what the shop sells: upload a list of SKUs."
    form = OrderForm
    editing = Saving(changes.EDIT, shapes.OrderEdit)
    recorded_as = "orders."
    exported = ORDERS
    numbered = {"pk": Order.number_in}
    list_display = ("id_shown", "state", "customer_shown", "sum", "lines", "type", "due", "noted", "created_at")
    list_display_links = ("id_shown",)
    list_filter = ("status", Due, "type", "created_at", "account")
    list_select_related = ("customer",)
    search_fields = ("customer__id__exact", "customer__name__icontains", "customer__email__istartswith",
                     "external_id__exact", "tracking_number__exact")  # fmt: skip
    search_help_text = "Order id, customer's id, name or e-mail address, external id, tracking number"
    ordering = ("-id",)
    readonly_fields = ("id_shown", "state", "due", "customer_shown", "type", "external_id", "return_url", "sums", "sum",
                       "paid_at", "created_at", "updated_at", "uuid", "account", "recorded")  # fmt: skip
    fieldsets = (
        (None, {"fields": (("id_shown", "state"), ("customer_shown", "due"), ("sum", "sums"),
                           ("created_at", "paid_at"), "type")}),
        ("Delivery", {"fields": ("due_date", ("carrier", "tracking_number"), "notes")}),
        ("Shipping address", {"fields": (("address_name",), ("address_line1", "address_line2"),
                              ("address_zip", "address_city"), ("address_state", "address_country"))}),
        ("Record", {"fields": (("external_id", "account"), ("uuid", "updated_at"), "return_url", "recorded")}),
    )  # fmt: skip
    inlines: tuple[type[ReadOnlyInline], ...] = (LineInline, PaymentInline)
    actions = (
        ConfirmedAction("pay", "Pay", changes.PAY, item_of=reference_of, about=about, icon="paid"),
        ConfirmedAction(
            "due",
            "Reschedule",
            changes.EDIT,
            item_of=lambda number: {"id": reference_of(number)},
            about=about,
            form=DueForm,
            done="rescheduled",
            icon="event",
        ),
        ConfirmedAction(
            "cancel", "Cancel", changes.CANCEL, item_of=reference_of, about=about, form=ReasonForm, icon="block"
        ),
        ConfirmedAction(
            "refund",
            "Refund",
            changes.REFUND,
            item_of=reference_of,
            about=about,
            form=RefundForm,
            icon="currency_exchange",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        counted = LineItem.objects.filter(order=OuterRef("pk")).order_by().values("order").values(count=Count("pk"))
        found = super().get_queryset(request).select_related("customer", "account")
        return found.annotate(line_count=Coalesce(Subquery(counted), 0))

    @display(description="Order", ordering="id")
    def id_shown(self, order: Order) -> str:
        return order.reference

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def state(self, order: Order) -> str:
        return order.status

    @display(description="Customer", ordering="customer_id")
    def customer_shown(self, order: Order) -> SafeString | str:
        return link("admin:orders_customer_change", order.customer_id, str(order.customer))

    @display(description="Total", ordering="total")
    def sum(self, order: Order) -> str:
        return money(order.total, order.currency)

    @display(description="Made up of")
    def sums(self, order: Order) -> str:
        parts = {"items": order.subtotal, "shipping": order.shipping, "tax": order.tax}
        return " + ".join(f"{amount / 100:,.2f} {name}" for name, amount in parts.items() if amount or name == "items")

    @display(description="Lines", ordering="line_count")
    def lines(self, order: Order) -> int:
        return order.line_count  # type: ignore[attr-defined]

    @display(description="Due", ordering="due_date")
    def due(self, order: Order) -> Any:
        return due_date(order)
