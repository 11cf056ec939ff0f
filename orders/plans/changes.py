"""Cancelling, paying, refunding and editing orders, worked out from values alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from orders.states import CANCELLABLE, PAID_OR_BEYOND, OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
S = OrderStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as a change finds it. Money in minor units; `refunded` is what went back already."""

    number: int
    reference: str
    status: OrderStatus
    total: int = 0
    currency: str = "USD"
    refunded: int = 0
    paid_at: datetime | None = None
    digital: bool = False


def unknown_order(reference: str, path: str) -> Fault:
    """The order does not exist or is somebody else's."""
    return Fault("ORDER_NOT_FOUND", f"There is no order {reference}.", path, reference, kind=Kind.UNKNOWN)


def illegal(standing: Standing, verb: str, path: str, rule: str = "") -> Fault:
    """The order's status does not allow what is asked."""
    rule = rule or f"A {standing.status} order cannot be {verb}."
    return Fault("ILLEGAL_TRANSITION", rule, path, standing.reference, kind=Kind.CONFLICT)


def found(item: Item, standings: Mapping[str, Standing]) -> tuple[Outcome, Standing | None]:
    """The outcome to fill for an item that names an order, and the order when there is one."""
    reference = item.value or ""
    standing = standings.get(reference)
    outcome = Outcome(item.index, reference, status=standing.status if standing else "")
    if standing is None and reference:
        outcome.refuse(unknown_order(reference, place(item)))
    return outcome, standing


def place(item: Item) -> str:
    return f"orderIds.{item.index}"


def become(outcome: Outcome, standing: Standing, status: OrderStatus, at: datetime, **columns: Any) -> None:
    """The order changes its status, and other columns with it."""
    outcome.verdict, outcome.status = Verdict.UPDATED, status
    outcome.before, outcome.after = {"status": standing.status}, {"status": status}
    outcome.change = {"id": standing.number, "status": status, "paid_at": standing.paid_at, "updated_at": at, **columns}


def left_by(outcome: Outcome, order: Standing) -> Standing:
    """The order as the items that follow meet it: named twice, it is cancelled, paid or refunded once."""
    if outcome.verdict is not Verdict.UPDATED:
        return order
    refunded = order.refunded + outcome.change.get("refund", 0)
    return replace(order, status=S(outcome.status), paid_at=outcome.change["paid_at"], refunded=refunded)


def plan_cancellation(
    items: Sequence[Item], standings: Mapping[str, Standing], at: datetime, *, by_customer: bool
) -> list[Outcome]:
    """Cancelled orders stay as they are; a customer takes back only what is not paid yet."""
    there, outcomes = dict(standings), []
    for item in items:
        outcome, order = found(item, there)
        outcomes.append(outcome)
        if order is None or order.status == S.CANCELLED:
            continue
        if order.status not in CANCELLABLE:
            outcome.refuse(illegal(order, "cancelled", place(item)))
        elif by_customer and order.status != S.PENDING_PAYMENT:
            outcome.refuse(
                illegal(order, "cancelled", place(item), "A customer can cancel an order only before it is paid.")
            )
        else:
            become(outcome, order, S.CANCELLED, at)
            there[order.reference] = left_by(outcome, order)
    return outcomes


def plan_payment(items: Sequence[Item], standings: Mapping[str, Standing], at: datetime) -> list[Outcome]:
    """What is paid stays as it is; what was called off cannot be paid."""
    there, outcomes = dict(standings), []
    for item in items:
        outcome, order = found(item, there)
        outcomes.append(outcome)
        if order is None or order.status in PAID_OR_BEYOND or (order.status == S.PAUSED and order.paid_at):
            continue
        if order.status != S.PENDING_PAYMENT:
            outcome.refuse(illegal(order, "paid", place(item)))
        else:
            become(outcome, order, S.PAID, at, paid_at=at)
            there[order.reference] = left_by(outcome, order)
    return outcomes


def refund_fault(order: Standing, amount: int | None, path: str) -> Fault | None:
    """Only what was paid can go back, and only once."""
    left = order.total - order.refunded
    if order.paid_at is None:
        return illegal(order, "refunded", path, "An order that was never paid cannot be refunded.")
    if (amount or 0) > left:
        wanted = (amount or 0) / 100
        message = f"Of {order.reference} {left / 100:.2f} {order.currency} can still be refunded, not {wanted:.2f}."
        return Fault("REFUND_TOO_LARGE", message, "amount", wanted, kind=Kind.CONFLICT)
    return None


def plan_refund(
    items: Sequence[Item], standings: Mapping[str, Standing], at: datetime, amount: int | None
) -> list[Outcome]:
    """Give back an amount, or all that is left. What went back whole is `refunded`; the jobs are left alone."""
    there, outcomes = dict(standings), []
    for item in items:
        outcome, order = found(item, there)
        outcomes.append(outcome)
        if order is None or (order.status == S.REFUNDED and amount is None):
            continue
        if fault := refund_fault(order, amount, place(item)):
            outcome.refuse(fault)
            continue
        given_back = order.total - order.refunded if amount is None else amount
        refunded = order.refunded + given_back
        become(outcome, order, S.REFUNDED if refunded == order.total else order.status, at)
        if outcome.status == order.status:
            outcome.before = outcome.after = None
        outcome.effects.append({"kind": "refund", "amount": given_back / 100, "currency": order.currency})
        outcome.change = {**outcome.change, "refund": given_back, "currency": order.currency}
        there[order.reference] = left_by(outcome, order)
    return outcomes


def cleared(name: str, value: Any) -> Any:
    """Null empties a text and removes the rest."""
    return "" if value is None and name not in {"shipping_address", "due_date"} else value


def plan_edit(items: Sequence[Item], rows: Mapping[str, Row], fields: Sequence[str], at: datetime) -> list[Outcome]:
    """Set the given fields of known orders; `rows` holds the present values by reference, the primary key as `pk`.

    An order named twice is met as the earlier item left it.
    """
    there = dict(rows)
    outcomes = []
    for item in items:
        given = dict(item.value or {})
        outcome = Outcome(item.index, given.pop("id", ""))
        outcomes.append(outcome)
        row = there.get(outcome.reference)
        if row is None:
            outcome.refuse(*[unknown_order(outcome.reference, "id")] if outcome.reference else [])
            continue
        edit(outcome, row, {name: cleared(name, value) for name, value in given.items()}, fields, at)
        if outcome.change and not item.faults:
            there[outcome.reference] = {**row, **outcome.change}
    return outcomes


def edit(outcome: Outcome, row: Row, wanted: Row, fields: Sequence[str], at: datetime) -> None:
    """Fill in what changes, if anything does."""
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if changed:
        outcome.verdict = Verdict.UPDATED
        outcome.before = {to_camel(name): row[name] for name in changed}
        outcome.after = {to_camel(name): value for name, value in changed.items()}
        outcome.change = {"id": row["pk"], **{name: row[name] for name in fields}, **changed, "updated_at": at}
