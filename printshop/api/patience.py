"""Connections to PostgreSQL that nobody waits for without end.

The server ends a statement after `STATEMENT_TIMEOUT_MS`. When it is silent beyond that, it is gone, or something on the
way swallows what it says: TCP does not notice the latter, as long as somebody acknowledges what is sent.
"""

from typing import Any

import psycopg
from django.conf import settings

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
