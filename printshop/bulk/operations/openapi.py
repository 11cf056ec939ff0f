"""Recorded operations in the reference."""

from typing import Any, Literal, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from printshop.api.openapi.calls import Answer, Call, Subject, changed, listed, refusals_of, shown
from printshop.api.openapi.schemas import shape_called
from printshop.api.openapi.shared import FaultBody, query
from printshop.api.refusals import Fault, Kind
from printshop.bulk.cells import csv_line, written
from printshop.bulk.openapi import ACCEPTED, EXAMPLE_ID, Effect, accepted
from printshop.bulk.operations.bodies import ItemBody, NothingMore, OperationBody
from printshop.bulk.operations.choosing import RetryBody
from printshop.bulk.operations.filters import RESULTS
from printshop.bulk.operations.results import COLUMNS
from printshop.bulk.registry import inverse_of, operations
from printshop.bulk.undoing import UndoBody

RUNNING_ID = "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e56"
FAILED_ID = "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e57"
NEW_ID = "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e58"
AT = "2026-03-02T12:00:01Z"
DONE = {"startedAt": AT, "finishedAt": AT, "progress": {"done": 2, "total": 2}}
OPERATION = {
    **ACCEPTED,
    **DONE,
    "status": "finished_with_failures",
    "counts": {"updated": 1, "refused": 1},
    "failed": 1,
}
CANCELLED = {
    **ACCEPTED,
    **DONE,
    "id": RUNNING_ID,
    "status": "cancelled",
    "counts": {"cancelled": 2},
    "startedAt": None,
    "cancelledAt": AT,
}
RETRIED = {
    **ACCEPTED,
    "id": NEW_ID,
    "parent": FAILED_ID,
    "asked": 1,
    "total": 1,
    "counts": {"open": 1},
    "progress": {"done": 0, "total": 1},
}
UNDONE_LATER = {**ACCEPTED, "id": NEW_ID, "name": "jobs.undo", "undoes": str(EXAMPLE_ID), "terms": {}}
MOVED = {
    "index": 0,
    "id": "job-001",
    "result": "updated",
    "before": {"status": "PRINTING"},
    "after": {"status": "POST_PROCESS"},
    "effects": [{"kind": "order_status", "id": "ord-001", "from": "printing", "to": "post_processing"}],
    "errors": [],
    "payload": None,
}
LINE = '{"index":0,"id":"job-001","result":"updated","changes":{"status":["PRINTING","POST_PROCESS"]},"errors":[]}\n'
CHANGE = {"status": ["PRINTING", "POST_PROCESS"]}
SHEET = csv_line(COLUMNS) + csv_line([written(one) for one in (0, "job-001", "updated", CHANGE, "", "")])


class UndoLine(TypedDict):
    """One thing that is as it was before the operation."""

    id: str
    result: Literal["undone", "unchanged"]
    status: NotRequired[str]


def undo_result() -> Any:
    """The answer to an undo: counts, and the good things under the noun of what undoes them."""
    inverses = filter(None, map(inverse_of, operations()))
    lines = dict.fromkeys(sorted({inverse.noun for inverse in inverses}), NotRequired[list[UndoLine]])
    counts = {"undoes": UUID, "undone": int, "unchanged": int, "failed": int}
    meaning = "How many of the things that an operation changed are as before again; the list has the noun of its kind."
    return shape_called("UndoResult", meaning, {**counts, **lines, "errors": NotRequired[list[FaultBody]]})


class UndoPreviewItem(TypedDict):
    """What would become of one thing; `changes` are pairs of before and after."""

    index: int | None
    id: str | None
    result: str
    changes: dict[str, list[Any]]
    effects: list[Effect]
    errors: list[FaultBody]


class UndoPreview(TypedDict):
    """What the undo would do; nothing was written."""

    dryRun: Literal[True]
    undone: int
    unchanged: int
    failed: int
    items: list[UndoPreviewItem]


UNDONE = {
    "undoes": str(EXAMPLE_ID),
    "undone": 1,
    "unchanged": 0,
    "failed": 0,
    "jobs": [{"id": "job-001", "result": "undone", "status": "PRINTING"}],
    "errors": [],
}
PREVIEWED = {
    "dryRun": True,
    "undone": 1,
    "unchanged": 0,
    "failed": 0,
    "items": [
        {
            "index": 0,
            "id": "job-001",
            "result": "undone",
            "changes": {"status": ["POST_PROCESS", "PRINTING"]},
            "effects": [],
            "errors": [],
        }
    ],
}


