"""What becomes of a chunk that went wrong: tried again, halved, or given up.

Trouble with the database is nobody's fault: the chunk waits, longer each time. Whatever else goes wrong is some item's
fault: halving finds which, and the others are done. What kills its worker is found the same way, by `claim`.
"""

import logging
from uuid import uuid4

from django.db import close_old_connections

from printshop.api.errors import worded
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.bulk.deferred.chunks import Claim, LeaseLost, can_be_halved, end, give_back, halve
from printshop.bulk.models import BulkChunk, BulkItem
from printshop.bulk.outcomes import Verdict

log = logging.getLogger(__name__)
MOST_TRIES = 8
MOST_LOST = 3
LONGEST_WAIT = 60


def is_beyond_help(chunk: BulkChunk) -> bool:
    """Whether it has cost so many workers that no more are risked."""
    return chunk.lost >= MOST_LOST and not can_be_halved(chunk)


def fail(held: Claim, fault: Fault) -> None:
    """End a chunk, its open items failed with the fault. Does nothing when somebody else has it by now."""

    def attempt() -> None:
        open_items = BulkItem.objects.filter(chunk=held.chunk, verdict=Verdict.OPEN)
        failed = open_items.update(verdict=Verdict.FAILED, errors=[worded(None, fault)])
        end(held, {Verdict.FAILED.value: failed}, 0, None)

    try:
        transact(attempt)
    except LeaseLost:
        log.warning("Chunk %s: given up by one worker while another has it.", held.chunk)


def in_trouble(held: Claim, error: Exception) -> None:
    """The database was busy or away: wait and try again, within reason."""
    # A connection that broke is of no use for saying so.
    close_old_connections()
    tries = held.chunk.tries + 1
    log.warning("Chunk %s: the database is in trouble (try %s): %r", held.chunk, tries, error.__cause__ or error)
    if tries >= MOST_TRIES:
        fail(held, Fault("UNAVAILABLE", "The database was in trouble, time and again; please retry."))
    else:
        give_back(held, repr(error.__cause__ or error), after=min(LONGEST_WAIT, 2**tries), tries=tries)


def blown_up(held: Claim, error: Exception) -> None:
    """Some item cannot be carried out: halve the chunk until it stands alone."""
    reference = uuid4().hex
    log.error("Chunk %s blew up (%s).", held.chunk, reference, exc_info=error)
    if can_be_halved(held.chunk):
        transact(lambda: (halve(held.chunk), give_back(held, repr(error))))
    else:
        message = f"Something went wrong on our side; nothing was changed. Reference: {reference}."
        fail(held, Fault("INTERNAL_ERROR", message))
