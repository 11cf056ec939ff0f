"""What a record keeps of an item, and whether that still stands: undoing, worked out from values alone.

An undo meets every row with one question: is it as the operation left it, and has nothing written it since? Then what
was there before is put back; otherwise the row is left alone and named.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator
from typing_extensions import TypedDict

from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import STRICT
from printshop.bulk.outcomes import Outcome, Verdict

# The same time: a clock's reading as one database keeps it may be shown otherwise by the other.
Moment = Annotated[datetime, BeforeValidator(lambda text: datetime.fromisoformat(text))]
Fields = dict[str, Any]


class Image(TypedDict):
    """One item of an operation's record. `at` is the clock of what it wrote."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    index: int
    reference: str
    verdict: str
    before: Fields | None
    after: Fields | None
    effects: list[Fields]
    at: Moment


class UndoTerms(TypedDict):
    """Which operation is undone, what kind it was, and what had been asked for all of its items, in which scope.

    An undo hands the last two on to the undo of itself.
    """

    __pydantic_config__ = STRICT  # type: ignore[misc]

    undoes: str
    name: str
    asked: Fields
    scope: str


@dataclass(slots=True)
class Present:
    """A row as an undo finds it: its fields as an image shows them, and when it was written last.

    `written` is None where that is not kept, and for what this very undo has put back.
    """

    fields: Fields
    written: datetime | None = None
    key: Any = None


# By reference, the operation that changed a thing after the one that is undone, for the sentence that says so.
Writers = Mapping[str, str]


def gone(reference: str, writer: str = "") -> Fault:
    """There is nothing any more that could be put back into its former state."""
    message = f"{reference} has been deleted since{f', by {writer}' if writer else ''}."
    return Fault("CHANGED_SINCE", message, value=reference, kind=Kind.CONFLICT)


def irreversible(reference: str, rule: str) -> Fault:
    """What has left the shop does not come back."""
    return Fault("IRREVERSIBLE", rule, value=reference, kind=Kind.CONFLICT)


def changed_since(reference: str, differences: Fields, left: Fields, writer: str = "") -> Fault:
    """Somebody else has been here: what differs from what the operation left, and who that was where it is known."""
    differing = [f"{name} is {shown(value)} and not {shown(left.get(name))}" for name, value in differences.items()]
    rule = f"{reference} has been changed since{f', by {writer}' if writer else ''}"
    path = next(iter(differences), "")
    return Fault(
        "CHANGED_SINCE",
        f"{': '.join(filter(None, [rule, ', '.join(differing)]))}.",
        path,
        reference,
        kind=Kind.CONFLICT,
    )


def shown(value: Any) -> str:
    """A value within a sentence, not at any length."""
    text = "empty" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def differences(present: Fields, left: Fields | None) -> Fields:
    """The present values of the fields that are not as they were left."""
    return {name: present[name] for name, value in (left or {}).items() if name in present and present[name] != value}


def standing_fault(image: Mapping[str, Any], present: Present | None, writers: Writers) -> Fault | None:
    """Why an item cannot be put back: the row is gone, or is not as it was left any more."""
    reference, left = image["reference"], image["after"] or {}
    if present is None:
        return gone(reference, writers.get(reference, ""))
    found = differences(present.fields, left)
    if found or present.written not in (None, image["at"]):
        return changed_since(reference, found, left, writers.get(reference, ""))
    return None


def put_back(
    items: Sequence[Item],
    rows: Mapping[str, Present],
    writers: Writers,
    wanted_of: Callable[[Any], Fields] = lambda image: image["before"] or {},
    judge: Callable[[Any, Present, Fields], Iterable[Fault]] = lambda image, present, changed: (),
) -> list[Outcome]:
    """Give rows the fields they had; `rows` are those found, by reference.

    `wanted_of(image)` are the fields to put back, `judge(image, present, changed)` says what else stands against it.
    What changes has the row as it will be for its change; of a row that is named twice the later one holds both.
    """
    there = dict(rows)
    outcomes = []
    for item in items:
        image = item.value
        outcome = Outcome(item.index, image["reference"])
        outcomes.append(outcome)
        present = there.get(outcome.reference)
        fault = standing_fault(image, present, writers)
        if fault or present is None:
            outcome.refuse(*[fault] if fault else [])
            continue
        wanted = wanted_of(image)
        changed = {name: value for name, value in wanted.items() if present.fields[name] != value}
        if faults := list(judge(image, present, changed)):
            outcome.refuse(*faults)
        elif changed:
            there[outcome.reference] = fill_in(outcome, present, changed)
    return outcomes


def fill_in(outcome: Outcome, present: Present, changed: Fields) -> Present:
    """The row as it will be, and what is told of it."""
    outcome.verdict = Verdict.UPDATED
    outcome.before, outcome.after = {name: present.fields[name] for name in changed}, changed
    outcome.change = Present({**present.fields, **changed}, None, present.key)
    return outcome.change


def last_changes(outcomes: Iterable[Outcome]) -> dict[str, Present]:
    """What each row is put back into, by reference, in the order of references."""
    last = {outcome.reference: outcome.change for outcome in outcomes if outcome.verdict is Verdict.UPDATED}
    return dict(sorted(last.items()))
