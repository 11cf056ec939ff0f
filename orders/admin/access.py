"""Who may use which digital thing until when; it follows from the order."""

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from orders.admin.links import order_link
from orders.models import Entitlement
from printshop.api.admin import ReadOnlyAdmin, ReadOnlyInline
from printshop.bulk.admin import link

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


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """Who may use which digital thing until when; it follows from the order."""

    list_display = ("sku_id", "customer_shown", "order_shown", "state", "starts_at", "until")
    list_filter = ("status", "starts_at", "until")
    search_fields = ("sku__id__exact", "customer__id__exact")
    search_help_text = "The whole id of a SKU or a customer"
    ordering = ("-id",)
    fields = ("sku_id", "customer_shown", "order_shown", "state", "starts_at", "until")

    @display(description="Customer", ordering="customer_id")
    def customer_shown(self, entitlement: Entitlement) -> SafeString | str:
        return link("admin:orders_customer_change", entitlement.customer_id, entitlement.customer_id)

    @display(description="Order", ordering="order_id")
    def order_shown(self, entitlement: Entitlement) -> SafeString | str:
        return order_link(entitlement)

    @display(description="State", label=ACCESS_COLOURS)
    def state(self, entitlement: Entitlement) -> str:
        return entitlement.state(timezone.now().date())
