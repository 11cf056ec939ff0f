"""How queued items are read: each dialect brings the adapter that its calls use at once.

`docs/async.md` tells an integrator what is queued; here is what the queue needs to know of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from printshop.api.actors import Actor, Role
from printshop.bulk.engine import Batch, Operation
from printshop.bulk.models import BulkOperation


@dataclass(frozen=True, slots=True)
class Payload:
    """An item as it waits: its place in the operation, what was sent, and what of it must not be shown."""

    index: int
    value: Any
    sealed: Any = None


# Batches in the order in which they are carried out: each sees what the ones before it wrote.
Batches = list[tuple[Operation, Batch]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`batches(recorded, payloads, at)` reads the payloads of a chunk; their items carry the payloads' indexes."""

    name: str
    batches: Callable[[BulkOperation, Sequence[Payload], datetime], Batches]


_dialects: dict[str, Dialect] = {}


def register_dialect(dialect: Dialect) -> None:
    """Make a dialect known by its name. An `AppConfig.ready()` calls this."""
    _dialects[dialect.name] = dialect


def dialect_of(recorded: BulkOperation) -> Dialect:
    """The dialect in which an operation was asked for."""
    return _dialects[recorded.dialect]


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
