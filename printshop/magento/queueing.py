"""Taking items in: each is accepted or rejected by itself, and told by the hash of what was sent."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from printshop.api.actors import Actor
from printshop.api.refusals import Fault, refuse
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.native import LIMIT
from printshop.magento.calls import Change
from printshop.magento.params import is_given

NAME = "magento"
DEEPEST = 64
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


class AsyncRequestItem(TypedDict):
    """Whether an item got into the queue. `data_hash` is the SHA-256 of its canonical JSON."""

    id: int
    data_hash: str
    status: Literal["accepted", "rejected"]
    error_message: NotRequired[str]


class AsyncAccepted(TypedDict):
    """What was accepted; `errors` is true when something was not."""

    bulk_uuid: UUID
    request_items: list[AsyncRequestItem]
    errors: bool


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is asked of every item: a call, its topic, and the store scope."""

    change: Change
    topic: str
    scope: str


def data_hash(item: Any) -> str:
    """64 hex digits: SHA-256 of keys sorted, no spaces, UTF-8 unescaped, numbers as Python's `json` writes them."""
    return hashlib.sha256(canonical(item).encode()).hexdigest()


def check_depth(value: dict[str, Any] | list[Any], left: int = DEEPEST) -> None:
    """Raises `Refused` for JSON that is nested deeper than anything the shop knows: databases and encoders have limits
    of their own, each another."""
    if not left:
        raise refuse(Fault("INVALID_JSON", f"The body is nested deeper than {DEEPEST} levels."))
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            check_depth(inner, left - 1)


def read_array(body: Any) -> list[Any]:
    """The items of a bulk request. Raises `Refused` when there are none to speak of."""
    if not isinstance(body, list):
        raise refuse(Fault("NOT_A_LIST", "The body must be an array of items."))
    if not body:
        raise refuse(Fault("EMPTY", "The body must hold at least one item."))
    if len(body) > LIMIT:
        message = f"The body may hold at most {LIMIT} items, not {len(body)}."
        raise refuse(Fault("TOO_MANY_ITEMS", message), limit=LIMIT, received=len(body))
    return body


def rejection(item: Any, params: Sequence[str]) -> Fault | None:
    """Why an item does not even get into the queue."""
    if not isinstance(item, dict):
        return Fault("NOT_AN_OBJECT", "The item must be an object.")
    absent = [name for name in params if not is_given(item.get(name))]
    if absent:
        return Fault("REQUIRED", f"{' and '.join(absent)} must be given as text or a number.", absent[0])
    return None


def request_for(
    purpose: Purpose, items: Sequence[Any], rejected: Mapping[int, Fault], actor: Actor, at: datetime
) -> Request:
    """The items as work for the queue, without what must not be shown of them."""
    change, target = purpose.change, purpose.change.target(purpose.scope)
    parts = [change.seal(item) for item in items]
    return Request(
        name=target.operation.name,
        payloads=[shown for shown, _ in parts],
        actor=actor,
        at=at,
        terms=target.terms,
        dialect=NAME,
        topic=purpose.topic,
        scope=purpose.scope,
        rows_of=change.touches,
        chunk=change.chunk,
        rejected=rejected,
        sealed={index: secret for index, (_, secret) in enumerate(parts) if secret is not None},
    )


def line(index: int, told: str, fault: Fault | None) -> AsyncRequestItem:
    if fault is None:
        return {"id": index, "data_hash": told, "status": "accepted"}
    return {"id": index, "data_hash": told, "status": "rejected", "error_message": fault.message}


def accepted(uuid: UUID, items: Sequence[Any], rejected: Mapping[int, Fault]) -> AsyncAccepted:
    """The answer: whether each item got in, told by its hash."""
    lines = [line(index, told, rejected.get(index)) for index, told in enumerate(map(data_hash, items))]
    return {"bulk_uuid": uuid, "request_items": lines, "errors": bool(rejected)}


def take(purpose: Purpose, items: Sequence[Any], actor: Actor, at: datetime) -> AsyncAccepted:
    """Put items into the queue; what each of them may expect."""
    params = list(purpose.change.fields.params)
    faults = [rejection(item, params) for item in items]
    rejected = {index: fault for index, fault in enumerate(faults) if fault is not None}
    uuid = accept(request_for(purpose, items, rejected, actor, at))
    return accepted(uuid, items, rejected)
