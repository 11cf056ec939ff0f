"""Erasing a customer: the record, their orders, and whatever was recorded of either."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from orders import shapes
from orders.models import Customer, Order, Payment
from orders.plans.customers import FIELDS
from orders.plans.erasing import PERSONAL, Person, plan_erasure
from orders.references import reference
from orders.states import DONE
from printshop.api.actors import ADMINS
from printshop.api.models import APIKey
from printshop.api.reading import ids_of
from printshop.bulk import erasing
from printshop.bulk.engine import Batch, Operation, ids_in
from printshop.bulk.outcomes import Outcome, Verdict

SPEAKING = ~Q(notes="") | Q(shipping_address__isnull=False) | ~Q(return_url="") | ~Q(tracking_number="")
SHORTEST = 4


def look(batch: Batch) -> dict[str, Person]:
    """Lock the customers, then the orders of all of them; the rest of each is looked at by itself."""
    ids = ids_of(batch.items)
    rows = list(Customer.objects.filter(pk__among=ids).locked().values("pk", "erased_at", *PERSONAL))
    orders = Order.objects.filter(customer_id__among=[row["pk"] for row in rows]).locked()
    theirs: dict[str, list[Any]] = {}
    for order in orders.values("pk", "customer_id", "status", "shipping_address"):
        theirs.setdefault(order["customer_id"], []).append(order)
    return {row["pk"]: person_of(row, theirs.get(row["pk"], [])) for row in rows}


def person_of(row: dict[str, Any], orders: Sequence[Any]) -> Person:
    numbers = [order["pk"] for order in orders]
    addresses = [order["shipping_address"] or {} for order in orders]
    names = {row["name"], f"{row['firstname']} {row['lastname']}".strip(), *(one.get("name", "") for one in addresses)}
    names |= {row["lastname"], row["email"], row["external_id"], *(one.get("line1", "") for one in addresses)}
    identifiers = [f'"{erasing.within(one)}"' for one in (row["pk"], row["external_id"]) if one]
    identifiers += [erasing.within(row["email"])] if row["email"] else []
    references = references_of(row["pk"], numbers)
    items = erasing.items_about(references, identifiers)
    awaited = erasing.is_awaited([*references, *map(str, numbers)])
    return Person(
        fields={name: row[name] for name in PERSONAL},
        erased=row["erased_at"] is not None,
        orders=numbers,
        open_orders=[reference(Order.PREFIX, one["pk"]) for one in orders if one["status"] not in DONE],
        speaking=Order.objects.filter(SPEAKING, pk__among=numbers).count(),
        live_keys=APIKey.objects.filter(customer=row["pk"], revoked=False).count(),
        waiting=awaited or any(item.verdict == Verdict.OPEN for item in items),
        recorded=len(items),
        names=sorted(name for name in names if len(name) >= SHORTEST),
        identifiers=identifiers,
    )


def references_of(customer_id: str, numbers: Sequence[int]) -> list[str]:
    """What records call the customer and their orders."""
    return [customer_id, *(reference(Order.PREFIX, number) for number in numbers)]


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.verdict is Verdict.UPDATED:
            forget(batch, outcome.reference, outcome.change)


def forget(batch: Batch, customer_id: str, person: Person) -> None:
    """The rows themselves first, then what was recorded; a fixed number of statements for each person."""
    blank = dict.fromkeys((*FIELDS, "password"), "")
    Customer.objects.filter(pk=customer_id).update(**blank, erased_at=batch.at)
    orders = Order.objects.filter(pk__among=person.orders)
    orders.update(notes="", shipping_address=None, return_url="", tracking_number="", updated_at=batch.at)
    keys = APIKey.objects.filter(customer=customer_id)
    key_ids = list(keys.values_list("pk", flat=True))
    payments = Payment.objects.filter(order_id__among=person.orders)
    payments.exclude(reason="").update(reason="Erased.")
    payments.filter(actor__among=list(keys.values_list("name", flat=True))).update(actor="erased")
    keys.update(name="erased", revoked=True)
    references = references_of(customer_id, person.orders)
    erasing.forget_items(references, person.identifiers, person.names)
    erasing.forget_actor(key_ids)
    erasing.forget_answers(references, person.identifiers)
    erasing.forget_selections(person.names)
    erasing.forget_log("orders", "customer", customer_id)


ERASE = Operation(
    name="customers.erase",
    irreversible="What was erased is kept nowhere.",
    noun="customers",
    words={Verdict.UPDATED: "erased", Verdict.UNCHANGED: "unchanged"},
    item=shapes.CustomerRef,
    terms=shapes.NoTerms,
    limit=50,
    look=look,
    plan=lambda batch, people: plan_erasure(batch.items, people),
    write=write,
    roles=ADMINS,
    line=lambda outcome: {"id": outcome.reference, "result": outcome.verdict},
    rows_of=ids_in("id"),
)
