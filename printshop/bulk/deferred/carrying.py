"""Carrying out one chunk: its effects, its outcomes and its end commit together, or none of them does."""

import logging
import os
import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from printshop.api.refusals import Fault, Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk import writer
from printshop.bulk.deferred.chunks import Claim, LeaseLost, claim, end, waiting_items
from printshop.bulk.deferred.dialects import Batches, Payload, dialect_of
from printshop.bulk.deferred.endings import settle
from printshop.bulk.deferred.mishaps import blown_up, in_trouble, is_beyond_help, fail
from printshop.bulk.deferred.waking import wake_for
from printshop.bulk.engine import Batch, Operation, admit, planned, write
from printshop.bulk.models import BulkItem
from printshop.bulk.outcomes import Outcome, tally
from printshop.bulk.records import outcome_row

log = logging.getLogger(__name__)
NOT_DONE = Fault("BATCH_REFUSED", "Nothing was done, since other items of the batch were refused.")


def refused_whole(outcomes: Sequence[Outcome], refused: Refused) -> list[Outcome]:
    """What a refusal of a batch means for each item: its own faults, those of the whole, or that others had some."""
    asked = [outcome for outcome in outcomes if outcome.index is not None]
    whole = [fault for index, fault in refused.faults if index is None]
    for outcome in asked:
        outcome.refuse(*whole)
        if not outcome.faults:
            outcome.refuse(NOT_DONE)
    return asked


def outcomes_of(operation: Operation, batch: Batch) -> list[Outcome]:
    """Look, plan, admit and write a batch; a refusal becomes the outcomes of its items."""
    outcomes = planned(operation, batch)
    try:
        good = admit(operation, batch, outcomes)
    except Refused as refused:
        return refused_whole(outcomes, refused)
    write(operation, batch, good)
    return outcomes


def record_outcomes(items: Sequence[BulkItem], outcomes: Sequence[Outcome]) -> int:
    """Put the outcomes to their items; how many there are that nobody asked for, which become items of their own."""
    pk_of = {item.index: item.pk for item in items}
    asked = [one for one in outcomes if one.index is not None]
    unasked = [one for one in outcomes if one.index is None]
    writer.update(BulkItem, [{"id": pk_of[one.index], **outcome_row(one)} for one in asked if one.index is not None])
    operation_id, after = items[0].operation_id, items[-1].index + 1
    # Only a whole has such items, and it is the operation's one chunk.
    places = [{"operation_id": operation_id, "index": after + place} for place in range(len(unasked))]
    writer.insert(BulkItem, [place | outcome_row(one) for place, one in zip(places, unasked, strict=True)])
    return len(unasked)


def finish(held: Claim, items: Sequence[BulkItem], batches: Batches, at: datetime) -> list[Outcome]:
    """Everything that a chunk does, in one transaction. Raises `LeaseLost`, with nothing done."""

    def attempt() -> list[Outcome]:
        outcomes = [outcome for operation, batch in batches for outcome in outcomes_of(operation, batch)]
        unasked = record_outcomes(items, outcomes)
        counts = {verdict.value: count for verdict, count in tally(outcomes).items() if count}
        end(held, counts, unasked, at)
        return outcomes

    return transact(attempt)


def carry_out(held: Claim) -> None:
    """Carry out a claimed chunk, or put it back, halve it or give up on it, as what went wrong demands."""
    try:
        if is_beyond_help(held.chunk):
            fail(held, Fault("WORKER_LOST", "Every worker that took this item up was lost."))
            return
        items, at = waiting_items(held.chunk), timezone.now()
        recorded = held.chunk.operation
        payloads = [Payload(item.index, item.payload, item.sealed) for item in items]
        finish(held, items, dialect_of(recorded).batches(recorded, payloads, at), at)
    except LeaseLost:
        log.warning("Chunk %s: the lease ran out, somebody else has it now.", held.chunk)
    except (Unavailable, OperationalError, InterfaceError) as error:
        in_trouble(held, error)
    except Exception as error:
        blown_up(held, error)


def worker_name() -> str:
    """This process, as others know it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def carry_out_next(keeping: Any = nullcontext) -> bool:
    """Carry out the chunk whose turn it is; False when there is none.

    `keeping(claim)` is a context in which the lease is kept up and the work is counted.
    """
    close_old_connections()
    held = claim(worker_name())
    if held is None:
        return False
    with keeping(held):
        carry_out(held)
    settle(held.chunk.operation_id)
    wake_for(held.chunk.operation_id)
    return True
