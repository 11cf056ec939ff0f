"""`jobs`: moved and cancelled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from jobs import services
from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from orders.references import reference
from printshop.api.shapes import one_of
from printshop.magento.calls import Asked, Change
from printshop.magento.fields import Fields, Payload
from printshop.magento.params import Param, as_reference

ONE = Fields(params={"jobId": Param("jobIds", as_reference(Job.PREFIX), "job")})
NAMES = {"target_status": "targetStatus", "status": "targetStatus"}


class AsyncJob(TypedDict):
    """One printable line of an order at work."""

    id: str
    order_id: str
    sku: str
    qty: int
    status: Annotated[str, one_of(JobStatus)]
    priority: int
    reason: str | None
    created_at: datetime
    updated_at: datetime


def changed(asked: Asked) -> AsyncJob:
    """A job that was just moved."""
    job = Job.objects.get(pk=Job.number_in(asked.reference) or 0)
    return {
        "id": job.reference,
        "order_id": reference(Order.PREFIX, job.order_id),
        "sku": job.sku_id,
        "qty": job.quantity,
        "status": job.status,
        "priority": job.priority,
        "reason": job.reason or None,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
    }


def terms_of(body: Payload) -> Mapping[str, Any]:
    return {NAMES.get(name, name): value for name, value in body.items()}


ANSWER = {
    "id": "job-001", "order_id": "ord-001", "sku": "sku-pla-black-cube", "qty": 2, "status": "POST_PROCESS",
    "priority": 0, "reason": None, "created_at": "2026-03-02T12:00:00Z", "updated_at": "2026-03-02T12:00:00Z",
}  # fmt: skip
SHARED: dict[str, Any] = {"in_turns": True, "shows": changed, "answers": AsyncJob}
ADVANCE = Change(
    "Move a job", services.ADVANCE, ONE, terms_of=terms_of, **SHARED, answer=ANSWER,
    example={"jobId": "job-001", "targetStatus": "POST_PROCESS"},
    description="Where its status may go; the order follows. A job that is there already stays as it is.",
)  # fmt: skip
CANCEL = Change(
    "Cancel a job", services.CANCEL, ONE, terms_of=dict, **SHARED,
    example={"jobId": "job-002", "reason": "Material out of stock"},
    answer=ANSWER | {"id": "job-002", "status": "CANCELLED", "reason": "Material out of stock"},
)  # fmt: skip
