"""The native dialect's phrase book for batches: body to items, outcomes to words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired

from django.db import connection
from django.http import HttpResponse
from typing_extensions import TypedDict

from printshop.api.actors import Actor
from printshop.api.answers import answer
from printshop.api.errors import worded
from printshop.api.flights import together
from printshop.api.idempotency import NOT_KEPT
from printshop.api.reading import Item, read, read_items
from printshop.api.refusals import Fault, refuse
from printshop.api.shapes import STRICT
from printshop.api.tables import Table
from printshop.bulk.engine import Batch, Operation, Result, refusal, run
from printshop.bulk.events import outbox
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict


class Envelope(TypedDict):
    """What any native bulk body may carry beside its items."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    error_policy: NotRequired[Literal["atomic", "partial"]]
    dry_run: NotRequired[bool]


def read_list(operation: Operation, body: Mapping[str, Any], limit: int) -> Sequence[Any]:
    """The raw items. Raises `Refused` for no list, an empty one and one over the limit, before looking at any item."""
    name, raws = operation.field_name, body.get(operation.field_name)
    if name not in body:
        fault = Fault("REQUIRED", f"{name} is required.", name)
    elif not isinstance(raws, list | Table):
        fault = Fault("NOT_A_LIST", f"{name} must be a list.", name)
    elif not raws:
        fault = Fault("EMPTY", f"{name} must name at least one item.", name)
    elif len(raws) > limit:
        fault = Fault("TOO_MANY_ITEMS", f"{name} may hold at most {limit} items, not {len(raws)}.", name)
        raise refuse(fault, limit=limit, received=len(raws))
    else:
        return raws
    raise refusal(operation, [(None, fault)], total=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A native bulk body, its items not looked at yet: `terms` as they came, and `read` from them what can be."""

    payloads: Sequence[Any]
    terms: dict[str, Any]
    read: Any
    policy: Policy
    dry_run: bool
    faults: list[Fault]


def read_envelope(operation: Operation, body: Any, limit: int) -> Asked:
    """Everything of a body but its items. Raises `Refused` where there is no list of items to speak of."""
    if not isinstance(body, dict):
        raise refuse(Fault("NOT_AN_OBJECT", "The body must be an object."))
    payloads = read_list(operation, body, limit)
    rest = {key: value for key, value in body.items() if key != operation.field_name}
    mine = {key: rest.pop(key) for key in ("errorPolicy", "dryRun") if key in rest}
    envelope, envelope_faults = read(Envelope, mine)
    terms, faults = read(operation.terms, rest)
    policy = Policy(envelope.get("error_policy", Policy.ATOMIC))
    return Asked(payloads, rest, terms, policy, envelope.get("dry_run", False), [*envelope_faults, *faults])


def look_ahead(operation: Operation, asked: Asked) -> Callable[[], Any] | None:
    """Look before shapes are read, where the operation can and what is locked then stays so."""
    if operation.look_ahead is None or not connection.in_atomic_block:
        return None
    return operation.look_ahead(asked.payloads, asked.read, dry_run=asked.dry_run)


def read_batch(operation: Operation, body: Any, actor: Actor, at: Any) -> Batch:
    """A request body as a batch; faults of shape travel with it so that one answer can name them all."""
    asked = read_envelope(operation, body, operation.limit)
    with together():
        foreseen = look_ahead(operation, asked)
        listeners = outbox.ask(actor.account_id) if foreseen and not asked.dry_run else None
        ready = operation.repeating(asked.payloads, foreseen) if foreseen else None
    items = read_items(operation.item, asked.payloads, operation.field_name, ready=ready)
    return Batch(
        items=distinct(items) if operation.item_is_id else items,
        foreseen=foreseen,
        listeners=listeners,
        terms=asked.read,
        asked=asked.terms,
        raws=asked.payloads,
        actor=actor,
        at=at,
        policy=asked.policy,
        dry_run=asked.dry_run,
        faults=asked.faults,
    )


def distinct(items: Sequence[Item]) -> list[Item]:
    """The same id twice is one item, at its first place."""
    seen: set[Any] = set()
    return [item for item in items if item.faults or not (item.value in seen or seen.add(item.value))]  # type: ignore[func-returns-value]


def counted(operation: Operation, outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The counts an answer starts with, in the operation's words."""
    counts = dict.fromkeys((*operation.words.values(), "failed"), 0)
    for outcome in outcomes:
        counts[operation.words.get(outcome.verdict, "failed")] += 1
    return counts


def errors_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [worded(outcome.index, fault) for outcome in outcomes for fault in outcome.faults]


def preview(result: Result) -> dict[str, Any]:
    """The answer to a dry run."""
    word = result.operation.words
    items = [
        {
            "index": outcome.index,
            "id": outcome.reference or None,
            "result": "failed" if outcome.verdict is Verdict.REFUSED else word[outcome.verdict],
            "changes": outcome.changes,
            "effects": outcome.effects,
            "errors": [worded(None, fault) for fault in outcome.faults],
        }
        for outcome in result.outcomes
    ]
    return {"dryRun": True, **counted(result.operation, result.outcomes), "items": items}


def answer_bulk(result: Result, status: int = 200) -> HttpResponse:
    """The answer to a bulk call: counts, then each good item in request order; under `partial` the faults as well.

    Dry runs and `partial` answer 200 whatever they made.
    """
    if result.batch.dry_run:
        response = answer(preview(result))
        setattr(response, NOT_KEPT, True)
        return response
    asked = [
        outcome for outcome in result.outcomes if outcome.index is not None and outcome.verdict is not Verdict.REFUSED
    ]
    body: dict[str, Any] = dict(result.operation.lead(result.batch)) | counted(result.operation, result.outcomes)
    body[result.operation.noun] = [result.operation.line(outcome) for outcome in asked]
    if result.batch.policy is Policy.PARTIAL:
        body["errors"], status = errors_of(result.outcomes), 200
    return answer(body, status, {"X-Bulk-Operation": str(result.operation_id)})


def call(operation: Operation, body: Any, actor: Actor, at: Any, status: int = 200) -> HttpResponse:
    """A native bulk request from body to answer."""
    return answer_bulk(run(operation, read_batch(operation, body, actor, at)), status)
