"""Making, filling and deleting quotes, worked out from values alone."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from orders.plans.creation import line_faults, line_row
from orders.plans.pricing import Offer
from orders.states import QuoteStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import MAX_CENTS
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
LARGEST_QUANTITY = 10_000
MOST_POSITIONS = 500
# A quote, a SKU and the options chosen, as text: 1 and true are two choices.
Position = tuple[int, str, str]


@dataclass(slots=True)
class Quoted:
    """A quote as a batch finds it, and as the items planned so far leave it. Money in minor units."""

    number: int
    status: str = QuoteStatus.OPEN
    currency: str = "USD"
    customer_id: str | None = None
    store: str | None = None
    account_id: int = 0
    positions: int = 0
    subtotal: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What additions refer to: quotes by number, what they hold of the SKUs that are added, and these as a store sees
    them."""

    quotes: Mapping[int, Quoted]
    held: Mapping[Position, Row]
    offers: Mapping[str, Offer]
    resembling: Sequence[str] = ()
    missing_store: str = ""


def position_of(quote_id: int, sku_id: str, options: Mapping[str, Any] | None) -> Position:
    """Where more of the same goes."""
    return quote_id, sku_id, json.dumps(options or {}, sort_keys=True)


def nowhere(store: str) -> list[Outcome]:
    """The refusal of a batch that names a store which does not exist; nothing when it names none."""
    outcome = Outcome(None)
    outcome.refuse(Fault("STORE_NOT_FOUND", f"There is no store {store}.", "store", store, kind=Kind.UNKNOWN))
    return [outcome] if store else []


def quote_faults(quote_id: int, quotes: Mapping[int, Quoted]) -> list[Fault]:
    """A quote that is not there, or somebody else's, or an order by now; nothing for 0, which could not be read."""
    if not quote_id:
        return []
    if quote_id not in quotes:
        message = f"There is no quote {quote_id}."
        return [Fault("QUOTE_NOT_FOUND", message, "quoteId", quote_id, kind=Kind.UNKNOWN)]
    return [ordered(quote_id)] if quotes[quote_id].status == QuoteStatus.ORDERED else []


def ordered(quote_id: int) -> Fault:
    """An ordered quote stays as it is."""
    message = f"Quote {quote_id} has become an order and stays as it is."
    return Fault("QUOTE_ORDERED", message, "quoteId", quote_id, kind=Kind.CONFLICT)


def customer_faults(customer_id: str | None, customers: Set[str]) -> list[Fault]:
    """A customer who is named exists."""
    if customer_id is None or customer_id in customers:
        return []
    return [Fault("CUSTOMER_NOT_FOUND", f"There is no customer {customer_id}.", "customerId", customer_id)]


def plan_quotes(
    items: Sequence[Item], customers: Set[str], given_to_all: Row, missing_store: str = ""
) -> list[Outcome]:
    """New, empty quotes; `given_to_all` are the columns they share."""
    outcomes = []
    for item in items:
        customer_id = (item.value or {}).get("customer_id")
        outcome = Outcome(item.index, status=QuoteStatus.OPEN)
        outcomes.append(outcome)
        if faults := customer_faults(customer_id, customers):
            outcome.refuse(*faults)
        elif not item.faults:
            outcome.verdict = Verdict.CREATED
            outcome.change = {"uuid": uuid4(), "customer_id": customer_id, "status": QuoteStatus.OPEN, **given_to_all}
            outcome.after = {"customerId": customer_id, "store": given_to_all["store_id"]}
    return outcomes + nowhere(missing_store)


