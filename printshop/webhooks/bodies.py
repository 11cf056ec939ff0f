"""Endpoints and deliveries on the wire."""

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from printshop.api.shapes import one_of
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint


class EndpointBody(TypedDict):
    """An endpoint without its secret. `delivered` and `failed` count attempts; `reason` says why it is switched off."""

    id: str
    url: str
    description: str | None
    events: list[str]
    accounts: Annotated[str, one_of(["all", "own"])]
    active: bool
    reason: str | None
    delivered: int
    failed: int
    createdAt: datetime


class SecretEndpointBody(EndpointBody):
    """The same with its secret, shown this once."""

    secret: str


class DeliveryBody(TypedDict):
    """A message on its way. `messageId` is its header webhook-id; `payload` what is sent."""

    id: int
    messageId: str
    event: str
    state: Annotated[str, one_of(DeliveryState)]
    attempts: int
    status: int | None
    error: str | None
    dueAt: datetime | None
    triedAt: datetime | None
    createdAt: datetime
    payload: str


class ReplayBody(TypedDict):
    """How many deliveries are sent again."""

    replayed: int


def endpoint_body(endpoint: Endpoint) -> EndpointBody:
    return {
        "id": endpoint.reference,
        "url": endpoint.url,
        "description": endpoint.description or None,
        "events": endpoint.types,
        "accounts": "all" if endpoint.everything else "own",
        "active": endpoint.active,
        "reason": endpoint.reason or None,
        "delivered": endpoint.delivered,
        "failed": endpoint.failed,
        "createdAt": endpoint.created_at,
    }


def secret_body(endpoint: Endpoint, secret: str) -> SecretEndpointBody:
    return {**endpoint_body(endpoint), "secret": secret}


def delivery_body(delivery: Delivery) -> DeliveryBody:
    """A delivery, which should come with its message."""
    waiting = delivery.state == DeliveryState.WAITING
    return {
        "id": delivery.pk,
        "messageId": delivery.message.reference,
        "event": delivery.message.type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error or None,
        "dueAt": delivery.due_at if waiting else None,
        "triedAt": delivery.tried_at,
        "createdAt": delivery.created_at,
        "payload": delivery.message.body,
    }
