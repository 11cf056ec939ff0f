"""Undoing: an operation of its own, whose items are the images that another one left in its record.

It goes the way of every change: look, plan, admit, write, record. So it can be rehearsed, it names what it leaves
alone, and it can be undone itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, overload

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from typing_extensions import TypedDict

from printshop.api.actors import Actor, Role
from printshop.api.reading import read, read_items
from printshop.api.refusals import Fault, Kind, Refused, refuse
from printshop.api.shapes import STRICT
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.engine import Batch, Operation, Result, ids_in, preview, run
from printshop.bulk.images import Image, UndoTerms, Writers
from printshop.bulk.models import UNFINISHED, BulkItem, BulkOperation, Policy
from printshop.bulk.native import answer_bulk
from printshop.bulk.operations.bodies import answer_accepted
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.bulk.registry import inverse_of, operations

AT_ONCE = 500
# As many are read, and planned while somebody waits, at once.
PAGE = 2_000
CHANGING = (Verdict.CREATED, Verdict.UPDATED, Verdict.DEACTIVATED)
UNKNOWN_KIND = "This kind of operation cannot be undone."


class UndoBody(TypedDict):
    """How to undo. `partial` is the default: what was changed since is left alone and named."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    error_policy: NotRequired[Literal["atomic", "partial"]]
    dry_run: NotRequired[bool]


# --- What an app needs to declare an inverse -------------------------------------------------------------------------
def line(outcome: Outcome) -> dict[str, Any]:
    """One thing in the answer."""
    result = "unchanged" if outcome.verdict is Verdict.UNCHANGED else "undone"
    return {"id": outcome.reference, "result": result} | ({"status": outcome.status} if outcome.status else {})


def inverse_operation(name: str, noun: str, **parts: Any) -> Operation:
    """An operation that undoes others: its items are `Image`s of their records, the latest first."""
    return Operation(
        name=name,
        noun=noun,
        words={Verdict.UPDATED: "undone", Verdict.CREATED: "undone", Verdict.UNCHANGED: "unchanged"},
        item=Image,
        terms=UndoTerms,
        limit=AT_ONCE,
        line=line,
        lead=lambda batch: {"undoes": batch.terms["undoes"]},
        rows_of=ids_in("reference"),
        **parts,
    )


def references_in(batch: Batch) -> list[str]:
    """What the images of a batch are of, each once."""
    return list(dict.fromkeys(item.value["reference"] for item in batch.items))


def writers_since(batch: Batch, *prefixes: str) -> Writers:
    """Which operation of these kinds (`skus.`) last changed each of the batch's things after the undone one."""
    # Identifiers are ordered by time.
    later = BulkItem.objects.filter(
        reference__among=references_in(batch), verdict__in=CHANGING, operation__gt=batch.terms["undoes"]
    )
    found = later.order_by("operation_id").values_list("reference", "operation__name", "operation_id")
    return {reference: f"{name} {uuid}" for reference, name, uuid in found if name.startswith(prefixes)}


# --- Undoing ---------------------------------------------------------------------------------------------------------
class Images(Sequence[dict[str, Any]]):
    """What an operation has changed, the latest first, as it will wait in the queue: read `PAGE` at a time."""

    def __init__(self, recorded: BulkOperation) -> None:
        self.changed = recorded.items.filter(verdict__in=CHANGING).order_by("-index")
        self.page, self.start = self.read(self.changed, PAGE), 0
        found = self.page if len(self.page) < PAGE else self.changed.values("index")
        self.indexes = [row["index"] for row in found]

    def __len__(self) -> int:
        return len(self.indexes)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            if self.start <= start and stop <= self.start + len(self.page):
                return self.page[start - self.start : stop - self.start]
            return self.between(start, stop)
        if not self.start <= place < self.start + len(self.page):
            start = range(len(self))[place] // PAGE * PAGE
            self.page, self.start = self.between(start, start + PAGE), start
        return self.page[place - self.start]

    def between(self, start: int, stop: int) -> list[dict[str, Any]]:
        """By a range: a list of indexes makes PostgreSQL read the whole record for each page."""
        chosen = self.indexes[start:stop]
        return self.read(self.changed.filter(index__range=(chosen[-1], chosen[0]))) if chosen else []

    def read(self, items: QuerySet[BulkItem], most: int | None = None) -> list[dict[str, Any]]:
        written = items.annotate(at=Coalesce("chunk__at", F("operation__created_at")))
        rows = written.values("index", "reference", "verdict", "before", "after", "effects", "at")[:most]
        return [row | {"effects": row["effects"] or [], "at": row["at"].isoformat()} for row in rows]

    def slices(self) -> Iterator[list[dict[str, Any]]]:
        """All of them in parts that can be planned one by one: what was changed more than once is in one of them."""
        counted = self.changed.order_by().values("reference").annotate(count=Count("pk"))
        again = set(counted.filter(count__gt=1).values_list("reference", flat=True))
        if again:
            yield self.read(self.changed.filter(reference__among=sorted(again)))
        for start in range(0, len(self), PAGE):
            if once := [row for row in self[start : start + PAGE] if row["reference"] not in again]:
                yield once


