"""What the world outside is told of a change: events, read off the outcomes of operations.

Each app says in its `bulk.py` how the outcomes of its operations, and their effects, become events (`tell`,
`tell_effects`). An event names things and says what became of them. It never holds what a person has told of
themselves: whoever may see that asks the API for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from printshop.bulk.outcomes import Outcome, Verdict

if TYPE_CHECKING:
    from printshop.bulk.engine import Batch, Operation

FINISHED = "bulk_operation.finished"
Row = Mapping[str, Any]
# Reads the answer to who listens.
Listeners = Callable[[], list[Any]]
# The type of the event that an outcome is; none for a mere look.
Naming = str | Callable[[Outcome], str]


@dataclass(frozen=True, slots=True)
class Event:
    """`type` as receivers subscribe to it, `content` what its payload says."""

    type: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class More:
    """What an app above adds to the event of an outcome, and the events that follow it."""

    content: Mapping[str, Any]
    events: Sequence[Event] = ()


NOTHING = More({})
# What was made for some outcomes, by their references.
Reading = Callable[["Batch", Sequence[Outcome]], Mapping[str, More]]


@dataclass
class Outbox:
    """Where events are put, in the transaction of what they tell of; set by the app that delivers them.

    `put(account_id, operation_id, at, events_of, listeners)` calls `events_of` only when somebody listens to that
    account; `ask(account_id)` asks who that is ahead, in a flight with others, and gives the `listeners`.
    """

    put: Callable[..., None] = lambda *given: None
    ask: Callable[[int], Listeners] = lambda account_id: list
    types: dict[str, str] = field(default_factory=lambda: {FINISHED: "A bulk operation is over: counts and a link."})


outbox = Outbox()
_namings: dict[str, Mapping[Verdict, Naming]] = {}
_effects: dict[str, Callable[[Row], Iterable[Event]]] = {}
_readings: dict[str, Reading] = {}


def describe(**types: str) -> None:
    """Make types of events known, with a sentence each; `order__paid` is `order.paid`."""
    outbox.types |= {name.replace("__", "."): sentence for name, sentence in types.items()}


def tell(naming: Mapping[Verdict, Naming], *operations: "Operation") -> None:
    """Say which events the outcomes of these operations are."""
    _namings.update((operation.name, naming) for operation in operations)


def tell_effects(**tellings: Callable[[Row], Iterable[Event]]) -> None:
    """Say which events an effect of this kind is."""
    _effects.update(tellings)


def tell_made(reading: Reading, *operations: "Operation") -> None:
    """Say how to read what these operations made of another app's: ids are known only once they are written. It is
    read for all outcomes together, and only where somebody listens."""
    _readings.update((operation.name, reading) for operation in operations)


def content_of(outcome: Outcome) -> dict[str, Any]:
    """The thing, what it is now, and which of its fields have changed."""
    changes = outcome.changes
    found: dict[str, Any] = {"id": outcome.reference}
    if outcome.status:
        found["status"] = outcome.status
    if changes.get("status", [None])[0]:
        found["from"], found["to"] = changes["status"]
    return found | {"changed": sorted(changes)}


def events_of(operation: "Operation", batch: "Batch", outcomes: Sequence[Outcome]) -> Iterable[Event]:
    """What is to be told of the outcomes of an operation, in their order."""
    namings = _namings.get(operation.name, {})
    made = _readings.get(operation.name, lambda *given: {})(batch, outcomes)
    for outcome in outcomes:
        naming, more = namings.get(outcome.verdict, ""), made.get(outcome.reference, NOTHING)
        if name := naming if isinstance(naming, str) else naming(outcome):
            yield Event(name, {**content_of(outcome), **more.content})
        yield from more.events
        for effect in outcome.effects:
            yield from _effects.get(effect["kind"], lambda effect: ())(effect)


def finished(row: Row) -> Event:
    """An operation is over; `row` is its record."""
    uuid = str(row["uuid"])
    content = {name: row[name] for name in ("name", "total", "counts", "failed")}
    return Event(FINISHED, {"id": uuid, **content, "status": row["state"], "link": f"/api/bulk-operations/{uuid}"})


def announce(
    done: Sequence[tuple["Operation", "Batch", Sequence[Outcome]]], *more: Event, listeners: Listeners | None = None
) -> None:
    """Put what was done into the outbox: all that one transaction did for one account."""
    batch = done[0][1]

    def events() -> list[Event]:
        return [event for each in done for event in events_of(*each)] + list(more)

    outbox.put(batch.actor.account_id, batch.operation_id, batch.at, events, listeners)
