"""Where rate limits are counted: Django's database cache with each step as one atomic statement.

The stock `add` and `incr` read, then write: under concurrency they lose counts, and `django-ratelimit` rightly
distrusts them. On SQLite the table lives in a file of its own (alias `counters`); on PostgreSQL it is unlogged, since a
count that a crash forgets harms nobody and a count that waits for the disk slows everybody.
"""

import time
from typing import Any

from django.conf import settings
from django.core.cache.backends.db import DatabaseCache
from django.db import connections
from django.db.models import Model

TABLE = "rate_limit_counters"
ALIAS = "counters" if "counters" in settings.DATABASES else "default"


# Models that live beside the counters, since they are written while imports run.
ASIDE = {("bulk", "worker")}


class CounterRouter:
    """The counters and what stands aside with them have a database of theirs; everything else is in the default one."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if (model._meta.app_label, model._meta.model_name) in ASIDE else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if hints.get("counters") or (app_label, model_name) in ASIDE:
            return db == ALIAS
        return False if db == "counters" else None


# Counts that this process has met, and when they expire: of those nobody needs to ask whether they have been started.
started: dict[str, int] = {}
MOST_STARTED = 10_000


class CounterCache(DatabaseCache):
    """Whole numbers that expire. `add` and `incr` are exact under any concurrency.

    PostgreSQL and SQLite share the statements: times are UNIX seconds, so that both compare them alike.
    """

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()

    def add(self, key: str, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Start counting at `value` unless a live count stands; says whether it started."""
        now, made = int(time.time()), self.make_key(key, version)
        if started.get(made, 0) > now:
            return False
        if len(started) >= MOST_STARTED:
            started.clear()
        sql = (
            f"INSERT INTO {TABLE} AS c (key, value, expires) VALUES (%s, %s, %s) ON CONFLICT (key)"
            " DO UPDATE SET value = excluded.value, expires = excluded.expires WHERE c.expires <= %s RETURNING value"
        )
        started[made] = expires = now + int(timeout or 0)
        return bool(self.rows(sql, made, value, expires, now))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The count after adding `delta`. Raises ValueError when no count was started."""
        made = self.make_key(key, version)
        found = self.rows(f"UPDATE {TABLE} SET value = value + %s WHERE key = %s RETURNING value", delta, made)
        if found:
            return found[0][0]
        # A crash of the server forgets the counts, and this process need not have noticed.
        left = started.pop(made, 0) - int(time.time())
        if left > 0 and self.add(key, delta, left, version):
            return delta
        raise ValueError(f"Key '{key}' not found")

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        now = int(time.time())
        found = self.rows(
            f"SELECT value FROM {TABLE} WHERE key = %s AND expires > %s", self.make_key(key, version), now
        )
        return found[0][0] if found else default

    def purge(self) -> int:
        """Forget what has expired; how many counts that were."""
        return len(self.rows(f"DELETE FROM {TABLE} WHERE expires <= %s RETURNING key", int(time.time())))

    def clear(self) -> None:
        started.clear()
        self.rows(f"DELETE FROM {TABLE} RETURNING key")
