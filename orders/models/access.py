"""Who may use which digital thing."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q

from catalog.models import SKU
from orders.models.customers import Customer
from orders.models.orders import Order
from orders.states import EntitlementStatus


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def of_orders(self, numbers: Iterable[int]) -> "EntitlementQuerySet":
        return self.filter(order_id__among=numbers)

    def locked(self) -> "EntitlementQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


class Entitlement(models.Model):
    """A customer may use a digital SKU: from the day its order was paid or approved, until a date or for good."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="entitlements")
    order = models.ForeignKey(Order, models.PROTECT, related_name="entitlements")
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=EntitlementStatus.choices, default=EntitlementStatus.ACTIVE)
    starts_at = models.DateTimeField()
    until = models.DateField(null=True, blank=True, help_text="the last day; none: for good")

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(status__in=EntitlementStatus.values), name="entitlement_status_known"),
        )

    def __str__(self) -> str:
        return f"{self.sku_id} for {self.customer_id}"

    def state(self, today: date) -> str:
        """`active`, `expired`, `paused` or `cancelled` on a day; a date in the past ends what is active."""
        expired = self.status == EntitlementStatus.ACTIVE and self.until is not None and self.until < today
        return "expired" if expired else self.status
