"""How queued items are read: each dialect brings the adapter that its calls use at once.

`docs/async.md` tells an integrator what is queued; here is what the queue needs to know of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from printshop.api.actors import Actor, Role
from printshop.api.reading import Item, read
from printshop.api.refusals import Fault
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.registry import operations


@dataclass(frozen=True, slots=True)
class Payload:
    """An item as it waits: its place in the operation, what was sent, and what of it must not be shown."""

    index: int
    value: Any
    sealed: Any = None


@dataclass(frozen=True, slots=True)
class Taken:
    """An item as it goes into the queue: what may be shown, what must not, and why it does not get in if so."""

    value: Any
    sealed: Any = None
    fault: Fault | None = None


RowsOf = Callable[[Any], Iterable[str]]
# Batches in the order in which they are carried out: each sees what the ones before it wrote.
Batches = list[tuple[Operation, Batch]]


def rows_of_kind(recorded: BulkOperation) -> RowsOf:
    """The `rows_of` of the operation itself: for dialects whose payloads are its items."""
    operation = operations().get(recorded.name)
    return operation.rows_of if operation else lambda payload: ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """`batches(recorded, payloads, at)` reads the payloads of a chunk; their items carry the payloads' indexes.

    For a retry: `rows_of(recorded)` gives what names the rows that a payload touches; `take_in(recorded, value)` makes
    a payload of an item that was mended, without which items are only retried as they were. `as_sent(payload)` is the
    item as its sender knows it.

    `place_of(payload)` says where a person finds the item in what they sent, if that is not by its index; `failed_rows`
    names the admin page that gives what did not happen back in the form in which it came.
    """

    name: str
    batches: Callable[[BulkOperation, Sequence[Payload], datetime], Batches]
    rows_of: Callable[[BulkOperation], RowsOf] = rows_of_kind
    take_in: Callable[[BulkOperation, Any], Taken] | None = None
    as_sent: Callable[[Any], Any] = lambda payload: payload
    place_of: Callable[[Any], str] | None = None
    failed_rows: str = ""


_dialects: dict[str, Dialect] = {}


def register_dialect(dialect: Dialect) -> None:
    """Make a dialect known by its name. An `AppConfig.ready()` calls this."""
    _dialects[dialect.name] = dialect


def dialect_of(recorded: BulkOperation) -> Dialect:
    """The dialect in which an operation was asked for."""
    return _dialects[recorded.dialect]


def batch_of(recorded: BulkOperation, operation: Operation, items: Sequence[Item], at: datetime) -> Batch:
    """Items of a chunk as one batch, under the terms and the policy of the record."""
    terms, faults = read(operation.terms, recorded.terms)
    return Batch(
        items=items,
        terms=terms,
        asked=recorded.terms,
        actor=asker(recorded),
        at=at,
        policy=Policy(recorded.policy),
        faults=faults,
        operation_id=recorded.pk,
    )


def asker(recorded: BulkOperation) -> Actor:
    """Who asked, as then: what was accepted from a key is carried out though the key is revoked meanwhile."""
    return Actor(
        account_id=recorded.account_id,
        role=Role(recorded.role),
        name=recorded.actor,
        key_id=recorded.key_id,
        user_id=recorded.user_id,
        customer_id=recorded.customer or None,
    )
