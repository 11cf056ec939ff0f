"""What an upload would do: planned anew whenever it is looked at, and once more when it is confirmed."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import transaction

from catalog.services.imports import IMPORT
from catalog.uploads.cells import Raw, fields_of, judged, raws_of, refused_csv
from catalog.uploads.keeping import Upload
from catalog.uploads.queued import queue
from printshop.api.actors import Actor
from printshop.api.reading import read
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.bulk import engine
from printshop.bulk.confirm import PlanChanged, fingerprint
from printshop.bulk.confirm.queueing import check
from printshop.bulk.engine import Batch, Result
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict, tally


@dataclass(frozen=True, slots=True)
class Refusal:
    """One fault of one row, for people: where it stands and what the rule is."""

    row: int
    reference: str
    column: str
    message: str
    value: Any
    suggestion: str | None


class Preview:
    """What an upload would do now."""

    def __init__(self, upload: Upload, outcomes: Sequence[Outcome]) -> None:
        self.upload, self.outcomes = upload, outcomes
        self.counts = tally(one for one in outcomes if one.index is not None or one.verdict is not Verdict.REFUSED)
        self.plan = fingerprint(outcomes)

    def of(self, verdict: Verdict) -> list[Outcome]:
        return [one for one in self.outcomes if one.verdict is verdict and one.index is not None]

    @property
    def blocks(self) -> list[str]:
        """Why nothing of it can be imported, under whatever policy."""
        return [fault.message for one in self.outcomes if one.index is None for fault in one.faults]

    @property
    def changing(self) -> int:
        return sum(self.counts[verdict] for verdict in (Verdict.CREATED, Verdict.UPDATED, Verdict.DEACTIVATED))

    @cached_property
    def first_rows(self) -> dict[str, int]:
        """The row in which each SKU stands first."""
        found: dict[str, int] = {}
        for one in self.outcomes:
            if one.index is not None:
                found.setdefault(one.reference, self.row(one))
        return found

    def row(self, outcome: Outcome) -> int:
        """The row's number in the file."""
        return 0 if outcome.index is None else self.upload.sheet.rows[outcome.index][0]

    def sentence(self, outcome: Outcome, fault: Fault) -> str:
        """A fault in the words of a sheet, which has rows where a request has indexes."""
        if fault.code != "DUPLICATE_ID":
            return fault.message
        first = self.first_rows[outcome.reference]
        return f"SKU {outcome.reference} stands in this file twice, in row {first} and row {self.row(outcome)}."

    @cached_property
    def columns(self) -> dict[str, str]:
        """What the file calls each field."""
        named = self.upload.sheet.columns
        return dict(zip(fields_of(named), named, strict=True)) if named else {}

    def refusals(self, outcome: Outcome) -> list[Refusal]:
        """Every fault of a refused row."""
        return [
            Refusal(
                self.row(outcome),
                outcome.reference,
                self.columns.get(field := fault.path.split(".")[0], field),
                self.sentence(outcome, fault),
                fault.value if isinstance(fault.value, str | int | float) else None,
                fault.suggestion,
            )
            for fault in outcome.faults
        ]

    def refused_csv(self) -> bytes:
        """The refused rows, to be mended and sent again."""
        refused = self.of(Verdict.REFUSED)
        sentences = {one.index: [fault.message for fault in self.refusals(one)] for one in refused}
        return refused_csv(self.upload.sheet, {index: said for index, said in sentences.items() if index is not None})


@contextmanager
def collector_paused() -> Iterator[None]:
    """Reading and planning make no cycles; looking for some among millions of cells would double the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def batch_of(upload: Upload, raws: Sequence[Raw], actor: Actor, at: datetime, policy: Policy = Policy.ATOMIC) -> Batch:
    """An upload, whose rows were read, as a batch of the import."""
    terms, faults = read(IMPORT.terms, upload.terms)
    return Batch(judged(raws, IMPORT.item), terms, actor, at, policy, faults=faults, asked=upload.terms)


@collector_paused()
def preview(upload: Upload, actor: Actor, at: datetime) -> Preview:
    """Look and plan; nothing is written, and no order has to wait meanwhile."""
    batch = replace(batch_of(upload, raws_of(upload.sheet), actor, at), dry_run=True)
    return Preview(upload, engine.preview(IMPORT, batch).outcomes)


@collector_paused()
def carry_out(upload: Upload, plan: str, actor: Actor, at: datetime, policy: Policy) -> Result:
    """Import, provided that it does what `plan` is the fingerprint of. Raises `PlanChanged` and `Refused`."""
    batch = batch_of(upload, raws_of(upload.sheet), actor, at, policy)

    @transaction.atomic
    def attempt() -> Result:
        """Written first and compared then, so that nothing is planned twice under the lock; the savepoint undoes it."""
        result = engine.run(IMPORT, batch)
        if fingerprint(result.outcomes) != plan:
            raise PlanChanged
        return result

    return transact(attempt)


@collector_paused()
def put_in_queue(upload: Upload, plan: str, actor: Actor, at: datetime, policy: Policy) -> UUID:
    """Queue an upload, provided that it would do now what `plan` is the fingerprint of; the operation's uuid.

    The catalogue is locked no longer than planning takes; the worker plans anew. Raises `PlanChanged` and `Refused`.
    """
    raws = raws_of(upload.sheet)
    check(IMPORT, batch_of(upload, raws, actor, at, policy), plan)
    return queue(upload, raws, actor, at, policy)
