"""Sending again what did not happen: an operation of its own, by the queue, that names the first as its parent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from printshop.api.actors import Actor
from printshop.api.refusals import Fault, Kind, refuse
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.dialects import Taken, dialect_of
from printshop.bulk.models import UNFINISHED, BulkOperation, Policy
from printshop.bulk.operations.bodies import answer_accepted
from printshop.bulk.operations.choosing import RetryItem, Row, failed_items, is_whole, read_again, unkept
from printshop.bulk.outcomes import Verdict

UNFINISHED_YET = "This operation is not finished; what has failed of it can be retried then."


def refused_before(row: Row) -> Fault | None:
    """Why an item never got in: sent again as it was, it does not get in again."""
    if row["verdict"] != Verdict.REJECTED:
        return None
    error: Row = next(iter(row["errors"] or ()), {})
    return Fault(error.get("code", "REJECTED"), error.get("message", ""), error.get("path", ""))


def taken(recorded: BulkOperation, row: Row, listed: Mapping[int, RetryItem]) -> Taken:
    """An item as it goes into the queue: mended, or as it was."""
    mended, take_in = listed.get(row["index"]), dialect_of(recorded).take_in
    if mended is None or "item" not in mended:
        return Taken(row["payload"], row["sealed"], refused_before(row))
    if take_in is None:
        message = "Items of this operation can be retried as they were only; send mended ones as a new request."
        raise refuse(Fault("NOT_MENDABLE", message, "items"))
    return take_in(recorded, mended["item"])


def distinct(items: Sequence[Taken]) -> list[Taken]:
    """The same id twice is one item: a mended one may now be what another one is."""
    ids: dict[str, Taken] = {}
    return [one for one in items if not isinstance(one.value, str) or ids.setdefault(one.value, one) is one]


def request_for(recorded: BulkOperation, items: Sequence[Taken], whole: bool, actor: Actor, at: datetime) -> Request:
    """The items as an operation of the same kind, under the same terms and policy."""
    return Request(
        name=recorded.name,
        payloads=[one.value for one in items],
        actor=actor,
        at=at,
        terms=recorded.terms,
        policy=Policy(recorded.policy),
        dialect=recorded.dialect,
        topic=recorded.topic,
        scope=recorded.scope,
        whole=whole,
        rows_of=dialect_of(recorded).rows_of(recorded),
        rejected={index: one.fault for index, one in enumerate(items) if one.fault},
        sealed={index: one.sealed for index, one in enumerate(items) if one.sealed is not None},
        parent=recorded.pk,
        undoes=recorded.undoes_id,
    )


def check_over(recorded: BulkOperation) -> None:
    """Only what is over can be retried, and not while that is being done already. Raises `Refused`."""
    if recorded.state in UNFINISHED:
        raise refuse(Fault("OPERATION_UNFINISHED", UNFINISHED_YET, kind=Kind.CONFLICT))
    if running := recorded.retries.unfinished().first():
        message = f"Operation {running.pk} retries this one and is not finished."
        raise refuse(Fault("RETRY_UNFINISHED", message, kind=Kind.CONFLICT))


def retry(recorded: BulkOperation, body: Any, *, actor: Actor, at: datetime) -> Request:
    """Take in what failed of an operation once more; the accepted request.

    Raises `Refused`: CONFLICT while it is open, when nothing has failed and when nothing was kept of an item; INVALID
    for a listed index that did not fail. The caller's transaction keeps a second retry waiting.
    """
    BulkOperation.objects.filter(pk=recorded.pk).select_for_update(no_key=True).values_list("pk").first()
    recorded.refresh_from_db(fields=["state"])
    check_over(recorded)
    again = read_again(body)
    rows = failed_items(recorded, again)
    if faults := unkept(recorded, rows, again):
        raise refuse(*faults)
    items = distinct([taken(recorded, row, again.listed) for row in rows])
    whole = recorded.policy == Policy.ATOMIC or is_whole(recorded)
    request = request_for(recorded, items, whole, actor, at)
    accept(request)
    return request


def retry_call(recorded: BulkOperation, body: Any, actor: Actor, at: datetime) -> HttpResponse:
    """`POST /api/bulk-operations/{uuid}/retry`: 202 with the operation that retries this one."""
    return answer_accepted(retry(recorded, body, actor=actor, at=at).operation_id)
