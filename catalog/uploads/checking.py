"""What the rows of a file would do, worked out slice by slice: neither memory nor any lock grows with the file.

The rules are those of the import itself: each slice is planned by it, against the catalogue as it stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count, Min, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from catalog.models import SKU, Upload, UploadRow, default_currency
from catalog.plans.imports import FIELDS, MODES, WIRE, Known, plan_retirement, says_nothing_new
from catalog.services.imports import IMPORT, by_id
from catalog.states import UploadState
from catalog.uploads import staged
from catalog.uploads.bloom import BloomFilter
from catalog.uploads.judging import Judge
from catalog.uploads.keeping import forget_rows, path_of
from catalog.uploads.leases import Hold
from catalog.uploads.queued import payload_of
from catalog.uploads.reading import Format, Numbered, Unreadable, rows
from catalog.uploads.uses import needed
from printshop.api.actors import Actor
from printshop.api.errors import worded
from printshop.api.prepared import prepared
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.bulk import writer
from printshop.bulk.deferred.errands import GiveWay, go_on
from printshop.bulk.engine import Batch, planned
from printshop.bulk.outcomes import Outcome, Verdict

SLICE = 4_000
STAMPS = ("id", "created_at", "updated_at")
Row = dict[str, Any]
Piece = Sequence[Numbered]


def slices(found: Iterator[Numbered]) -> Iterator[Piece]:
    while piece := list(islice(found, SLICE)):
        yield piece


def ids_of(items: Iterable[Item]) -> list[str]:
    return [item.value["id"] for item in items if item.value and "id" in item.value]


@prepared
def whole(ids: Any) -> QuerySet[SKU, Any]:
    return SKU.objects.known(ids).values_list(*FIELDS, "pk")


def duplicate(reference: str, first: int, number: int) -> Fault:
    return Fault(
        "DUPLICATE_ID",
        f"SKU {reference} stands in this file twice, in row {first} and row {number}.",
        "id",
        reference,
    )


def refuse_repeats(outcomes: Sequence[Outcome], numbers: Sequence[int], first_at: dict[str, int]) -> None:
    """Refuse rows whose SKU stood in the file before; `first_at` are rows of earlier slices in which some stood."""
    for outcome, number in zip(outcomes, numbers, strict=True):
        first = first_at.setdefault(outcome.reference, number) if outcome.reference else number
        if first != number:
            outcome.faults = [fault for fault in outcome.faults if fault.code != "DUPLICATE_ID"]
            outcome.refuse(duplicate(outcome.reference, first, number))


def columns_of(outcome: Outcome) -> Row | None:
    """What would be written of a SKU."""
    if outcome.change is None or outcome.verdict is Verdict.REFUSED:
        return None
    change = dict(outcome.change)
    for stamp in STAMPS:
        change.pop(stamp, None)
    return change


class Check:
    """The check of one upload."""

    def __init__(self, hold: Hold, actor: Actor, at: datetime) -> None:
        self.hold, self.upload, self.actor, self.at = hold, hold.upload, actor, at
        self.judge = Judge(form_of(self.upload), self.upload.mapping, IMPORT.item)
        self.mode, self.met, self.read = MODES[self.upload.mode], BloomFilter(), 0
        # Elements of JSON may say any field; and whether a SKU is active matters to some modes.
        columns = [name for name in FIELDS if not self.upload.mapping or WIRE[name] in self.upload.mapping]
        self.columns = ("written", "id", *dict.fromkeys([*columns, "active"]))
        self.ask = prepared(self.known)

    def known(self, ids: Any) -> QuerySet[SKU, Any]:
        """The SKUs with these ids as they are, and when each was written last. Nothing is locked."""
        written = Cast("updated_at", TextField())
        return SKU.objects.known(ids).annotate(written=written).values_list(*self.columns)

    def planned(self, items: Sequence[Item], known: dict[str, Row]) -> list[Outcome]:
        """The import's own plan for some rows; what a replace switches off is found at the end."""
        found = Known(by_id(whole([one for one in ids_of(items) if one in known])), currency=default_currency())
        operation = replace(IMPORT, look=lambda batch: found, look_ahead=None, consequences=[])
        return planned(operation, Batch(items, {"mode": self.upload.mode}, self.actor, self.at, dry_run=True))

    def outcomes(self, items: Sequence[Item], known: dict[str, Row]) -> list[Outcome]:
        """What becomes of some rows. Most rows of most files only repeat what is known, and need no plan."""
        repeating = [
            not item.faults and says_nothing_new(item.value, known.get(item.value["id"]), self.mode) for item in items
        ]
        rest = [item for item, repeats in zip(items, repeating, strict=True) if not repeats]
        told = iter(self.planned(rest, known))
        return [
            Outcome(item.index, item.value["id"]) if repeats else next(told)
            for item, repeats in zip(items, repeating, strict=True)
        ]

    def rows(self, piece: Piece) -> list[Row]:
        """What is staged of some rows."""
        items = self.judge.items([row for _, row in piece], self.read)
        ids = ids_of(items)
        known = {row[1]: dict(zip(self.columns, row, strict=True)) for row in self.ask(ids)}
        outcomes = self.outcomes(items, known)
        refuse_repeats(outcomes, [number for number, _ in piece], self.earlier(ids))
        return [self.row(outcome, *numbered, known) for outcome, numbered in zip(outcomes, piece, strict=True)]

    def earlier(self, ids: Sequence[str]) -> dict[str, int]:
        """The first row of each SKU that stood in an earlier slice."""
        if not (met := [sku_id for sku_id in dict.fromkeys(ids) if self.met.add(sku_id)]):
            return {}
        staged_rows = UploadRow.objects.filter(upload=self.upload, reference__among=met).order_by()
        return dict(staged_rows.values_list("reference").annotate(Min("number")))

    def row(self, outcome: Outcome, number: int, row: Any, known: dict[str, Row]) -> Row:
        refused = outcome.verdict is Verdict.REFUSED
        return {
            "upload_id": self.upload.pk,
            "index": outcome.index,
            "number": number,
            "reference": outcome.reference,
            "verdict": outcome.verdict.value,
            "seen": known[outcome.reference]["written"] if outcome.reference in known else None,
            "before": outcome.before,
            "after": outcome.after,
            "change": columns_of(outcome),
            "errors": [worded(None, fault) for fault in outcome.faults] or None,
            "payload": payload_of(number, self.judge.raw(row)) if refused else None,
        }

    def stage(self, staged_rows: Sequence[Row]) -> None:
        """Write some rows down. Raises `LeaseLost`."""
        self.read += len(staged_rows)

        def write() -> None:
            writer.insert(UploadRow, staged_rows)
            self.hold.note(rows_read=self.read)

        transact(write)

    def run(self, give_way: GiveWay) -> None:
        """Stage every row. Raises `Unreadable` and `LeaseLost`."""
        for piece in slices(rows(path_of(self.upload), form_of(self.upload))):
            self.stage(self.rows(piece))
            give_way()


def form_of(upload: Upload) -> Format:
    return Format(**upload.format)


def counted(upload: Upload) -> dict[str, int]:
    """Rows by verdict."""
    found = UploadRow.objects.filter(upload=upload).order_by().values_list("verdict")
    return dict(found.annotate(Count("pk")))


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
        counts = counted(upload)
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
