"""Orders, customers and payments in the admin; what is typed and clicked runs the same operations as the API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextInputWidget

from orders import shapes
from orders.models import Customer, Entitlement, LineItem, Order, Payment
from orders.references import reference
from orders.services import changes, customers
from orders.states import OrderStatus
from printshop.api.admin import ReadOnlyAdmin, ReadOnlyInline
from printshop.bulk.admin import EngineAdmin, link, list_link, money
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


class CustomerForm(EngineForm):
    """What is known of a customer."""

    id = forms.CharField(
        max_length=64, required=False, widget=UnfoldAdminTextInputWidget, help_text="Made when it is left empty."
    )

    class Meta:
        model = Customer
        fields = ("id", "name", "firstname", "lastname", "email", "external_id")


class Overdue(admin.SimpleListFilter):
    """Past the due date and not shipped, cancelled or refunded."""

    title = "overdue"
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=Order.objects.overdue(timezone.now().date()).values("pk"))


class LineInline(ReadOnlyInline):
    """What was ordered."""

    model = LineItem
    verbose_name_plural = "Line items"
    fields = readonly_fields = ("sku_shown", "name", "quantity", "options", "price", "sum", "expiration_date")

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


def due_date(order: Order) -> Any:
    """The day, in red when it has passed and the order has not left."""
    if order.due_date is None or not order.is_overdue(timezone.now().date()):
        return order.due_date
    return format_html('<span class="text-red-700 dark:text-red-400">{} overdue</span>', date_format(order.due_date))


ACCESS_COLOURS = {"active": "success", "expired": "warning", "cancelled": "danger"}


class AccessInline(ReadOnlyInline):
    """What a customer may use, from when until when."""

    model = Entitlement
    verbose_name_plural = "Access"
    fields = readonly_fields = ("sku_shown", "order_shown", "state", "starts_at", "until")

    @display(description="SKU")
    def sku_shown(self, entitlement: Entitlement) -> SafeString | str:
        return link("admin:catalog_sku_change", entitlement.sku_id, entitlement.sku_id)

    @display(description="Order")
    def order_shown(self, entitlement: Entitlement) -> SafeString | str:
        return order_link(entitlement)

    @display(description="State", label=ACCESS_COLOURS)
    def state(self, entitlement: Entitlement) -> str:
        return entitlement.state(timezone.now().date())


def reference_of(number: int) -> str:
    return reference(Order.PREFIX, number)


def about(order: Order) -> str:
    return f"{order.customer_id}, {money(order.total, order.currency)}"


@admin.register(Order)
class OrderAdmin(EngineAdmin):
    """Orders, newest first. Sums and status are the engine's; notes, address, due date and parcel are typed here."""

    form = OrderForm
    editing = Saving(changes.EDIT, shapes.OrderEdit)
    recorded_as = "orders."
    numbered = {"pk": Order.number_in}
    list_display = ("id_shown", "state", "customer_shown", "sum", "lines", "type", "due", "created_at")
    list_display_links = ("id_shown",)
    list_filter = ("status", Overdue, "type", "created_at", "account")
    list_select_related = ("customer",)
    search_fields = ("customer__id__exact", "customer__name__icontains", "customer__email__istartswith",
                     "external_id__exact", "tracking_number__exact")  # fmt: skip
    search_help_text = "Order id, customer's id, name or e-mail address, external id, tracking number"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    readonly_fields = ("id_shown", "state", "customer_shown", "type", "external_id", "return_url", "sums", "sum",
                       "paid_at", "created_at", "updated_at", "uuid", "account", "recorded")  # fmt: skip
    fieldsets = (
        (None, {"fields": (("id_shown", "state"), ("customer_shown", "type"), ("sum", "sums"),
                           ("created_at", "paid_at"))}),
        ("Delivery", {"fields": ("due_date", ("carrier", "tracking_number"), "notes")}),
        ("Shipping address", {"fields": (("address_name",), ("address_line1", "address_line2"),
                              ("address_zip", "address_city"), ("address_state", "address_country"))}),
        ("Record", {"fields": (("external_id", "account"), ("uuid", "updated_at"), "return_url", "recorded")}),
    )  # fmt: skip
    inlines: tuple[type[ReadOnlyInline], ...] = (LineInline, PaymentInline)
    actions = (
        ConfirmedAction("pay", "Pay", changes.PAY, item_of=reference_of, about=about, icon="paid"),
        ConfirmedAction(
            "cancel", "Cancel", changes.CANCEL, item_of=reference_of, about=about, form=ReasonForm, icon="block"
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

    @display(description="Customer", ordering="customer")
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


@admin.register(Customer)
class CustomerAdmin(EngineAdmin):
    """Who buys."""

    form = CustomerForm
    creating = Saving(customers.CREATE, shapes.CustomerItem)
    editing = Saving(customers.EDIT, shapes.CustomerFields)
    recorded_as = "customers."
    list_display = ("id", "name", "email", "external_id", "order_count", "account", "created_at")
    list_filter = ("created_at", "account")
    list_select_related = ("account",)
    search_fields = ("id__istartswith", "name__icontains", "email__istartswith", "external_id__exact")
    search_help_text = "Id, name, e-mail address or external id"
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("id", "name", ("firstname", "lastname"), ("email", "external_id"))}),
        ("Record", {"fields": (("account", "created_at"), "uuid", "orders_shown", "recorded")}),
    )
    add_fieldsets = (fieldsets[0],)
    readonly_fields = ("account", "created_at", "uuid", "orders_shown", "recorded")
    inlines = (AccessInline,)

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


