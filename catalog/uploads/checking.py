"""What the rows of a file would do, worked out slice by slice: neither memory nor any lock grows with the file.

The rules are those of the import itself: each slice is planned by it, against the catalogue as it stands.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from catalog.models import SKU, StagedRow, StagedSpan, Upload, default_currency
from catalog.plans.imports import MODES, Known, plan_retirement, says_nothing_new
from catalog.services.imports import IMPORT
from catalog.states import UploadState
from catalog.uploads import staged
from catalog.uploads.bloom import BloomFilter
from catalog.uploads.judging import Judge
from catalog.uploads.keeping import forget_rows, path_of
from catalog.uploads.leases import Hold
from catalog.uploads.queued import payload_of
from catalog.uploads.reading import Format, Numbered, Unreadable, rows
from catalog.uploads.spans import SPANNED, Entry, first_numbers, spans
from catalog.uploads.uses import needed
from printshop.api.actors import Actor
from printshop.api.errors import worded
from printshop.api.prepared import prepared
from printshop.api.reading import Item, ids_of
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.bulk import writer
from printshop.bulk.deferred.errands import GiveWay, go_on
from printshop.bulk.engine import Batch, planned
from printshop.bulk.outcomes import Outcome, Verdict

SLICE = 4_000
# What the rules of an import judge a SKU by, whatever a file says of it.
JUDGED_BY = ("kind", "machine_type", "active")
Row = dict[str, Any]
Piece = Sequence[Numbered]


@dataclass(frozen=True, slots=True)
class Staged:
    """What is staged of some rows of a file: how many they are, and the rows of both tables."""

    size: int
    rows: list[Row]
    spans: list[Row]


def slices(found: Iterator[Numbered]) -> Iterator[Piece]:
    while piece := list(islice(found, SLICE)):
        yield piece


def refuse_repeat(outcome: Outcome, first: int, number: int) -> None:
    """Refuse a row whose SKU stood in the file before: rows are named by their numbers."""
    message = f"SKU {outcome.reference} stands in this file twice, in row {first} and row {number}."
    outcome.faults = [fault for fault in outcome.faults if fault.code != "DUPLICATE_ID"]
    outcome.refuse(Fault("DUPLICATE_ID", message, "id", outcome.reference))


class Check:
    """The check of one upload."""

    def __init__(self, hold: Hold, actor: Actor, at: datetime) -> None:
        self.hold, self.upload, self.actor, self.at = hold, hold.upload, actor, at
        self.judge = Judge(form_of(self.upload), self.upload.mapping, IMPORT.item)
        self.mode, self.met, self.read = MODES[self.upload.mode], BloomFilter(), 0
        self.columns = ("written", "id", *dict.fromkeys([*staged.fields_of(self.upload), *JUDGED_BY]))
        self.ask = prepared(self.known)

    def known(self, ids: Any) -> QuerySet[SKU, Any]:
        """The SKUs with these ids as they are, and when each was written last. Nothing is locked."""
        written = Cast("updated_at", TextField())
        return SKU.objects.known(ids).annotate(written=written).values_list(*self.columns)

    def rows_by_id(self, ids: Sequence[str]) -> dict[str, Row]:
        columns = self.columns
        return {row[1]: dict(zip(columns, row, strict=True)) for row in self.ask(ids)}

    def earlier(self, ids: Sequence[str]) -> dict[str, int]:
        """The first row of each SKU that stood in an earlier slice."""
        met = self.met.met(dict.fromkeys(ids))
        return first_numbers(self.upload, met) if met else {}

    def planned(self, items: Sequence[Item], known: Mapping[str, Row]) -> list[Outcome]:
        """The import's own plan for some rows; what a replace switches off is found at the end."""
        found = Known(known, currency=default_currency())
        operation = replace(IMPORT, look=lambda batch: found, look_ahead=None, consequences=[])
        return planned(operation, Batch(items, {"mode": self.upload.mode}, self.actor, self.at, dry_run=True))

    def staged(self, piece: Piece) -> Staged:
        """What becomes of some rows. Most rows of most files only repeat what is known, and need no plan."""
        items = self.judge.items([row for _, row in piece], self.read)
        ids = ids_of(items)
        known, first_at = self.rows_by_id(ids), self.earlier(ids)
        entries: dict[Verdict, list[Entry]] = {verdict: [] for verdict in SPANNED}
        rest: list[tuple[Item, Numbered, int]] = []
        for item, numbered in zip(items, piece, strict=True):
            number, sku_id = numbered[0], (item.value or {}).get("id", "")
            first = first_at.setdefault(sku_id, number) if sku_id else number
            before = known.get(sku_id)
            if before and first == number and not item.faults and says_nothing_new(item.value, before, self.mode):
                entries[Verdict.UNCHANGED].append((item.index, number, sku_id, before["written"]))
            else:
                rest.append((item, numbered, first))
        rows = []
        outcomes = self.planned([item for item, _, _ in rest], known)
        for outcome, (item, (number, row), first) in zip(outcomes, rest, strict=True):
            if first != number:
                refuse_repeat(outcome, first, number)
            seen = known[outcome.reference]["written"] if outcome.reference in known else None
            if seen and outcome.verdict in entries:
                entries[outcome.verdict].append((item.index, number, outcome.reference, seen))
            else:
                rows.append(self.row(outcome, number, row, seen))
        return Staged(len(piece), rows, spans(self.upload, entries))

    def row(self, outcome: Outcome, number: int, row: Any, seen: str | None) -> Row:
        refused = outcome.verdict is Verdict.REFUSED
        return {
            "upload_id": self.upload.pk,
            "index": outcome.index,
            "number": number,
            "reference": outcome.reference,
            "verdict": outcome.verdict.value,
            "seen": seen,
            "before": outcome.before,
            "after": outcome.after,
            "errors": [worded(None, fault) for fault in outcome.faults] or None,
            "payload": payload_of(number, self.judge.raw(row)) if refused else None,
        }

    def stage(self, found: Staged) -> None:
        """Write some rows down. Raises `LeaseLost`."""
        self.read += found.size

        def write() -> None:
            # Somebody else who has the file by now may have staged the same rows.
            self.hold.note(rows_read=self.read)
            writer.insert(StagedRow, found.rows)
            writer.insert(StagedSpan, found.spans)

        transact(write)

    def run(self, give_way: GiveWay) -> None:
        """Stage every row. Raises `Unreadable` and `LeaseLost`."""
        for piece in slices(rows(path_of(self.upload), form_of(self.upload))):
            self.stage(self.staged(piece))
            give_way()


