"""The pages that storefronts show."""

from collections.abc import Sequence

from django.db.models.functions import Lower

from catalog.models import Page
from catalog.plans.pages import FIELDS, Known, plan_creation, plan_deletion, plan_edits
from catalog.services.imports import line
from catalog.shapes import pages as page_shapes
from catalog.shapes import skus as shapes
from printshop.api.actors import ADMINS
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.outcomes import Outcome, Verdict

# What no page can be called: a place to wait in while pages change their identifiers among each other.
WAITING = "~{}"


def look(batch: Batch) -> Known:
    """Lock the pages that the batch names by id or by identifier."""
    values = [item.value for item in batch.items if item.value]
    ids = [value["id"] for value in values if "id" in value]
    identifiers = [value["identifier"].lower() for value in values if "identifier" in value]
    # Two statements: one condition with "or" would use no index.
    called = Page.objects.annotate(lowered=Lower("identifier")).filter(lowered__among=identifiers)
    named = list(called.values_list("pk", flat=True)) if identifiers else []
    return Known.of(Page.objects.filter(pk__among=[*ids, *named]).locked().values("id", *FIELDS))


def write_new(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """One statement. Each outcome is named after its page."""
    made = [outcome for outcome in outcomes if outcome.verdict is Verdict.CREATED]
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    rows = sorted(({**outcome.change, **stamps} for outcome in made), key=lambda row: row["identifier"].lower())
    ids = {identifier: page_id for page_id, identifier in writer.insert(Page, rows, ("id", "identifier"))}
    for outcome in made:
        outcome.reference = str(ids[outcome.change["identifier"]])


def write_changes(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """At most two statements: a page may get the identifier that another one gives up in the same batch."""
    changed = [outcome for outcome in outcomes if outcome.verdict is Verdict.UPDATED]
    moved = sorted({int(one.reference) for one in changed if "identifier" in (one.after or {})})
    writer.update(Page, [{"id": page_id, "identifier": WAITING.format(page_id)} for page_id in moved])
    last = {int(outcome.reference): outcome.change for outcome in changed}
    writer.update(Page, [{"id": page_id, **last[page_id], "updated_at": batch.at} for page_id in sorted(last)])


def delete(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    ids = [int(outcome.reference) for outcome in outcomes if outcome.verdict is Verdict.UPDATED]
    if ids:
        Page.objects.filter(pk__among=ids).delete()


CREATE = Operation(
    name="pages.create",
    noun="pages",
    words={Verdict.CREATED: "created"},
    item=page_shapes.PageItem,
    terms=shapes.NoTerms,
    limit=500,
    look=look,
    plan=lambda batch, known: plan_creation(batch.items, known),
    write=write_new,
    roles=ADMINS,
    line=line,
)
EDIT = Operation(
    name="pages.edit",
    noun="pages",
    words={Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"},
    item=page_shapes.PageChange,
    terms=shapes.NoTerms,
    limit=500,
    look=look,
    plan=lambda batch, known: plan_edits(batch.items, known),
    write=write_changes,
    roles=ADMINS,
    line=line,
)
DELETE = Operation(
    name="pages.delete",
    noun="pages",
    words={Verdict.UPDATED: "deleted"},
    item=page_shapes.PageRef,
    terms=shapes.NoTerms,
    limit=500,
    look=look,
    plan=lambda batch, known: plan_deletion(batch.items, known),
    write=delete,
    roles=ADMINS,
    line=line,
)
