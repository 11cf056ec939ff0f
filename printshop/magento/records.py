"""Recorded bulks as the dialect shows them: one line for each item, worked out from its row alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from printshop.bulk.models import BulkItem, BulkOperation
from printshop.magento.calls import Change
from printshop.magento.queueing import canonical
from printshop.magento.routes import TOPICS
from printshop.magento.words import COMPLETE, STATUS_OF, message_of

BRIEF = ("index", "verdict", "errors", "payload")
FULL = (*BRIEF, "reference", "after")
KEY, USER, CUSTOMER = 1, 2, 3


class AsyncOperation(TypedDict):
    """What became of an item: 1 complete, 2 failed, try again, 3 failed, change something, 4 open, 5 rejected or
    cancelled."""

    id: int
    status: int
    result_message: str | None
    error_code: str | None


class AsyncDetail(AsyncOperation):
    """The same, with what was sent and what came of it, both as JSON text."""

    bulk_uuid: UUID
    topic_name: str
    serialized_data: str | None
    result_serialized_data: str | None
    start_time: NotRequired[datetime]


class AsyncBulk(TypedDict):
    """A bulk and each of its operations. `user_type` is 1 for a key, 2 for a person, 3 for a customer's own key."""

    operations_list: list[AsyncOperation]
    user_type: int
    bulk_id: UUID
    description: str
    start_time: datetime
    user_id: int | None
    operation_count: int


class AsyncDetailedBulk(AsyncBulk):
    """A bulk with all that is known of its operations."""

    operations_list: list[AsyncDetail]  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Topic:
    """What the items of a bulk have in common."""

    uuid: UUID
    name: str
    change: Change | None
    deletes: bool

    @classmethod
    def of(cls, uuid: UUID, name: str, topic: str) -> "Topic":
        """Of a bulk of this dialect, or of a batch that another dialect made."""
        change = TOPICS.get(topic)
        return cls(uuid, topic or name, change, change is not None and change.shows is None)

    def spoken(self, sent: Any) -> Any:
        """How the fields of an item are called by whoever sent it."""
        change = self.change
        return (lambda path: change.fields.spoken(path, sent)) if change else (lambda path: path)


def operation_line(topic: Topic, row: Mapping[str, Any]) -> AsyncOperation:
    """An item, briefly."""
    errors: Sequence[Mapping[str, Any]] = row["errors"] or []
    message = message_of(row["verdict"], errors, topic.spoken(row["payload"]), deletes=topic.deletes)
    return {
        "id": row["index"],
        "status": STATUS_OF[row["verdict"]],
        "result_message": message,
        "error_code": errors[0]["code"] if errors else None,
    }


def detail_line(topic: Topic, row: Mapping[str, Any]) -> AsyncDetail:
    """An item with what was sent and what came of it."""
    return {
        **operation_line(topic, row),
        "bulk_uuid": topic.uuid,
        "topic_name": topic.name,
        "serialized_data": None if row["payload"] is None else canonical(row["payload"]),
        "result_serialized_data": result(topic, row),
    }


def result(topic: Topic, row: Mapping[str, Any]) -> str | None:
    """The object that was made or changed, as far as the record tells of it."""
    if STATUS_OF[row["verdict"]] != COMPLETE:
        return None
    recorded = row["after"] or {}
    if topic.change is None:
        return canonical({"id": row["reference"], **recorded})
    return canonical(topic.change.told(row["reference"], recorded))


def user_type(bulk: BulkOperation) -> int:
    if bulk.customer:
        return CUSTOMER
    return USER if bulk.user_id else KEY


def bulk_body(bulk: BulkOperation, lines: Iterable[AsyncOperation]) -> AsyncBulk:
    """A bulk with the lines of its items."""
    listed = list(lines)
    return {
        "operations_list": listed,
        "user_type": user_type(bulk),
        "bulk_id": bulk.uuid,
        "description": bulk.topic or bulk.name,
        "start_time": bulk.created_at,
        "user_id": bulk.user_id or bulk.key_id,
        "operation_count": len(listed),
    }


def items_of(bulk: BulkOperation, *names: str) -> Iterable[Mapping[str, Any]]:
    """The rows of a bulk's items, in order: one query."""
    return BulkItem.objects.filter(operation=bulk).order_by("index").values(*names)
