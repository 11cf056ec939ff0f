"""Making orders."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from catalog.models import SKU, default_currency, lock_catalogue
from catalog.services.imports import candidates
from orders import shapes
from orders.models import Customer, LineItem, Order
from orders.plans.creation import Known, Shop, plan_orders
from orders.plans.pricing import Offer
from orders.references import reference
from printshop.api.actors import EVERYBODY, Actor
from printshop.api.flights import together
from printshop.api.prepared import prepared
from printshop.api.reading import Item
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation, Result, ids_in, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

OFFER = ("name", "kind", "base_price", "currency", "quality_tiers", "options", "active")


def shop_terms() -> Shop:
    """Shipping, tax and currency from the settings."""
    return Shop(int(Decimal(settings.SHIPPING_FLAT) * 100), Decimal(settings.TAX_RATE), default_currency())


@prepared
def offered(sku_ids: Any) -> QuerySet[SKU, Any]:
    return SKU.objects.known(sku_ids).values_list("pk", *OFFER)


@prepared
def buyers(customer_ids: Any, bound_to: Any) -> QuerySet[Customer, Any]:
    """The ids of those customers that exist, and that a key bound to one may order for."""
    return Customer.objects.bound_to(bound_to).filter(pk__among=customer_ids).order_by().values_list("pk")


@prepared
def holders(account_id: Any, external_ids: Any) -> QuerySet[Order, Any]:
    return (
        Order.objects.with_external_ids(account_id, external_ids)
        .order_by()
        .values_list("external_id", "pk", "customer_id")
    )


def named_for(actor: Actor, number: int, customer_id: str) -> str:
    """An order's public id; nothing for a customer who may not know of it."""
    return reference(Order.PREFIX, number) if actor.customer_id in (None, customer_id) else ""


def look(batch: Batch) -> Known:
    """Share the catalogue lock, so that no import switches a SKU off before the orders are committed."""
    values = [item.value for item in batch.items if item.value]
    sku_ids = [line["sku_id"] for value in values for line in value.get("line_items") or () if "sku_id" in line]
    external_ids = [value["external_id"] for value in values if value.get("external_id")]
    customer_ids = [value["customer_id"] for value in values if "customer_id" in value]
    with together():
        lock_catalogue(exclusive=False)
        found = buyers.send(customer_ids, batch.actor.customer_id)
        listed = offered.send(sku_ids)
        held = holders(batch.actor.account_id, external_ids) if external_ids else ()
    customers = {row[0] for row in found()}
    offers = {row[0]: Offer(*row[1:]) for row in listed()}
    taken = {external_id: named_for(batch.actor, *holder) for external_id, *holder in held}
    unknown = [sku_id for sku_id in dict.fromkeys(sku_ids) if sku_id not in offers]
    return Known(customers, offers, taken, candidates(unknown), shop_terms())


def plan(batch: Batch, known: Known) -> list[Outcome]:
    return plan_orders(batch.items, known, batch.at, batch.actor.account_id)


def insert_orders(outcomes: Sequence[Outcome]) -> dict[UUID, int]:
    """Two statements: the orders, which get their numbers, then the lines of all of them.

    Each outcome is named after its order. Gives the orders' numbers by their uuids.
    """
    # Two batches that want the same external ids meet them in one order: the later one waits, neither deadlocks.
    rows = sorted((outcome.change.order for outcome in outcomes), key=lambda row: row["external_id"])
    numbers = {uuid: number for number, uuid in writer.insert(Order, rows, ("id", "uuid"))}
    lines = []
    for outcome in outcomes:
        number = numbers[outcome.change.uuid]
        outcome.reference = reference(Order.PREFIX, number)
        lines += [{"order_id": number, **line} for line in outcome.change.lines]
    writer.insert(LineItem, lines)
    return numbers


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    insert_orders(outcomes)


CREATE = Operation(
    name="orders.create",
    noun="orders",
    words={Verdict.CREATED: "created"},
    item=shapes.OrderItem,
    terms=shapes.NoTerms,
    limit=50,
    look=look,
    plan=plan,
    write=write,
    roles=EVERYBODY,
    rows_of=ids_in("externalId"),
)


def create_orders(
    orders: Sequence[dict[str, Any]],
    *,
    actor: Actor,
    at: datetime,
    policy: Policy = Policy.ATOMIC,
    dry_run: bool = False,
) -> Result:
    """Make orders from values that have been read already (`OrderItem`). Raises `Refused` with every fault."""
    return run(
        CREATE, Batch([Item(index, order) for index, order in enumerate(orders)], {}, actor, at, policy, dry_run)
    )
