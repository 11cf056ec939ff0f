"""Erasing a customer, worked out from values alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.plans.customers import FIELDS, REDACTED, unknown_customer
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

PERSONAL = (*FIELDS, "password")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as an erasure finds them: what is known of them, the orders they have and which of these are open;
    `recorded` are the items of operations that tell of them."""

    fields: Mapping[str, str]
    erased: bool = False
    orders: Sequence[int] = ()
    open_orders: Sequence[str] = ()
    speaking: int = 0
    live_keys: int = 0
    waiting: bool = False
    recorded: int = 0
    names: Sequence[str] = field(default=())
    identifiers: Sequence[str] = field(default=())


def standing_faults(customer_id: str, person: Person) -> list[Fault]:
    """A contract that is still to be carried out needs the address: the law lets it go first."""
    faults = []
    if person.open_orders:
        listed = ", ".join(person.open_orders[:5])
        message = f"Customer {customer_id} has open orders ({listed}); ship, cancel or refund them first."
        faults.append(Fault("CUSTOMER_HAS_OPEN_ORDERS", message, "id", customer_id, kind=Kind.CONFLICT))
    if person.waiting:
        message = f"Something about customer {customer_id} waits in the queue; try again when it is done."
        faults.append(Fault("OPERATION_UNFINISHED", message, "id", customer_id, kind=Kind.CONFLICT))
    return faults


def plan_erasure(items: Sequence[Item], people: Mapping[str, Person]) -> list[Outcome]:
    """Blank what is known of a person. What is blank already stays as it is."""
    there, outcomes = dict(people), []
    for item in items:
        customer_id = (item.value or {}).get("id") or ""
        outcome = Outcome(item.index, customer_id)
        outcomes.append(outcome)
        person = there.get(customer_id)
        if person is None:
            outcome.refuse(*[unknown_customer(customer_id)] if customer_id and customer_id not in people else [])
        elif faults := standing_faults(customer_id, person):
            outcome.refuse(*faults)
        elif not item.faults:
            erase(outcome, person)
            del there[customer_id]
    return outcomes


def erase(outcome: Outcome, person: Person) -> None:
    """Fill in what goes; the record of it does not say what that was."""
    known: list[str] = [name for name in PERSONAL if person.fields[name]]
    if person.erased and not (known or person.speaking or person.live_keys):
        return
    outcome.verdict, outcome.change = Verdict.UPDATED, person
    outcome.before, outcome.after = dict.fromkeys(map(camel, known), REDACTED), {"erased": True}
    counted: dict[str, Any] = {"orders": len(person.orders), "keys": person.live_keys, "items": person.recorded}
    outcome.effects.append({"kind": "erased", **counted})


def camel(name: str) -> str:
    return "externalId" if name == "external_id" else name
