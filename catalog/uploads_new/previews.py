"""An upload between its choosing and its confirming: kept on disk for a day, planned anew whenever it is looked at."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.utils import timezone

from catalog.cells import fields_of, items_of, refused_csv
from catalog.services.imports import IMPORT
from catalog.sheets import Sheet
from printshop.api.actors import Actor
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.bulk import engine
from printshop.bulk.confirm import PlanChanged, fingerprint
from printshop.bulk.engine import Batch, Result
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict, tally

KEPT_FOR = timedelta(days=1)


class Forgotten(Exception):
    """This upload was imported already, or was left for more than a day. Please choose the file again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A sheet, the name of its file, how it meets the catalogue, and the key of the user who sent it."""

    sheet: Sheet
    name: str
    mode: str
    owner: int
    max_deactivate: int | None = None

    def batch(self, actor: Actor, at: datetime, policy: Policy = Policy.ATOMIC) -> Batch:
        terms: dict[str, Any] = {"mode": self.mode}
        if self.max_deactivate is not None:
            terms["max_deactivate"] = self.max_deactivate
        return Batch(items_of(self.sheet, IMPORT.item), terms, actor, at, policy)


# --- Keeping --------------------------------------------------------------------------------------------------------
def storage() -> FileSystemStorage:
    """A folder that no server serves and only the shop's own user reads; all web processes share it."""
    return FileSystemStorage(
        settings.VAR / "uploads", file_permissions_mode=0o600, directory_permissions_mode=0o700, allow_overwrite=True
    )


def sweep(kept: FileSystemStorage) -> None:
    """Forget what nobody confirmed in time."""
    names = kept.listdir("")[1] if kept.exists("") else []
    for name in names:
        if kept.get_modified_time(name) < timezone.now() - KEPT_FOR:
            kept.delete(name)


def keep(upload: Upload) -> UUID:
    """Put an upload by; its reference. What is kept are the rows as read, never the file itself."""
    kept, reference = storage(), uuid4()
    sweep(kept)
    kept.save(f"{reference}.json", ContentFile(orjson.dumps(upload)))
    return reference


def recall(reference: UUID, owner: int) -> Upload:
    """The upload with that reference. Raises `Forgotten`, also when it is somebody else's."""
    try:
        with storage().open(f"{reference}.json") as file:
            found = orjson.loads(file.read())
    except FileNotFoundError:
        raise Forgotten from None
    if found["owner"] != owner:
        raise Forgotten
    return Upload(**{**found, "sheet": Sheet(**found["sheet"])})


def forget(reference: UUID) -> None:
    storage().delete(f"{reference}.json")


# --- Planning -------------------------------------------------------------------------------------------------------
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


@collector_paused()
def preview(upload: Upload, actor: Actor, at: datetime) -> Preview:
    """Look and plan; nothing is written, and no order has to wait meanwhile."""
    batch = replace(upload.batch(actor, at), dry_run=True)
    return Preview(upload, engine.preview(IMPORT, batch).outcomes)


@collector_paused()
def carry_out(upload: Upload, plan: str, actor: Actor, at: datetime, policy: Policy) -> Result:
    """Import, provided that it does what `plan` is the fingerprint of. Raises `PlanChanged` and `Refused`."""
    batch = upload.batch(actor, at, policy)

    @transaction.atomic
    def attempt() -> Result:
        """Written first and compared then, so that nothing is planned twice under the lock; the savepoint undoes it."""
        result = engine.run(IMPORT, batch)
        if fingerprint(result.outcomes) != plan:
            raise PlanChanged
        return result

    return transact(attempt)
