"""The one path of every change: look, plan, admit, write.

An `Operation` is declared by an app; `run` carries a batch of items through it. A dry run stops before writing; a
single request is a batch of one; a confirmation page shows the same outcomes that a moment later are written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from printshop.api.actors import STAFF, Actor, Role
from printshop.api.flights import together
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind, Refused
from printshop.api.transactions import transact
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk.events import Listeners, announce, outbox
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict, tally
from printshop.bulk.records import record, record_items

Terms = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is asked: items, what holds for all of them, who asks, when, and under which policy.

    `faults` are those of the envelope; `terms` is what survived of it, and `asked` the same as it came, for the record.
    `raws` are the items as they came, found by their indexes: what does not happen can be mended and sent again.
    `undoes` is the operation that this one undoes. `foreseen` gives what `look_ahead` has asked for, `listeners`
    who is to be told, where that was asked ahead. `alone` says that no other batch shares its transaction.
    """

    items: Sequence[Item]
    terms: Terms
    actor: Actor
    at: datetime
    policy: Policy = Policy.ATOMIC
    dry_run: bool = False
    faults: Sequence[Fault] = ()
    asked: Terms | None = None
    raws: Sequence[Any] = ()
    undoes: UUID | None = None
    foreseen: Callable[[], Any] | None = None
    listeners: Listeners | None = None
    alone: bool = True
    operation_id: UUID = field(default_factory=time_ordered_uuid)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an operation means for an app above it: its orders know no jobs, but cancelling one cancels them.

    `look(batch, outcomes)` locks and reads; `plan(batch, outcomes, facts)` adds faults, effects and changes to the
    outcomes; `write(batch, outcomes)` carries out those that were admitted.
    """

    name: str
    look: Callable[[Batch, Sequence[Outcome]], Any]
    plan: Callable[[Batch, Sequence[Outcome], Any], None]
    write: Callable[[Batch, Sequence[Outcome]], None]


@dataclass(frozen=True)
class Operation:
    """A kind of bulk change.

    `look(batch)` locks rows in primary-key order and returns facts; `plan(batch, facts)` is pure and returns an outcome
    for each item; `write(batch, outcomes)` issues a fixed number of statements for the admitted ones and fills in the
    references it makes.

    `look_ahead(payloads, terms, dry_run=…)` may look before the items' shapes are read. It gives what reads the answer,
    which `look` finds in the batch; `repeating(payloads, ask)`, where `ask` reads it, gives the values of what only
    repeats what is there, of which nothing needs to be read, and None for the others. `documents` are the fields of an
    item, as they are written, that hold more than a single value.

    `rows_of(payload)` names the rows that an item touches, so that items of different chunks which meet keep their
    order; `is_whole(terms)` says that the batch is one piece under any policy. What undoes it is registered as its
    inverse; where there is none, `irreversible` says why.

    `noun` names the list in request and answer, `words` the verdicts as its answer counts them, in that order; `line`
    words one outcome of the answer's list and `lead` what stands before the counts; `done` is the participle for
    sentences where the first count does not say it. `judge_terms` finds faults that the terms' shape cannot say.
    """

    name: str
    noun: str
    words: Mapping[Verdict, str]
    item: Any
    terms: Any
    limit: int
    look: Callable[[Batch], Any]
    plan: Callable[[Batch, Any], list[Outcome]]
    write: Callable[[Batch, Sequence[Outcome]], None]
    look_ahead: Callable[..., Callable[[], Any]] | None = None
    repeating: Callable[[Sequence[Any], Callable[[], Any]], Sequence[Any]] = lambda payloads, ask: (
        [None] * len(payloads)
    )
    documents: frozenset[str] = frozenset()
    roles: frozenset[Role] = STAFF
    items_field: str = ""
    judge_terms: Callable[[Terms], list[Fault]] = lambda terms: []
    done: str = ""
    line: Callable[[Outcome], dict[str, Any]] = lambda outcome: {"id": outcome.reference, "status": outcome.status}
    lead: Callable[[Batch], dict[str, Any]] = lambda batch: {}
    consequences: list[Consequence] = field(default_factory=list)
    rows_of: Callable[[Any], Iterable[str]] = lambda payload: ()
    is_whole: Callable[[Terms], bool] = lambda terms: False
    irreversible: str = "This kind of operation cannot be undone."

    @property
    def field_name(self) -> str:
        """The field of the body that holds the items."""
        return self.items_field or self.noun

    @property
    def item_is_id(self) -> bool:
        """Whether the items are bare ids, of which a repeated one counts once."""
        return not hasattr(self.item, "__required_keys__")

    @property
    def verb(self) -> str:
        """The count of what was asked for: `advanced`."""
        return next(iter(self.words.values()))


def ids_in(*fields: str) -> Callable[[Any], list[str]]:
    """`rows_of` for payloads that name what they touch in these fields."""

    def rows_of(payload: Any) -> list[str]:
        if not isinstance(payload, dict):
            return []
        return [f"{field}:{value}" for field in fields if isinstance(value := payload.get(field), str)]

    return rows_of


def id_itself(payload: Any) -> list[str]:
    """`rows_of` for payloads that are bare ids."""
    return [payload] if isinstance(payload, str) else []


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a batch; `operation_id` names its record, None for a dry run."""

    operation: Operation
    batch: Batch
    outcomes: Sequence[Outcome]
    operation_id: UUID | None

    @property
    def counts(self) -> dict[Verdict, int]:
        return tally(self.outcomes)


