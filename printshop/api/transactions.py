"""One transaction for one request, tried again where trying again helps.

Everything that writes runs through `transact`. A call inside another joins it, so that an effect, its record and the
stored answer of an idempotent request commit together.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

T = TypeVar("T")
TRANSIENT = {"40001", "40P01"}  # serialization_failure, deadlock_detected
ATTEMPTS = 3


class Unavailable(Exception):
    """The database is busy or away; nothing was changed, please try again shortly."""


def is_transient(error: OperationalError) -> bool:
    """Whether running the same transaction again may well succeed."""
    return getattr(error.__cause__, "sqlstate", None) in TRANSIENT


def transact(act: Callable[[], T]) -> T:
    """`act` in one transaction: up to three times on deadlock, once more after a lost race for a unique value."""
    if connection.in_atomic_block:
        return act()
    raced = False
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            # Somebody else took a unique value since we looked. A second look sees it and words the refusal.
            if raced:
                raise
            raced = True
        except OperationalError as error:
            if not is_transient(error) or attempt == ATTEMPTS:
                raise Unavailable from error
            time.sleep(random.uniform(0.01, 0.05) * attempt)
    raise Unavailable
