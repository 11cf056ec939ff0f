"""Undoing changes of pages and media."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from catalog.models import Media, Page
from catalog.plans import media as media_plans
from catalog.plans import pages as page_plans
from catalog.plans.remaking import There, media_row, plan_media, plan_pages
from catalog.services import files, pages
from printshop.api.actors import ADMINS
from printshop.api.reading import Item
from printshop.bulk import writer
from printshop.bulk.engine import Batch
from printshop.bulk.images import Present
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.bulk.undoing import inverse_operation, references_in, writers_since

Row = dict[str, Any]


def remade(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.verdict is Verdict.CREATED]


def deleted_again(outcomes: Sequence[Outcome]) -> list[int]:
    return [int(one.reference) for one in outcomes if one.verdict is Verdict.UPDATED and one.after is None]


def put_right(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.verdict is Verdict.UPDATED and outcome.after is not None]


# --- Pages -----------------------------------------------------------------------------------------------------------
def named(image: Row) -> Row:
    """What `pages.look` needs to know of an image: the page, and the identifier that it would have."""
    return {"id": int(image["reference"])} | {
        name: value for name, value in (image["before"] or {}).items() if name == "identifier"
    }


def look_at_pages(batch: Batch) -> tuple[There, page_plans.Known]:
    """Lock the pages, and those that have their identifiers by now."""
    known = pages.look(replace(batch, items=[Item(item.index, named(item.value)) for item in batch.items]))
    written = dict(Page.objects.filter(pk__among=list(known.rows)).values_list("pk", "updated_at"))
    rows = {str(page_id): Present(dict(row), written[page_id]) for page_id, row in known.rows.items()}
    return There(rows, writers_since(batch, "pages."), batch.terms["name"] == "pages.restore"), known


def write_pages(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """At most four statements. What gives an identifier up goes before what gets it."""
    writer.delete(Page, deleted_again(outcomes))
    changed = [replace(outcome, change=outcome.change.fields) for outcome in put_right(outcomes)]
    pages.write_changes(batch, changed)
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    rows = [{"id": int(outcome.reference), **outcome.change.fields, **stamps} for outcome in remade(outcomes)]
    writer.insert(Page, sorted(rows, key=lambda row: row["id"]))


RESTORE_PAGES = inverse_operation(
    "pages.restore",
    "pages",
    look=look_at_pages,
    plan=lambda batch, facts: plan_pages(batch.items, *facts),
    write=write_pages,
    roles=ADMINS,
)


# --- Media -----------------------------------------------------------------------------------------------------------
def look_at_media(batch: Batch) -> There:
    """Lock the entries."""
    ids = [int(reference) for reference in references_in(batch)]
    found = Media.objects.filter(pk__among=ids).locked().values("pk", "updated_at", *media_plans.COLUMNS)
    rows = {str(row.pop("pk")): Present(media_plans.image(row), row.pop("updated_at"), row) for row in map(dict, found)}
    return There(rows, writers_since(batch, "media."), batch.terms["name"] == "media.restore")


def write_media(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Three statements; files that are let go are removed when these are committed."""
    writer.delete(Media, deleted_again(outcomes))
    last = {int(outcome.reference): outcome.change for outcome in put_right(outcomes)}
    changed = [(entry, media_row(last[entry].fields, last[entry].key)) for entry in sorted(last)]
    writer.update(Media, [{"id": entry, **stored(row), "updated_at": batch.at} for entry, row in changed])
    made = [(int(outcome.reference), media_row(outcome.change.fields, None)) for outcome in remade(outcomes)]
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    writer.insert(Media, [{"id": entry, "uuid": uuid4(), **stored(row), **stamps} for entry, row in sorted(made)])
    files.discard([row["dropped"] for _, row in changed if row["dropped"]])


def stored(row: Row) -> Row:
    return {name: row[name] for name in media_plans.COLUMNS}


RESTORE_MEDIA = inverse_operation(
    "media.restore",
    "media",
    look=look_at_media,
    plan=lambda batch, there: plan_media(batch.items, there),
    write=write_media,
    roles=ADMINS,
)
