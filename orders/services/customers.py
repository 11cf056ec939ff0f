"""Making, finding and editing customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import uuid4

from django.db.models import Q

from orders import shapes
from orders.models import Customer
from orders.plans.customers import FIELDS, Known, plan_customer_edits, plan_customers
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.outcomes import Outcome, Verdict

WORDS = {Verdict.CREATED: "created", Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"}


def customer_row(given: Mapping[str, Any], account_id: int, at: datetime) -> dict[str, Any]:
    """A new customer's row: ids made where none is given, the name put together where it is not given."""
    row = {name: given.get(name) or "" for name in FIELDS}
    row["name"] = row["name"] or f"{row['firstname']} {row['lastname']}".strip()[:255]
    return {
        "id": given.get("id") or f"cust-{token_hex(8)}",
        "uuid": uuid4(),
        "account_id": account_id,
        **row,
        "password": "",
        "created_at": at,
    }


def named_in(batch: Batch, account_id: int) -> Known:
    """Customers that have an id, an e-mail address or, in the account, an external id that the batch names; locked."""
    values = [item.value for item in batch.items if item.value]
    ids, emails, external_ids = (
        [value[name] for value in values if value.get(name)] for name in ("id", "email", "external_id")
    )
    named = Q(pk__among=ids) | Q(email__among=emails) | Q(account_id=account_id, external_id__among=external_ids)
    return Known.of(Customer.objects.filter(named).locked().values("pk", "account_id", *FIELDS), account_id)


def look(batch: Batch) -> Known:
    """New customers belong to the account that makes them."""
    return named_in(batch, batch.actor.account_id)


def look_to_edit(batch: Batch) -> Known:
    """A known customer stays in the account it belongs to, whoever edits it."""
    addressed = Customer.objects.filter(pk=batch.items[0].value["id"])
    account_id = addressed.values_list("account_id", flat=True).first()
    return named_in(batch, account_id or batch.actor.account_id)


def plan(batch: Batch, known: Known) -> list[Outcome]:
    return plan_customers(batch.items, known, lambda given: customer_row(given, batch.actor.account_id, batch.at))


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    writer.insert(Customer, [outcome.change for outcome in outcomes if outcome.verdict is Verdict.CREATED])
    writer.update(Customer, [outcome.change for outcome in outcomes if outcome.verdict is Verdict.UPDATED])


def line(outcome: Outcome) -> dict[str, Any]:
    return {"id": outcome.reference, "result": outcome.verdict}


CREATE = Operation(
    name="customers.create",
    noun="customers",
    words=WORDS,
    item=shapes.CustomerItem,
    terms=shapes.NoTerms,
    limit=50,
    look=look,
    plan=plan,
    write=write,
    line=line,
)
EDIT = Operation(
    name="customers.edit",
    noun="customers",
    words=WORDS,
    item=shapes.CustomerItem,
    terms=shapes.NoTerms,
    limit=50,
    look=look_to_edit,
    plan=lambda batch, known: plan_customer_edits(batch.items, known),
    write=write,
    line=line,
)


def find_or_make(wanted: Sequence[Mapping[str, Any]], *, account_id: int, at: datetime) -> dict[str, str]:
    """The ids of customers by e-mail address, in lower case; those that do not exist are made.

    Two statements, whoever else makes the same ones meanwhile: what loses the race is found, not made twice. Call it
    inside the transaction that uses the customers.
    """
    rows = sorted((customer_row(given, account_id, at) for given in wanted), key=lambda row: row["email"])
    writer.insert_missing(Customer, rows, "id")
    emails = [row["email"] for row in rows]
    return dict(Customer.objects.filter(email__among=emails).values_list("email", "pk"))
