"""The rows in which workers say that they live and what they have done.

A row of one that is gone is added to the row `GONE`, so that sums over all rows never fall, and rows do not pile up.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from printshop.api.counters import ALIAS
from printshop.bulk.models import Worker

GONE = "gone"
# Long after it counts as dead: a frozen worker may come back.
FORGOTTEN_AFTER = timedelta(hours=1)
# Upper bounds of the histogram of chunks, in seconds.
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
BEYOND = "+Inf"


@dataclass(slots=True)
class Totals:
    """What was done: chunks, the seconds spent on them, chunks by upper bound of seconds, failed items by code."""

    chunks: int = 0
    seconds: float = 0
    buckets: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def add_chunk(self, seconds: float, failures: Mapping[str, int]) -> None:
        self.chunks += 1
        self.seconds += seconds
        self.buckets[next((str(bound) for bound in BOUNDS if seconds <= bound), BEYOND)] += 1
        self.failures.update(failures)

    def add(self, other: "Totals | Worker") -> None:
        self.chunks += other.chunks
        self.seconds += other.seconds
        self.buckets.update(other.buckets)
        self.failures.update(other.failures)

    def columns(self) -> dict[str, Any]:
        kept = {"chunks": self.chunks, "seconds": self.seconds}
        return kept | {"buckets": dict(self.buckets), "failures": dict(self.failures)}


def totals() -> Totals:
    """What all workers there ever were have done."""
    summed = Totals()
    for worker in Worker.objects.all():
        summed.add(worker)
    return summed


def alive() -> "QuerySet[Worker]":
    """Workers that were heard of lately, by the clock of the database."""
    silence = timedelta(seconds=settings.QUEUE_SILENCE_SECONDS)
    return Worker.objects.exclude(pk=GONE).filter(seen_at__gt=Now() - silence)


def a_worker_is_alive() -> bool:
    """Whether somebody would carry out what is queued; one statement on a table of a few rows."""
    return alive().exists()


def beat(name: str, done: Totals) -> None:
    """Say that a worker lives, and what it has done so far: one statement."""
    row = Worker(name=name, started_at=Now(), seen_at=Now(), **done.columns())
    said = ["seen_at", *done.columns()]
    Worker.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=said)


def bury(gone: "QuerySet[Worker]") -> int:
    """Add the totals of these workers to the row of those that are gone, and remove theirs; how many."""
    if not gone.exists():
        return 0
    with transaction.atomic(using=ALIAS):
        # There before it is locked, so that of two workers that do this at once one waits.
        Worker.objects.bulk_create([Worker(name=GONE, started_at=Now(), seen_at=Now())], ignore_conflicts=True)
        rows = list(Worker.objects.filter(pk=GONE).select_for_update())
        buried = list(gone.exclude(pk=GONE).order_by("pk").select_for_update())
        summed = Totals()
        for worker in [*rows, *buried]:
            summed.add(worker)
        beat(GONE, summed)
        Worker.objects.filter(pk__in=[worker.pk for worker in buried]).delete()
    return len(buried)


def leave(name: str) -> None:
    """A worker ends: its heartbeat stops at once, what it did stays counted."""
    bury(Worker.objects.filter(pk=name))


def bury_the_forgotten() -> int:
    """The same for those that ended without a word."""
    return bury(Worker.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER))