def conflict(code: str, message: str) -> Fault:
    return Fault(code, message, kind=Kind.CONFLICT)


OVER = conflict("OPERATION_FINISHED", "This operation is finished; what it did can be undone.")
OPEN = conflict("OPERATION_UNFINISHED", "This operation is not finished; what has failed of it can be retried then.")
NOTHING = conflict("NOTHING_TO_RETRY", "Nothing of this operation has failed.")
UNFIT = Fault("ITEM_NOT_FAILED", "Item 0 is updated; only what failed can be retried.", "items.0.index", 0)
STILL_OPEN = conflict(
    "OPERATION_UNFINISHED", "This operation is still open; it can be undone when it is finished or cancelled."
)
NO_FILTER = Fault("INVALID_FILTER", f"result must be one of {', '.join(RESULTS)}.", "result", "good")
RESULT = query(
    "result",
    "Items of one verdict only; `failed` stands for all that did not happen: refused, rejected and failed.",
    {"enum": list(RESULTS)},
)


def exported(summary: str, media: str, example: str, description: str) -> Call:
    """A file of items."""
    answer = Answer(str, {"file": example}, "The file.", ("Content-Disposition",), media)
    return Call(summary, {200: answer}, description, refusals=refusals_of(NO_FILTER), query=(RESULT,))


CALLS = {
    "list": listed(
        "List recorded operations",
        OperationBody,
        OPERATION,
        "Newest first; to an admin those of all accounts, to a customer's key those that were asked for with it.",
    ),
    "retrieve": shown(
        "Show a recorded operation",
        OperationBody,
        OPERATION,
        "`counts` always add up to `total`. `waiting` with `waitingFor: worker`: nobody is there to carry it out.",
    ),
    "items": listed(
        "List the items of an operation",
        ItemBody,
        MOVED,
        "In the order of the request; what the operation changed unasked follows.",
        query=(RESULT,),
    ),
    "cancel": changed(
        "Cancel an operation",
        OperationBody,
        CANCELLED,
        OVER,
        recorded=False,
        description="What has not begun is called off, what runs finishes. Again changes nothing.",
        body=NothingMore,
        examples={"plain": {}},
        example_id=RUNNING_ID,
    ),
    "retry": Call(
        "Retry what failed",
        {202: accepted(RETRIED)},
        "An operation of its own, by the queue, under the same terms and policy. Items go as they were or mended.",
        body=RetryBody,
        examples={
            "all": {},
            "cancelled as well": {"include": ["cancelled"]},
            "mended": {"items": [{"index": 1, "item": "job-002"}]},
        },
        refusals=refusals_of(OPEN, NOTHING, UNFIT),
        recorded=True,
        example_id=FAILED_ID,
    ),
    "undo": Call(
        "Undo an operation",
        {
            200: Answer(
                undo_result() | UndoPreview, {"done": UNDONE, "dry run": PREVIEWED}, "Undone, or what would be."
            ),
            202: accepted(UNDONE_LATER),
        },
        "Brings back what it changed; things that changed since are left alone and named. Large ones are queued.",
        body=UndoBody,
        examples={"all": {}, "dry run": {"dryRun": True}, "whole or not at all": {"errorPolicy": "atomic"}},
        refusals=refusals_of(STILL_OPEN),
        recorded=True,
    ),
    "results_csv": exported(
        "Download results as CSV",
        "text/csv",
        SHEET,
        "What failed (`result=failed`) comes in the columns of the items as they were sent, and one of errors: mended,"
        " the file can be uploaded again.",
    ),
    "results_jsonl": exported(
        "Download results as JSON lines",
        "application/jsonl",
        LINE,
        "What failed (`result=failed`) has `item`, what was sent: mended, the lines are the `items` of a retry.",
    ),
}
FILTERS = {
    "status": "Any of a comma list, in any case.",
    "name": "The kind of operation, for example `jobs.advance`.",
    "account": "The code of an account; of use to an admin.",
}
SUBJECT = Subject("Bulk operations", str(EXAMPLE_ID), CALLS, FILTERS)
