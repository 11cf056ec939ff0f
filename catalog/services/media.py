"""The pictures, videos and models of SKUs."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Max

from catalog.models import SKU, Media
from catalog.plans.media import COLUMNS, Known, last_changes, plan_creation, plan_deletion, plan_edits
from catalog.services.files import discard, keep
from catalog.services.imports import candidates, line
from catalog.shapes import media as media_shapes
from catalog.shapes import skus as shapes
from printshop.api.actors import ADMINS
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]


def named(batch: Batch, field: str) -> list[Any]:
    """What the items name, each once."""
    return list(dict.fromkeys(item.value[field] for item in batch.items if item.value and field in item.value))


def look_for_skus(batch: Batch) -> Known:
    """Lock the SKUs, so that two new entries of one do not get the same place."""
    wanted = named(batch, "sku_id")
    last = dict.fromkeys(SKU.objects.known(wanted).locked().values_list("pk", flat=True), 0)
    last |= Media.objects.of_skus(wanted).order_by().values_list("sku_id").annotate(Max("position"))
    unknown = [sku_id for sku_id in wanted if sku_id not in last]
    return Known(settings.MEDIA_LIMIT_BYTES, skus=last, resembling=candidates(unknown))


def look(batch: Batch) -> Known:
    """Lock the entries."""
    entries = Media.objects.filter(pk__among=named(batch, "id")).locked().values("pk", *COLUMNS)
    return Known(settings.MEDIA_LIMIT_BYTES, rows={row.pop("pk"): dict(row) for row in entries})


def written(rows: Iterable[Row]) -> list[Row]:
    """Rows as the database keeps them: new files are kept and named in the rows, those that were replaced go."""
    listed = [dict(row) for row in rows]
    waiting = [(row, content) for row in listed if (content := row.pop("content")) is not None]
    names = keep([content for _, content in waiting])
    for (row, _), name in zip(waiting, names, strict=True):
        row["file"] = name
    discard([name for row in listed if (name := row.pop("dropped"))])
    return listed


def write_new(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement. Each outcome is named after its entry."""
    made = [outcome for outcome in outcomes if outcome.verdict is Verdict.CREATED]
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    rows = [{"uuid": uuid4(), **row, **stamps} for row in written(outcome.change for outcome in made)]
    ids = {uuid: entry_id for entry_id, uuid in writer.insert(Media, rows, ("id", "uuid"))}
    for outcome, row in zip(made, rows, strict=True):
        outcome.reference = str(ids[row["uuid"]])


def write_changes(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    last = last_changes(outcomes)
    rows = zip(last, written(last.values()), strict=True)
    writer.update(Media, [{"id": entry_id, **row, "updated_at": batch.at} for entry_id, row in rows])


def delete(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement; the files go when it is committed."""
    last = last_changes(outcomes)
    if last:
        Media.objects.filter(pk__among=list(last)).delete()
    discard([row["file"] for row in last.values() if row["file"]])


CREATE = Operation(
    name="media.create",
    noun="media",
    words={Verdict.CREATED: "created"},
    item=media_shapes.MediaItem,
    terms=shapes.NoTerms,
    limit=500,
    look=look_for_skus,
    plan=lambda batch, known: plan_creation(batch.items, known),
    write=write_new,
    roles=ADMINS,
    line=line,
)
EDIT = Operation(
    name="media.edit",
    noun="media",
    words={Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"},
    item=media_shapes.MediaChange,
    terms=shapes.NoTerms,
    limit=500,
    look=look,
    plan=lambda batch, known: plan_edits(batch.items, known),
    write=write_changes,
    roles=ADMINS,
    line=line,
)
DELETE = Operation(
    name="media.delete",
    noun="media",
    words={Verdict.UPDATED: "deleted"},
    item=media_shapes.MediaRef,
    terms=shapes.NoTerms,
    limit=500,
    look=look,
    plan=lambda batch, known: plan_deletion(batch.items, known),
    write=delete,
    roles=ADMINS,
    line=line,
)
