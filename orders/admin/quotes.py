"""Quotes: made and filled by programs, read, ordered and deleted by people."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from orders.admin.links import order_link
from orders.models import Quote, QuoteItem
from orders.references import plain_number
from orders.services import quote_orders, quotes
from orders.states import QuoteStatus
from printshop.api.admin import ReadOnlyAdmin, ReadOnlyInline
from printshop.bulk.admin import ActingOnlyAdmin, link, money
from printshop.bulk.confirm import ConfirmedAction

STATUS_COLOURS = {QuoteStatus.OPEN: "info", QuoteStatus.ORDERED: "success"}


def in_all(quote_items: QuerySet[QuoteItem], **sums: Any) -> Coalesce:
    """A number of the items of each quote; none is 0."""
    counted = quote_items.filter(quote=OuterRef("pk")).order_by().values("quote").annotate(**sums).values(*sums)
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class QuoteItemInline(ReadOnlyInline):
    """What is offered, at which price."""

    model = QuoteItem
    is_part = True
    verbose_name_plural = "Items"
    fields = readonly_fields = ("sku_shown", "name", "quantity", "options_text", "price", "sum")

    @display(description="SKU")
    def sku_shown(self, item: QuoteItem) -> SafeString | str:
        return link("admin:catalog_sku_change", item.sku_id, item.sku_id)

    @display(description="Unit price")
    def price(self, item: QuoteItem) -> str:
        return f"{item.unit_price / 100:,.2f}"

    @display(description="Total")
    def sum(self, item: QuoteItem) -> str:
        return f"{item.total / 100:,.2f}"


def about(quote: Quote) -> str:
    return f"for {quote.customer_id}" if quote.customer_id else "for nobody by name"


def item_of(number: int) -> dict[str, int]:
    return {"quoteId": number}


@admin.register(Quote)
class QuoteAdmin(ActingOnlyAdmin):
    """Offers, newest first."""

    when_empty = "Programs make quotes over the API; they appear here to be ordered or deleted."
    actions = (
        ConfirmedAction(
            "order", "Order", quote_orders.ORDER, item_of=item_of, about=about, done="ordered", icon="shopping_cart"
        ),
        ConfirmedAction("delete", "Delete", quotes.DELETE, item_of=item_of, about=about, icon="delete"),
    )
    list_display = ("number", "state", "customer_shown", "store", "items_shown", "sum", "order_shown", "created_at")
    list_display_links = ("number",)
    list_filter = ("status", "store", "created_at", "account")
    list_select_related = ("customer", "store")
    search_fields = ("customer__id__exact", "customer__name__icontains", "customer__email__istartswith")
    search_help_text = "Number of the quote, customer's id, name or e-mail address"
    ordering = ("-id",)
    fields = ("number", "state", "customer_shown", "store", "sum", "order_shown", "created_at", "updated_at", "account",
              "uuid")  # fmt: skip
    inlines = (QuoteItemInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quote]:
        items = QuoteItem.objects.all()
        found = super().get_queryset(request).select_related("customer", "store", "account")
        return found.annotate(item_count=in_all(items, count=Count("pk")), subtotal=in_all(items, all=Sum("total")))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        number = plain_number(search_term.strip())
        if number is not None:
            return queryset.filter(pk=number), False
        return super().get_search_results(request, queryset, search_term)

    @display(description="Quote", ordering="id")
    def number(self, quote: Quote) -> int:
        return quote.pk

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def state(self, quote: Quote) -> str:
        return quote.status

    @display(description="Customer", ordering="customer_id")
    def customer_shown(self, quote: Quote) -> SafeString | str:
        return link("admin:orders_customer_change", quote.customer_id, str(quote.customer)) if quote.customer else "-"

    @display(description="Items", ordering="item_count")
    def items_shown(self, quote: Quote) -> int:
        return quote.item_count  # type: ignore[attr-defined]

    @display(description="Subtotal", ordering="subtotal")
    def sum(self, quote: Quote) -> str:
        return money(quote.subtotal, quote.currency)  # type: ignore[attr-defined]

    @display(description="Order", ordering="order_id")
    def order_shown(self, quote: Quote) -> SafeString | str:
        return order_link(quote) if quote.order_id else "-"


@admin.register(QuoteItem)
class QuoteItemAdmin(ReadOnlyAdmin):
    """What was offered at which price."""

    list_display = ("sku_id", "name", "quote_shown", "quantity", "price", "sum")
    list_select_related = ("quote",)
    search_fields = ("sku__id__exact", "name__icontains")
    ordering = ("-id",)
    fields = ("quote_shown", "sku_id", "name", "quantity", "options_text", "price", "sum")

    @display(description="Quote", ordering="quote")
    def quote_shown(self, item: QuoteItem) -> SafeString | str:
        return link("admin:orders_quote_change", item.quote_id, str(item.quote_id))

    @display(description="Unit price", ordering="unit_price")
    def price(self, item: QuoteItem) -> str:
        return money(item.unit_price, item.quote.currency)

    @display(description="Total", ordering="total")
    def sum(self, item: QuoteItem) -> str:
        return money(item.total, item.quote.currency)
