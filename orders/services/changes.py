"""Cancelling, paying, refunding and editing orders."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Sum

from orders import shapes
from orders.models import Order, Payment
from orders.plans.changes import Standing, plan_cancellation, plan_edit, plan_payment, plan_refund
from orders.states import OrderStatus, PaymentKind, PaymentStatus
from printshop.api.actors import EVERYBODY, Actor, Role
from printshop.api.reading import Item
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation, Result, id_itself, ids_in, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

LOOKED_AT = ("pk", "status", "total", "currency", "paid_at", "digital")
EDITABLE = ("notes", "shipping_address", "due_date", "carrier", "tracking_number")


def numbers_in(references: Sequence[str | None]) -> list[int]:
    """The primary keys behind the ids that are spelt right."""
    return [number for text in references if text and (number := Order.number_in(text)) is not None]


def look(batch: Batch) -> dict[str, Standing]:
    """Lock the orders that the actor may see, by their public ids."""
    numbers = numbers_in([item.value for item in batch.items])
    rows = Order.objects.visible_to(batch.actor).numbered(numbers).locked().values(*LOOKED_AT)
    return {standing.reference: standing for standing in map(standing_of, rows)}


def standing_of(row: dict[str, Any]) -> Standing:
    number = row.pop("pk")
    return Standing(number, Order(pk=number).reference, OrderStatus(row.pop("status")), **row)


def look_with_refunds(batch: Batch) -> dict[str, Standing]:
    """As `look`, with what was refunded before: asked once the orders are locked, so that no refund is overlooked."""
    standings = look(batch)
    refunds = Payment.objects.filter(
        order_id__among=[order.number for order in standings.values()], kind=PaymentKind.REFUND
    )
    refunded = dict(refunds.order_by().values_list("order_id").annotate(Sum("amount")))
    return {name: replace(order, refunded=refunded.get(order.number, 0)) for name, order in standings.items()}


def write_statuses(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement, however many orders change; of one named twice the last change holds those before it."""
    last = {outcome.reference: outcome.change for outcome in outcomes if outcome.verdict is Verdict.UPDATED}
    writer.update(Order, list(last.values()))


def write_refunds(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """The payments that go back, and the orders they belong to."""
    changes = [dict(outcome.change) for outcome in outcomes if outcome.verdict is Verdict.UPDATED]
    payments = [
        {
            "order_id": change["id"],
            "kind": PaymentKind.REFUND,
            "status": PaymentStatus.SETTLED,
            "amount": change.pop("refund"),
            "currency": change.pop("currency"),
            "reason": batch.terms["reason"],
            "actor": batch.actor.name,
            "created_at": batch.at,
        }
        for change in changes
    ]
    writer.insert(Payment, payments)
    writer.update(Order, list({change["id"]: change for change in changes}.values()))


def order_operation(name: str, done: str, **parts: Any) -> Operation:
    """An operation on orders named by their ids."""
    words = {Verdict.UPDATED: done, Verdict.UNCHANGED: "unchanged"}
    return Operation(
        name=name,
        noun="orders",
        items_field="orderIds",
        words=words,
        item=shapes.OrderRef,
        limit=50,
        rows_of=id_itself,
        **parts,
    )


CANCEL = order_operation(
    "orders.cancel",
    "cancelled",
    terms=shapes.WithReason,
    look=look,
    plan=lambda batch, known: plan_cancellation(
        batch.items, known, batch.at, by_customer=batch.actor.role is Role.CUSTOMER
    ),
    write=write_statuses,
    roles=EVERYBODY,
)
PAY = order_operation(
    "orders.pay",
    "paid",
    terms=shapes.NoTerms,
    look=look,
    plan=lambda batch, known: plan_payment(batch.items, known, batch.at),
    write=write_statuses,
    irreversible="Money that came cannot be sent back by undoing; refund the orders.",
)
REFUND = order_operation(
    "orders.refund",
    "refunded",
    terms=shapes.RefundTerms,
    look=look_with_refunds,
    plan=lambda batch, known: plan_refund(batch.items, known, batch.at, batch.terms.get("amount")),
    write=write_refunds,
    irreversible="Money that went back cannot be fetched again.",
)


def look_at_fields(batch: Batch) -> dict[str, dict[str, Any]]:
    """Lock the orders to be edited, as the actor sees them; their fields by public id."""
    numbers = numbers_in([item.value.get("id") for item in batch.items if item.value])
    rows = Order.objects.visible_to(batch.actor).numbered(numbers).locked().values("pk", *EDITABLE)
    return {Order(pk=row["pk"]).reference: row for row in rows}


EDIT = Operation(
    name="orders.edit",
    noun="orders",
    words={Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"},
    item=shapes.OrderEditItem,
    terms=shapes.NoTerms,
    limit=50,
    look=look_at_fields,
    plan=lambda batch, rows: plan_edit(batch.items, rows, EDITABLE, batch.at),
    write=write_statuses,
    rows_of=ids_in("id"),
)


def change_orders(
    operation: Operation,
    order_ids: Sequence[str],
    *,
    actor: Actor,
    at: datetime,
    policy: Policy = Policy.ATOMIC,
    dry_run: bool = False,
    **terms: Any,
) -> Result:
    """`CANCEL`, `PAY` or `REFUND` orders by their public ids. Raises `Refused` with every fault of every order."""
    items = [Item(index, order_id) for index, order_id in enumerate(order_ids)]
    return run(operation, Batch(items, terms, actor, at, policy, dry_run))
