"""The outbox: messages and their deliveries are written with the change they tell of, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from printshop.api.prepared import prepared
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk import writer
from printshop.bulk.events import Event, Listeners
from printshop.webhooks.models import EVERY, Delivery, DeliveryState, Endpoint, Message


@prepared
def listening(account_id: Any) -> QuerySet[Endpoint, Any]:
    return Endpoint.objects.listening_to(account_id).order_by().values_list("pk", "types")


def message_row(event: Event, operation_id: UUID | None, at: datetime) -> dict[str, Any]:
    """An event as it will be sent, after Standard Webhooks: type, timestamp and data."""
    content = event.content if operation_id is None else {**event.content, "operationId": str(operation_id)}
    stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = orjson.dumps({"type": event.type, "timestamp": stamp, "data": content}).decode()
    return {"id": time_ordered_uuid(), "type": event.type, "body": body, "operation": operation_id, "created_at": at}


def delivery_row(message: Mapping[str, Any], endpoint_id: UUID) -> dict[str, Any]:
    at = message["created_at"]
    return {
        "message_id": message["id"],
        "endpoint_id": endpoint_id,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "due_at": at,
        "error": "",
        "created_at": at,
    }


def put(
    account_id: int, operation_id: UUID, at: datetime, events_of: Callable[[], list[Event]],
    listeners: Listeners | None = None,
) -> None:  # fmt: skip
    """One look-up, unless it was sent ahead; and two statements more, for however many events, when they are wanted."""
    if endpoints := listeners() if listeners else listening(account_id):
        send_to(endpoints, [message_row(event, operation_id, at) for event in events_of()])


def send_to(endpoints: Sequence[tuple[UUID, Sequence[str]]], messages: Sequence[dict[str, Any]]) -> None:
    """Insert the messages that some endpoint subscribes to, and a delivery for each that does."""
    wanted = [
        (message, endpoint_id)
        for message in messages
        for endpoint_id, types in endpoints
        if message["type"] in types or EVERY in types
    ]
    writer.insert(Message, list({message["id"]: message for message, _ in wanted}.values()))
    writer.insert(Delivery, [delivery_row(message, endpoint_id) for message, endpoint_id in wanted])
