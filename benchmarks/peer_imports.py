"""django-import-export at its best: bulk statements, known SKUs looked up at once, unchanged rows skipped, each field
cleaned; a dry run that finds what is faulty, and then the import of the rows that are good.

It keeps no record and no images, holds the whole file in memory, and does not see that an id stands twice: such rows
are left out beforehand.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import tablib
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader

from catalog.models import SKU

COLUMNS = ("id", "name", "machine_type", "material", "estimated_print_time", "estimated_material_grams", "base_price")


class Cents(widgets.DecimalWidget):
    """Money as the shop keeps it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int:
        return int(super().clean(value, row, **kwargs) * 100)


class KnownSKUs(CachedInstanceLoader):
    """Its own loader sends a parameter for each id, of which no database takes a hundred thousand."""

    def __init__(self, resource: Any, dataset: Any = None) -> None:
        super(CachedInstanceLoader, self).__init__(resource, dataset)
        self.pk_field = resource.fields["id"]
        self.all_instances = {sku.pk: sku for sku in SKU.objects.known(dataset["id"])}


class SKUResource(resources.ModelResource):
    """The columns of the benchmark's file."""

    machine_type = fields.Field("machine_type", "machineType")
    estimated_print_time = fields.Field("estimated_print_time", "estimatedPrintTime", widgets.IntegerWidget())
    estimated_material_grams = fields.Field("estimated_material_grams", "estimatedMaterialGrams", widgets.FloatWidget())
    base_price = fields.Field("base_price", "basePrice", Cents())

    class Meta:
        model = SKU
        fields = COLUMNS
        import_id_fields = ("id",)
        instance_loader_class = KnownSKUs
        use_bulk = True
        batch_size = 1_000
        skip_unchanged = True
        report_skipped = False
        skip_html_diff = True

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def validate_instance(
        self, instance: SKU, import_validation_errors: Mapping[str, Any] | None = None, validate_unique: bool = True
    ) -> None:
        """Its own way asks the database for each row whether it is unique and keeps every constraint."""
        super().validate_instance(instance, import_validation_errors, validate_unique)
        instance.clean_fields()

    def before_save_instance(self, instance: SKU, row: Any, **kwargs: Any) -> None:
        instance.created_at = instance.created_at or self.at
        instance.updated_at = self.at


def without(rows: tablib.Dataset, numbers: Iterable[int]) -> tablib.Dataset:
    """The rows less those with these numbers, of which the first is 1."""
    left_out = set(numbers)
    return tablib.Dataset(*(row for number, row in enumerate(rows, 1) if number not in left_out), headers=rows.headers)


def repeated(ids: Iterable[str]) -> list[int]:
    met: set[str] = set()
    return [number for number, one in enumerate(ids, 1) if one in met or met.add(one)]  # type: ignore[func-returns-value]


def import_file(path: Path, at: datetime) -> int:
    """Import what is good of a file; how many rows were not."""
    rows = tablib.Dataset().load(path.read_text(), format="csv")
    twice = repeated(rows["id"])
    rows = without(rows, twice)
    seen = SKUResource(at).import_data(rows, dry_run=True, raise_errors=False)
    faulty = [one.number for one in (*seen.error_rows, *seen.invalid_rows)]
    SKUResource(at).import_data(without(rows, faulty), raise_errors=True)
    return len(twice) + len(faulty)
