"""Calls as they are declared for the reference: one `Call` for each action of a viewset.

Each app has a table of them in its `openapi.py`. What can be known from the viewset (roles, limits, filters, paging,
which errors can occur) is not in the tables; `SubjectSchema` reads it there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from printshop.api.openapi.schemas import Schema, shape_called
from printshop.api.openapi.shared import NATIVE, Dialect, worded_error
from printshop.api.refusals import Fault, refuse


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its shape, and examples of it by name; headers beside those that every answer has."""

    shape: Any
    examples: Mapping[str, Any]
    description: str = "Done."
    headers: tuple[str, ...] = ()
    media: str = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """One action. `examples` are of its body; `refusals` are examples of errors by status.

    `recorded` calls name their operation in a header; the answer of a `secret` one is not kept for a second time;
    `later` ones can be queued with `Prefer`.
    `example_id` stands in for the id of the path.
    """

    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    body: Any = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    refusals: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    query: Sequence[Schema] = ()
    listed: bool = False
    recorded: bool = False
    secret: bool = False
    later: bool = False
    example_id: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a viewset is about: its tag, the id that examples name, its calls by action, its filters, its dialect."""

    tag: str
    example_id: str
    calls: Mapping[str, Call]
    filters: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = NATIVE


def refusals_of(*faults: Fault) -> dict[int, dict[str, Any]]:
    """Each fault as the answer to a request that has no other, by status and code."""
    found: dict[int, dict[str, Any]] = {}
    for fault in faults:
        status, body = worded_error(refuse(fault))
        found.setdefault(status, {})[fault.code] = body
    return found


def page_of(shape: Any) -> Any:
    """The shape of a page of results."""
    name = f"{shape.__name__}Page"
    fields = {"count": int, "next": str | None, "previous": str | None, "results": list[shape]}
    return shape_called(name, "One page of a list; `next` and `previous` are addresses.", fields)


def listed(summary: str, shape: Any, example: Any, description: str = "", **more: Any) -> Call:
    """A list in pages."""
    page = {"count": 1, "next": None, "previous": None, "results": [example]}
    return Call(summary, {200: Answer(page_of(shape), {"page": page}, "A page.")}, description, listed=True, **more)


def shown(summary: str, shape: Any, example: Any, description: str = "", **more: Any) -> Call:
    """One thing."""
    return Call(summary, {200: Answer(shape, {"found": example}, "The thing as it is now.")}, description, **more)


def changed(
    summary: str, shape: Any, example: Any, *faults: Fault, status: int = 200, recorded: bool = True, **more: Any
) -> Call:
    """A change of one thing, or the making of it, answered with the thing as it is now."""
    answers = {status: Answer(shape, {"done": example}, "Made." if status == 201 else "Done, or so already.")}
    return Call(summary, answers, refusals=refusals_of(*faults), recorded=recorded, **more)
