"""`manage.py migrate` that nobody has to wait for: what it changes it locks at once, or tries again later.

A statement that waits for a table makes everybody wait who comes after it. Django's own command would wait as long as a
request may; and what needs no lock, like building an index beside the work, may take as long as it likes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

LOCK_SECONDS, PAUSE_SECONDS, TRIES = 3, 2, 20
BUSY = (
    "A table was busy for too long. What was applied before is kept, the migration at hand was undone. Run it again"
    " when less is going on."
)


@contextmanager
def patient(alias: str) -> Iterator[None]:
    """The time-outs of PostgreSQL meanwhile."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    kept, connection.connection.patience = connection.connection.patience, None
    try:
        yield
    finally:
        connection.connection.patience = kept
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
            cursor.execute("RESET lock_timeout")


class Command(migrate.Command):
    """Django's, again and again while tables are busy."""

    def handle(self, *args: Any, **options: Any) -> None:
        for _ in range(TRIES):
            try:
                with patient(options["database"]):
                    super().handle(*args, **options)
                return
            except OperationalError as fault:
                if not isinstance(fault.__cause__, LockNotAvailable):
                    raise
                self.stderr.write(f"A table is busy; trying again in {PAUSE_SECONDS} s.")
                time.sleep(PAUSE_SECONDS)
        raise CommandError(BUSY)
