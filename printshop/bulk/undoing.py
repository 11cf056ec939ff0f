"""Undoing: an operation of its own, whose items are the images that another one left in its record.

It goes the way of every change: look, plan, admit, write, record. So it can be rehearsed, it names what it leaves
alone, and it can be undone itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from typing_extensions import TypedDict

from printshop.api.actors import Actor, Role
from printshop.api.reading import read, read_items
from printshop.api.refusals import Fault, Kind, Refused, refuse
from printshop.api.shapes import STRICT
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.engine import Batch, Operation, Result, ids_in, run
from printshop.bulk.images import Image, UndoTerms, Writers
from printshop.bulk.models import UNFINISHED, BulkItem, BulkOperation, Policy
from printshop.bulk.native import answer_bulk
from printshop.bulk.operations.bodies import answer_accepted
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.bulk.registry import inverse_of, operations

AT_ONCE = 500
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
def images_of(recorded: BulkOperation) -> list[dict[str, Any]]:
    """What an operation has changed, the latest first, as it will wait in the queue."""
    changed = recorded.items.filter(verdict__in=CHANGING).order_by("-index")
    written = changed.annotate(at=Coalesce("chunk__at", F("operation__created_at")))
    rows = written.values("index", "reference", "verdict", "before", "after", "effects", "at")
    return [row | {"effects": row["effects"] or [], "at": row["at"].isoformat()} for row in rows]


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


def undo(
    recorded: BulkOperation, *, actor: Actor, at: datetime, dry_run: bool = False, policy: Policy = Policy.PARTIAL
) -> Result | Request:
    """Undo a recorded operation: at once when it is small, else by the queue, which gives the accepted request.

    Raises `Refused`: for an operation that is open, irreversible or changed nothing, and when nothing can be undone.
    """
    inverse = inverse_for(recorded, actor)
    images = images_of(recorded)
    if not images:
        raise refuse(Fault("NOTHING_TO_UNDO", "This operation has changed nothing.", kind=Kind.CONFLICT))
    if dry_run or len(images) <= AT_ONCE:
        return undo_now(recorded, inverse, images, actor, at, dry_run, policy)
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


def undo_now(
    recorded: BulkOperation,
    inverse: Operation,
    images: Sequence[Mapping[str, Any]],
    actor: Actor,
    at: datetime,
    dry_run: bool,
    policy: Policy,
) -> Result:
    """Undo within the caller's request. Raises `Refused` when nothing can be undone."""
    terms = terms_for(recorded)
    items = read_items(inverse.item, list(images))
    batch = Batch(items, terms, actor, at, policy, dry_run, asked=terms, raws=images, undoes=recorded.pk)
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
