"""Connections to PostgreSQL that nobody waits for without end.

The server ends a statement after `STATEMENT_TIMEOUT_MS`. When it is silent beyond that, it is gone, or something on the
way swallows what it says: TCP does not notice the latter, as long as somebody acknowledges what is sent.

A connection that has just answered is taken to be there: asking it first, as the pool would before each request, is a
way to the server and back. Where a server ends its connections, it says so on them.
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

# Seconds after which psycopg looks up, so that Ctrl-C is heard; its own default.
INTERVAL = 0.1
# Seconds after an answer in which nobody asks whether the server is still there.
FRESH = 1.0


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is given up when an answer takes longer than `patience`, in seconds (None: no limit)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.patience: float | None = settings.DATABASE_PATIENCE_SECONDS
        self.heard = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the server has answered a moment ago, and has said nothing since: a farewell, say."""
        if self.closed or time.monotonic() - self.heard > FRESH:
            return False
        wire = select.poll()
        wire.register(self.fileno(), select.POLLIN)
        return not wire.poll(0)

    def execute(self, query: Any, *given: Any, **options: Any) -> psycopg.Cursor[Any]:
        """As upstream, but for the empty statement, by which a pool asks whether anybody is there."""
        return self.cursor() if query == "" and self.is_fresh else super().execute(query, *given, **options)

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        """As upstream. Raises `psycopg.OperationalError` when patience is at its end, and closes the connection."""
        try:
            answer = super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as silence:
            if timeout is not None:
                raise
            # An answer that still comes would be taken for that of the next statement.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {self.patience} s") from silence
        self.heard = time.monotonic()
        return answer


@contextmanager
def patient_for(limit: timedelta) -> Iterator[None]:
    """Statements of the transaction at hand may take that long: nobody waits for them, and they are few and large."""
    if connection.vendor != "postgresql" or not settings.STATEMENT_TIMEOUT_MS:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{limit.total_seconds():.0f}s"])
    held: PatientConnection = connection.connection
    held.patience, usual = limit.total_seconds() + settings.DB_SILENCE_SECONDS, held.patience
    try:
        yield
    finally:
        held.patience = usual
