"""Putting pages and media back, the deleted ones among them, worked out from values alone.

What was made is switched off; what was deleted is made again under its id, and undoing that deletes it again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_snake

from catalog.plans import media, pages
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk.images import (
    Fields,
    Present,
    Writers,
    changed_since,
    fill_in,
    irreversible,
    standing_fault,
)
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
Image = Mapping[str, Any]


@dataclass(slots=True)
class There:
    """Rows by reference, and who wrote them since; `again` when the undone operation was itself an undo."""

    rows: dict[str, Present]
    writers: Writers = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """How pages differ from media: what switches one off, and what stands against putting one back."""

    off: Fields
    judge: Callable[[str, Fields], Iterable[Fault]]
    note: Callable[[str, Fields | None], None] = lambda reference, fields: None


def was_deleted(image: Image) -> bool:
    return image["verdict"] == Verdict.UPDATED and image["after"] is None


def plan_remaking(items: Sequence[Item], there: There, kind: Kind) -> list[Outcome]:
    """One outcome for each image; of a row that is named twice the later item meets what the earlier one left."""
    outcomes = []
    for item in items:
        outcome = Outcome(item.index, item.value["reference"])
        outcomes.append(outcome)
        if was_deleted(item.value):
            remake(outcome, item.value, there, kind)
        else:
            put_right(outcome, item.value, there, kind)
    return outcomes


def remake(outcome: Outcome, image: Image, there: There, kind: Kind) -> None:
    """Make again what was deleted."""
    reference, fields = image["reference"], image["before"]
    if reference in there.rows:
        outcome.refuse(changed_since(reference, {}, {}, there.writers.get(reference, "")))
    elif faults := list(kind.judge(reference, fields)):
        outcome.refuse(*faults)
    else:
        outcome.verdict, outcome.after = Verdict.CREATED, fields
        outcome.change = there.rows[reference] = Present(fields)
        kind.note(reference, fields)


def put_right(outcome: Outcome, image: Image, there: There, kind: Kind) -> None:
    """Put back the fields of what is still there, switch it off, or delete it again."""
    reference = image["reference"]
    present = there.rows.get(reference)
    fault = standing_fault(image, present, there.writers)
    if fault or present is None:
        return outcome.refuse(*[fault] if fault else [])
    made = image["verdict"] == Verdict.CREATED
    if made and there.again:
        outcome.verdict, outcome.before, outcome.change = Verdict.UPDATED, present.fields, None
        del there.rows[reference]
        return kind.note(reference, None)
    wanted = kind.off if made else image["before"]
    changed = {name: value for name, value in wanted.items() if present.fields[name] != value}
    if faults := list(kind.judge(reference, wanted)):
        return outcome.refuse(*faults)
    if changed:
        there.rows[reference] = fill_in(outcome, present, changed)
        kind.note(reference, there.rows[reference].fields)
    return None


# --- Pages -----------------------------------------------------------------------------------------------------------
def plan_pages(items: Sequence[Item], there: There, known: pages.Known) -> list[Outcome]:
    """Put pages back, unless somebody else's page has their identifier by now."""

    def note(reference: str, fields: Fields | None) -> None:
        known.take_away(int(reference)) if fields is None else known.put(int(reference), dict(fields))

    kind = Kind({"active": False}, lambda page, fields: pages.taken_faults(fields, known, int(page)), note)
    return plan_remaking(items, there, kind)


# --- Media -----------------------------------------------------------------------------------------------------------
def file_faults(entry: str, fields: Fields) -> list[Fault]:
    """A file is not kept when its entry gets another one or is deleted."""
    name = fields.get("file")
    return [irreversible(entry, f"The file {name} of entry {entry} was not kept.")] if name else []


def plan_media(items: Sequence[Item], there: There) -> list[Outcome]:
    """Put entries back, unless a file went with what they were."""
    return plan_remaking(items, there, Kind({"disabled": True}, file_faults))


def media_row(fields: Fields, row: Row | None) -> Row:
    """An entry's columns; `row` are those that it has, None for one that is made again. `dropped` is a file let go."""
    row = {**media.NEW, **(row or {})}
    given = {to_snake(name): value for name, value in fields.items() if name not in {"url", "file"}}
    if fields["file"] is None:
        return {**row, **given, **media.NO_FILE, "url": fields["url"], "dropped": row["file"]}
    return {**row, **given, "dropped": ""}
