"""What still needs a SKU that is switched off. The catalogue knows neither orders nor jobs: their apps say it here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from catalog.models import StagedRow, Upload
from catalog.models.uploads import StagedRowQuerySet


@dataclass(frozen=True, slots=True)
class Use:
    """A kind of use in the plural, and the rows that make it: each has a `sku_id`."""

    name: str
    rows: Callable[[], QuerySet[Any]]


_uses: dict[str, Use] = {}


def register_use(use: Use) -> None:
    """Make a use known. An `AppConfig.ready()` calls this."""
    _uses[use.name] = use


def needed_by(upload: Upload, name: str) -> StagedRowQuerySet:
    """The SKUs that a replace switches off and that this use still needs."""
    return StagedRow.objects.retired(upload).filter(reference__in=_uses[name].rows().values("sku_id"))


def needed(upload: Upload) -> dict[str, int]:
    """How many SKUs that a replace switches off are still needed, by use."""
    return {name: needed_by(upload, name).count() for name in _uses}
