"""Statements that travel together: PostgreSQL gets several before the answer to the first is waited for.

Each still sees what those before it did. An answer can be read inside or afterwards; what goes wrong is raised where an
answer is read, at the latest at the end.

Within a `transact` a flight may be left under way: Python goes on while the database works. What is sent together later
joins it; whatever else is sent over the connection waits for it to land, and raises what went wrong with it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.db import connection


class Landing(AbstractContextManager["Landing"]):
    """Where a flight is left under way: an execute wrapper of Django's, and a context at whose end it has landed."""

    under_way: ExitStack | None = None

    def __exit__(self, *error: Any) -> None:
        under_way, self.under_way = self.under_way, None
        if under_way:
            under_way.__exit__(*error)

    def land(self) -> None:
        """Wait for the flight that is under way. Raises what went wrong with it."""
        self.__exit__(None, None, None)

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.land()
        return execute(*given)


def landing() -> Landing | None:
    """Where a flight may be left at this moment."""
    return next((one for one in connection.execute_wrappers if isinstance(one, Landing)), None)


@contextmanager
def landed() -> Iterator[None]:
    """A flight may be left under way within this block, and has landed at its end."""
    if connection.vendor != "postgresql" or landing():
        yield
        return
    with Landing() as mine, connection.execute_wrapper(mine):
        yield


def start() -> ExitStack:
    """A new flight, which ends with the stack."""
    flight = ExitStack()
    flight.enter_context(connection.wrap_database_errors)
    flight.enter_context(connection.connection.pipeline())
    return flight


@contextmanager
def together(*, leave: bool = False) -> Iterator[None]:
    """The statements sent meanwhile in one flight, that which is under way or a new one.

    With `leave` it stays under way afterwards, where it may. SQLite, where there is no way to go, carries them out one
    by one.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    mine = landing()
    flight = (mine and mine.under_way) or None
    if flight is None and flying():
        # Within another block, at whose end all of it lands.
        yield
        return
    if mine:
        mine.under_way = None
    with flight or start() as flight:
        yield
        if leave and mine:
            mine.under_way = flight.pop_all()


def flying() -> bool:
    """Whether statements are sent together at this moment."""
    return connection.vendor == "postgresql" and bool(connection.connection.pgconn.pipeline_status)
