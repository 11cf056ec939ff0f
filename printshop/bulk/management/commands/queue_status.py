"""`manage.py queue_status`: who works, what waits, and why; for the person on call."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Max, Q, Sum
from django.utils import timezone

from printshop.bulk.deferred.heartbeats import GONE
from printshop.bulk.models import OPEN, BulkChunk, BulkOperation, Worker

SHOWN = 20


def ago(then: datetime, now: datetime) -> str:
    seconds = max((now - then).total_seconds(), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def is_silent(worker: Worker, now: datetime) -> bool:
    return (now - worker.seen_at).total_seconds() > settings.QUEUE_SILENCE_SECONDS


def workers(now: datetime) -> Iterator[str]:
    for worker in Worker.objects.exclude(pk=GONE):
        silent = ", SILENT" if is_silent(worker, now) else ""
        yield f"  {worker.name}: heard of {ago(worker.seen_at, now)} ago{silent}, {worker.chunks} chunks"


def waiting() -> "list[BulkOperation]":
    """Unfinished operations, the oldest first, with what is still open of them and how often that went wrong."""
    still = Q(chunks__state__in=OPEN)
    open_parts = {
        "open_items": Sum("chunks__size", filter=still),
        "tries": Max("chunks__tries", filter=still),
        "lost": Max("chunks__lost", filter=still),
    }
    unfinished = BulkOperation.objects.unfinished().select_related("account")
    return list(unfinished.annotate(**open_parts).order_by("created_at"))


def line(operation: Any, now: datetime) -> str:
    trouble = "".join(
        f", {what} {times} times"
        for what, times in (("put back", operation.tries), ("lost its worker", operation.lost))
        if times
    )
    size = f"{operation.open_items or 0} of {operation.total} items open"
    age = f"asked for {ago(operation.created_at, now)} ago"
    return f"  {operation.pk} {operation.name} of {operation.account.code}: {operation.state}, {size}, {age}{trouble}"


def faults() -> Iterator[str]:
    """Why chunks that are open were put back the last time."""
    found = BulkChunk.objects.filter(state__in=OPEN).exclude(error="").order_by("operation", "number", "first")
    for operation, number, error in found.values_list("operation_id", "number", "error"):
        yield f"  {operation}, chunk {number}: {error}"


class Command(BaseCommand):
    """Exit code 1 when work waits and no worker is heard of."""

    help = "Show who works and what waits. Exit code 1: something waits, and no worker was heard of lately."
    requires_system_checks = ()

    def section(self, title: str, lines: list[str]) -> None:
        self.stdout.write(f"{title}: {len(lines) or 'none'}")
        for one in lines[:SHOWN]:
            self.stdout.write(one)
        if len(lines) > SHOWN:
            self.stdout.write(f"  … and {len(lines) - SHOWN} more")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        found = waiting()
        self.section("Workers", list(workers(now)))
        self.section("Unfinished operations", [line(one, now) for one in found])
        self.section("Put back", list(faults()))
        if found and all(is_silent(worker, now) for worker in Worker.objects.exclude(pk=GONE)):
            self.stderr.write("Work waits, and no worker was heard of lately.")
            sys.exit(1)
