"""Undoing changes of the catalogue."""

from collections.abc import Sequence
from typing import Any

from catalog.models import SKU, StoreValue, lock_catalogue
from catalog.plans.imports import FIELDS
from catalog.plans.restoring import own_values, plan_skus, present_sku, present_values, sku_row
from catalog.services.stores import default_store
from printshop.api.actors import ADMINS
from printshop.bulk import writer
from printshop.bulk.engine import Batch
from printshop.bulk.images import Present, Writers, last_changes, put_back
from printshop.bulk.outcomes import Outcome
from printshop.bulk.undoing import inverse_operation, references_in, writers_since


def look(batch: Batch) -> tuple[dict[str, Present], Writers]:
    """Lock the catalogue and the SKUs."""
    lock_catalogue(exclusive=not batch.dry_run)
    found = SKU.objects.known(references_in(batch)).locked().values("pk", *FIELDS, "updated_at")
    rows = {row["pk"]: present_sku(row, row["updated_at"]) for row in found}
    return rows, writers_since(batch, "skus.import", "skus.restore")


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement, however many SKUs are put back."""
    rows = [
        {"id": sku_id, **sku_row(present.fields), "updated_at": batch.at}
        for sku_id, present in last_changes(outcomes).items()
    ]
    writer.update(SKU, rows)


RESTORE = inverse_operation(
    "skus.restore",
    "skus",
    look=look,
    plan=lambda batch, facts: plan_skus(batch.items, *facts),
    write=write,
    roles=ADMINS,
)


def store_of(batch: Batch) -> str | None:
    """The store whose values the undone operation has set; where it named none, that was the default one."""
    return batch.terms["asked"].get("store") or batch.terms["scope"] or default_store()


def look_at_values(batch: Batch) -> tuple[dict[str, Present], Writers]:
    """Lock the catalogue and what the store of the undone operation has of its own."""
    lock_catalogue(exclusive=not batch.dry_run)
    found = StoreValue.objects.in_store(store_of(batch) or "", references_in(batch)).locked().values()
    return {row["sku_id"]: present_values(row) for row in found}, writers_since(batch, "skus.store")


def write_values(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement. A row without a value of its own is left: the store sees through it."""
    rows: list[dict[str, Any]] = [
        {"id": present.key, **own_values(present.fields), "updated_at": batch.at}
        for present in last_changes(outcomes).values()
    ]
    writer.update(StoreValue, sorted(rows, key=lambda row: row["id"]))


RESTORE_VALUES = inverse_operation(
    "skus.store.restore",
    "skus",
    look=look_at_values,
    plan=lambda batch, facts: put_back(batch.items, *facts),
    write=write_values,
    roles=ADMINS,
)
