"""Putting the fields of orders and customers back, worked out from values alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic.alias_generators import to_camel, to_snake

from orders.plans.customers import FIELDS, PASSWORD, Known, edit, shown, taken_faults
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk.images import Present, Writers, changed_since, differences, gone, irreversible
from printshop.bulk.outcomes import Outcome

Row = dict[str, Any]


def day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def present_order(row: Mapping[str, Any], fields: Iterable[str]) -> Present:
    """An order's fields as images show them."""
    values = {to_camel(name): day_text(row[name]) if name == "due_date" else row[name] for name in fields}
    return Present(values, row["updated_at"], row["pk"])


def columns_of(fields: Mapping[str, Any]) -> Row:
    return {to_snake(name): value for name, value in fields.items()}


def plan_customers_back(items: Sequence[Item], known: Known, writers: Writers) -> list[Outcome]:
    """Put customers' fields back. A customer keeps no time of its last change: a later operation tells."""
    outcomes = []
    for item in items:
        image = item.value
        outcome = Outcome(item.index, image["reference"])
        outcomes.append(outcome)
        row = known.rows.get(outcome.reference)
        given = columns_of({name: value for name, value in (image["before"] or {}).items() if name != PASSWORD})
        faults = customer_faults(image, row, writers)
        if row is not None and not faults:
            faults = taken_faults(given, known, row["account_id"], outcome.reference)
        if row is None or faults:
            outcome.refuse(*faults)
            continue
        edit(outcome, row, given)
        if outcome.change:
            known.replace(outcome.reference, {**row, **outcome.change})
    return outcomes


def customer_faults(image: Mapping[str, Any], row: Row | None, writers: Writers) -> list[Fault]:
    """Why a customer stays as it is."""
    reference, left = image["reference"], image["after"] or {}
    if row is None:
        return [gone(reference, writers.get(reference, ""))]
    if PASSWORD in left:
        return [irreversible(reference, f"{reference} got another password; what it was is not kept.")]
    found = differences(shown(row, FIELDS), left)
    return [changed_since(reference, found, left, writers.get(reference, ""))] if found or reference in writers else []
