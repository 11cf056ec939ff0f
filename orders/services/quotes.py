"""Making, filling and deleting quotes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Sum

from catalog.models import Store, lock_catalogue
from catalog.plans.stores import seen
from catalog.services.imports import candidates
from catalog.services.stores import own_values
from orders import quote_shapes, shapes
from orders.models import Quote, QuoteItem
from orders.plans.pricing import Offer
from orders.plans.quotes import (
    Known,
    Position,
    Quoted,
    plan_additions,
    plan_quote_deletions,
    plan_quotes,
    position_of,
)
from orders.services.creation import OFFER, buyers, offered, shop_terms
from orders.services.customers import given_values
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.outcomes import Outcome, Verdict

STANDING = ("pk", "status", "currency", "customer_id", "store_id", "account_id")
POSITION = ("id", "uuid", "quote_id", "sku_id", "quantity", "options", "name", "unit_price", "total")


def store_of(batch: Batch) -> str | None:
    """The store whose prices hold for the batch; None: those that hold everywhere."""
    return batch.terms.get("store") or None


def missing_store(batch: Batch) -> str:
    """The code of the store that the batch names, when there is no such store."""
    store = store_of(batch)
    return store if store and not Store.objects.filter(pk=store).exists() else ""


def quotes_named(batch: Batch) -> dict[int, Quoted]:
    """The quotes that the items name and the actor may change, locked."""
    found = Quote.objects.open_to(batch.actor).numbered(given_values(batch, "quote_id")).locked()
    return {number: Quoted(number, *rest) for number, *rest in found.values_list(*STANDING)}


def with_sums(quotes: Mapping[int, Quoted]) -> Mapping[int, Quoted]:
    """The quotes with the number of their positions and what these come to."""
    items = QuoteItem.objects.of_quotes(list(quotes)).order_by().values_list("quote_id")
    for number, positions, subtotal in items.annotate(Count("pk"), Sum("total")):
        quotes[number].positions, quotes[number].subtotal = positions, subtotal
    return quotes


def offers_in(store: str | None, sku_ids: Sequence[str]) -> dict[str, Offer]:
    """SKUs as a store sees them."""
    rows = {sku_id: dict(zip(OFFER, values, strict=True)) for sku_id, *values in offered(sku_ids)}
    own = own_values(list(rows), store) if store else {}
    return {sku_id: Offer(**only(seen(row, own.get(sku_id, {})), OFFER)) for sku_id, row in rows.items()}


def only(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names}


# --- Making ----------------------------------------------------------------------------------------------------------
def look(batch: Batch) -> tuple[set[str], str]:
    """The customers that the items name, as far as they exist, and the store if it does not."""
    return {row[0] for row in buyers(given_values(batch, "customer_id"), None)}, missing_store(batch)


def plan(batch: Batch, known: tuple[set[str], str]) -> list[Outcome]:
    given_to_all = {
        "account_id": batch.actor.account_id,
        "store_id": store_of(batch),
        "currency": shop_terms().currency,
        "created_at": batch.at,
        "updated_at": batch.at,
    }
    customers, missing = known
    return plan_quotes(batch.items, customers, given_to_all, missing)


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    numbers = dict(writer.insert(Quote, [outcome.change for outcome in outcomes], ("uuid", "id")))
    for outcome in outcomes:
        outcome.reference = str(numbers[outcome.change["uuid"]])


# --- Filling ---------------------------------------------------------------------------------------------------------
def look_at_positions(batch: Batch) -> Known:
    """Share the catalogue lock, lock the quotes, and find what they hold of the SKUs."""
    lock_catalogue(exclusive=False)
    sku_ids = given_values(batch, "sku_id")
    quotes = with_sums(quotes_named(batch))
    items = QuoteItem.objects.of_quotes(list(quotes)).filter(sku_id__among=sku_ids).order_by("pk")
    held: dict[Position, dict[str, Any]] = {
        position_of(row["quote_id"], row["sku_id"], row["options"]): dict(row) for row in items.values(*POSITION)
    }
    offers = offers_in(store_of(batch), sku_ids)
    unknown = [sku_id for sku_id in dict.fromkeys(sku_ids) if sku_id not in offers]
    return Known(quotes, held, offers, candidates(unknown), missing_store(batch))


def write_positions(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Three statements: new positions, raised quantities, the quotes themselves."""
    # Of a position that several items add to, the last row holds all of them.
    last = {outcome.change["row"]["uuid"]: outcome.change["row"] for outcome in outcomes}
    new = [row for row in last.values() if "id" not in row]
    raised = [only(row, ("id", "quantity", "total")) for row in last.values() if "id" in row]
    made = dict(writer.insert(QuoteItem, new, ("uuid", "id")))
    writer.update(QuoteItem, sorted(raised, key=lambda row: row["id"]))
    currencies = {outcome.change["row"]["quote_id"]: outcome.change["currency"] for outcome in outcomes}
    writer.update(
        Quote,
        [{"id": number, "currency": currencies[number], "updated_at": batch.at} for number in sorted(currencies)],
    )
    for outcome in outcomes:
        row = outcome.change["row"]
        item_id = row.get("id") or made[row["uuid"]]
        outcome.reference = str(item_id)
        outcome.after = {**(outcome.after or {}), "itemId": item_id}


# --- Deleting --------------------------------------------------------------------------------------------------------
def delete(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    numbers = [outcome.change for outcome in outcomes]
    writer.delete(QuoteItem, numbers, "quote_id")
    writer.delete(Quote, numbers)


def rows_of(payload: Any) -> list[str]:
    """The quote that an item names, by a number or by the digits of a path."""
    quote_id = payload.get("quoteId") if isinstance(payload, dict) else None
    return [f"quote:{quote_id}"] if isinstance(quote_id, (int, str)) else []


def line(outcome: Outcome) -> dict[str, Any]:
    return {"id": outcome.reference, "result": outcome.verdict}


CREATE = Operation(
    name="quotes.create",
    irreversible="A quote that was made is not unmade; delete it.",
    noun="quotes",
    words={Verdict.CREATED: "created"},
    item=quote_shapes.NewQuote,
    terms=quote_shapes.StoreTerms,
    limit=50,
    look=look,
    plan=plan,
    write=write,
)
ADD = Operation(
    name="quotes.add",
    irreversible="What was added to a quote stays; make another quote.",
    noun="items",
    words={Verdict.CREATED: "added", Verdict.UPDATED: "raised"},
    item=quote_shapes.NewQuoteItem,
    terms=quote_shapes.StoreTerms,
    limit=50,
    look=look_at_positions,
    plan=lambda batch, known: plan_additions(batch.items, known),
    write=write_positions,
    line=line,
    rows_of=rows_of,
)
DELETE = Operation(
    name="quotes.delete",
    irreversible="Nothing is kept of a quote that was deleted.",
    noun="quotes",
    words={Verdict.UPDATED: "deleted"},
    item=quote_shapes.QuoteRef,
    terms=shapes.NoTerms,
    limit=50,
    look=quotes_named,
    plan=lambda batch, quotes: plan_quote_deletions(batch.items, quotes),
    write=delete,
    line=lambda outcome: {"id": outcome.reference, "result": "deleted"},
    rows_of=rows_of,
)
