"""What the shop sells, and the lock under which that changes."""

from collections.abc import Iterable

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import connection, connections, models
from django.db.models import Q

from printshop.api.shapes import ID_PATTERN

# Any fixed numbers that no other advisory lock of the shop uses: idempotency keys hash into the other 64-bit numbers.
CATALOGUE_LOCK, IMPORTS_LOCK = 7_301_977, 7_301_978
SHARED = f"SELECT pg_advisory_xact_lock_shared({CATALOGUE_LOCK})"
IMPORTS = f"SELECT pg_advisory_xact_lock({IMPORTS_LOCK})"
IMPORTS_SHARED = f"SELECT pg_advisory_xact_lock_shared({IMPORTS_LOCK})"
ALONE = f"{IMPORTS}, pg_advisory_xact_lock({CATALOGUE_LOCK})"


def lock_on_postgresql(sql: str) -> None:
    """SQLite has one writer and needs no such locks."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql)


def lock_catalogue(*, exclusive: bool) -> None:
    """Hold the catalogue until the transaction ends: orders share it, an import that switches SKUs off has it alone.

    So no order lands on a SKU that an import switches off meanwhile.
    """
    lock_on_postgresql(ALONE if exclusive else SHARED)


def lock_imports(*, exclusive: bool) -> None:
    """Write SKUs until the transaction ends, while orders go on: as the only one, or beside others who share it.

    Those who share it each hold the rows that they change. Whoever is alone and switches some off locks the catalogue
    afterwards.
    """
    lock_on_postgresql(IMPORTS if exclusive else IMPORTS_SHARED)


def default_currency() -> str:
    """The shop's currency."""
    return str(settings.SHOP_CURRENCY)


class Kind(models.TextChoices):
    """What a SKU is: only prints give jobs."""

    PRINT = "print"
    CONTENT = "content"
    SUBSCRIPTION = "subscription"


class MachineType(models.TextChoices):
    """Which machine prints it."""

    FDM_LARGE = "fdm_large"
    FDM_STANDARD = "fdm_standard"
    RESIN = "resin"
    LASER = "laser"


MATERIALS = """
WITH RECURSIVE step(material) AS (
    SELECT min(material) FROM catalog_sku WHERE active AND material > ''
    UNION ALL
    SELECT (SELECT min(s.material) FROM catalog_sku AS s WHERE s.active AND s.material > step.material)
    FROM step WHERE step.material IS NOT NULL
)
SELECT material FROM step WHERE material IS NOT NULL
"""


class SKUQuerySet(models.QuerySet["SKU"]):
    def active(self) -> "SKUQuerySet":
        return self.filter(active=True)

    def locked(self) -> "SKUQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))

    def known(self, ids: Iterable[str]) -> "SKUQuerySet":
        return self.filter(pk__among=ids)

    def materials(self) -> list[str]:
        """What SKUs on sale are made of: read off the index, one step for each, however many SKUs there are."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(MATERIALS)
            return [material for (material,) in cursor.fetchall()]

    def resembling(self, ids: Iterable[str]) -> "SKUQuerySet":
        """Active SKUs whose ids begin or end like the given ones: candidates for "did you mean", as a slip of the pen
        spoils only one half."""
        alike = Q(pk__in=[])
        for sku_id in ids:
            half = max(1, len(sku_id) // 2)
            alike |= Q(pk__startswith=sku_id[:half]) | Q(pk__endswith=sku_id[-half:])
        return self.active().filter(alike)


class SKU(models.Model):
    """A thing that can be ordered. Never deleted: one that is no longer sold is inactive."""

    id = models.CharField(primary_key=True, max_length=64, validators=[RegexValidator(ID_PATTERN)])
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PRINT)
    machine_type = models.CharField(max_length=12, choices=MachineType.choices, blank=True)
    material = models.CharField(max_length=64, blank=True)
    estimated_print_time = models.PositiveIntegerField(null=True, blank=True, help_text="minutes")
    estimated_material_grams = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    base_price = models.BigIntegerField(default=0, help_text="minor units (cents)", validators=[MinValueValidator(0)])
    currency = models.CharField(max_length=3, default=default_currency)
    quality_tiers = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = SKUQuerySet.as_manager()

    class Meta:
        verbose_name = "SKU"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="sku_kind_known"),
            models.CheckConstraint(
                condition=Q(machine_type__in=["", *MachineType.values]), name="sku_machine_type_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.PRINT) | Q(machine_type=""), name="sku_machine_type_prints_only"
            ),
            models.CheckConstraint(condition=Q(base_price__gte=0), name="sku_price_not_negative"),
        )
        indexes = (
            models.Index(fields=("id",), name="sku_active", condition=Q(active=True)),
            models.Index(
                fields=(
                    "machine_type",
                    "id",
                ),
                name="sku_machine_type",
                condition=Q(active=True),
            ),
            models.Index(
                fields=(
                    "material",
                    "id",
                ),
                name="sku_material",
                condition=Q(active=True),
            ),
            models.Index(fields=("-updated_at",), name="sku_updated"),
        )

    def __str__(self) -> str:
        return self.pk
