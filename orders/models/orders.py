"""What was ordered and paid."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q

from catalog.models import SKU, Kind, default_currency
from orders.models.customers import Customer
from orders.models.options import WithOptions
from orders.references import number_in, reference
from orders.states import DONE, OrderStatus, OrderType, PaymentKind, PaymentStatus
from printshop.api.actors import Actor
from printshop.api.models import Account


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, actor: Actor) -> "OrderQuerySet":
        """A key bound to a customer sees that customer's orders; operators and admins see all."""
        return self.bound_to(actor.customer_id)

    def bound_to(self, customer_id: str | None) -> "OrderQuerySet":
        return self.filter(customer_id=customer_id) if customer_id else self

    def with_lines(self) -> "OrderQuerySet":
        """Each with its `lines`: one statement more for all of them."""
        return self.prefetch_related(models.Prefetch("line_items", to_attr="lines"))

    def numbered(self, numbers: Iterable[int]) -> "OrderQuerySet":
        return self.filter(pk__among=numbers)

    def locked(self) -> "OrderQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))

    def overdue(self, today: date) -> "OrderQuerySet":
        return self.filter(due_date__lt=today).exclude(status__in=DONE)

    def due_between(self, first: date, last: date) -> "OrderQuerySet":
        """Those that have not left, due on one of these days."""
        return self.filter(due_date__range=(first, last)).exclude(status__in=DONE)

    def never_due(self) -> "OrderQuerySet":
        """Those that have not left and for which no day was named."""
        return self.filter(due_date__isnull=True).exclude(status__in=DONE)

    def ready(self) -> "OrderQuerySet":
        """Those that only wait for a carrier, the most pressing first."""
        return self.filter(status=OrderStatus.READY).order_by(models.F("due_date").asc(nulls_last=True), "pk")

    def with_external_ids(self, account_id: int, external_ids: Iterable[str]) -> "OrderQuerySet":
        return self.filter(account_id=account_id, external_id__among=external_ids).exclude(external_id="")


class Order(models.Model):
    """An order. Its number is its primary key, its public id `ord-001` is made of it. Money is in minor units."""

    PREFIX = "ord"

    uuid = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders", db_index=False)
    type = models.CharField(max_length=10, choices=OrderType.choices, default=OrderType.SALE)
    status = models.CharField(max_length=16, choices=OrderStatus.choices, default=OrderStatus.PENDING_PAYMENT)
    external_id = models.CharField(max_length=64, blank=True)
    subtotal = models.BigIntegerField()
    shipping = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    currency = models.CharField(max_length=3, default=default_currency)
    shipping_address = models.JSONField(null=True, blank=True)
    notes = models.TextField(blank=True)
    return_url = models.URLField(max_length=2000, blank=True)
    due_date = models.DateField(null=True, blank=True)
    carrier = models.CharField(max_length=100, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    digital = models.BooleanField(default=False, help_text="Has lines that no job is made for")
    paid_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = OrderQuerySet.as_manager()
    # Where whoever asked for the order has asked for its lines too.
    lines: "list[LineItem]"

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                "account", "external_id", condition=~Q(external_id=""), name="order_external_id_unique"
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(type__in=OrderType.values), name="order_type_known"),
            models.CheckConstraint(
                condition=Q(total=models.F("subtotal") + models.F("shipping") + models.F("tax")),
                name="order_total_adds_up",
            ),
        )
        indexes = (
            models.Index(
                fields=(
                    "customer",
                    "-id",
                ),
                name="order_customer",
            ),
            models.Index(
                fields=(
                    "status",
                    "-id",
                ),
                name="order_status",
            ),
            models.Index(fields=("-created_at",), name="order_created"),
            models.Index(fields=("account", "created_at", "id"), name="order_account_created"),
            models.Index(fields=("account", "updated_at", "id"), name="order_account_updated"),
            models.Index(
                fields=("due_date",), name="order_due", condition=Q(due_date__isnull=False) & ~Q(status__in=DONE)
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The public id."""
        return reference(self.PREFIX, self.pk)

    @classmethod
    def number_in(cls, text: str) -> int | None:
        """The primary key behind a public id."""
        return number_in(cls.PREFIX, text)

    def is_overdue(self, today: date) -> bool:
        """Past its due date and not shipped, cancelled or refunded."""
        return self.due_date is not None and self.due_date < today and self.status not in DONE


class LineItemQuerySet(models.QuerySet["LineItem"]):
    def of_open_orders(self) -> "LineItemQuerySet":
        """Prints that have not left."""
        return self.filter(kind=Kind.PRINT).exclude(order__status__in=sorted(DONE))


class LineItem(WithOptions, models.Model):
    """What was ordered, with the name and price of that day: a later import changes no order."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="line_items")
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PRINT)
    name = models.CharField(max_length=255)
    quantity = models.PositiveIntegerField()
    options = models.JSONField(default=dict)
    unit_price = models.BigIntegerField()
    total = models.BigIntegerField()
    expiration_date = models.DateField(null=True, blank=True)

    objects = LineItemQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=10_000), name="line_quantity_in_range"
            ),
            models.CheckConstraint(
                condition=Q(total=models.F("unit_price") * models.F("quantity")), name="line_total_is_product"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"


class Payment(models.Model):
    """Money that moved, or is about to. Amounts are positive in minor units; the kind says which way."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=8, choices=PaymentKind.choices)
    status = models.CharField(max_length=8, choices=PaymentStatus.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.CheckConstraint(condition=Q(amount__gte=0), name="payment_not_negative"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.amount / 100:.2f} {self.currency}"
