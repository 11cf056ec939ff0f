"""The v3 dialect's phrase book: faults to sentences, outcomes and orders to bodies.

A sentence names a field by the path it stands under: `The orders.0.type field is required.` where the request as a
whole is refused, `The type field is required.` where one order of it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orders.models import Order
from orders.states import OrderStatus
from printshop.api.refusals import Fault, Refused
from printshop.bulk.outcomes import Outcome, Verdict

INVALID = "The given data was invalid."
SENTENCES = {
    "REQUIRED": "The {path} field is required.",
    "TOO_SHORT": "The {path} field is required.",
    "TOO_FEW": "The {path} field is required.",
    "BLANK": "The {path} field is required.",
    "EMPTY": "The {path} field is required.",
    "ID_OR_EMAIL_REQUIRED": "The {path} field is required when {prefix}user.id is not present.",
    "NOT_TEXT": "The {path} must be a string.",
    "NOT_A_LIST": "The {path} must be an array.",
    "NOT_AN_OBJECT": "The {path} must be an object.",
    "NOT_AN_INTEGER": "The {path} must be an integer.",
    "MONEY_TYPE": "The {path} must be a number.",
    "MONEY_DECIMALS": "The {path} may not have more than 2 decimals.",
    "MONEY_RANGE": "The {path} is out of range.",
    "OUT_OF_RANGE": "The {path} is out of range.",
    "TOO_LONG": "The {path} may not be greater than {bound} characters.",
    "TOO_MANY": "The {path} may not have more than {bound} items.",
    "NOT_A_CHOICE": "The selected {path} is invalid.",
    "NOT_A_DATE": "The {path} is not a valid date.",
    "BAD_FORMAT": "The {path} format is invalid.",
    "NOT_PRINTABLE": "The {path} format is invalid.",
    "CURRENCY": "The {path} must be a currency with two decimals.",
    "SKU_NOT_FOUND": "The product does not exist.",
    "SKU_INACTIVE": "The product is no longer available.",
    "KIND_MISMATCH": "The product is not of this type.",
    "CUSTOMER_CONFLICT": "The {path} belongs to another user.",
    "CURRENCY_MIXED": "The {path} must be the currency of the order.",
    "PRICED_OTHERWISE": "The {path} field is required when the product is not priced in the currency of the order.",
    "SUM_MISMATCH": "The {path} must be the sum of the prices of the products.",
    "EXTERNAL_ID_TAKEN": "The {path} has already been taken.",
}
STATUS = {
    OrderStatus.PENDING_PAYMENT: "pending",
    OrderStatus.PAUSED: "paused",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REFUNDED: "cancelled",
}


def status_word(status: str) -> str:
    """The four statuses of the dialect are a view of the shop's ten."""
    return STATUS.get(OrderStatus(status), "approved")


def place(fault: Fault, prefix: str) -> str:
    """The path that a fault stands under; what is wrong with a body as a whole stands under `body`."""
    return f"{prefix}{fault.path}".rstrip(".") or "body"


def sentence(fault: Fault, prefix: str = "") -> str:
    """A fault in the dialect's words; one that it has no words for keeps the shop's own."""
    template = SENTENCES.get(fault.code)
    if template is None:
        return fault.message
    return template.format(path=place(fault, prefix), prefix=prefix, bound=fault.bound)


def errors(faults: Iterable[Fault], prefix: str = "") -> dict[str, list[str]]:
    """`{"dotted.path": ["sentence"]}`."""
    worded: dict[str, list[str]] = {}
    for fault in faults:
        sentences = worded.setdefault(place(fault, prefix), [])
        if (said := sentence(fault, prefix)) not in sentences:
            sentences.append(said)
    return worded


def holder(fault: Fault) -> dict[str, str] | None:
    """The order that has an external id which was asked for again."""
    named = fault.holder if isinstance(fault.holder, str | None) else fault.holder.reference
    number = Order.number_in(named or "")
    return None if number is None else {"id": str(number)}


def refusal(refused: Refused, *, single: bool = False) -> dict[str, Any]:
    """The body of a 422: every fault of every order, under absolute paths in a bulk request."""
    worded: dict[str, list[str]] = {}
    existing: dict[str, dict[str, str]] = {}
    for index, fault in refused.faults:
        prefix = "" if index is None or single else f"orders.{index}."
        for path, sentences in errors([fault], prefix).items():
            known = worded.setdefault(path, [])
            known += [said for said in sentences if said not in known]
        if held := holder(fault):
            existing[place(fault, prefix)] = held
    body: dict[str, Any] = {"message": INVALID, "errors": worded}
    return body | ({"existing_orders": existing} if existing else {})


def created(outcome: Outcome) -> dict[str, Any]:
    """An order just made, as little as a bulk client needs."""
    order = outcome.change.order
    return {
        "id": str(Order.number_in(outcome.reference)),
        "uuid": order["uuid"],
        "external_id": order["external_id"] or None,
        "status": status_word(outcome.status),
    }


def partial_success(outcomes: Sequence[Outcome], asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a bulk answer; `asked` are the orders as they came."""
    good = [outcome for outcome in outcomes if outcome.verdict is Verdict.CREATED]
    bad = [outcome for outcome in outcomes if outcome.verdict is Verdict.REFUSED]
    body: dict[str, Any] = {
        "total": len(outcomes),
        "created": len(good),
        "failed": len(bad),
        "orders": [created(outcome) for outcome in good],
    }
    if bad:
        body["errors"] = [failed(outcome, asked[outcome.index or 0]) for outcome in bad]
    return {"data": body}


def failed(outcome: Outcome, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A refused order: its place and its own name, all that is wrong with it, and which order has its external id."""
    external_id = raw.get("external_id")
    body = {
        "index": outcome.index,
        "external_id": external_id if isinstance(external_id, str) else None,
        "errors": errors(outcome.faults),
    }
    held = next(filter(None, map(holder, outcome.faults)), None)
    return body | ({"existing_order": held} if held else {})
