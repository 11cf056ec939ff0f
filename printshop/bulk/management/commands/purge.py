"""`manage.py purge`: forget what has served its time. Meant to be run once a day."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from printshop.api.counters import CounterCache
from printshop.api.models import IdempotencyRecord
from printshop.bulk.models import BulkOperation
from printshop.bulk.purging import purges
from printshop.bulk.selections import KEPT_FOR, Selection

DAYS = 365
A_CENTURY = 36_500
# One statement and one commit each, small enough that nobody who works meanwhile has to wait.
RECORDS = 5_000
OPERATIONS = 200


def batches(expired: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """The primary keys of the rows, the oldest first, until there are none."""
    while keys := list(expired.order_by("created_at").values_list("pk", flat=True)[:size]):
        yield keys


def purge_records(before: datetime) -> int:
    """Delete answers kept for idempotent requests; how many."""
    expired = IdempotencyRecord.objects.filter(created_at__lt=before)
    return sum(
        IdempotencyRecord.objects.filter(pk__in=keys, created_at__lt=before).delete()[0]
        for keys in batches(expired, RECORDS)
    )


def purge_operations(before: datetime) -> int:
    """Delete recorded batches with their items; how many. What they did stays, and so do the moves of jobs.

    What is not finished stays, however old: it would never be carried out.
    """
    deleted = 0
    for keys in batches(BulkOperation.objects.before(before).over(), OPERATIONS):
        deleted += BulkOperation.objects.filter(pk__in=keys).delete()[1][BulkOperation._meta.label]
    return deleted


def purge_selections(at: datetime) -> int:
    """Delete selections that nobody confirmed in time; how many."""
    return Selection.objects.filter(created_at__lt=at - KEPT_FOR).delete()[0]


def purge_counters() -> int:
    """Delete rate limit counts whose window is over; how many. Redis forgets by itself."""
    counters = caches[settings.RATELIMIT_USE_CACHE]
    return counters.purge() if isinstance(counters, CounterCache) else 0


class Command(BaseCommand):
    """Says how much of each was deleted."""

    help = (
        "Delete answers kept for idempotent requests (after IDEMPOTENCY_HOURS), recorded bulk operations with their"
        " items unless they are unfinished, rate limit counts that are over, selections of lists that nobody confirmed,"
        " and files that no row names. Orders, jobs and their histories are never deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than-days", type=int, default=DAYS, help=f"delete operations older than this (default: {DAYS})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days, now = options["older_than_days"], timezone.now()
        if not 0 <= days <= A_CENTURY:
            raise CommandError(f"--older-than-days must be between 0 and {A_CENTURY}.")
        deleted = {
            "idempotency records": purge_records(now - timedelta(hours=settings.IDEMPOTENCY_HOURS)),
            "operations": purge_operations(now - timedelta(days=days)),
            "expired counts": purge_counters(),
            "selections": purge_selections(now),
        } | {what: purge(now) for what, purge in purges().items()}
        self.stdout.write("Deleted " + ", ".join(f"{what}: {count}" for what, count in deleted.items()) + ".")
