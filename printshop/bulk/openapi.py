"""Bulk calls for the reference, put together from the `Operation` itself.

Request, answer, preview and refusals come from the shapes that read the request and the code that words the answer, so
that a new operation needs a summary and a few example outcomes and nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NotRequired, get_origin, get_type_hints
from uuid import UUID

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from printshop.api.actors import Actor, Role
from printshop.api.openapi.calls import Answer, Call
from printshop.api.openapi.schemas import shape_called
from printshop.api.openapi.shared import FaultBody, worded_error
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Refused
from printshop.api.shapes import STRICT, one_of
from printshop.bulk import native
from printshop.bulk.deferred.native import LIMIT
from printshop.bulk.engine import Batch, Operation, Result, refusal
from printshop.bulk.models import Policy
from printshop.bulk.operations.bodies import OperationBody
from printshop.bulk.outcomes import Outcome, Verdict

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXAMPLE_ID = UUID("0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55")
SOMEBODY = Actor(1, Role.OPERATOR, "Web shop")


def title(operation: Operation) -> str:
    """`orders.create` is `OrdersCreate`."""
    return "".join(word.capitalize() for word in operation.name.split("."))


def fields_of(shape: Any) -> dict[str, Any]:
    """The fields of a shape, those that may be left out marked as such."""
    hints = get_type_hints(shape, include_extras=True)
    return {
        name: hint if name in shape.__required_keys__ or get_origin(hint) is NotRequired else NotRequired[hint]
        for name, hint in hints.items()
    }


def batch_shape(operation: Operation) -> Any:
    """The body: items, terms, and what any bulk body may carry."""
    items = Annotated[list[operation.item], Field(min_length=1, max_length=LIMIT)]  # type: ignore[name-defined]
    meaning = (
        f"A batch of 1 to {operation.limit}, or with `Prefer: respond-async` to {LIMIT}. Any one fault refuses it whole"
        " unless errorPolicy is partial."
    )
    fields = {operation.field_name: items, **fields_of(operation.terms), **fields_of(native.Envelope)}
    return shape_called(f"{title(operation)}Batch", meaning, fields, STRICT)


def line_shape(operation: Operation, statuses: Iterable[str]) -> Any:
    """One line of the answer, by the keys that the operation words it with."""
    verdicts = [verdict.value for verdict in operation.words if verdict is not Verdict.DEACTIVATED]
    hints: dict[str, Any] = {
        "id": str,
        "status": Annotated[str, one_of(statuses)],
        "result": Annotated[str, one_of(verdicts)],
    }
    keys = operation.line(Outcome(0))
    return shape_called(f"{title(operation)}Line", "What became of one item.", {key: hints[key] for key in keys})


def counts_of(operation: Operation) -> dict[str, Any]:
    return dict.fromkeys((*operation.words.values(), "failed"), int)


def lead_of(operation: Operation) -> dict[str, Any]:
    """What stands before the counts: terms that the answer repeats."""
    terms = get_type_hints(operation.terms)
    return {key: terms.get(key, str) for key in operation.lead(Batch([], {}, SOMEBODY, NOON))}


def result_shape(operation: Operation, statuses: Iterable[str]) -> Any:
    """The answer: counts, and a line for each good item in request order."""
    lines = {operation.noun: list[line_shape(operation, statuses)]}  # type: ignore[misc]
    errors = {"errors": NotRequired[list[FaultBody]]}
    fields = {**lead_of(operation), **counts_of(operation), **lines, **errors}
    meaning = "Counts, and the good items in request order. `errors` stands there under errorPolicy partial only."
    return shape_called(f"{title(operation)}Result", meaning, fields)


@dataclass(frozen=True, slots=True)
class Example:
    """A request body, what becomes of its items, and what could be wrong with the last of them.

    `planned` are the outcomes as a dry run knows them, where writing adds to them (the ids it makes).
    """

    body: Mapping[str, Any]
    outcomes: Sequence[Outcome]
    faults: Sequence[Fault]
    planned: Sequence[Outcome] = ()

    @property
    def items(self) -> list[Item]:
        rows = next(value for value in self.body.values() if isinstance(value, list))
        return [Item(index, None) for index in range(len(rows))]

    def terms(self, operation: Operation) -> dict[str, Any]:
        return {name: value for name, value in self.body.items() if name != operation.field_name}


class Effect(TypedDict):
    """A row that changes besides the item; more fields say which and how."""

    kind: str


def preview_shape(operation: Operation) -> Any:
    """The answer to a dry run."""
    item = {
        "index": int | None,
        "id": str | None,
        "result": Annotated[str, one_of([*operation.words.values(), "failed"])],
        "changes": dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]],
        "effects": list[Effect],
        "errors": list[FaultBody],
    }
    meaning = (
        "What would become of one thing; `changes` are pairs of before and after. `index` is null where no item asked."
    )
    lines = {"items": list[shape_called(f"{title(operation)}PreviewItem", meaning, item)]}  # type: ignore[misc]
    fields = {"dryRun": Literal[True], **counts_of(operation), **lines}
    return shape_called(f"{title(operation)}Preview", "What the call would do; nothing was written.", fields)


def batch_refusals(operation: Operation, total: int, faults: Sequence[Fault]) -> dict[int, dict[str, Any]]:
    """Each fault as the refusal of a batch whose last item has it, and a batch too long, by status and code."""
    found: dict[int, dict[str, Any]] = {}
    for fault in faults:
        status, body = worded_error(refusal(operation, [(total - 1, fault)], total))
        found.setdefault(status, {})[fault.code] = body
    try:
        native.read_list(operation, {operation.field_name: [None] * (operation.limit + 1)}, operation.limit)
    except Refused as refused:
        status, body = worded_error(refused)
        found.setdefault(status, {})[body["code"]] = body
    return found


def answered(operation: Operation, example: Example, policy: Policy = Policy.ATOMIC, dry_run: bool = False) -> Any:
    """The body that the example is answered with: worded by the code that words every answer."""
    batch = Batch(example.items, example.terms(operation), SOMEBODY, NOON, policy, dry_run)
    outcomes = example.planned if dry_run and example.planned else example.outcomes
    if policy is Policy.PARTIAL:
        last = len(example.items) - 1
        bad = Outcome(last, verdict=Verdict.REFUSED, faults=[example.faults[0]])
        outcomes = [*(one for one in outcomes if one.index is not None and one.index < last), bad]
    return orjson.loads(native.answer_bulk(Result(operation, batch, outcomes, EXAMPLE_ID)).content)


ACCEPTED: Mapping[str, Any] = {
    "id": str(EXAMPLE_ID),
    "name": "jobs.advance",
    "actor": "Web shop",
    "account": "shop",
    "policy": "partial",
    "terms": {"targetStatus": "POST_PROCESS"},
    "topic": None,
    "scope": None,
    "deferred": True,
    "status": "queued",
    "waitingFor": None,
    "asked": 2,
    "total": 2,
    "counts": {"open": 2},
    "failed": 0,
    "progress": {"done": 0, "total": 2},
    "parent": None,
    "retries": [],
    "undoes": None,
    "undoneBy": [],
    "createdAt": "2026-03-02T12:00:00Z",
    "startedAt": None,
    "finishedAt": None,
    "cancelledAt": None,
}


def accepted(example: Mapping[str, Any], *headers: str) -> Answer:
    """202: the operation as it was taken in."""
    return Answer(OperationBody, {"accepted": example}, "Taken in, to be carried out later.", ("Location", *headers))


def accepted_batch(operation: Operation, example: Example) -> Answer:
    """202 for the batch of an example."""
    terms, size = example.terms(operation), len(example.items)
    sizes = {"asked": size, "total": size, "counts": {"open": size}, "progress": {"done": 0, "total": size}}
    body = {**ACCEPTED, "name": operation.name, "policy": "atomic", "terms": terms, **sizes}
    return accepted(body, "Preference-Applied")


def bulk(
    operation: Operation,
    summary: str,
    example: Example,
    *,
    statuses: Iterable[str] = (),
    status: int = 200,
    description: str = "",
) -> Call:
    """A bulk call. `statuses` are those an item can end in, `status` is that of an answer in which all was done."""
    result, preview = result_shape(operation, statuses), preview_shape(operation)
    done = {"done": answered(operation, example)}
    other = {
        "dry run": answered(operation, example, dry_run=True),
        "partial": answered(operation, example, Policy.PARTIAL),
    }
    if status == 200:
        answers = {200: Answer(result | preview, done | other, "Done; or, of a dry run, what would be done.")}
    else:
        less = Answer(result | preview, other, "What a dry run would do; or what became of a partial batch.")
        answers = {200: less, status: Answer(result, done, "Every item was done.")}
    answers[202] = accepted_batch(operation, example)
    return Call(
        summary,
        answers,
        description,
        body=batch_shape(operation),
        examples={
            "plain": example.body,
            "dry run": {**example.body, "dryRun": True},
            "partial": {**example.body, "errorPolicy": "partial"},
        },
        refusals=batch_refusals(operation, len(example.items), example.faults),
        recorded=True,
        later=True,
    )
