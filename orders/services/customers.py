"""Making, editing and deleting customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import compress
from secrets import token_hex
from typing import Any
from uuid import uuid4

from django.db.models import Exists, OuterRef, QuerySet

from orders import shapes
from orders.models import Customer, Entitlement, Order, Quote
from orders.passwords import hashed
from orders.plans.customers import FIELDS, PASSWORD, Known, plan_customer_edits, plan_customers, plan_deletions
from printshop.api.models import APIKey
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation, ids_in
from printshop.bulk.outcomes import Outcome, Verdict

WORDS = {Verdict.CREATED: "created", Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"}
REFERRING = {"orders": Order, "quotes": Quote, "entitlements": Entitlement}


def customer_row(given: Mapping[str, Any], account_id: int, at: datetime) -> dict[str, Any]:
    """A new customer's row: ids made where none is given, the name put together where it is not given."""
    row = {name: given.get(name) or "" for name in FIELDS}
    row["name"] = row["name"] or f"{row['firstname']} {row['lastname']}".strip()[:255]
    return {
        "id": given.get("id") or f"cust-{token_hex(8)}",
        "uuid": uuid4(),
        "account_id": account_id,
        **row,
        PASSWORD: given.get(PASSWORD) or "",
        "created_at": at,
    }


def given_values(batch: Batch, name: str) -> list[Any]:
    """What the items of a batch say of one field."""
    return [item.value[name] for item in batch.items if item.value and item.value.get(name)]


def named_in(batch: Batch, within: QuerySet[Customer]) -> Known:
    """Customers with an id, an e-mail address or an external id that the batch names; locked.

    External ids count in the accounts of the customers `within`. Each kind of name is looked up in its own index.
    """
    ids, emails, external_ids = (given_values(batch, name) for name in ("id", "email", "external_id"))
    by_id = Customer.objects.filter(pk__among=ids)
    by_email = Customer.objects.filter(email__among=emails).exclude(email="")
    by_external_id = within.filter(external_id__among=external_ids).exclude(external_id="")
    named = [found.order_by().values("pk") for found in (by_id, by_email, by_external_id)]
    found = Customer.objects.filter(pk__in=named[0].union(*named[1:])).locked()
    return Known.of(found.values("pk", "account_id", *FIELDS, PASSWORD))


def look(batch: Batch) -> Known:
    """New customers belong to the account that makes them."""
    return named_in(batch, Customer.objects.filter(account_id=batch.actor.account_id))


def look_to_edit(batch: Batch) -> Known:
    """Known customers stay in the accounts they belong to, whoever edits them."""
    accounts = Customer.objects.filter(pk__among=given_values(batch, "id")).order_by().values("account_id")
    return named_in(batch, Customer.objects.filter(account_id__in=accounts))


def plan(batch: Batch, known: Known) -> list[Outcome]:
    account_id = batch.actor.account_id
    return plan_customers(batch.items, known, account_id, lambda given: customer_row(given, account_id, batch.at))


def writable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it may be stored: no password goes in that nobody has hashed."""
    return {**row, PASSWORD: hashed(row[PASSWORD])}


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    rows = [writable(outcome.change) for outcome in outcomes]
    # Two batches that want the same values meet them in one order: the later one waits, neither deadlocks.
    writer.insert(Customer, sorted(rows, key=lambda row: (row["external_id"], row["email"], row["id"])))


def making_room(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Customers that give up what another one of the batch gets, less these values: unique rules hold row by row."""
    got = {taken for outcome in outcomes for taken in (outcome.after or {}).items()}
    leaving = {
        outcome.reference
        for outcome in outcomes
        if any(
            (name, value) in got for name, value in (outcome.before or {}).items() if name in ("email", "externalId")
        )
    }
    return [{"id": customer_id, "email": "", "external_id": ""} for customer_id in sorted(leaving)]


def write_edits(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement, and one more when an address or external id goes from one customer to another."""
    changed = [outcome for outcome in outcomes if outcome.verdict is Verdict.UPDATED]
    writer.update(Customer, making_room(changed))
    # Of a customer named twice the last change holds those before it.
    last = {outcome.reference: outcome.change for outcome in changed}
    writer.update(Customer, [writable(last[customer_id]) for customer_id in sorted(last)])


def line(outcome: Outcome) -> dict[str, Any]:
    return {"id": outcome.reference, "result": outcome.verdict}


def look_to_delete(batch: Batch) -> dict[str, list[str]]:
    """What keeps each of the customers: asked once they are locked."""
    ids = given_values(batch, "id")
    locked = list(Customer.objects.filter(pk__among=ids).locked().values_list("pk", flat=True))
    referring = [Exists(model._base_manager.filter(customer=OuterRef("pk"))) for model in REFERRING.values()]
    rows = Customer.objects.filter(pk__among=locked).order_by().values_list("pk", *referring)
    kept = {customer_id: list(compress(REFERRING, found)) for customer_id, *found in rows}
    bound = APIKey.objects.filter(customer__among=locked, revoked=False).order_by()
    for customer_id in bound.values_list("customer", flat=True).distinct():
        kept[customer_id].append("keys")
    return kept


def delete(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    writer.delete(Customer, [outcome.change for outcome in outcomes])


def rows_of(payload: Any) -> list[str]:
    """An address is the same in any case."""
    return [row.lower() if row.startswith("email:") else row for row in ids_in("id", "email", "externalId")(payload)]


CREATE = Operation(
    name="customers.create",
    irreversible="A customer that was made is not unmade; delete it while nothing speaks of it.",
    noun="customers",
    words=WORDS,
    item=shapes.CustomerItem,
    terms=shapes.NoTerms,
    limit=50,
    look=look,
    plan=plan,
    write=write,
    line=line,
    rows_of=rows_of,
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
    write=write_edits,
    line=line,
    rows_of=rows_of,
)
DELETE = Operation(
    name="customers.delete",
    irreversible="Nothing is kept of a customer that was deleted.",
    noun="customers",
    words={Verdict.UPDATED: "deleted"},
    item=shapes.CustomerRef,
    terms=shapes.NoTerms,
    limit=50,
    look=look_to_delete,
    plan=lambda batch, kept: plan_deletions(batch.items, kept),
    write=delete,
    line=lambda outcome: {"id": outcome.reference, "result": "deleted"},
    rows_of=ids_in("id"),
)
