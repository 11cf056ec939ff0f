"""The catalogue as a file: the columns that an upload understands, so that what leaves comes back unchanged."""

from typing import Any

from catalog.plans.imports import CLEARED, WIRE
from printshop.bulk.exports import Column, Table, amount


def or_nothing(value: Any) -> Any:
    """What null puts back is said as null; a zero is a value."""
    return None if value in ("", {}, []) else value


FIRST = ("name", "kind", "machine_type", "material", "estimated_print_time", "estimated_material_grams", "base_price",
         "currency", "active", "description", "quality_tiers", "options")  # fmt: skip
SKUS = Table(
    "SKUs",
    [
        Column("id", "pk"),
        *(
            Column(WIRE[name], name, amount)
            if name == "base_price"
            else Column(WIRE[name], name, or_nothing)
            if name in CLEARED
            else Column(WIRE[name], name)
            for name in FIRST
        ),
    ],
)
