"""One transaction for one request, tried again where trying again helps.

Everything that writes runs through `transact`. A call inside another joins it, so that an effect, its record and the
stored answer of an idempotent request commit together.
"""

import random
import time
from collections.abc import Callable
from threading import local
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

from printshop.api.flights import landed
from printshop.api.refusals import Told

T = TypeVar("T")
TRANSIENT = {"40001", "40P01"}  # serialization_failure, deadlock_detected
LOST = {"23505", "23503"}  # unique_violation, foreign_key_violation
ATTEMPTS = 3
# Whoever loses a race for a unique value has seen one rival commit; of many at once it may meet several.
RACES = 8


# The server, or the connection, ends; without a state there was nobody to give one.
GONE = ("08", "57P")


class Tries(local):
    """How often what this thread is at was done in vain."""

    lost = 0


tries = Tries()


class Unavailable(Told):
    """The database is busy or away; nothing was changed, please try again shortly."""


class Undecided(Unavailable):
    """The database was lost at the last moment, and nobody knows yet whether this was done: look first."""


def is_transient(error: OperationalError) -> bool:
    """Whether running the same transaction again may well succeed."""
    return getattr(error.__cause__, "sqlstate", None) in TRANSIENT


def is_lost(error: OperationalError) -> bool:
    """Whether there is no server any more that could say what became of the statement."""
    state = getattr(error.__cause__, "sqlstate", None)
    return connection.vendor == "postgresql" and (state is None or state.startswith(GONE))


def is_race(error: IntegrityError) -> bool:
    """Whether somebody else has taken a unique value since we looked, or deleted what a row refers to."""
    cause = error.__cause__
    # SQLite tells a primary key from other unique values.
    kind = getattr(cause, "sqlite_errorname", "").removeprefix("SQLITE_CONSTRAINT_")
    return getattr(cause, "sqlstate", None) in LOST or kind in {"UNIQUE", "PRIMARYKEY"}


def has_lost_a_race() -> bool:
    """Whether this transaction is the second try of one that somebody else was quicker than."""
    return tries.lost > 0


def transact(act: Callable[[], T]) -> T:
    """`act` in one transaction: up to three times on deadlock, and again after each lost race for a unique value."""
    if connection.in_atomic_block:
        return act()
    failed = lost = 0
    while True:
        acted, tries.lost = False, lost
        try:
            with transaction.atomic(), landed():
                result = act()
                acted = True
            return result
        except IntegrityError as error:
            # A second look sees the winner and words the refusal.
            lost += 1
            if not is_race(error) or lost == RACES:
                raise
        except OperationalError as error:
            if acted and is_lost(error):
                raise Undecided from error
            failed += 1
            if not is_transient(error) or failed == ATTEMPTS:
                raise Unavailable from error
            time.sleep(random.uniform(0.01, 0.05) * failed)
