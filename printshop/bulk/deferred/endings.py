"""How operations end: when the last chunk is over, or when somebody calls off what has not begun."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from printshop.api.prepared import prepared
from printshop.api.transactions import transact
from printshop.bulk.deferred.chunks import is_due
from printshop.bulk.events import finished, outbox
from printshop.bulk.models import OPEN, BulkChunk, BulkItem, BulkOperation, ChunkState, State
from printshop.bulk.outcomes import UNSUCCESSFUL, Verdict

FINISHED = "This operation is finished; what it did can be undone."


def final_state(counts: Counter[str]) -> State:
    if counts[Verdict.CANCELLED]:
        return State.CANCELLED
    return State.FINISHED_WITH_FAILURES if any(counts[one] for one in UNSUCCESSFUL) else State.FINISHED


@prepared
def all_over(operation_id: Any) -> QuerySet[BulkOperation]:
    """The operation, if it is unfinished and has no open chunk any more."""
    still_open = BulkChunk.objects.filter(operation=OuterRef("pk"), state__fixed=OPEN)
    return BulkOperation.objects.unfinished().filter(pk=operation_id).exclude(Exists(still_open)).order_by()


def settle(operation_id: UUID) -> bool:
    """Close the books of an operation that has no open chunk any more; harmless when done twice."""
    operation = next(iter(all_over(operation_id)), None)
    if operation is None:
        return False
    recorded = BulkOperation.objects.unfinished().filter(pk=operation_id)
    counts, unasked = Counter(operation.counts), 0
    for chunk_counts, more in operation.chunks.values_list("counts", "unasked"):
        counts.update(chunk_counts)
        unasked += more
    failed = sum(counts[one] for one in UNSUCCESSFUL)
    state, at = final_state(counts), timezone.now()
    told = {"uuid": operation_id, "name": operation.name, "total": operation.total}
    over = finished({**told, "state": state, "counts": dict(counts), "failed": failed})

    def attempt() -> bool:
        closed = recorded.update(state=state, counts=dict(counts), failed=failed, unasked=unasked, finished_at=Now())
        if closed:
            outbox.put(operation.account_id, operation_id, at, lambda: [over])
        return bool(closed)

    return transact(attempt)


def settle_forgotten() -> int:
    """Close the books of operations whose last worker was lost before it could; how many."""
    still_open = BulkChunk.objects.filter(operation=OuterRef("pk"), state__fixed=OPEN)
    done = BulkOperation.objects.unfinished().exclude(Exists(still_open)).values_list("pk", flat=True)
    return sum(settle(operation_id) for operation_id in list(done[:100]))


def call_off(chunks: Iterable[BulkChunk]) -> None:
    """Cancel chunks and their open items: two statements a chunk's number does not change."""
    keys = [chunk.pk for chunk in chunks]
    BulkItem.objects.filter(chunk__among=keys, verdict=Verdict.OPEN).update(verdict=Verdict.CANCELLED)
    over = {"state": ChunkState.CANCELLED, "token": None, "lease_until": None, "ended_at": Now()}
    for chunk in chunks:
        BulkChunk.objects.filter(pk=chunk.pk).update(**over, counts={Verdict.CANCELLED.value: chunk.size})


def cancel(operation_id: UUID) -> int:
    """Call off what has not begun of an operation; how many items that were. What is running finishes."""

    def attempt() -> int:
        asked = BulkOperation.objects.unfinished().filter(pk=operation_id, cancelled_at=None)
        asked.update(cancelled_at=Now())
        waiting = BulkChunk.objects.filter(operation_id=operation_id, state=ChunkState.QUEUED)
        chunks = list(waiting.order_by("pk").select_for_update(no_key=True, of=("self",)))
        call_off(chunks)
        return sum(chunk.size for chunk in chunks)

    cancelled = transact(attempt)
    settle(operation_id)
    return cancelled


def call_off_leftovers() -> int:
    """Call off what was put back, or lost, after its operation had been cancelled; how many chunks."""

    def attempt() -> int:
        found = BulkChunk.objects.filter(is_due(), state__fixed=OPEN, operation__cancelled_at__isnull=False)
        # Sorted they would be read by primary key, and all there ever were.
        keys = list(found.order_by().values_list("pk", flat=True)[:100])
        locked = found.filter(pk__among=keys).order_by("pk").select_for_update(no_key=True, of=("self",))
        chunks = list(locked) if keys else []
        call_off(chunks)
        return len(chunks)

    return transact(attempt)
