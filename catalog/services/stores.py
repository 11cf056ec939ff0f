"""What single stores see of the catalogue."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from catalog.models import Store, StoreValue, lock_catalogue
from catalog.plans.stores import OWN, Known, plan_values
from catalog.services.imports import candidates, line, listed_rows
from catalog.shapes import skus as shapes
from printshop.api.actors import ADMINS
from printshop.api.prepared import prepared
from printshop.api.reading import ids_of
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.outcomes import Outcome, Verdict

COLUMNS = ("id", "sku_id", *OWN)


@prepared
def valued(store: Any, sku_ids: Any) -> QuerySet[StoreValue, Any]:
    """The own values of SKUs in a store."""
    return StoreValue.objects.in_store(store, sku_ids).order_by().values_list("sku_id", *OWN)


def own_values(sku_ids: Sequence[str], store: str) -> dict[str, dict[str, Any]]:
    """What a store has of its own, by SKU: name, description, base_price (minor units), active; no nulls.

    One statement. A SKU without own values is left out; `plans.stores.seen` lays them over the global ones.
    """
    rows = {sku_id: dict(zip(OWN, values, strict=True)) for sku_id, *values in valued(store, list(sku_ids))}
    own = {sku_id: {name: value for name, value in row.items() if value is not None} for sku_id, row in rows.items()}
    return {sku_id: values for sku_id, values in own.items() if values}


def default_store() -> str | None:
    """The code of the store that is meant where none is named; None when the shop has no such store."""
    return Store.objects.default().values_list("pk", flat=True).first()


def look(batch: Batch) -> Known:
    """Lock the catalogue, the store, the named SKUs, and the values that the store has of them.

    An order reads SKUs first and then the values, and must not see newer ones on older SKUs.
    """
    lock_catalogue(exclusive=not batch.dry_run)
    store = batch.terms.get("store") or ""
    exists = not store or Store.objects.called(store).locked().first() is not None
    ids = ids_of(batch.items)
    rows = listed_rows(ids)
    own = {row.pop("sku_id"): row for row in StoreValue.objects.in_store(store, ids).locked().values(*COLUMNS)}
    return Known(rows, own, store, exists, candidates([sku_id for sku_id in ids if sku_id not in rows]))


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """At most two statements: values of SKUs that had none in this store, and values that differ."""
    last = {outcome.reference: outcome.change for outcome in outcomes if outcome.verdict is Verdict.UPDATED}
    rows = [last[sku_id] for sku_id in sorted(last)]
    writer.insert(StoreValue, [row for row in rows if "id" not in row])
    writer.update(StoreValue, [row for row in rows if "id" in row])


SET_VALUES = Operation(
    name="skus.store",
    noun="skus",
    words={Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"},
    item=shapes.StoreItem,
    terms=shapes.StoreTerms,
    limit=500,
    look=look,
    plan=lambda batch, known: plan_values(batch.items, known, batch.at),
    write=write,
    roles=ADMINS,
    line=line,
    lead=lambda batch: {"store": batch.terms["store"]},
)
