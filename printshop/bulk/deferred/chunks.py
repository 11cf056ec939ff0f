"""Chunks and their leases: who may carry out what, and when.

Every change of a chunk is one update guarded by its state or token, so any number of workers may try at once. The
clock is the database's own: machines need not agree on the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from printshop.api.flights import together
from printshop.api.prepared import prepared
from printshop.api.transactions import transact
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk.models import OPEN, BulkChunk, BulkItem, BulkOperation, ChunkState, State

ERROR_KEPT = 500
OPERATIONS_TRIED = 20
# `BulkChunk.after` of a chunk that waits for no other.
NOTHING = -1


class LeaseLost(Exception):
    """Somebody else has the chunk by now, so what was done for it here must not count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A chunk, and the token without which its outcomes are not accepted."""

    chunk: BulkChunk
    token: UUID

    def held(self) -> QuerySet[BulkChunk]:
        return BulkChunk.objects.filter(pk=self.chunk.pk, token=self.token)

    def renew(self) -> bool:
        """Extend the lease; False when somebody else has the chunk."""
        return bool(self.held().update(lease_until=lease()))

    def give_back(self, why: str) -> bool:
        """Let somebody else have it, as it is."""
        return give_back(self, why)


def lease() -> Any:
    """The end of a lease that begins now."""
    return Now() + timedelta(seconds=settings.QUEUE_LEASE_SECONDS)


def is_due() -> Q:
    """Waiting and not before its time, or held by a worker that was not heard of any more."""
    waiting = Q(state=ChunkState.QUEUED, ready_at__lte=Now())
    return waiting | Q(state=ChunkState.RUNNING, lease_until__lt=Now())


def runnable() -> QuerySet[BulkChunk]:
    """Chunks that can be carried out now: due, not called off, and nothing that must come first is open."""
    same = BulkChunk.objects.filter(operation=OuterRef("operation"), state__fixed=OPEN)
    # Apart, each is a short stretch of an index; as one condition it would be every chunk for every chunk.
    before_it = same.filter(number__lte=OuterRef("after"))
    first_half = same.filter(number=OuterRef("number"), first__lt=OuterRef("first"))
    may_begin = Q(after=NOTHING) | ~Exists(before_it)
    return BulkChunk.objects.filter(
        is_due(), may_begin, ~Exists(first_half), state__fixed=OPEN, operation__cancelled_at=None
    )


def last_turn(whose: str, key: str) -> Subquery:
    """When a chunk of the same account, or of the operation itself, was last taken."""
    taken = BulkChunk.objects.filter(**{whose: OuterRef(key)}, claimed_at__isnull=False)
    # A maximum would read every chunk there ever was; the newest one is at the end of an index.
    return Subquery(taken.order_by("-claimed_at").values("claimed_at")[:1])


@prepared
def operations_by_turn() -> QuerySet[BulkOperation, Any]:
    """Operations that have something to do: accounts take turns, and so do the operations of one account."""
    due = BulkChunk.objects.filter(is_due(), operation=OuterRef("pk"), state__fixed=OPEN)
    found = BulkOperation.objects.unfinished().filter(Exists(due), cancelled_at=None)
    found = found.annotate(account_turn=last_turn("account", "account"), own_turn=last_turn("operation", "pk"))
    turns = (F(name).asc(nulls_first=True) for name in ("account_turn", "own_turn"))
    return found.order_by(*turns, "pk").values_list("pk")[:OPERATIONS_TRIED]


@prepared
def first_runnable(operation_id: Any) -> QuerySet[BulkChunk]:
    """The first chunk of an operation that can be carried out and that nobody else is taking, locked."""
    found = runnable().filter(operation_id=operation_id)
    if connection.features.has_select_for_update_skip_locked:
        found = found.select_for_update(of=("self",), skip_locked=True)
    return found.order_by("number", "first")[:1]


def next_chunk() -> BulkChunk | None:
    """The chunk whose turn it is, locked; None when others are at all of them."""
    for (operation_id,) in operations_by_turn():
        for chunk in first_runnable(operation_id):
            return chunk
    return None


def take(chunk: BulkChunk, worker: str) -> Claim:
    """Note who has a locked chunk, and that its operation has begun."""
    chunk.lost += chunk.state == ChunkState.RUNNING
    chunk.state, chunk.token, chunk.worker = ChunkState.RUNNING, uuid4(), worker[:150]
    said = {"state": chunk.state, "token": chunk.token, "worker": chunk.worker, "lost": chunk.lost}
    begun = BulkOperation.objects.filter(pk=chunk.operation_id, state=State.QUEUED)
    with together():
        BulkChunk.objects.filter(pk=chunk.pk).update(**said, lease_until=lease(), claimed_at=Now())
        begun.update(state=State.RUNNING, started_at=Now())
    return Claim(chunk, chunk.token)


def claim(worker: str) -> Claim | None:
    """The chunk whose turn it is, or None. One whose worker was lost is halved first: what killed it is found so."""

    def attempt() -> Claim | None:
        chunk = next_chunk()
        if chunk is None:
            return None
        was_lost = chunk.state == ChunkState.RUNNING
        taken = take(chunk, worker)
        if was_lost and can_be_halved(taken.chunk):
            halve(taken.chunk)
        return taken

    return transact(attempt)


def give_back(held: Claim, error: str = "", *, after: float = 0, **counted: Any) -> bool:
    """Let the chunk wait again, for some seconds at least; False when somebody else has it by now."""
    waits = {"state": ChunkState.QUEUED, "token": None, "lease_until": None, "sent_at": None}
    told = error[:ERROR_KEPT].replace("\0", "")
    # SQLite writes a sum with more digits than the clock: it would be due a moment later only.
    ready = Now() + timedelta(seconds=after) if after else Now()
    return bool(held.held().update(**waits, ready_at=ready, error=told, **counted))


def end(held: Claim, counts: dict[str, int], unasked: int, at: Any) -> None:
    """The chunk is over, in the transaction of its effects. Raises `LeaseLost`."""
    over = {"state": ChunkState.DONE, "token": None, "lease_until": None, "error": ""}
    if not held.held().update(**over, counts=counts, unasked=unasked, at=at, ended_at=Now()):
        raise LeaseLost


def can_be_halved(chunk: BulkChunk) -> bool:
    """Whether its items may be carried out apart: not those of a whole."""
    return chunk.size > 1 and not chunk.whole


def halve(chunk: BulkChunk) -> None:
    """Put the later half of the items into a chunk of its own, which comes after this one.

    Neither half answers for the workers that the two of them have cost.
    """
    items = list(BulkItem.objects.filter(chunk=chunk).order_by("index").values_list("pk", "index"))
    later = items[len(items) // 2 :]
    half = BulkChunk.objects.create(
        id=time_ordered_uuid(),
        operation_id=chunk.operation_id,
        account_id=chunk.account_id,
        number=chunk.number,
        first=later[0][1],
        after=chunk.after,
        size=len(later),
        ready_at=chunk.ready_at,
    )
    BulkItem.objects.filter(pk__among=[pk for pk, _ in later]).update(chunk=half)
    chunk.size, chunk.lost = len(items) - len(later), 0
    BulkChunk.objects.filter(pk=chunk.pk).update(size=chunk.size, lost=0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that is still open: its row, its place in the operation, what was sent, and what must not be shown."""

    pk: int
    index: int
    payload: Any
    sealed: Any


WAITING = ("pk", "index", "payload", "sealed")


@prepared
def open_items(chunk_id: Any) -> QuerySet[BulkItem, Any]:
    return BulkItem.objects.filter(chunk_id=chunk_id, verdict="open").order_by("index").values_list(*WAITING)


def waiting_items(chunk: BulkChunk) -> Sequence[Waiting]:
    """The items of a chunk that are still open, in order."""
    return [Waiting(*row) for row in open_items(chunk.pk)]
