"""What was offered."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q

from catalog.models import SKU, Store, StoreValue, default_currency
from orders.models.customers import Customer
from orders.models.options import WithOptions
from orders.models.orders import Order
from orders.states import QuoteStatus
from printshop.api.actors import Actor
from printshop.api.models import Account


class QuoteQuerySet(models.QuerySet["Quote"]):
    def of_account(self, account_id: int) -> "QuoteQuerySet":
        """A quote is the affair of the account that made it."""
        return self.filter(account_id=account_id)

    def open_to(self, actor: Actor) -> "QuoteQuerySet":
        """Those that may be changed: by a key those of its account, by people of the shop all that they are shown."""
        return self.of_account(actor.account_id) if actor.user_id is None else self.all()

    def numbered(self, numbers: Iterable[int]) -> "QuoteQuerySet":
        return self.filter(pk__among=numbers)

    def locked(self) -> "QuoteQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))

    def whole(self) -> "QuoteQuerySet":
        """With all that is needed to show them: items, their SKUs, the order."""
        return self.select_related("order").prefetch_related("items__sku")


class Quote(models.Model):
    """An offer: SKUs at the prices of the moment at which each was added. It is open until it becomes an order."""

    uuid = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="quotes")
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", help_text="Where it was made; none: all stores"
    )
    currency = models.CharField(max_length=3, default=default_currency)
    status = models.CharField(max_length=7, choices=QuoteStatus.choices, default=QuoteStatus.OPEN)
    order = models.OneToOneField(Order, models.PROTECT, null=True, blank=True, related_name="quote")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(status__in=QuoteStatus.values), name="quote_status_known"),
            models.CheckConstraint(
                condition=Q(status=QuoteStatus.OPEN, order=None)
                | Q(status=QuoteStatus.ORDERED, order__isnull=False, customer__isnull=False),
                name="quote_ordered_iff_order",
            ),
        )
        indexes = (models.Index(fields=("-created_at",), name="quote_created"),)

    def __str__(self) -> str:
        return f"Quote {self.pk}"


class QuoteItemQuerySet(models.QuerySet["QuoteItem"]):
    def of_quotes(self, numbers: Iterable[int]) -> "QuoteItemQuerySet":
        return self.filter(quote_id__among=numbers)

    def with_sale(self) -> "QuoteItemQuerySet":
        """With `sold`: whether the SKU can still be had, everywhere and in the quote's own store."""
        off = StoreValue.objects.filter(sku=OuterRef("sku"), store=OuterRef("quote__store"), active=False)
        sold = ExpressionWrapper(Q(sku__active=True) & ~Exists(off), models.BooleanField())
        return self.annotate(sold=sold)


class QuoteItem(WithOptions, models.Model):
    """A SKU in a quote, with the name and price at which it was offered. Money is in minor units."""

    uuid = models.UUIDField(unique=True, editable=False)
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="items")
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    options = models.JSONField(default=dict)
    name = models.CharField(max_length=255)
    unit_price = models.BigIntegerField()
    total = models.BigIntegerField()

    objects = QuoteItemQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=10_000), name="quote_item_quantity_in_range"
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="quote_item_price_not_negative"),
            models.CheckConstraint(
                condition=Q(total=models.F("unit_price") * models.F("quantity")), name="quote_item_total_is_product"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
