"""What is printed again, worked out from values alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobs.plans.floor import Floor, JobChange, OrderStanding, Standing, roll_up, unknown_job
from jobs.states import NOT_PRINTED_YET, JobStatus
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

S = JobStatus
REPRINTABLE_ORDERS = frozenset(OrderStatus) - {OrderStatus.CANCELLED, OrderStatus.REFUNDED, OrderStatus.PENDING_PAYMENT}


def reprint_faults(job: Standing, order: OrderStanding, quantity: int) -> list[Fault]:
    """Only what was printed can be printed again, no more of it than before, and for an order that still wants it."""
    faults = []
    if job.status in NOT_PRINTED_YET:
        message = f"A {job.status} job has not been printed yet, so there is nothing to reprint."
        faults.append(Fault("ILLEGAL_TRANSITION", message, "jobId", job.reference, kind=Kind.CONFLICT))
    if order.status not in REPRINTABLE_ORDERS:
        message = f"Order {order.reference} is {order.status}; nothing is printed for it."
        faults.append(Fault("ILLEGAL_TRANSITION", message, "jobId", job.reference, kind=Kind.CONFLICT))
    if quantity > job.quantity:
        faults.append(
            Fault(
                "OUT_OF_RANGE",
                f"quantity must be at most {job.quantity}, what {job.reference} printed.",
                "quantity",
                quantity,
            )
        )
    return faults


def new_job(
    order_number: int, line_item_id: int, sku_id: str, quantity: int, at: datetime, **more: Any
) -> dict[str, Any]:
    """The row of a job to be made."""
    row = {"order_id": order_number, "line_item_id": line_item_id, "sku_id": sku_id, "quantity": quantity}
    return (
        row
        | {"status": S.CREATED, "priority": 0, "reason": "", "reprint_of_id": None, "created_at": at, "updated_at": at}
        | more
    )


def plan_reprints(items: Sequence[Item], floor: Floor, reason: str, at: datetime) -> list[Outcome]:
    """A further job for each item; the order goes back to where its jobs are."""
    outcomes = []
    for item in items:
        given = item.value or {}
        text = given.get("job_id") or ""
        outcome = Outcome(item.index, text, status=S.CREATED)
        outcomes.append(outcome)
        job = floor.jobs.get(text)
        if job is None:
            outcome.refuse(*([unknown_job(text, "jobId")] if text else []))
            continue
        quantity = given.get("quantity") or job.quantity
        faults = reprint_faults(job, floor.orders[job.order_number], quantity)
        if faults or item.faults:
            outcome.refuse(*faults)
            continue
        row = new_job(
            job.order_number,
            job.line_item_id,
            job.sku_id,
            quantity,
            at,
            priority=job.priority,
            reason=reason,
            reprint_of_id=job.number,
        )
        outcome.verdict, outcome.change = Verdict.CREATED, JobChange(new_jobs=[row])
        outcome.after = {"reprintOf": job.reference, "quantity": quantity, "status": S.CREATED}
        outcome.effects.append(
            {"kind": "job_created", "reprintOf": job.reference, "skuId": job.sku_id, "quantity": quantity}
        )
    roll_up(outcomes, floor, at)
    return outcomes
