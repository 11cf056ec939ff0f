"""How far operations have got: state, counts and chunks read by one statement, so that one answer always adds up.

What was decided at acceptance stands with the operation, what was carried out with its chunks; once it is settled, all
of it stands with the operation.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, IntegerField, JSONField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, JSONObject

from printshop.bulk.deferred.chunks import is_due
from printshop.bulk.deferred.heartbeats import a_worker_is_alive
from printshop.bulk.models import OPEN, UNFINISHED, BulkChunk, BulkOperation, State
from printshop.bulk.outcomes import UNSUCCESSFUL, Verdict

# Not a state of its own: it ends by itself when a worker starts.
WAITING = "waiting"
STATUSES = (*State.values, WAITING)
DECIDED = [verdict for verdict in Verdict if verdict is not Verdict.OPEN]


def sum_of(verdict: Verdict) -> Sum:
    """The items of all chunks that got this verdict."""
    return Sum(Cast(KeyTextTransform(verdict.value, "counts"), IntegerField()))


def chunks_summed() -> Subquery:
    """What the chunks of an operation say together, as one JSON object; sums of nothing are null."""
    still_open = Q(state__in=OPEN)
    sums: dict[str, Any] = {verdict.value: sum_of(verdict) for verdict in DECIDED}
    sums |= {"open": Sum("size", filter=still_open), "more": Sum("unasked"), "due": Count("pk", filter=due())}
    chunks = BulkChunk.objects.filter(operation=OuterRef("pk")).order_by().values("operation")
    return Subquery(chunks.annotate(found=JSONObject(**sums)).values("found"))


def due() -> Q:
    """Chunks that a worker could carry out now."""
    return is_due() & Q(state__in=OPEN)


def with_progress(found: QuerySet[BulkOperation]) -> QuerySet[BulkOperation]:
    """Operations with what `progress_of` needs; the chunks of those that are settled are not looked at."""
    unsettled = When(state__in=UNFINISHED, then=chunks_summed())
    return found.annotate(summed=Case(unsettled, default=None, output_field=JSONField()))


@dataclass(frozen=True, slots=True)
class Progress:
    """Items by verdict, how many were asked for, how many more were changed unasked, and whether chunks are due."""

    counts: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    unasked: int = 0
    is_due: bool = False

    @property
    def total(self) -> int:
        return self.asked + self.unasked

    @property
    def done(self) -> int:
        return self.total - self.counts[Verdict.OPEN]

    @property
    def failed(self) -> int:
        return sum(self.counts[verdict] for verdict in UNSUCCESSFUL)


def progress_of(operation: BulkOperation) -> Progress:
    """How far an operation of `with_progress` has got."""
    summed = vars(operation)["summed"] or {}
    counts = Counter(operation.counts)
    counts.update({verdict.value: summed.get(verdict.value) or 0 for verdict in Verdict})
    return Progress(+counts, operation.total, operation.unasked + (summed.get("more") or 0), bool(summed.get("due")))


def nobody_works() -> bool:
    """Whether no worker has been heard of lately."""
    return not a_worker_is_alive()


def are_stuck(operations: Sequence[BulkOperation]) -> bool:
    """Whether something of these is due and nobody is there to do it."""
    return any(progress_of(one).is_due for one in operations) and nobody_works()


def due_chunks() -> QuerySet[BulkChunk]:
    """For a filter on operations: those of their chunks that are due."""
    return BulkChunk.objects.filter(due(), operation=OuterRef("pk"))