def plan_additions(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Put SKUs into quotes, at the price of this moment. More of the same raises the quantity, at the price offered."""
    quotes = {number: replace(quote) for number, quote in known.quotes.items()}
    held = dict(known.held)
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index)
        outcomes.append(outcome)
        faults = quote_faults(given.get("quote_id", 0), quotes) + line_faults(given, known.offers, known.resembling)
        if faults or item.faults:
            outcome.refuse(*faults)
        else:
            add(outcome, given, known.offers[given["sku_id"]], quotes[given["quote_id"]], held)
    return outcomes + nowhere(known.missing_store)


def add(outcome: Outcome, given: Row, offer: Offer, quote: Quoted, held: dict[Position, Row]) -> None:
    """Fill in the position of a faultless item and note it in the quote, unless the sum of all is too much."""
    position = position_of(quote.number, given["sku_id"], given.get("options"))
    there = held.get(position)
    row = more_of(there, given["quantity"]) if there else new_position(quote.number, given, offer)
    growth = row["total"] - (there["total"] if there else 0)
    if faults := growth_faults(row, there, quote, offer, growth):
        outcome.refuse(*faults)
        return
    outcome.verdict = Verdict.UPDATED if there else Verdict.CREATED
    outcome.before = {"quantity": there["quantity"]} if there else None
    outcome.after = image(row)
    outcome.change = {"row": row, "currency": offer.currency}
    held[position] = row
    quote.positions += not there
    quote.subtotal += growth
    quote.currency = offer.currency


def more_of(there: Row, quantity: int) -> Row:
    """A quote is an offer: what was offered at a price can be had at that price."""
    whole = there["quantity"] + quantity
    return {**there, "quantity": whole, "total": there["unit_price"] * whole}


def new_position(quote_id: int, given: Row, offer: Offer) -> Row:
    """A position that the quote does not hold yet."""
    line = line_row(given, offer)
    del line["kind"]
    return {"uuid": uuid4(), "quote_id": quote_id, **line}


def growth_faults(row: Row, there: Row | None, quote: Quoted, offer: Offer, growth: int) -> list[Fault]:
    """What a quote cannot hold besides what it holds."""
    if quote.positions and offer.currency != quote.currency:
        message = f"Quote {quote.number} is in {quote.currency}, SKU {row['sku_id']} in {offer.currency}."
        return [Fault("CURRENCY_MIXED", message, "skuId", row["sku_id"])]
    if there is None and quote.positions >= MOST_POSITIONS:
        return [Fault("TOO_MANY", f"A quote must have at most {MOST_POSITIONS} positions.", "skuId", row["sku_id"])]
    if row["quantity"] > LARGEST_QUANTITY:
        rule = (
            f"Quote {quote.number} would hold {row['quantity']} of SKU {row['sku_id']}; {LARGEST_QUANTITY} is the most."
        )
        return [Fault("OUT_OF_RANGE", rule, "quantity", row["quantity"])]
    if row["unit_price"] < 0:
        return [Fault("PRICE_BELOW_ZERO", "The chosen options bring the price below zero.", "options")]
    if quote.subtotal + growth > MAX_CENTS:
        return [Fault("OUT_OF_RANGE", f"The quote's subtotal must be at most {MAX_CENTS // 100}.", "quantity")]
    return []


def image(row: Row) -> Row:
    """A position as it is recorded; the id follows when it has one. The price is in major units."""
    return {
        "itemId": row.get("id"),
        "skuId": row["sku_id"],
        "quantity": row["quantity"],
        "name": row["name"],
        "price": row["unit_price"] / 100,
        "quoteId": row["quote_id"],
    }


def plan_quote_deletions(items: Sequence[Item], known: Mapping[int, Quoted]) -> list[Outcome]:
    """Delete quotes that are still open."""
    quotes = dict(known)
    outcomes = []
    for item in items:
        quote_id = (item.value or {}).get("quote_id", 0)
        outcome = Outcome(item.index, str(quote_id or ""))
        outcomes.append(outcome)
        if faults := quote_faults(quote_id, quotes):
            outcome.refuse(*faults)
        elif not item.faults:
            outcome.verdict, outcome.change = Verdict.UPDATED, quotes.pop(quote_id).number
    return outcomes