def form_of(upload: Upload) -> Format:
    return Format(**upload.format)


def blocks_of(upload: Upload, counts: dict[str, int]) -> list[str]:
    """Why nothing of a file can be imported, whatever the policy."""
    off, most = counts.get(Verdict.DEACTIVATED, 0), upload.max_deactivate
    if most is None or off <= most:
        return []
    outcomes = plan_retirement(Known({}, range(off)), MODES[upload.mode], most)  # type: ignore[arg-type]
    return [fault.message for outcome in outcomes for fault in outcome.faults]


def finish(hold: Hold, checked_from: datetime, at_all: int) -> None:
    """The file was read to its end: find what a replace switches off, and sum up. Raises `LeaseLost`."""
    upload = hold.upload

    def attempt() -> None:
        if MODES[upload.mode].retires_absent:
            staged.add_retired(upload, at_all)
        counts = staged.counted(upload)
        uses = needed(upload) if counts.get(Verdict.DEACTIVATED) else {}
        found = {"counts": counts, "uses": uses, "blocks": blocks_of(upload, counts), "checked_from": checked_from}
        hold.move(UploadState.CHECKED, **found, lost=0)

    transact(attempt)


def check(hold: Hold, actor: Actor, clock: Callable[[], datetime] = timezone.now, give_way: GiveWay = go_on) -> None:
    """Read the file of an upload and stage what it would do. Raises `LeaseLost` when somebody else has it by now."""
    began = clock()
    forget_rows(hold.upload)
    checking = Check(hold, actor, began)
    try:
        checking.run(give_way)
    except Unreadable as error:
        hold.move(UploadState.FAILED, problem=str(error))
    else:
        finish(hold, began, checking.read)
