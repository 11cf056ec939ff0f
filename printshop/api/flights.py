"""Statements that travel together: PostgreSQL gets several before the answer to the first is waited for.

Each still sees what those before it did. An answer can be read inside or afterwards; what goes wrong is raised where an
answer is read, at the latest at the end.

COPY cannot fly along. Within a `transact` its rows are left on their way instead: whatever is sent next over the
connection waits for them to land, and raises what went wrong with them; until then Python goes on.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection


class Landing(AbstractContextManager["Landing"]):
    """Where rows are left on their way: an execute wrapper of Django's, and a context at whose end they have landed."""

    under_way: AbstractContextManager[Any] | None = None

    def __exit__(self, *error: Any) -> None:
        under_way, self.under_way = self.under_way, None
        if under_way:
            under_way.__exit__(*error)

    def land(self) -> None:
        """Wait for the rows that are on their way. Raises what went wrong with them."""
        self.__exit__(None, None, None)

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.land()
        return execute(*given)


def landing() -> Landing | None:
    """Where rows may be left at this moment."""
    return next((one for one in connection.execute_wrappers if isinstance(one, Landing)), None)


@contextmanager
def landed() -> Iterator[None]:
    """Rows may be left on their way within this block, and have landed at its end."""
    if connection.vendor != "postgresql" or landing():
        yield
        return
    with Landing() as mine, connection.execute_wrapper(mine):
        yield


@contextmanager
def together() -> Iterator[None]:
    """The statements sent meanwhile in one flight. SQLite, where there is no way to go, carries them out one by one."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    if mine := landing():
        mine.land()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def flying() -> bool:
    """Whether statements are sent together at this moment."""
    return connection.vendor == "postgresql" and bool(connection.connection.pgconn.pipeline_status)
