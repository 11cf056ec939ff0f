"""What operations and their items can be filtered by."""

from typing import Any

from django.db.models import Exists, Q, QuerySet

from printshop.api.filters import ChoiceListFilter, Filters, Ordering, TextFilter
from printshop.api.refusals import Fault, refuse
from printshop.bulk.models import UNFINISHED, BulkItem, BulkOperation
from printshop.bulk.operations.counting import STATUSES, WAITING, due_chunks, nobody_works
from printshop.bulk.outcomes import UNSUCCESSFUL, Verdict

FAILED = "failed"
RESULTS = (FAILED, *(verdict for verdict in Verdict if verdict is not Verdict.FAILED))


class StatusFilter(ChoiceListFilter):
    """`status=running,WAITING`: what is due waits when nobody works, whatever its state."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = set(self.words(value))
        if not words:
            return qs
        named = Q(state__in=words - {WAITING})
        if not words & {WAITING, *UNFINISHED} or not nobody_works():
            return qs.filter(named)
        stuck = Q(Exists(due_chunks()), state__in=UNFINISHED)
        return qs.filter(named | stuck if WAITING in words else named & ~stuck)


class OperationFilters(Filters):
    """`status`, `name`, `account`, `createdAfter`, `createdBefore`."""

    status = StatusFilter("state", values=STATUSES)
    name = TextFilter("name")
    account = TextFilter("account__code")
    ordering = Ordering(fields={"created_at": "createdAt"})

    class Meta:
        model = BulkOperation
        fields: tuple[str, ...] = ()


def with_result(items: QuerySet[BulkItem], word: str | None) -> QuerySet[BulkItem]:
    """Items of one verdict; `failed` stands for whatever did not happen. Raises `Refused` for another word."""
    if not word:
        return items
    verdict = word.lower()
    if verdict not in RESULTS:
        raise refuse(Fault("INVALID_FILTER", f"result must be one of {', '.join(RESULTS)}.", "result", word[:200]))
    return items.filter(verdict__in=UNSUCCESSFUL if verdict == FAILED else [verdict])
