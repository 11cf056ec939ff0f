"""Carrying out one chunk: its effects, its outcomes and its end commit together, or none of them does."""

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from printshop.api.prepared import prepared
from printshop.api.refusals import Fault, Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk import writer
from printshop.bulk.deferred.chunks import Claim, LeaseLost, Waiting, claim, end, waiting_items
from printshop.bulk.deferred.dialects import Batches, Payload, dialect_of
from printshop.bulk.deferred.endings import settle
from printshop.bulk.deferred.mishaps import blown_up, fail, in_trouble, is_beyond_help
from printshop.bulk.deferred.waking import wake_for
from printshop.bulk.engine import Batch, Operation, admit, planned, write
from printshop.bulk.events import announce
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.outcomes import UNSUCCESSFUL, Outcome, tally
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


def outcome_rows(items: Sequence[Waiting], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What is recorded with the items. A secret is kept only of what may be tried again."""
    of_index = {item.index: item for item in items}
    found = [(of_index[one.index], one) for one in outcomes if one.index is not None]
    rows = [{"id": item.pk, **outcome_row(one)} for item, one in found]
    if any(item.sealed is not None for item in items):
        for row, (item, one) in zip(rows, found, strict=True):
            row["sealed"] = item.sealed if one.verdict in UNSUCCESSFUL else None
    return rows


def record_outcomes(operation_id: UUID, items: Sequence[Waiting], outcomes: Sequence[Outcome]) -> int:
    """Put the outcomes to their items; how many there are that nobody asked for, which become items of their own."""
    asked = [one for one in outcomes if one.index is not None]
    unasked = [one for one in outcomes if one.index is None]
    writer.update(BulkItem, outcome_rows(items, asked))
    # Only a whole has such items, and it is the operation's one chunk.
    after = items[-1].index + 1
    places = [{"operation_id": operation_id, "index": after + place} for place in range(len(unasked))]
    writer.insert(BulkItem, [place | outcome_row(one) for place, one in zip(places, unasked, strict=True)])
    return len(unasked)


def finish(held: Claim, items: Sequence[Waiting], batches: Batches, at: datetime) -> list[Outcome]:
    """Everything that a chunk does, in one transaction. Raises `LeaseLost`, with nothing done."""

    parts = [(operation, replace(batch, alone=len(batches) == 1)) for operation, batch in batches]

    def attempt() -> list[Outcome]:
        done = [(operation, batch, outcomes_of(operation, batch)) for operation, batch in parts]
        outcomes = [outcome for _, _, part in done for outcome in part]
        unasked = record_outcomes(held.chunk.operation_id, items, outcomes)
        counts = {verdict.value: count for verdict, count in tally(outcomes).items() if count}
        end(held, counts, unasked, at)
        announce(done)
        return outcomes

    return transact(attempt)


def failures_in(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How many items did not happen, by the code of what was first found wrong with them."""
    return Counter(one.faults[0].code for one in outcomes if one.verdict in UNSUCCESSFUL and one.faults)


@prepared
def recorded_as(operation_id: Any) -> QuerySet[BulkOperation]:
    return BulkOperation.objects.filter(pk=operation_id).order_by()


def carry_out(held: Claim) -> Counter[str]:
    """Carry out a claimed chunk, or put it back, halve it or give up on it, as what went wrong demands.

    How many of its items failed, by code.
    """
    try:
        if is_beyond_help(held.chunk):
            return fail(held, Fault("WORKER_LOST", "Every worker that took this item up was lost."))
        items, at = waiting_items(held.chunk), timezone.now()
        [recorded] = recorded_as(held.chunk.operation_id)
        payloads = [Payload(item.index, item.payload, item.sealed) for item in items]
        return failures_in(finish(held, items, dialect_of(recorded).batches(recorded, payloads, at), at))
    except LeaseLost:
        log.warning("Chunk %s: the lease ran out, somebody else has it now.", held.chunk)
        return Counter()
    except (Unavailable, OperationalError, InterfaceError) as error:
        return in_trouble(held, error)
    except Exception as error:
        return blown_up(held, error)


def worker_name() -> str:
    """This process, as others know it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def uncounted(held: Claim) -> AbstractContextManager[Counter[str]]:
    """Where no worker keeps the lease up or counts."""
    return nullcontext(Counter())


def carry_out_next(keeping: Callable[[Claim], AbstractContextManager[Counter[str]]] = uncounted) -> bool:
    """Carry out the chunk whose turn it is; False when there is none.

    `keeping(claim)` is a context in which the lease is kept up and the work is counted: failed items go into what it
    gives.
    """
    held = claim(worker_name())
    if held is None:
        return False
    with keeping(held) as failures:
        failures.update(carry_out(held))
    settle(held.chunk.operation_id)
    wake_for(held.chunk.operation_id)
    return True