def may_undo(operation: Operation | None, actor: Actor) -> bool:
    """Whoever may run an operation may undo it; a customer may not."""
    return actor.role is not Role.CUSTOMER and (operation is None or actor.role in operation.roles)


def inverse_for(recorded: BulkOperation, actor: Actor) -> Operation:
    """The operation that undoes a recorded one. Raises `Refused` of kind CONFLICT, or `PermissionDenied`."""
    operation, inverse = operations().get(recorded.name), inverse_of(recorded.name)
    if not may_undo(operation, actor):
        raise PermissionDenied
    if recorded.state in UNFINISHED:
        message = "This operation is still open; it can be undone when it is finished or cancelled."
        raise refuse(Fault("OPERATION_UNFINISHED", message, kind=Kind.CONFLICT))
    if inverse is None:
        raise refuse(Fault("IRREVERSIBLE", operation.irreversible if operation else UNKNOWN_KIND, kind=Kind.CONFLICT))
    return inverse


def terms_for(recorded: BulkOperation) -> dict[str, Any]:
    """The terms of the undo of an operation, as they are recorded."""
    asked, scope = recorded.terms, recorded.scope
    # That it undoes something stands in its terms for good; `undoes` goes when what it names is purged.
    if operations()[recorded.name].terms is UndoTerms:
        asked, scope = recorded.terms["asked"], recorded.terms["scope"]
    return {"undoes": str(recorded.pk), "name": recorded.name, "asked": asked, "scope": scope}


def is_whole(recorded: BulkOperation) -> bool:
    """Whether an operation was one piece: then its undo is one, too."""
    operation = operations()[recorded.name]
    asked = operation.is_whole(read(operation.terms, recorded.terms)[0])
    return recorded.policy == Policy.ATOMIC or asked or recorded.chunks.filter(whole=True).exists()


def what_undoes(recorded: BulkOperation, actor: Actor) -> tuple[Operation, Images]:
    """What undoes an operation, and of what. Raises `Refused` where it is open, irreversible or changed nothing."""
    inverse, images = inverse_for(recorded, actor), Images(recorded)
    if not images:
        raise refuse(Fault("NOTHING_TO_UNDO", "This operation has changed nothing.", kind=Kind.CONFLICT))
    return inverse, images


def rehearse(recorded: BulkOperation, *, actor: Actor, at: datetime) -> Iterator[Sequence[Outcome]]:
    """What undoing would do now, part by part, each under locks of its own. Raises `Refused` as `what_undoes`."""
    inverse, images = what_undoes(recorded, actor)
    for part in images.slices():
        batch = batch_for(recorded, inverse, part, actor, at, Policy.PARTIAL, dry_run=True)
        yield preview(inverse, batch).outcomes


def batch_for(
    recorded: BulkOperation,
    inverse: Operation,
    images: Sequence[Mapping[str, Any]],
    actor: Actor,
    at: datetime,
    policy: Policy,
    dry_run: bool,
) -> Batch:
    """The images as items of the undo."""
    terms, items = terms_for(recorded), read_items(inverse.item, list(images))
    return Batch(items, terms, actor, at, policy, dry_run, asked=terms, raws=images, undoes=recorded.pk)


def undo(
    recorded: BulkOperation, *, actor: Actor, at: datetime, dry_run: bool = False, policy: Policy = Policy.PARTIAL
) -> Result | Request:
    """Undo a recorded operation: at once when it is small, else by the queue, which gives the accepted request.

    Raises `Refused`: for an operation that is open, irreversible or changed nothing, and when nothing can be undone.
    """
    inverse, images = what_undoes(recorded, actor)
    if dry_run or len(images) <= AT_ONCE:
        return undo_now(inverse, batch_for(recorded, inverse, images[:], actor, at, policy, dry_run))
    request = Request(
        name=inverse.name,
        payloads=images,
        actor=actor,
        at=at,
        terms=terms_for(recorded),
        policy=policy,
        whole=policy is Policy.ATOMIC or is_whole(recorded),
        rows_of=inverse.rows_of,
        undoes=recorded.pk,
    )
    accept(request)
    return request


def undo_now(inverse: Operation, batch: Batch) -> Result:
    """Undo within the caller's request. Raises `Refused` when nothing can be undone."""
    try:
        return run(inverse, batch)
    except Refused as refused:
        # Nobody has sent anything invalid: it is the present state that stands against it.
        raise Refused(
            refused.faults, total=refused.total, noun=refused.noun, done=refused.done, details=refused.details
        ) from None


def undo_call(recorded: BulkOperation, body: Any, actor: Actor, at: datetime) -> HttpResponse:
    """`POST /api/bulk-operations/{uuid}/undo` from body to answer: 200 with counts and errors, 202 for a large one."""
    asked, faults = read(UndoBody, {} if body is None else body)
    if faults:
        raise refuse(*faults)
    policy = Policy(asked.get("error_policy", Policy.PARTIAL))
    done = undo(recorded, actor=actor, at=at, dry_run=asked.get("dry_run", False), policy=policy)
    if isinstance(done, Result):
        return answer_bulk(done)
    return answer_accepted(done.operation_id)
