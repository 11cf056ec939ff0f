"""Waking workers. A wake-up names nothing: whoever hears it takes the chunk whose turn it is.

So a wake-up that is lost costs time, never work, and one too many finds nothing to do.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from printshop.bulk.deferred.broker import app
from printshop.bulk.deferred.chunks import runnable
from printshop.bulk.models import BulkChunk

log = logging.getLogger(__name__)
WAKE = "printshop.bulk.deferred.tasks.wake"
MOST_AT_ONCE = 200


def send(count: int) -> bool:
    """Publish that many wake-ups; False when the broker is away."""
    try:
        with (
            app.connection_for_write() as connection,
            app.amqp.producer_pool.acquire(block=True, timeout=5) as producer,
        ):
            del connection
            for _ in range(count):
                app.send_task(WAKE, producer=producer, retry=False)
    except Exception as error:
        # Whatever a broker's library raises: the work is safe, and the sweep tries again.
        log.warning("No worker could be woken: %s", error)
        return False
    return True


def wake(chunks: "list[UUID]") -> int:
    """Wake workers for chunks and note when; how many were sent for."""
    if not chunks or not send(len(chunks)):
        return 0
    return BulkChunk.objects.filter(pk__among=chunks).update(sent_at=Now())


def wake_for(operation_id: UUID) -> int:
    """Wake workers for the chunks of an operation that can be carried out and were not sent for yet."""
    unsent = runnable().filter(operation_id=operation_id, sent_at=None).order_by("number", "first")
    return wake(list(unsent.values_list("pk", flat=True)[:MOST_AT_ONCE]))


def wake_overdue() -> int:
    """Wake workers for what was never sent for, or so long ago that the wake-up must be lost."""
    patience = timedelta(seconds=settings.QUEUE_LEASE_SECONDS)
    overdue = runnable().filter(Q(sent_at=None) | Q(sent_at__lt=Now() - patience)).order_by("pk")
    return wake(list(overdue.values_list("pk", flat=True)[:MOST_AT_ONCE]))
