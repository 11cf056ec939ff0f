"""What becomes of a chunk that went wrong: tried again, halved, or given up.

Trouble with the database is nobody's fault: the chunk waits, longer each time. Whatever else goes wrong is some item's
fault: halving finds which, and the others are done. What kills its worker is found the same way, by `claim`.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from printshop.api.errors import worded
from printshop.api.logs import discreet
from printshop.api.refusals import Fault
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.deferred.chunks import Claim, LeaseLost, can_be_halved, end, give_back, halve
from printshop.bulk.models import BulkChunk, BulkItem
from printshop.bulk.outcomes import Verdict

T = TypeVar("T")
log = logging.getLogger(__name__)
MOST_TRIES = 8
MOST_LOST = 3
LONGEST_WAIT = 60
PAUSE = 0.5


def is_beyond_help(chunk: BulkChunk) -> bool:
    """Whether it has cost so many workers that no more are risked."""
    return chunk.lost >= MOST_LOST and not can_be_halved(chunk)


def fail(held: Claim, fault: Fault) -> Counter[str]:
    """End a chunk, its open items failed with the fault. Does nothing when somebody else has it by now."""

    def attempt() -> Counter[str]:
        open_items = BulkItem.objects.filter(chunk=held.chunk, verdict=Verdict.OPEN)
        failed = open_items.update(verdict=Verdict.FAILED, errors=[worded(None, fault)])
        end(held, {Verdict.FAILED.value: failed}, 0, None)
        return Counter({fault.code: failed})

    try:
        return transact(attempt)
    except LeaseLost:
        log.warning("Chunk %s: given up by one worker while another has it.", held.chunk)
        return Counter()


def in_trouble(held: Claim, error: Exception) -> Counter[str]:
    """The database was busy or away: wait and try again, within reason."""
    tries = held.chunk.tries + 1
    log.warning("Chunk %s: the database is in trouble (try %s): %r", held.chunk, tries, error.__cause__ or error)
    if tries >= MOST_TRIES:
        fault = Fault("UNAVAILABLE", "The database was in trouble, time and again; please retry.")
        return insist(lambda: fail(held, fault)) or Counter()
    pause = min(LONGEST_WAIT, 2**tries)
    insist(lambda: give_back(held, repr(discreet(error.__cause__ or error)), after=pause, tries=tries))
    return Counter()


def insist(act: Callable[[], T]) -> T | None:
    """Try until the database is back, or the lease has run out: a chunk left to that would count as a lost worker."""
    deadline = time.monotonic() + settings.QUEUE_LEASE_SECONDS
    while True:
        # A connection that broke is of no use for saying so.
        if not connection.in_atomic_block:
            close_old_connections()
        try:
            return act()
        except (Unavailable, OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                return None
            time.sleep(PAUSE)


def blown_up(held: Claim, error: Exception) -> Counter[str]:
    """Some item cannot be carried out: halve the chunk until it stands alone."""
    reference = uuid4().hex
    log.error("Chunk %s blew up (%s).", held.chunk, reference, exc_info=error)
    if not can_be_halved(held.chunk):
        message = f"Something went wrong on our side; nothing was changed. Reference: {reference}."
        return fail(held, Fault("INTERNAL_ERROR", message))

    def part() -> None:
        # Where somebody else has the chunk by now, its items are not ours to part.
        if give_back(held, repr(discreet(error))):
            halve(held.chunk)

    transact(part)
    return Counter()
