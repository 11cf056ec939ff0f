"""Making the orders of storefronts: customers found or made, payments and access with them."""

from collections.abc import Sequence
from typing import Any

from catalog.models import SKU, lock_catalogue
from orders import shapes
from orders.models import Customer, Entitlement, Order, Payment
from orders.plans.pricing import Offer
from orders.plans.storefront import Known, NewOrder, People, plan_storefront_orders
from orders.references import reference
from orders.services.creation import OFFER, insert_orders
from orders.services.customers import customer_row
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.outcomes import Outcome, Verdict


def look_for_people(values: Sequence[dict[str, Any]], account_id: int) -> People:
    """The customers that the orders name by the account's id or by e-mail address, each found through its index."""
    users = [value["user"] for value in values if value.get("user")]
    ids, emails = ([user[name] for user in users if user.get(name)] for name in ("id", "email"))
    by_id = Customer.objects.filter(account_id=account_id, external_id__among=ids).exclude(external_id="")
    by_email = Customer.objects.filter(email__among=emails).exclude(email="")
    named = by_id.order_by().values("pk").union(by_email.order_by().values("pk"))
    found = Customer.objects.filter(pk__in=named).locked()
    return People.of(found.values("pk", "account_id", "external_id", "email"), account_id)


def look(batch: Batch) -> Known:
    """Share the catalogue lock; find customers, SKUs, and which external ids are taken."""
    lock_catalogue(exclusive=False)
    values = [item.value for item in batch.items if item.value]
    account_id = batch.actor.account_id
    people = look_for_people(values, account_id)
    sku_ids = [p["external_id"] for value in values for p in value.get("products") or () if "external_id" in p]
    offers = {row[0]: Offer(*row[1:]) for row in SKU.objects.known(sku_ids).values_list("pk", *OFFER)}
    external_ids = [value["external_id"] for value in values if value.get("external_id")]
    held = Order.objects.with_external_ids(account_id, external_ids).values_list("external_id", "pk")
    taken = {external_id: reference(Order.PREFIX, number) for external_id, number in held}
    return Known(people, offers, taken)


def plan(batch: Batch, known: Known) -> list[Outcome]:
    account_id, at = batch.actor.account_id, batch.at
    return plan_storefront_orders(
        batch.items, known, lambda given: customer_row(given, account_id, at), account_id, batch.actor.name, at
    )


def write_people(orders: Sequence[NewOrder]) -> None:
    """Customers to be made, and what was learnt of known ones."""
    people = {order.person.id: order.person for order in orders if order.person.row}
    new = [person for person in people.values() if person.new]
    # In the order of what must be unique: two requests that make the same people then wait and do not deadlock.
    new.sort(key=lambda person: (person.external_id, person.email))
    known = sorted((person for person in people.values() if not person.new), key=lambda person: person.id)
    writer.insert(Customer, [person.row for person in new if person.row])
    writer.update(Customer, [person.row for person in known if person.row])


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """At most six statements: customers, orders, lines, payments, entitlements."""
    orders: list[NewOrder] = [outcome.change for outcome in outcomes if outcome.verdict is Verdict.CREATED]
    write_people(orders)
    numbers = insert_orders(outcomes)
    writer.insert(Payment, [{"order_id": numbers[new.uuid], **new.payment} for new in orders if new.payment])
    writer.insert(Entitlement, [{"order_id": numbers[new.uuid], **row} for new in orders for row in new.entitlements])


CREATE = Operation(
    name="orders.storefront",
    noun="orders",
    words={Verdict.CREATED: "created"},
    item=shapes.StorefrontOrder,
    terms=shapes.NoTerms,
    limit=100,
    look=look,
    plan=plan,
    write=write,
)
