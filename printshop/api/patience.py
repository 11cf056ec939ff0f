"""Connections to PostgreSQL that nobody waits for without end.

The server ends a statement after `STATEMENT_TIMEOUT_MS`. When it is silent beyond that, it is gone, or something on the
way swallows what it says: TCP does not notice the latter, as long as somebody acknowledges what is sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

# Seconds after which psycopg looks up, so that Ctrl-C is heard; its own default.
INTERVAL = 0.1


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is given up when an answer takes longer than `patience`, in seconds (None: no limit)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.patience: float | None = settings.DATABASE_PATIENCE_SECONDS

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        """As upstream. Raises `psycopg.OperationalError` when patience is at its end, and closes the connection."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as silence:
            if timeout is not None:
                raise
            # An answer that still comes would be taken for that of the next statement.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {self.patience} s") from silence


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