def refusal(
    operation: Operation, faults: Sequence[tuple[int | None, Fault]], total: int, kind: Kind | None = None
) -> Refused:
    """The refusal of a whole batch, in the operation's words."""
    done = operation.done or operation.verb
    return Refused(faults, total=total, noun=operation.noun, done=done, kind=kind, details={operation.verb: 0})


def planned(operation: Operation, batch: Batch) -> list[Outcome]:
    """Look and plan, consequences included, under locks that last as long as the transaction."""
    outcomes = operation.plan(batch, operation.look(batch))
    for item, outcome in zip(batch.items, outcomes, strict=False):
        if item.faults:
            outcome.refuse()
            outcome.faults[:0] = item.faults
    for consequence in operation.consequences:
        consequence.plan(batch, outcomes, consequence.look(batch, outcomes))
    return outcomes


def admit(operation: Operation, batch: Batch, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The policy's judgement: the outcomes to write. Raises `Refused` with every fault when there is nothing to do."""
    refused = [outcome for outcome in outcomes if outcome.verdict is Verdict.REFUSED]
    whole = [fault for outcome in refused if outcome.index is None for fault in outcome.faults]
    good = [outcome for outcome in outcomes if outcome.verdict is not Verdict.REFUSED] if refused else [*outcomes]
    envelope = [*batch.faults, *operation.judge_terms(batch.terms)]
    if envelope or whole or (refused and (batch.policy is Policy.ATOMIC or not good)):
        faults: list[tuple[int | None, Fault]] = [(None, fault) for fault in envelope]
        faults += [(outcome.index, fault) for outcome in refused for fault in outcome.faults]
        # Under `partial` a batch without one good item is simply invalid, whatever its faults are.
        kind = Kind.INVALID if batch.policy is Policy.PARTIAL and not whole else None
        raise refusal(operation, faults, len(batch.items), kind)
    return good


def preview(operation: Operation, batch: Batch) -> Result:
    """The plan for a batch, refused items and all, whatever its policy would make of it. Writes nothing."""
    return transact(lambda: Result(operation, batch, planned(operation, batch), None))


def write(operation: Operation, batch: Batch, good: Sequence[Outcome]) -> None:
    """Write what was admitted, and what follows from it."""
    operation.write(batch, good)
    for consequence in operation.consequences:
        consequence.write(batch, good)


def run(operation: Operation, batch: Batch) -> Result:
    """Carry a batch out, or raise `Refused` and leave no trace."""

    def attempt() -> Result:
        outcomes = planned(operation, batch)
        good = admit(operation, batch, outcomes)
        if batch.dry_run:
            return Result(operation, batch, outcomes, None)
        # Left under way: the answer is made while the database works, and stored with the same flight.
        with together(leave=True):
            over = record(operation.name, batch, outcomes)
            listeners = batch.listeners or outbox.ask(batch.actor.account_id)
            write(operation, batch, good)
            record_items(batch, outcomes)
            announce([(operation, batch, outcomes)], over, listeners=listeners)
        return Result(operation, batch, outcomes, batch.operation_id)

    return transact(attempt)
