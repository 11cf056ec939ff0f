"""Making, editing and deleting customers, worked out from values alone."""

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
PASSWORD = "password"
REDACTED = "********"
# A unique value: the field, the account within which it is unique (None: everywhere), the value.
Claim = tuple[str, int | None, Any]


def claim(name: str, values: Mapping[str, Any], account_id: int) -> Claim:
    return name, account_id if name == "external_id" else None, values.get(name) or ""


@dataclass(slots=True)
class Known:
    """Customers by id, and which id holds which unique value; both follow what the batch plans."""

    rows: dict[str, Row] = field(default_factory=dict)
    holders: dict[Claim, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Known":
        """Rows hold `pk`, `account_id`, `FIELDS` and the hashed password."""
        known = cls()
        for row in rows:
            customer_id = row.pop("pk")
            known.rows[customer_id] = row
            known.hold(customer_id, row, row["account_id"])
        return known

    def hold(self, customer_id: str, values: Mapping[str, Any], account_id: int) -> None:
        """Note the unique values of a customer."""
        for name in UNIQUE:
            mine = claim(name, {**values, "id": customer_id}, account_id)
            if mine[-1]:
                self.holders.setdefault(mine, customer_id)

    def replace(self, customer_id: str, row: Row) -> None:
        """A customer is changed: what was given up is free for the items that follow."""
        account_id, was = row["account_id"], self.rows[customer_id]
        for given_up in (claim(name, was, account_id) for name in UNIQUE):
            if self.holders.get(given_up) == customer_id:
                del self.holders[given_up]
        self.rows[customer_id] = row
        self.hold(customer_id, row, account_id)


def taken_faults(given: Mapping[str, Any], known: Known, account_id: int, own_id: str = "") -> list[Fault]:
    """Which of the unique values somebody else has."""
    faults = []
    for name in UNIQUE:
        holder = known.holders.get(claim(name, given, account_id))
        if holder is not None and holder != own_id:
            message = f"Customer {holder} has the {to_camel(name)} {given[name]} already."
            faults.append(Fault(f"{name.upper()}_TAKEN", message, to_camel(name), given[name], kind=Kind.CONFLICT))
    return faults


def shown(values: Mapping[str, Any], names: Iterable[str]) -> Row:
    """An image of some fields, in which a password is blotted out."""
    return {to_camel(name): REDACTED if name == PASSWORD and values[name] else values[name] for name in names}


def plan_customers(
    items: Sequence[Item], known: Known, account_id: int, row_of: Callable[[Mapping[str, Any]], Row]
) -> list[Outcome]:
    """New customers; each unique value belongs to the first good item that has it."""
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index, given.get("id") or "")
        outcomes.append(outcome)
        if faults := taken_faults(given, known, account_id):
            outcome.refuse(*faults)
        elif not item.faults:
            row = row_of(given)
            known.hold(row["id"], row, account_id)
            outcome.verdict, outcome.reference, outcome.change = Verdict.CREATED, row["id"], row
            outcome.after = shown(row, [name for name in (*FIELDS, PASSWORD) if row[name]])
    return outcomes


def unknown_customer(customer_id: str) -> Fault:
    """There is nobody with this id, or no longer."""
    return Fault("CUSTOMER_NOT_FOUND", f"There is no customer {customer_id}.", "id", customer_id, kind=Kind.UNKNOWN)


def plan_customer_edits(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Given fields are set, null empties them. A customer named twice is met as the earlier item left it."""
    outcomes = []
    for item in items:
        given = dict(item.value or {})
        outcome = Outcome(item.index, given.pop("id", ""))
        outcomes.append(outcome)
        row = known.rows.get(outcome.reference)
        if row is None:
            outcome.refuse(*[unknown_customer(outcome.reference)] if outcome.reference else [])
        elif faults := taken_faults(given, known, row["account_id"], outcome.reference):
            outcome.refuse(*faults)
        else:
            edit(outcome, row, given)
            if outcome.change and not item.faults:
                known.replace(outcome.reference, {**row, **outcome.change})
    return outcomes


def edit(outcome: Outcome, row: Row, given: Row) -> None:
    """Fill in what changes, if anything does; a password always counts as another."""
    changed = {name: value or "" for name, value in given.items() if row[name] != (value or "")}
    if changed:
        outcome.verdict = Verdict.UPDATED
        outcome.before, outcome.after = shown(row, changed), shown(changed, changed)
        kept = {name: row[name] for name in (*FIELDS, PASSWORD)}
        outcome.change = {"id": outcome.reference, **kept, **changed}


def plan_deletions(items: Sequence[Item], kept: Mapping[str, Sequence[str]]) -> list[Outcome]:
    """Delete customers of whom nothing speaks any more.

    `kept` holds, for each customer there is, what stands in the way: `orders`, `quotes`, `entitlements`, `keys`. What
    was known of a deleted person is not kept in the record either.
    """
    there = dict(kept)
    outcomes = []
    for item in items:
        customer_id = (item.value or {}).get("id") or ""
        outcome = Outcome(item.index, customer_id)
        outcomes.append(outcome)
        if customer_id not in there:
            outcome.refuse(*[unknown_customer(customer_id)] if customer_id else [])
        elif faults := keeping_faults(customer_id, there[customer_id]):
            outcome.refuse(*faults)
        elif not item.faults:
            outcome.verdict, outcome.change = Verdict.UPDATED, customer_id
            del there[customer_id]
    return outcomes


def keeping_faults(customer_id: str, kept_by: Sequence[str]) -> list[Fault]:
    """Why a customer stays."""
    referring, faults = [kind for kind in kept_by if kind != "keys"], []
    if referring:
        message = f"Customer {customer_id} has {' and '.join(referring)} and cannot be deleted."
        faults.append(Fault("CUSTOMER_HAS_ORDERS", message, "id", customer_id, kind=Kind.CONFLICT))
    if "keys" in kept_by:
        message = f"Customer {customer_id} has a key that must be revoked first."
        faults.append(Fault("CUSTOMER_HAS_KEYS", message, "id", customer_id, kind=Kind.CONFLICT))
    return faults
