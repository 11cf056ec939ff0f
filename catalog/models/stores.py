"""Stores: views on the catalogue with names and prices of their own."""

from collections.abc import Iterable

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from catalog.models.skus import SKU

RESERVED_STORE_CODES = (
    "all",
    "admin",
    "api",
    "rest",
    "async",
    "v1",
    "static",
    "media",
    "healthz",
    "readyz",
    "metrics",
    "openapi",
)


class StoreQuerySet(models.QuerySet["Store"]):
    def default(self) -> "StoreQuerySet":
        """The one that is meant where no store is named; there may be none."""
        return self.filter(default=True)

    def called(self, code: str) -> "StoreQuerySet":
        return self.filter(pk=code)

    def locked(self) -> "StoreQuerySet":
        """Locked in primary-key order until the transaction ends: nobody deletes a store that gets values."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


class Store(models.Model):
    """A view on the catalogue with names and prices of its own."""

    code = models.CharField(primary_key=True, max_length=32, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    name = models.CharField(max_length=255)
    default = models.BooleanField(default=False)

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=~Q(code__in=RESERVED_STORE_CODES), name="store_code_not_reserved"),
            models.UniqueConstraint(fields=("default",), condition=Q(default=True), name="store_one_default"),
        )

    def __str__(self) -> str:
        return self.code


class StoreValueQuerySet(models.QuerySet["StoreValue"]):
    def locked(self) -> "StoreValueQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))

    def in_store(self, store: str, sku_ids: Iterable[str]) -> "StoreValueQuerySet":
        return self.filter(store_id=store, sku_id__among=sku_ids)


class StoreValue(models.Model):
    """What a SKU is called and costs in one store. Null: the store sees the global value."""

    sku = models.ForeignKey(SKU, models.PROTECT, related_name="store_values", db_index=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="values_of_skus")
    name = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - null means "as everywhere"
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - an empty text is a value of its own
    base_price = models.BigIntegerField(
        null=True, blank=True, help_text="minor units (cents)", validators=[MinValueValidator(0)]
    )
    active = models.BooleanField(null=True, blank=True, help_text="A store can only switch off what is active")
    updated_at = models.DateTimeField(editable=False)

    objects = StoreValueQuerySet.as_manager()

    class Meta:
        ordering = ("sku", "store")
        constraints = (
            models.UniqueConstraint(fields=("sku", "store"), name="store_value_unique"),
            models.CheckConstraint(condition=Q(base_price__gte=0), name="store_value_price_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.sku_id} in {self.store_id}"

    @property
    def reference(self) -> str:
        """What operations call it: they set the values of a SKU."""
        return self.sku_id
