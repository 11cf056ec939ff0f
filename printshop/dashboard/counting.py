"""The shop in numbers. One statement a question, by an index where the table is long; no words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Min, Model, QuerySet, Sum
from django.db.models.functions import TruncDate

from jobs.models import Job, JobMove
from jobs.states import NOT_PRINTED_YET, JobStatus
from orders.models import Order
from printshop.api import tallies
from printshop.api.actors import Actor
from printshop.bulk.deferred.heartbeats import alive
from printshop.bulk.models import OPEN, BulkChunk, BulkOperation, State
from printshop.webhooks.models import Endpoint

DAYS = 14
# More reasons than a person reads at a glance are told by their sum.
MOST_REASONS = 7


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def days_until(today: date) -> list[date]:
    """The last `DAYS` days, today being the last."""
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


@dataclass(frozen=True, slots=True)
class AtStatus:
    """How many jobs stand at a status, and the number of the first of them: jobs are numbered as they are made."""

    count: int = 0
    first: int = 0


def jobs_by_status() -> dict[JobStatus, AtStatus]:
    """Every status has an entry. Read from an index alone: count and oldest together cost no more than one of them.

    What was shipped over the years is not counted where it is known how many jobs there are in all.
    """
    total = tallies.known(Job.objects.all())
    asked = [status for status in JobStatus if total is None or status is not JobStatus.SHIPPED]
    jobs = Job.objects.order_by().filter(status__fixed=asked)
    rows = jobs.values_list("status").annotate(count=Count("*"), first=Min("pk"))
    found = {JobStatus(status): AtStatus(count, first) for status, count, first in rows}
    if total is not None:
        found[JobStatus.SHIPPED] = AtStatus(max(0, total - sum(at.count for at in found.values())))
    return {status: found.get(status, AtStatus()) for status in JobStatus}


def oldest_waiting(standing: Mapping[JobStatus, AtStatus]) -> Job | None:
    """The job that has waited longest to be printed."""
    numbers = [standing[status].first for status in NOT_PRINTED_YET if standing[status].count]
    return Job.objects.select_related("sku").get(pk=min(numbers)) if numbers else None


def orders_made(day: date) -> int:
    begun = midnight(day)
    return Order.objects.filter(created_at__gte=begun, created_at__lt=begun + timedelta(days=1)).count()


def orders_overdue(today: date) -> int:
    return Order.objects.overdue(today).count()


def arrivals(today: date) -> Counter[tuple[date, JobStatus]]:
    """Jobs that became READY or SHIPPED, by day, over the last `DAYS` days."""
    since = midnight(days_until(today)[0])
    moves = JobMove.objects.arriving(since, JobStatus.READY, JobStatus.SHIPPED).order_by()
    rows = moves.annotate(day=TruncDate("at", tzinfo=UTC)).values_list("day", "target").annotate(count=Count("*"))
    return Counter({(day, JobStatus(target)): count for day, target, count in rows})


@dataclass(frozen=True, slots=True)
class Failures:
    """How often jobs failed, and the most frequent reasons given for it, the empty text for none."""

    total: int
    reasons: list[tuple[str, int]]


def failures(today: date) -> Failures:
    """Over the last `DAYS` days."""
    since = midnight(days_until(today)[0])
    moves = JobMove.objects.arriving(since, JobStatus.FAILED).order_by()
    by_reason = moves.values_list("reason").annotate(times=Count("*")).order_by("-times", "reason")
    return Failures(moves.count(), list(by_reason[:MOST_REASONS]))


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits or is under way: items, operations, and the oldest of these."""

    items: int
    unfinished: int
    oldest: BulkOperation | None


def open_chunks(actor: Actor) -> QuerySet[BulkChunk]:
    return BulkChunk.objects.filter(state__fixed=OPEN, operation__in=BulkOperation.objects.visible_to(actor))


def queue(actor: Actor) -> Queue:
    """As far as this person may see it."""
    unfinished = BulkOperation.objects.visible_to(actor).unfinished()
    items = open_chunks(actor).aggregate(items=Sum("size"))["items"] or 0
    return Queue(items, unfinished.count(), unfinished.order_by("created_at", "pk").first())


def failed_operations(actor: Actor, day: date) -> int:
    """Operations that finished on that day and not without failures."""
    failed = BulkOperation.objects.visible_to(actor).filter(state__fixed=[State.FINISHED_WITH_FAILURES])
    return failed.filter(finished_at__gte=midnight(day), finished_at__lt=midnight(day) + timedelta(days=1)).count()


def workers_alive() -> int:
    return alive().count()


def exists(model: type[Model]) -> bool:
    return model._default_manager.exists()


def webhooks_off() -> int:
    """Endpoints that are told nothing any more."""
    return Endpoint.objects.filter(active=False).count()
