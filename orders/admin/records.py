"""What was ordered and paid, row by row."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from orders.admin.links import order_link
from orders.models import LineItem, Order, Payment
from printshop.api.admin import ReadOnlyAdmin
from printshop.bulk.admin import money


@admin.register(LineItem)
class LineItemAdmin(ReadOnlyAdmin):
    """Who ordered what."""

    when_empty = "Lines come with the first order."
    list_display = ("order_shown", "sku_id", "name", "kind", "quantity", "price", "sum")
    list_display_links = ("sku_id",)
    list_filter = ("kind",)
    list_select_related = ("order",)
    search_fields = ("sku__id__exact", "name__icontains")
    ordering = ("-id",)
    fields = ("order_shown", "sku_id", "name", "kind", "quantity", "options_text", "price", "sum", "expiration_date")

    @display(description="Order", ordering="order_id")
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

    when_empty = "Payments are recorded when orders are paid or refunded."
    list_display = ("created_at", "order_shown", "kind", "status", "sum", "actor", "reason")
    list_filter = ("kind", "status", "created_at")
    search_fields = ("actor", "reason")
    search_help_text = "Order id, actor or reason"
    ordering = ("-id",)
    fields = ("order_shown", "kind", "status", "sum", "actor", "reason", "created_at")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        number = Order.number_in(search_term.strip().lower())
        if number is not None:
            return queryset.filter(order=number), False
        return super().get_search_results(request, queryset, search_term)

    @display(description="Order", ordering="order_id")
    def order_shown(self, payment: Payment) -> SafeString | str:
        return order_link(payment)

    @display(description="Amount", ordering="amount")
    def sum(self, payment: Payment) -> str:
        return money(payment.amount, payment.currency)
