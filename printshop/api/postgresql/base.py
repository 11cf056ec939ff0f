"""Django's PostgreSQL, with a pool that hands out the connection that was given back last.

Each connection has a process of the server behind it, which has to warm up: plans, what it knows of tables, the caches
of its processor. Handed round, as psycopg's pool does, all of them stay lukewarm: two workers make a fifth more of the
same work when each keeps to one, and what is not needed grows old and is let go.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from printshop.api.patience import PatientConnection


class Pool(ConnectionPool[PatientConnection]):
    """Connections as a stack; those at its bottom are let go first."""

    def _get_ready_connection(self, timeout: float | None) -> PatientConnection | None:
        # Upstream takes the first, and closes the first of those that nobody needs.
        self._pool.rotate(1)
        return super()._get_ready_connection(timeout)


class DatabaseWrapper(base.DatabaseWrapper):
    """As upstream, but for the pool and what it is made of."""

    # Upstream's own, which its stubs do not know.
    _connection_pools: ClassVar[dict[str, Any]]
    _configure_connection: Callable[..., None]

    @property
    def pool(self) -> Pool | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            made = Pool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                connection_class=PatientConnection,
                open=False,
                configure=self._configure_connection,
                check=Pool.check_connection,
                **options,
            )
            # Several threads may come first; one of their pools stays, the others were never opened.
            self._connection_pools.setdefault(self.alias, made)
        return self._connection_pools[self.alias]
