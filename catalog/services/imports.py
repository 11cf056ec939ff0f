"""Changing the catalogue."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from catalog.models import SKU, default_currency, lock_catalogue, lock_imports
from catalog.plans.imports import (
    FIELDS,
    MODES,
    WIRE,
    Known,
    Mode,
    may_switch_off,
    new_rows,
    plan_import,
)
from catalog.plans.repeating import DOCUMENTS, Listed, repeating
from catalog.shapes import skus as shapes
from printshop.api.actors import ADMINS, Actor
from printshop.api.prepared import prepared
from printshop.api.reading import Item, ids_of
from printshop.api.refusals import Fault
from printshop.api.tables import column
from printshop.api.transactions import has_lost_a_race
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation, Result, Terms, ids_in, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

CREATED, UPDATED, DEACTIVATED = Verdict.CREATED, Verdict.UPDATED, Verdict.DEACTIVATED
SUGGESTED_FROM = 500
SUGGESTED_FOR = 10


def mode_of(terms: Terms) -> Mode:
    return MODES[terms.get("mode") or "upsert"]


def candidates(unknown_ids: Sequence[str]) -> list[str]:
    """SKU ids that the unknown ones may have meant; asked for the first few only."""
    if not unknown_ids:
        return []
    return list(SKU.objects.resembling(unknown_ids[:SUGGESTED_FOR]).values_list("pk", flat=True)[:SUGGESTED_FROM])


@prepared
def listed(ids: Any) -> QuerySet[SKU, Any]:
    """The SKUs of an import, locked."""
    return SKU.objects.known(ids).locked().values_list(*FIELDS, "pk")


def listed_rows(ids: Sequence[str]) -> Listed:
    """The same by id: every field of each."""
    return Listed(listed.send(ids).by_column())


def hold(sent: Sequence[Any], mode: Mode, *, dry_run: bool, alone: bool) -> None:
    """Keep away who must not come between. Imports go on beside each other where all that they write is their rows.

    Not where orders have to wait, nor where more is locked later in the transaction, in whatever order; and who has
    lost a race for a new SKU comes through at the second try, however many there are.
    """
    if dry_run:
        # What is only planned shares the lock: a preview of many thousand rows keeps no order waiting.
        lock_catalogue(exclusive=False)
    elif may_switch_off(sent, mode) or not alone or has_lost_a_race():
        lock_catalogue(exclusive=True)
    else:
        lock_imports(exclusive=False)


def look_ahead(
    payloads: Sequence[Any], terms: Terms, *, dry_run: bool = False, alone: bool = True
) -> Callable[[], Listed]:
    """Lock the SKUs named by items that have not been read yet, and what goes before; what gives the rows, by id."""
    hold(payloads, mode_of(terms), dry_run=dry_run, alone=alone)
    rows = listed.send([one for one in column(payloads, "id") if isinstance(one, str)])
    return cache(lambda: Listed(rows.by_column()))


def unlisted_by(ids: Sequence[str]) -> Sequence[str]:
    """The SKUs on sale that are none of these."""
    return list(SKU.objects.active().exclude(pk__among=ids).order_by("pk").values_list("pk", flat=True))


def look(batch: Batch) -> Known:
    """Lock the listed SKUs, and the catalogue where need be; find what a replace would switch off."""
    mode = mode_of(batch.terms)
    values = [item.value for item in batch.items]
    ask = batch.foreseen or look_ahead(values, batch.terms, dry_run=batch.dry_run, alone=batch.alone)
    rows = ask()
    unlisted = unlisted_by(ids_of(batch.items)) if mode.retires_absent else ()
    unknown = [] if mode.creates_unknown else [sku_id for sku_id in ids_of(batch.items) if sku_id not in rows]
    return Known(rows, unlisted, candidates(unknown), default_currency())


def is_faulty(items: Iterable[Item], outcomes: Iterable[Outcome]) -> bool:
    """Whether anything that was asked for has a fault, of shape or else."""
    return any(item.faults for item in items) or any(one.faults for one in outcomes if one.index is not None)


def plan(batch: Batch, known: Known) -> list[Outcome]:
    mode = mode_of(batch.terms)
    outcomes = plan_import(batch.items, known, mode, batch.at, batch.terms.get("max_deactivate"))
    if mode.retires_absent and batch.policy is Policy.PARTIAL and is_faulty(batch.items, outcomes):
        # Part of a replace would switch off the very SKUs that were sent with a fault.
        whole = Outcome(None)
        whole.refuse(Fault("REPLACE_IS_WHOLE", "A replace happens whole or not at all.", "errorPolicy", "partial"))
        outcomes.append(whole)
    return outcomes


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """At most three statements: what is switched off, what is new, and what is different.

    The listed SKUs are locked; one that somebody else makes at this moment is a race, and looked at again.
    """
    changed = sorted((one for one in outcomes if one.change is not None), key=attrgetter("reference"))
    of = {verdict: [one for one in changed if one.verdict is verdict] for verdict in (DEACTIVATED, CREATED, UPDATED)}
    retired = [one.reference for one in of[DEACTIVATED]]
    writer.update(SKU, [{"id": sku_id, "active": False, "updated_at": batch.at} for sku_id in retired])
    writer.insert_columns(SKU, new_rows(of[CREATED], default_currency(), batch.at))
    # Most change a price alone.
    fields = set().union(*(one.before or () for one in of[UPDATED]))
    names = ("id", *(name for name in FIELDS if WIRE[name] in fields), "updated_at")
    writer.update(SKU, [{name: one.change[name] for name in names} for one in of[UPDATED]])


def line(outcome: Outcome) -> dict[str, Any]:
    return {"id": outcome.reference, "result": outcome.verdict}


IMPORT = Operation(
    name="skus.import",
    noun="skus",
    words={
        verdict: verdict.value
        for verdict in (Verdict.CREATED, Verdict.UPDATED, Verdict.UNCHANGED, Verdict.SKIPPED, Verdict.DEACTIVATED)
    },
    done="imported",
    item=shapes.SKUItem,
    terms=shapes.ImportTerms,
    limit=500,
    look=look,
    look_ahead=look_ahead,
    repeating=repeating,
    documents=frozenset(DOCUMENTS),
    plan=plan,
    write=write,
    roles=ADMINS,
    line=line,
    lead=lambda batch: {"mode": batch.terms.get("mode") or "upsert"},
    rows_of=ids_in("id"),
    # Part of a replace would switch off what the rest of it lists.
    is_whole=lambda terms: terms.get("mode") == "replace",
)


def import_skus(
    skus: Sequence[dict[str, Any]],
    *,
    actor: Actor,
    at: datetime,
    mode: str = "upsert",
    policy: Policy = Policy.ATOMIC,
    dry_run: bool = False,
    max_deactivate: int | None = None,
) -> Result:
    """Import values that have been read already (`SKUItem`). Raises `Refused` with every fault of every SKU."""
    terms = {"mode": mode} | ({} if max_deactivate is None else {"max_deactivate": max_deactivate})
    items = [Item(index, sku) for index, sku in enumerate(skus)]
    return run(IMPORT, Batch(items, terms, actor, at, policy, dry_run))
