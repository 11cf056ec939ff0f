"""The dialect's phrase book: faults to messages with parameters, verdicts to statuses.

{"message": "%fieldName must be a number.", "parameters": {"fieldName": "price"}}
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NotRequired

from typing_extensions import TypedDict

from printshop.api.refusals import ABSENT, Fault
from printshop.bulk.outcomes import Verdict

MANY = "%count things are wrong with this request."
COMPLETE, RETRY, REFUSED, OPEN, REJECTED = 1, 2, 3, 4, 5
STATUSES: Mapping[int, frozenset[str]] = {
    COMPLETE: frozenset([Verdict.CREATED, Verdict.UPDATED, Verdict.UNCHANGED, Verdict.SKIPPED, Verdict.DEACTIVATED]),
    RETRY: frozenset([Verdict.FAILED]),
    REFUSED: frozenset([Verdict.REFUSED]),
    OPEN: frozenset([Verdict.OPEN]),
    REJECTED: frozenset([Verdict.REJECTED, Verdict.CANCELLED]),
}
STATUS_OF = {verdict: status for status, verdicts in STATUSES.items() for verdict in verdicts}
DONE = {
    Verdict.CREATED: "Created.",
    Verdict.UPDATED: "Changed.",
    Verdict.UNCHANGED: "It was so already.",
    Verdict.SKIPPED: "Skipped.",
    Verdict.DEACTIVATED: "Switched off.",
    Verdict.CANCELLED: "Called off before it was begun.",
}
Spoken = Callable[[str], str]


class AsyncFault(TypedDict):
    """One thing that is wrong; `%name` in the message stands for the parameter of that name."""

    message: str
    parameters: dict[str, Any]


class AsyncError(AsyncFault):
    """Every error has this shape; `errors` are there when it is more than one thing."""

    errors: NotRequired[list[AsyncFault]]


def alone(text: str) -> re.Pattern[str]:
    """A text where it is no part of a longer word."""
    return re.compile(rf"(?<![\w.%-]){re.escape(text)}(?![\w-]|\.\w)")


def fault_body(fault: Fault, spoken: Spoken) -> AsyncFault:
    """A fault with its field, and the value that its sentence tells, as parameters."""
    message, parameters = fault.message, {}
    if fault.path:
        parameters["fieldName"] = spoken(fault.path)
        message = alone(fault.path).sub("%fieldName", message, count=1)
    if fault.value is not ABSENT and fault.value is not None:
        parameters["fieldValue"] = fault.value
        if not isinstance(fault.value, bool) and str(fault.value):
            message = alone(str(fault.value)).sub("%fieldValue", message, count=1)
    return {"message": message, "parameters": parameters | {"code": fault.code}}


def error_body(faults: Iterable[Fault], spoken: Spoken) -> AsyncError:
    """The body of a refusal: its one fault, or all of them."""
    bodies = [fault_body(fault, spoken) for fault in faults]
    if len(bodies) == 1:
        return {**bodies[0]}
    return {"message": MANY, "parameters": {"count": len(bodies)}, "errors": bodies}


def sentence(error: Mapping[str, Any], spoken: Spoken) -> str:
    """A recorded fault as text, its field called as the client calls it."""
    path, message = str(error.get("path") or ""), str(error.get("message", ""))
    return alone(path).sub(lambda match: spoken(path), message, count=1) if path else message


def message_of(verdict: str, errors: Iterable[Mapping[str, Any]], spoken: Spoken, *, deletes: bool) -> str | None:
    """What became of an item, in words; None while it is open."""
    said = " ".join(sentence(error, spoken) for error in errors)
    if deletes and verdict == Verdict.UPDATED:
        return said or "Deleted."
    return said or DONE.get(Verdict(verdict))
