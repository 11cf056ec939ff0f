"""Taking work in: everything is in the rows, committed, before anybody is told that it was accepted.

Three statements, however many items a call may bring: the operation, its chunks, its items. What people choose by the
filters of a list may be more: their items are written in parts, so that their rows take the memory of one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from printshop.api.actors import Actor
from printshop.api.errors import worded
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk import writer
from printshop.bulk.deferred.cutting import CHUNK, Cut, cut
from printshop.bulk.deferred.waking import wake_for
from printshop.bulk.models import BulkChunk, BulkItem, BulkOperation, ChunkState, Policy, State
from printshop.bulk.outcomes import Verdict

Row = dict[str, Any]
# As many as a call may bring.
ITEMS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """Work to be taken in. `name` is the engine's operation; `payloads` are the items as the dialect will read them.

    `rows_of` names the rows that a payload touches. `whole`: one chunk, all in one commit. `rejected` are items that
    never get in, by index, with the reason; `sealed`, by index, what must not be shown of an item. `parent` is the
    operation that this one retries, `undoes` the one that it undoes.
    """

    name: str
    payloads: Sequence[Any]
    actor: Actor
    at: datetime
    terms: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = Policy.PARTIAL
    dialect: str = "native"
    topic: str = ""
    scope: str = ""
    whole: bool = False
    rows_of: Callable[[Any], Iterable[str]] = lambda payload: ()
    chunk: int = CHUNK
    rejected: Mapping[int, Fault] = field(default_factory=dict)
    sealed: Mapping[int, Any] = field(default_factory=dict)
    parent: UUID | None = None
    undoes: UUID | None = None
    operation_id: UUID = field(default_factory=time_ordered_uuid)


def operation_row(request: Request, waits: bool) -> Row:
    rejected, actor = len(request.rejected), request.actor
    return {
        "uuid": request.operation_id,
        "name": request.name,
        "account_id": actor.account_id,
        "key_id": actor.key_id,
        "user_id": actor.user_id,
        "actor": actor.name,
        "role": actor.role,
        "customer": actor.customer_id or "",
        "policy": request.policy,
        "terms": dict(request.terms),
        "total": len(request.payloads),
        "counts": {Verdict.REJECTED.value: rejected} if rejected else {},
        "failed": rejected,
        "created_at": request.at,
        "state": State.QUEUED if waits else State.FINISHED_WITH_FAILURES,
        "finished_at": None if waits else request.at,
        "deferred": True,
        "dialect": request.dialect,
        "topic": request.topic,
        "scope": request.scope,
        "parent_id": request.parent,
        "undoes_id": request.undoes,
    }


def cuts_of(request: Request) -> list[Cut]:
    """The chunks of what gets in."""
    indexes = [index for index in range(len(request.payloads)) if index not in request.rejected]
    if request.whole:
        return [Cut(indexes)] if indexes else []
    return cut(((index, request.rows_of(request.payloads[index])) for index in indexes), request.chunk)


def chunk_row(request: Request, number: int, one: Cut) -> Row:
    return {
        "id": time_ordered_uuid(),
        "operation_id": request.operation_id,
        "account_id": request.actor.account_id,
        "number": number,
        "first": one.indexes[0],
        "after": one.after,
        "whole": request.whole,
        "size": len(one.indexes),
        "unasked": 0,
        "state": ChunkState.QUEUED,
        # Due at once: SQLite's own clock shows thousandths, and would find more digits to lie ahead.
        "ready_at": request.at.replace(microsecond=0),
        "tries": 0,
        "lost": 0,
        "counts": {},
        "error": "",
        "worker": "",
    }


def item_columns(request: Request, part: range, chunk_of: Mapping[int, UUID]) -> dict[str, Sequence[Any]]:
    """The rows of some items, by column."""
    faults = list(map(request.rejected.get, part))
    return {
        "operation_id": [request.operation_id] * len(part),
        "index": list(part),
        "reference": [""] * len(part),
        "verdict": [Verdict.OPEN if fault is None else Verdict.REJECTED for fault in faults],
        "errors": [None if fault is None else [worded(None, fault)] for fault in faults],
        "payload": request.payloads[part.start : part.stop],
        "sealed": list(map(request.sealed.get, part)),
        "chunk_id": list(map(chunk_of.get, part)),
    }


def accept(request: Request) -> UUID:
    """Record the work and wake workers once that is committed; the operation's uuid.

    That nobody could be woken is no fault of the request: the sweep wakes them later.
    """
    cuts = cuts_of(request)
    chunks = [chunk_row(request, number, one) for number, one in enumerate(cuts)]
    chunk_of = {index: row["id"] for row, one in zip(chunks, cuts, strict=True) for index in one.indexes}

    def write() -> None:
        writer.insert(BulkOperation, [operation_row(request, bool(cuts))])
        writer.insert(BulkChunk, chunks)
        indexes = range(len(request.payloads))
        for start in indexes[::ITEMS_AT_ONCE]:
            writer.insert_columns(BulkItem, item_columns(request, indexes[start : start + ITEMS_AT_ONCE], chunk_of))
        transaction.on_commit(lambda: wake_for(request.operation_id))

    transact(write)
    return request.operation_id
