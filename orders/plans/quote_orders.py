"""What an order from a quote would be, worked out from values alone."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.plans.creation import NewOrder, Shop, amount_fault, external_id_faults, order_row
from orders.plans.quotes import Quoted, customer_faults, quote_faults
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]


@dataclass(slots=True)
class QuoteOrder(NewOrder):
    """The rows of an order, and the quote it comes from."""

    quote_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch refers to: quotes by number, their positions as order lines, and those of their SKUs that can no
    longer be had; `taken` says which order has an external id."""

    quotes: Mapping[int, Quoted]
    positions: Mapping[int, Sequence[Row]]
    unsold: Mapping[int, Sequence[str]]
    customers: Set[str]
    taken: Mapping[str, str]
    shop: Shop


@dataclass(slots=True)
class Taken:
    """What earlier items of the batch have got: quotes and external ids, by their indexes."""

    quotes: dict[int, int]
    external_ids: dict[str, int]


def plan_quote_orders(items: Sequence[Item], known: Known, at: datetime) -> list[Outcome]:
    """One outcome for each order; a quote and an external id go to the first good item that names them."""
    taken = Taken({}, {})
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index, status=OrderStatus.PENDING_PAYMENT)
        outcomes.append(outcome)
        faults = order_faults(given, known, taken)
        if not (faults or item.faults):
            new = order_of(given, known, at)
            fault = amount_fault(new, "quoteId")
            faults = [fault] if fault else []
            outcome.change = new
        if faults or item.faults:
            outcome.change = None
            outcome.refuse(*faults)
        else:
            accept(outcome, taken)
    return outcomes


def accept(outcome: Outcome, taken: Taken) -> None:
    """The order will be made."""
    new: QuoteOrder = outcome.change
    outcome.verdict = Verdict.CREATED
    outcome.after = {"status": outcome.status, "total": new.order["total"] / 100, "quoteId": new.quote_id}
    taken.quotes[new.quote_id] = outcome.index or 0
    if new.order["external_id"]:
        taken.external_ids[new.order["external_id"]] = outcome.index or 0


def order_faults(given: Row, known: Known, taken: Taken) -> list[Fault]:
    """What is wrong with an order from a quote besides its shape: everything at once."""
    quote_id = given.get("quote_id", 0)
    quote = known.quotes.get(quote_id)
    faults = quote_faults(quote_id, known.quotes)
    if quote and not faults:
        faults += content_faults(quote, known, taken)
    if quote and not given.get("customer_id") and not quote.customer_id:
        message = f"Quote {quote.number} names no customer; the order must."
        faults.append(Fault("CUSTOMER_REQUIRED", message, "customerId"))
    faults += customer_faults(given.get("customer_id"), known.customers)
    return faults + external_id_faults(given.get("external_id") or "", known.taken, taken.external_ids)


def content_faults(quote: Quoted, known: Known, taken: Taken) -> list[Fault]:
    """Why an open quote cannot become an order now."""
    if quote.number in taken.quotes:
        message = f"The item at index {taken.quotes[quote.number]} orders quote {quote.number} already."
        return [Fault("QUOTE_ORDERED", message, "quoteId", quote.number, kind=Kind.CONFLICT)]
    if not known.positions.get(quote.number):
        message = f"Quote {quote.number} has nothing in it to order."
        return [Fault("QUOTE_EMPTY", message, "quoteId", quote.number, kind=Kind.CONFLICT)]
    unsold = known.unsold.get(quote.number, ())
    return [Fault("SKU_INACTIVE", f"SKU {sku_id} is no longer sold.", "quoteId", quote.number) for sku_id in unsold]


def order_of(given: Row, known: Known, at: datetime) -> QuoteOrder:
    """The rows of a faultless order, at the quoted prices; it belongs to the account that made the quote."""
    quote = known.quotes[given["quote_id"]]
    lines = list(known.positions[quote.number])
    wanted = {**given, "customer_id": given.get("customer_id") or quote.customer_id}
    order = order_row(wanted, lines, quote.currency, known.shop, at, quote.account_id)
    return QuoteOrder(order["uuid"], order, lines, quote.number)
