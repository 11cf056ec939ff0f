"""A button that is pressed twice counts once.

A plan that does the same again, such as a reprint or a part of a refund, has the same fingerprint after it was carried
out, and so has any plan whose work still waits in the queue. So each page has a ticket, kept as an idempotency key is:
for a day, with what came of it. No client can send such a key, for it has a blank.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from printshop.api.actors import Actor
from printshop.api.idempotency import KeyInUse, claim
from printshop.api.models import IdempotencyRecord
from printshop.api.transactions import Unavailable, transact


class DoneAlready(Exception):
    """This was confirmed already; it was not done a second time."""

    def __init__(self, operation_id: UUID) -> None:
        super().__init__(operation_id)
        self.operation_id = operation_id


class Recorded(Protocol):
    """What came of a confirmation: something that knows its operation."""

    @property
    def operation_id(self) -> UUID | None: ...


R = TypeVar("R", bound=Recorded)


def key_of(ticket: str) -> str:
    return f"page {ticket[:64]}"


def check_unused(actor: Actor, ticket: str) -> None:
    """Raises `DoneAlready` when the ticket was used."""
    earlier = IdempotencyRecord.objects.filter(account_id=actor.account_id, key=key_of(ticket)).first()
    if earlier:
        raise DoneAlready(UUID(earlier.body))


def once(actor: Actor, at: datetime, ticket: str, act: Callable[[], R]) -> R:
    """`act`, and the note that the ticket is used, in one transaction. A page without a ticket is not watched.

    Raises `DoneAlready`, and `Unavailable` while the first click is still at it.
    """
    used: dict[str, Any] = {"account_id": actor.account_id, "key": key_of(ticket), "status": 302, "created_at": at}

    def attempt() -> R:
        claim(actor.account_id, key_of(ticket))
        check_unused(actor, ticket)
        done = act()
        IdempotencyRecord.objects.create(**used, body=str(done.operation_id))
        return done

    try:
        return transact(attempt if ticket else act)
    except KeyInUse as error:
        raise Unavailable from error
