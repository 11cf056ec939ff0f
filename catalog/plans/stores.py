"""What a store sees of a SKU, and what setting a store's own values does, worked out from values alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog.plans.imports import CLEARED, WIRE, unknown_sku
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
OWN = ("name", "description", "base_price", "active")
NONE_OWN: Row = dict.fromkeys(OWN)


@dataclass(frozen=True, slots=True)
class Known:
    """SKUs with their global values, and the own values they have in the store so far: rows of `OWN` and the row's id.

    `store_exists` is false for a code that no store has; `resembling` holds candidates for "did you mean".
    """

    rows: Mapping[str, Row]
    own: Mapping[str, Row] = field(default_factory=dict)
    store: str = ""
    store_exists: bool = True
    resembling: Sequence[str] = ()


def seen(row: Mapping[str, Any], own: Mapping[str, Any]) -> Row:
    """A SKU's values as a store sees them: its own where it has any, but nothing that is inactive everywhere."""
    values = {**row, **{name: value for name, value in own.items() if value is not None}}
    return {**values, "active": row["active"] and values["active"]}


def image(values: Row) -> Row:
    """Own values as they stand on the wire; null where the store has none."""
    return {
        WIRE[name]: value / 100 if name == "base_price" and value is not None else value
        for name, value in values.items()
    }


def shared_faults(given: Row, row: Row) -> list[Fault]:
    """Fields that no store has of its own, where they would change: whoever sends back what was read may name them."""
    faults = []
    for name, value in given.items():
        wanted = CLEARED.get(name) if value is None else value
        if name not in OWN and wanted != row[name]:
            message = f"{WIRE[name]} is the same in every store; send it for all stores."
            faults.append(Fault("FIELD_IS_GLOBAL", message, WIRE[name]))
    return faults


def plan_item(outcome: Outcome, given: Row, known: Known, own: dict[str, Row]) -> None:
    """Judge one SKU; `own` are the store's values after the items before this one."""
    row = known.rows.get(outcome.reference)
    if row is None:
        return outcome.refuse(unknown_sku(outcome.reference, known.resembling))
    if faults := shared_faults(given, row):
        return outcome.refuse(*faults)
    before = own.get(outcome.reference, NONE_OWN)
    changed = {name: given[name] for name in OWN if name in given and given[name] != before[name]}
    if changed:
        outcome.verdict = Verdict.UPDATED
        outcome.before, outcome.after = image({name: before[name] for name in changed}), image(changed)
        outcome.change = {**before, **changed}
    return None


def plan_values(items: Sequence[Item], known: Known, at: datetime) -> list[Outcome]:
    """One outcome for each item; of a SKU that is named twice the later item meets what the earlier one set."""
    own = dict(known.own)
    outcomes = []
    for item in items:
        given = dict(item.value or {})
        outcome = Outcome(item.index, given.pop("id", ""))
        outcomes.append(outcome)
        if not outcome.reference:
            continue
        plan_item(outcome, given, known, own)
        if outcome.change and not item.faults:
            own[outcome.reference] = outcome.change
            outcome.change = {**outcome.change, "sku_id": outcome.reference, "store_id": known.store, "updated_at": at}
    if known.store_exists:
        return outcomes
    nowhere = Outcome(None)
    message = f"There is no store {known.store}."
    nowhere.refuse(Fault("STORE_NOT_FOUND", message, "store", known.store, kind=Kind.UNKNOWN))
    return [*outcomes, nowhere]
