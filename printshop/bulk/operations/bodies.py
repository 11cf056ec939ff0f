"""Recorded operations and their items on the wire."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from typing_extensions import TypedDict

from printshop.api.answers import answer
from printshop.api.shapes import STRICT, one_of
from printshop.bulk.models import BulkItem, BulkOperation, Policy
from printshop.bulk.operations.counting import STATUSES, WAITING, are_stuck, progress_of, with_progress
from printshop.bulk.outcomes import Verdict


class ProgressBody(TypedDict):
    """Items that are decided, of all."""

    done: int
    total: int


class OperationBody(TypedDict):
    """A recorded batch. `counts` are items by verdict and add up to `total`: those asked for, and what was changed
    unasked. `terms` is what was asked for all of them. `waiting` operations wait for somebody to start a worker."""

    id: uuid.UUID
    name: str
    actor: str
    account: str
    policy: Annotated[str, one_of(Policy)]
    terms: dict[str, Any]
    topic: str | None
    scope: str | None
    deferred: bool
    status: Annotated[str, one_of(STATUSES)]
    waitingFor: Literal["worker"] | None
    asked: int
    total: int
    counts: dict[str, int]
    failed: int
    progress: ProgressBody
    parent: uuid.UUID | None
    retries: list[uuid.UUID]
    undoes: uuid.UUID | None
    undoneBy: list[uuid.UUID]
    createdAt: datetime
    startedAt: datetime | None
    finishedAt: datetime | None
    cancelledAt: datetime | None


class NothingMore(TypedDict):
    """A call that the address says all of."""

    __pydantic_config__ = STRICT  # type: ignore[misc]


class ItemBody(TypedDict):
    """What became of one item; `before` and `after` hold the fields that changed.

    `payload` is the item as it was sent, kept while it waits and when it did not happen.
    """

    index: int
    id: str | None
    result: Annotated[str, one_of(Verdict)]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    effects: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    payload: Any


def with_everything(found: QuerySet[BulkOperation]) -> QuerySet[BulkOperation]:
    """Operations with what their bodies need: three statements, however many there are."""
    named = BulkOperation.objects.order_by("pk").only("pk", "parent_id", "undoes_id")
    kin = (Prefetch("retries", named), Prefetch("undone_by", named))
    return with_progress(found).select_related("account").prefetch_related(*kin)


def body_of(operation: BulkOperation, stuck: bool) -> OperationBody:
    """A recorded batch without its items; `stuck`: nobody is there to carry out what is due."""
    progress = progress_of(operation)
    waits = stuck and progress.is_due
    return {
        "id": operation.uuid,
        "name": operation.name,
        "actor": operation.actor,
        "account": operation.account.code,
        "policy": operation.policy,
        "terms": operation.terms,
        "topic": operation.topic or None,
        "scope": operation.scope or None,
        "deferred": operation.deferred,
        "status": WAITING if waits else operation.state,
        "waitingFor": "worker" if waits else None,
        "asked": progress.asked,
        "total": progress.total,
        "counts": dict(progress.counts),
        "failed": progress.failed,
        "progress": {"done": progress.done, "total": progress.total},
        "parent": operation.parent_id,
        "retries": [one.pk for one in operation.retries.all()],
        "undoes": operation.undoes_id,
        "undoneBy": [one.pk for one in operation.undone_by.all()],
        "createdAt": operation.created_at,
        "startedAt": operation.started_at if operation.deferred else operation.created_at,
        "finishedAt": operation.finished_at,
        "cancelledAt": operation.cancelled_at,
    }


def bodies_of(operations: Sequence[BulkOperation]) -> list[OperationBody]:
    """Recorded batches read by `with_everything`; whether a worker lives is asked once at most."""
    stuck = are_stuck(operations)
    return [body_of(operation, stuck) for operation in operations]


def operation_body(operation_id: uuid.UUID) -> OperationBody:
    """A recorded batch as it stands now."""
    return bodies_of([with_everything(BulkOperation.objects.filter(pk=operation_id)).get()])[0]


def answer_accepted(operation_id: uuid.UUID, **headers: str) -> HttpResponse:
    """202: the operation as it was taken in, and the address at which it can be followed."""
    address = {"Location": f"/api/bulk-operations/{operation_id}", "X-Bulk-Operation": str(operation_id)}
    return answer(operation_body(operation_id), 202, {**address, **headers})


def item_body(item: BulkItem) -> ItemBody:
    """What became of one item."""
    return {
        "index": item.index,
        "id": item.reference or None,
        "result": item.verdict,
        "before": item.before,
        "after": item.after,
        "effects": item.effects or [],
        "errors": item.errors or [],
        "payload": item.payload,
    }
