"""Work for workers that is no batch of items: reading a large file, say. An app brings it, as it brings operations.

As with chunks, the truth is in the app's own rows: `claim` takes the next piece of work under a lease, or gives None,
and what was claimed by a worker that died is claimed again when the lease has run out.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction

from printshop.bulk.deferred.waking import send


class Held(Protocol):
    """A piece of work under a lease."""

    def renew(self) -> object:
        """Extend the lease."""

    def give_back(self, why: str) -> object:
        """Let somebody else have it."""


GiveWay = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Errand:
    """A kind of work: whether there is some, how it is taken by a worker of that name, and how it is done.

    What takes long calls what it is given besides between two steps, outside of any transaction, so that other work has
    its turn meanwhile.
    """

    name: str
    is_due: Callable[[], bool]
    claim: Callable[[str], Held | None]
    carry_out: Callable[[Any, GiveWay], object]


_errands: dict[str, Errand] = {}


def register_errand(errand: Errand) -> None:
    """Make an errand known. An `AppConfig.ready()` calls this."""
    _errands[errand.name] = errand


def errands() -> list[Errand]:
    return list(_errands.values())


def unkept(held: Held) -> AbstractContextManager[None]:
    """Where no worker keeps the lease up."""
    return nullcontext()


def go_on() -> None:
    """Where there is no other work."""


def run_next(
    worker: str, holding: Callable[[Held], AbstractContextManager[None]] = unkept, give_way: GiveWay = go_on
) -> bool:
    """Do one piece of work; False when there is none.

    `holding(held)` is a context in which its lease is kept up. `give_way` does a little of other work.
    """
    for errand in errands():
        # Asked before it is claimed: SQLite's one writer is not kept waiting for nothing.
        if errand.is_due() and (held := errand.claim(worker)):
            with holding(held):
                errand.carry_out(held, give_way)
            return True
    return False


def wake_for_errands() -> int:
    """Wake a worker for each kind of work that waits; how many were sent for."""
    due = sum(errand.is_due() for errand in errands())
    return due if due and send(due) else 0


def wake_soon() -> None:
    """Wake a worker once the work is committed; the sweep does it if that fails."""
    transaction.on_commit(lambda: send(1), using=connection.alias)
