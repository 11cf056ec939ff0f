"""What operations on orders mean for their jobs, worked out from values alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jobs.plans.floor import Floor, JobChange, Move
from jobs.plans.reprints import new_job
from jobs.states import OPEN, JobStatus, rolled_up
from orders.states import OrderStatus
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

S = JobStatus


def plan_order_cancellation(outcomes: Sequence[Outcome], floor: Floor, reason: str) -> None:
    """Jobs that can still be cancelled go with their order; one that is shipped keeps the order alive."""
    for outcome in outcomes:
        if outcome.verdict is not Verdict.UPDATED:
            continue
        jobs = floor.jobs_of(outcome.change["id"])
        if shipped := [job.reference for job in jobs if job.status == S.SHIPPED]:
            message = f"An order with a shipped job ({', '.join(shipped)}) cannot be cancelled."
            outcome.refuse(
                Fault("ILLEGAL_TRANSITION", message, f"orderIds.{outcome.index}", outcome.reference, kind=Kind.CONFLICT)
            )
            continue
        moves = [Move(job, S.CANCELLED, reason) for job in jobs if job.status in OPEN]
        outcome.follows["jobs"] = JobChange(moves=moves)
        outcome.effects += [
            {"kind": "job_cancelled", "id": move.job.reference, "from": move.job.status} for move in moves
        ]


def plan_order_payment(
    outcomes: Sequence[Outcome], lines: Mapping[int, Sequence[Mapping[str, Any]]], at: datetime
) -> None:
    """A job for each printable line of an order that is now paid."""
    for outcome in outcomes:
        if outcome.verdict is not Verdict.UPDATED:
            continue
        number = outcome.change["id"]
        rows = [new_job(number, line["pk"], line["sku_id"], line["quantity"], at) for line in lines.get(number, ())]
        outcome.follows["jobs"] = JobChange(new_jobs=rows)
        outcome.effects += [
            {"kind": "job_created", "skuId": row["sku_id"], "quantity": row["quantity"]} for row in rows
        ]


def plan_resumption(outcomes: Sequence[Outcome], floor: Floor) -> None:
    """An order that goes on stands where its jobs have got to meanwhile."""
    for outcome in outcomes:
        paused = (outcome.before or {}).get("status") == OrderStatus.PAUSED
        if outcome.verdict is Verdict.UPDATED and paused and outcome.status == OrderStatus.PAID:
            order = floor.orders[outcome.change["id"]]
            statuses = [job.status for job in floor.jobs_of(order.number)]
            outcome.status = rolled_up(OrderStatus.PAID, statuses, digital=order.digital)
            outcome.change["status"] = outcome.status
            outcome.after = {**(outcome.after or {}), "status": outcome.status}
