"""Making and editing customers, worked out from values alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_camel

from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
FIELDS = ("external_id", "email", "firstname", "lastname", "name")
UNIQUE = ("id", "email", "external_id")


@dataclass(slots=True)
class Known:
    """Customers by id, and who holds which unique value: `holders["email"]["a@b.example"]` is an id."""

    rows: dict[str, Row] = field(default_factory=dict)
    holders: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in UNIQUE})

    @classmethod
    def of(cls, rows: Iterable[Row], account_id: int) -> "Known":
        """External ids are unique within an account, the others everywhere."""
        known = cls()
        for row in rows:
            customer_id = row.pop("pk")
            mine = row.pop("account_id") == account_id
            known.rows[customer_id] = row
            values = {"id": customer_id, "email": row["email"], "external_id": row["external_id"] if mine else ""}
            known.hold(customer_id, values)
        return known

    def hold(self, customer_id: str, values: Mapping[str, Any]) -> None:
        for name in UNIQUE:
            if values.get(name):
                self.holders[name].setdefault(values[name], customer_id)


def taken_faults(given: Mapping[str, Any], known: Known, own_id: str = "") -> list[Fault]:
    """Which of the unique values somebody else has."""
    faults = []
    for name in UNIQUE:
        holder = known.holders[name].get(given.get(name) or "")
        if holder is not None and holder != own_id:
            message = f"Customer {holder} has the {to_camel(name)} {given[name]} already."
            faults.append(Fault(f"{name.upper()}_TAKEN", message, to_camel(name), given[name], kind=Kind.CONFLICT))
    return faults


def plan_customers(items: Sequence[Item], known: Known, row_of: Callable[[Mapping[str, Any]], Row]) -> list[Outcome]:
    """New customers; each unique value belongs to the first good item that has it."""
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index, given.get("id") or "")
        outcomes.append(outcome)
        if faults := taken_faults(given, known):
            outcome.refuse(*faults)
        elif not item.faults:
            row = row_of(given)
            known.hold(row["id"], row)
            outcome.verdict, outcome.reference, outcome.change = Verdict.CREATED, row["id"], row
            outcome.after = {to_camel(name): row[name] for name in FIELDS if row[name]}
    return outcomes


def plan_customer_edits(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Given fields are set, null empties them."""
    outcomes = []
    for item in items:
        given = dict(item.value or {})
        outcome = Outcome(item.index, given.pop("id", ""))
        outcomes.append(outcome)
        row = known.rows.get(outcome.reference)
        if row is None:
            message = f"There is no customer {outcome.reference}."
            outcome.refuse(Fault("CUSTOMER_NOT_FOUND", message, "id", outcome.reference, kind=Kind.UNKNOWN))
            continue
        if faults := taken_faults(given, known, outcome.reference):
            outcome.refuse(*faults)
            continue
        changed = {name: value or "" for name, value in given.items() if row[name] != (value or "")}
        if changed:
            outcome.verdict = Verdict.UPDATED
            outcome.before = {to_camel(name): row[name] for name in changed}
            outcome.after = {to_camel(name): value for name, value in changed.items()}
            outcome.change = {"id": outcome.reference, **row, **changed}
    return outcomes
