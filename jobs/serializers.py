"""Jobs as the native dialect words them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from typing_extensions import TypedDict

from jobs.models import Job, JobMove
from jobs.states import JobStatus
from orders.models import Order
from orders.references import reference
from printshop.api.shapes import one_of

Status = Annotated[str, one_of(JobStatus)]


class JobBody(TypedDict):
    """One printable line of an order at work. `reprintOf` names the job that it repeats."""

    id: str
    orderId: str
    lineItemId: int
    skuId: str
    quantity: int
    status: Status
    priority: int
    reason: str | None
    reprintOf: str | None
    createdAt: datetime
    updatedAt: datetime


# `from` is a word of Python's own, so this one is written as a call.
MoveBody = TypedDict(
    "MoveBody",
    {
        "id": int,
        "from": Status,
        "to": Status,
        "at": datetime,
        "by": str,
        "reason": str | None,
        "operation": UUID | None,
        "undoes": int | None,
    },
)
MoveBody.__doc__ = "One change of a job's status; `operation` names the batch that made it."


def job_body(job: Job) -> JobBody:
    """A job; needs no query beside its own."""
    return {
        "id": job.reference,
        "orderId": reference(Order.PREFIX, job.order_id),
        "lineItemId": job.line_item_id,
        "skuId": job.sku_id,
        "quantity": job.quantity,
        "status": job.status,
        "priority": job.priority,
        "reason": job.reason or None,
        "reprintOf": reference(Job.PREFIX, job.reprint_of_id) if job.reprint_of_id else None,
        "createdAt": job.created_at,
        "updatedAt": job.updated_at,
    }


def move_body(move: JobMove) -> MoveBody:
    """One change of a job's status."""
    return {
        "id": move.pk,
        "from": move.source,
        "to": move.target,
        "at": move.at,
        "by": move.actor,
        "reason": move.reason or None,
        "operation": move.operation_id,
        "undoes": move.undoes_id,
    }
