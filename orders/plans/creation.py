"""What an order would be, worked out from values alone."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from catalog.plans.imports import unknown_sku
from orders.plans.pricing import Offer, option_faults, unit_price
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import MAX_CENTS
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shop:
    """What holds for every order: a flat shipping amount in minor units, and the tax rate on the subtotal."""

    shipping: int = 0
    tax_rate: Decimal = Decimal(0)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch of orders refers to, as found: customers, SKUs, who has which external id, "did you mean"."""

    customers: Set[str]
    offers: Mapping[str, Offer]
    taken: Mapping[str, str]
    resembling: Sequence[str] = ()
    shop: Shop = Shop()


@dataclass(slots=True)
class NewOrder:
    """The rows of an order to be made. Lines get their order's number once it has one."""

    uuid: UUID
    order: Row
    lines: list[Row]


def line_faults(line: Row, offers: Mapping[str, Offer], resembling: Sequence[str], prefix: str = "") -> list[Fault]:
    """What is wrong with a position besides its shape; `prefix` stands before the paths of its fields."""
    sku_id = line.get("sku_id")
    if sku_id is None:
        return []
    offer = offers.get(sku_id)
    if offer is None:
        return [unknown_sku(sku_id, resembling, f"{prefix}skuId", Kind.INVALID)]
    if not offer.active:
        return [Fault("SKU_INACTIVE", f"SKU {sku_id} is no longer sold.", f"{prefix}skuId", sku_id)]
    chosen = line.get("options")
    return option_faults(offer, chosen, f"{prefix}options") if chosen else []


def external_id_faults(external_id: str, taken: Mapping[str, str], first_with: Mapping[str, int]) -> list[Fault]:
    """An external id belongs to one order of the account, within a batch to the first good one."""
    if external_id in taken:
        holder = taken[external_id]
        message = f"{f'Order {holder}' if holder else 'Another order'} has the externalId {external_id} already."
        return [Fault("EXTERNAL_ID_TAKEN", message, "externalId", external_id, kind=Kind.CONFLICT)]
    if external_id in first_with:
        message = f"The order at index {first_with[external_id]} has the externalId {external_id} already."
        return [Fault("EXTERNAL_ID_TAKEN", message, "externalId", external_id)]
    return []


def order_faults(given: Row, known: Known, first_with: Mapping[str, int]) -> list[Fault]:
    """What is wrong with an order besides its shape: everything at once."""
    faults = []
    customer_id, external_id = given.get("customer_id"), given.get("external_id") or ""
    if customer_id is not None and customer_id not in known.customers:
        faults.append(Fault("CUSTOMER_NOT_FOUND", f"There is no customer {customer_id}.", "customerId", customer_id))
    for index, line in enumerate(given.get("line_items") or ()):
        faults += line_faults(line, known.offers, known.resembling, f"lineItems.{index}.")
    currencies = {
        known.offers[line["sku_id"]].currency
        for line in given.get("line_items") or ()
        if line.get("sku_id") in known.offers
    }
    if len(currencies) > 1:
        listed = ", ".join(sorted(currencies))
        faults.append(
            Fault("CURRENCY_MIXED", f"The lines of an order must share one currency, not {listed}.", "lineItems")
        )
    faults += external_id_faults(external_id, known.taken, first_with)
    return faults


def line_row(line: Row, offer: Offer) -> Row:
    """A position with the SKU's name and price of this moment."""
    options = line.get("options") or {}
    price = unit_price(offer, options)
    return {
        "sku_id": line["sku_id"],
        "kind": offer.kind,
        "name": offer.name,
        "quantity": line["quantity"],
        "options": options,
        "unit_price": price,
        "total": price * line["quantity"],
    }


def amounts(lines: Sequence[Row], shop: Shop) -> Row:
    """What an order of these lines comes to, in minor units: `subtotal`, `shipping`, `tax` and `total`."""
    subtotal = sum(line["total"] for line in lines)
    # What nobody posts costs no postage.
    shipping = shop.shipping if any(line["kind"] == "print" for line in lines) else 0
    tax = int((subtotal * shop.tax_rate).quantize(Decimal(1), ROUND_HALF_UP)) if shop.tax_rate else 0
    return {"subtotal": subtotal, "shipping": shipping, "tax": tax, "total": subtotal + shipping + tax}


def order_row(given: Row, lines: Sequence[Row], currency: str, shop: Shop, at: datetime, account_id: int) -> Row:
    """An order that waits for its payment."""
    return {
        "uuid": time_ordered_uuid(),
        "account_id": account_id,
        "customer_id": given["customer_id"],
        "type": "sale",
        "status": OrderStatus.PENDING_PAYMENT,
        "external_id": given.get("external_id") or "",
        **amounts(lines, shop),
        "currency": currency,
        "shipping_address": given.get("shipping_address"),
        "notes": given.get("notes") or "",
        "return_url": "",
        "due_date": given.get("due_date"),
        "carrier": "",
        "tracking_number": "",
        "digital": any(line["kind"] != "print" for line in lines),
        "created_at": at,
        "updated_at": at,
    }


def priced(given: Row, known: Known, at: datetime, account_id: int) -> NewOrder:
    """The rows of a faultless order."""
    lines = [line_row(line, known.offers[line["sku_id"]]) for line in given["line_items"]]
    currency = known.offers[lines[0]["sku_id"]].currency
    order = order_row(given, lines, currency, known.shop, at, account_id)
    return NewOrder(order["uuid"], order, lines)


def amount_fault(new: NewOrder, path: str = "lineItems") -> Fault | None:
    """Money that no order can be about: below nothing, or beyond what is counted here."""
    if min(line["unit_price"] for line in new.lines) < 0:
        return Fault("PRICE_BELOW_ZERO", "The chosen options bring the price below zero.", path)
    if new.order["total"] > MAX_CENTS:
        return Fault("OUT_OF_RANGE", f"The order's total must be at most {MAX_CENTS // 100}.", path)
    return None


def plan_orders(items: Sequence[Item], known: Known, at: datetime, account_id: int) -> list[Outcome]:
    """One outcome for each order; within a batch the first good one gets an external id."""
    first_with: dict[str, int] = {}
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index, status=OrderStatus.PENDING_PAYMENT)
        outcomes.append(outcome)
        faults = order_faults(given, known, first_with)
        if not (faults or item.faults):
            new = priced(given, known, at, account_id)
            if fault := amount_fault(new):
                faults = [fault]
            else:
                outcome.verdict, outcome.change = Verdict.CREATED, new
                outcome.after = {"status": outcome.status, "total": new.order["total"] / 100}
        outcome.refuse(*faults) if faults else None
        if given.get("external_id") and not outcome.faults:
            first_with.setdefault(given["external_id"], item.index)
    return outcomes
