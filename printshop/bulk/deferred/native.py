"""`Prefer: respond-async` (RFC 7240): a native bulk call that is carried out later, by the same function."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from printshop.api.actors import Actor
from printshop.api.reading import read_items
from printshop.api.refusals import Fault, refuse
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.dialects import Batches, Dialect, Payload, Taken, batch_of
from printshop.bulk.engine import Operation, refusal
from printshop.bulk.images import Image
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.native import read_envelope
from printshop.bulk.operations.bodies import answer_accepted
from printshop.bulk.registry import operations

LIMIT = 10_000
PREFERENCE = re.compile(r"(?:^|[,;]\s*)respond-async\s*(?:$|[,;=])", re.IGNORECASE)


def prefers_later(request: HttpRequest) -> bool:
    """Whether the client would rather be told now and served later."""
    return bool(PREFERENCE.search(request.headers.get("Prefer", "")))


def batches(recorded: BulkOperation, payloads: Sequence[Payload], at: datetime) -> Batches:
    """The payloads as items of the recorded operation."""
    operation = operations()[recorded.name]
    field_name = operation.field_name if operation.item_is_id else ""
    places = [payload.index for payload in payloads]
    items = read_items(operation.item, [payload.value for payload in payloads], field_name, places)
    return [(operation, batch_of(recorded, operation, items, at))]


def take_in(recorded: BulkOperation, value: Any) -> Taken:
    """A mended item. What an undo puts back stands in the records, and is not for anybody to send."""
    if operations()[recorded.name].item is Image:
        raise refuse(Fault("NOT_MENDABLE", "The items of an undo can be retried as they were only.", "items"))
    return Taken(value)


NATIVE = Dialect("native", batches, take_in=take_in)


def distinct(payloads: Sequence[Any]) -> list[Any]:
    """The same id twice is one item, at its first place; what is no id is left to be refused."""
    seen: set[str] = set()
    return [one for one in payloads if not (isinstance(one, str) and (one in seen or seen.add(one)))]  # type: ignore[func-returns-value]


def request_for(operation: Operation, body: Any, actor: Actor, at: datetime) -> Request:
    """A native bulk body as work for the queue. Raises `Refused` for faults beside the items; those are read later."""
    asked = read_envelope(operation, body, LIMIT)
    if faults := [*asked.faults, *operation.judge_terms(asked.read)]:
        raise refusal(operation, [(None, fault) for fault in faults], len(asked.payloads))
    return Request(
        name=operation.name,
        payloads=distinct(asked.payloads) if operation.item_is_id else asked.payloads,
        actor=actor,
        at=at,
        terms=asked.terms,
        policy=asked.policy,
        whole=asked.policy is Policy.ATOMIC or operation.is_whole(asked.read),
        rows_of=operation.rows_of,
    )


def call_later(operation: Operation, body: Any, actor: Actor, at: datetime) -> HttpResponse:
    """202 with the operation as it was taken in, and the address at which it can be followed."""
    request = request_for(operation, body, actor, at)
    return answer_accepted(accept(request), **{"Preference-Applied": "respond-async"})