def order_link(row: Any) -> SafeString | str:
    return link("admin:orders_order_change", row.order_id, reference_of(row.order_id))


@admin.register(LineItem)
class LineItemAdmin(ReadOnlyAdmin):
    """Who ordered what."""

    list_display = ("order_shown", "sku_id", "name", "kind", "quantity", "price", "sum")
    list_display_links = ("sku_id",)
    list_filter = ("kind",)
    list_select_related = ("order",)
    search_fields = ("sku__id__exact", "name__icontains")
    ordering = ("-id",)
    fields = ("order_shown", "sku_id", "name", "kind", "quantity", "options", "price", "sum", "expiration_date")

    @display(description="Order", ordering="order")
    def order_shown(self, line: LineItem) -> SafeString | str:
        return order_link(line)

    @display(description="Unit price", ordering="unit_price")
    def price(self, line: LineItem) -> str:
        return money(line.unit_price, line.order.currency)

    @display(description="Total", ordering="total")
    def sum(self, line: LineItem) -> str:
        return money(line.total, line.order.currency)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Money that moved, newest first."""

    list_display = ("created_at", "order_shown", "kind", "status", "sum", "actor", "reason")
    list_filter = ("kind", "status", "created_at")
    search_fields = ("actor", "reason")
    search_help_text = "Order id, actor or reason"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields = ("order_shown", "kind", "status", "sum", "actor", "reason", "created_at")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        number = Order.number_in(search_term.strip().lower())
        if number is not None:
            return queryset.filter(order=number), False
        return super().get_search_results(request, queryset, search_term)

    @display(description="Order", ordering="order")
    def order_shown(self, payment: Payment) -> SafeString | str:
        return order_link(payment)

    @display(description="Amount", ordering="amount")
    def sum(self, payment: Payment) -> str:
        return money(payment.amount, payment.currency)


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """Who may use which digital thing until when; it follows from the order."""

    list_display = ("sku_id", "customer_shown", "order_shown", "state", "starts_at", "until")
    list_filter = ("status", "starts_at", "until")
    search_fields = ("sku__id__exact", "customer__id__exact")
    search_help_text = "The whole id of a SKU or a customer"
    date_hierarchy = "starts_at"
    ordering = ("-id",)
    fields = ("sku_id", "customer_shown", "order_shown", "state", "starts_at", "until")

    @display(description="Customer", ordering="customer")
    def customer_shown(self, entitlement: Entitlement) -> SafeString | str:
        return link("admin:orders_customer_change", entitlement.customer_id, entitlement.customer_id)

    @display(description="Order", ordering="order")
    def order_shown(self, entitlement: Entitlement) -> SafeString | str:
        return order_link(entitlement)

    @display(description="State", label=ACCESS_COLOURS)
    def state(self, entitlement: Entitlement) -> str:
        return entitlement.state(timezone.now().date())
