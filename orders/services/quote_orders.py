"""Making orders of quotes."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import lock_catalogue
from orders import quote_shapes, shapes
from orders.models import Quote, QuoteItem
from orders.plans.quote_orders import Known, QuoteOrder, plan_quote_orders
from orders.services.creation import buyers, holders, insert_orders, named_for, shop_terms
from orders.services.customers import given_values
from orders.services.quotes import quotes_named, rows_of
from orders.states import QuoteStatus
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation, ids_in
from printshop.bulk.outcomes import Outcome, Verdict

LINE = ("sku_id", "name", "quantity", "options", "unit_price", "total")


def order_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A position of a quote as a line of an order; what the SKU is may have changed, its price here has not."""
    return {**{name: row[name] for name in LINE}, "kind": row["sku__kind"]}


def look(batch: Batch) -> Known:
    """Share the catalogue lock, lock the quotes, and find all that is in them."""
    lock_catalogue(exclusive=False)
    customers = {row[0] for row in buyers(given_values(batch, "customer_id"), None)}
    quotes = quotes_named(batch)
    positions: dict[int, list[dict[str, Any]]] = {}
    unsold: dict[int, list[str]] = {}
    found = QuoteItem.objects.of_quotes(list(quotes)).with_sale()
    for row in found.values("quote_id", *LINE, "sku__kind", "sold"):
        positions.setdefault(row["quote_id"], []).append(order_line(row))
        if not row["sold"]:
            unsold.setdefault(row["quote_id"], []).append(row["sku_id"])
    held = holders(batch.actor.account_id, given_values(batch, "external_id"))
    taken = {external_id: named_for(batch.actor, *holder) for external_id, *holder in held}
    return Known(quotes, positions, unsold, customers, taken, shop_terms())


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Three statements: the orders, their lines, and the quotes, which now name their orders."""
    numbers = insert_orders(outcomes)
    new: list[QuoteOrder] = sorted((outcome.change for outcome in outcomes), key=lambda change: change.quote_id)
    changes = [
        {
            "id": one.quote_id,
            "status": QuoteStatus.ORDERED,
            "order_id": numbers[one.uuid],
            "customer_id": one.order["customer_id"],
            "updated_at": batch.at,
        }
        for one in new
    ]
    writer.update(Quote, changes)


ORDER = Operation(
    name="quotes.order",
    irreversible="A quote that was ordered stays so; cancel the order that it became.",
    noun="orders",
    words={Verdict.CREATED: "created"},
    item=quote_shapes.OrderFromQuote,
    terms=shapes.NoTerms,
    limit=50,
    look=look,
    plan=lambda batch, known: plan_quote_orders(batch.items, known, batch.at),
    write=write,
    rows_of=lambda payload: [*rows_of(payload), *ids_in("externalId")(payload)],
)
