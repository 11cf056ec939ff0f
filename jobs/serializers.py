"""Jobs as the native dialect words them."""

from typing import Any

from jobs.models import Job, JobMove
from orders.models import Order
from orders.references import reference


def job_body(job: Job) -> dict[str, Any]:
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


def move_body(move: JobMove) -> dict[str, Any]:
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
