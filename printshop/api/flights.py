"""Statements that travel together: PostgreSQL gets several before the answer to the first is waited for.

Each still sees what those before it did. An answer can be read inside or afterwards; what goes wrong is raised where an
answer is read, at the latest at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def together() -> Iterator[None]:
    """The statements sent meanwhile in one flight. SQLite, where there is no way to go, carries them out one by one.

    COPY cannot fly along.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def flying() -> bool:
    """Whether statements are sent together at this moment."""
    return connection.vendor == "postgresql" and bool(connection.connection.pgconn.pipeline_status)
