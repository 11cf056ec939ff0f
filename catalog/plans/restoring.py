"""Putting SKUs, store values and pages back to what they were, worked out from values alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.plans import imports, stores
from printshop.api.reading import Item
from printshop.bulk.images import Fields, Present, Writers, put_back
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
COLUMN_OF = {wire: name for name, wire in imports.WIRE.items()}


def columns_of(fields: Fields, cleared: Mapping[str, Any]) -> Row:
    """Fields of an image as the database keeps them; `cleared` is what null stands for, where it is not null."""
    row = {COLUMN_OF[wire]: value for wire, value in fields.items()}
    row = {name: cleared.get(name) if value is None else value for name, value in row.items()}
    if row.get("base_price") is not None:
        row["base_price"] = round(row["base_price"] * 100)
    return row


def sku_row(fields: Fields) -> Row:
    return columns_of(fields, imports.CLEARED)


def own_values(fields: Fields) -> Row:
    """A store's own values; null is one that it has not."""
    return columns_of(fields, {})


def wanted_of_sku(image: Mapping[str, Any]) -> Fields:
    """What was there before; a SKU that was not there is switched off, since SKUs are never deleted."""
    return {"active": False} if image["verdict"] == Verdict.CREATED else image["before"]


def plan_skus(items: Sequence[Item], rows: Mapping[str, Present], writers: Writers) -> list[Outcome]:
    """Put SKUs back, as far as they stand as the operation left them."""
    return put_back(items, rows, writers, wanted_of_sku)


def present_sku(row: Mapping[str, Any], written: Any) -> Present:
    """A SKU as its image shows it."""
    return Present(imports.image({name: row[name] for name in imports.FIELDS}), written)


def present_values(row: Mapping[str, Any]) -> Present:
    """A store's own values of a SKU as their image shows them; `key` is the row's."""
    return Present(stores.image({name: row[name] for name in stores.OWN}), row["updated_at"], row["id"])
