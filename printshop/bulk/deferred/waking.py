"""Waking workers. A wake-up names nothing: whoever hears it takes the chunk whose turn it is.

So a wake-up that is lost costs time, never work, and one too many finds nothing to do.
"""

import logging
import time
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from printshop.api.prepared import prepared
from printshop.bulk.deferred.broker import app
from printshop.bulk.deferred.chunks import runnable
from printshop.bulk.models import BulkChunk, ChunkState

log = logging.getLogger(__name__)
WAKE = "printshop.bulk.deferred.tasks.wake"
MOST_AT_ONCE = 200
MOST_CONNECTIONS = 16


class Rest:
    """How long a broker that did not answer is left alone, so that not every request waits for it in vain."""

    until = 0.0

    def lasts(self) -> bool:
        return time.monotonic() < self.until

    def begin(self) -> None:
        self.until = time.monotonic() + settings.BROKER_REST_SECONDS


rest = Rest()


@cache
def connections() -> Any:
    """Connections for sending, kept open. Somebody waits for them, so they give up soon; those of workers do not."""
    patience = settings.BROKER_PATIENCE_SECONDS
    soon = dict.fromkeys(("socket_timeout", "socket_connect_timeout", "read_timeout", "write_timeout"), patience)
    return app.connection_for_write(transport_options={**soon, "max_retries": 0}).Pool(MOST_CONNECTIONS)


def publish(connection: Any, count: int) -> None:
    """Send wake-ups over a connection. Raises whatever the broker's library does."""
    expires, patience = settings.QUEUE_WAKE_EXPIRES, settings.BROKER_PATIENCE_SECONDS
    producer = app.amqp.Producer(connection, auto_declare=False)
    for _ in range(count):
        app.send_task(
            WAKE, producer=producer, retry=False, expires=expires, expiration=expires, confirm_timeout=patience
        )


def publish_soon(count: int) -> None:
    """The same over a connection of the pool; once more when it was an old one, which may have died meanwhile."""
    was_open = False
    try:
        with connections().acquire(block=True, timeout=settings.BROKER_PATIENCE_SECONDS) as connection:
            was_open = connection.connected
            publish(connection, count)
    except Exception:
        if not was_open:
            raise
        # The pool has closed it. Others that are as old it hands out later: one of them is tried at most.
        with connections().acquire(block=True, timeout=settings.BROKER_PATIENCE_SECONDS) as connection:
            connection.collect()
            publish(connection, count)


def send(count: int) -> bool:
    """Publish that many wake-ups; False when the broker is away."""
    if rest.lasts():
        return False
    try:
        publish_soon(count)
    except Exception as error:
        # Whatever a broker's library raises: the work is safe, and the sweep tries again.
        rest.begin()
        log.warning("No worker could be woken: %r", error)
        return False
    return True


def wake(chunks: "list[UUID]") -> int:
    """Note that workers are woken for chunks, and wake them; how many were sent for.

    Noted first: whoever hears a wake-up passes over chunks that are locked, be it by the note about it.
    """
    if not chunks or rest.lasts():
        return 0
    noted = BulkChunk.objects.filter(pk__among=chunks)
    count = noted.update(sent_at=Now())
    if send(len(chunks)):
        return count
    noted.filter(state=ChunkState.QUEUED).update(sent_at=None)
    return 0


@prepared
def unsent(operation_id: Any) -> QuerySet[BulkChunk, Any]:
    """Chunks of an operation that can be carried out and were not sent for yet."""
    found = runnable().filter(operation_id=operation_id, sent_at=None)
    return found.order_by("number", "first").values_list("pk")[:MOST_AT_ONCE]


def wake_for(operation_id: UUID) -> int:
    """Wake workers for the chunks of an operation that can be carried out and were not sent for yet."""
    return wake([chunk for (chunk,) in unsent(operation_id)])


def wake_overdue() -> int:
    """Wake workers for what was never sent for, or so long ago that the wake-up must be lost."""
    patience = timedelta(seconds=settings.QUEUE_LEASE_SECONDS)
    # In no order: sorted by primary key, all chunks there ever were would be read.
    overdue = runnable().filter(Q(sent_at=None) | Q(sent_at__lt=Now() - patience)).order_by()
    return wake(list(overdue.values_list("pk", flat=True)[:MOST_AT_ONCE]))
