"""Processes that are killed in the middle of a request: at a statement, before the commit, or after it.

A child is forked from the test, carries the request through the whole stack on connections of its own, and sends itself
SIGKILL at the chosen point. Nothing in the product knows of it.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections

from printshop.bulk.tests.deferred.workers import eventually

BEFORE_COMMIT, AFTER_COMMIT = "before the commit", "after the commit"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process dies: at its n-th statement, before it is sent or after it was, or at the commit of its work."""

    statement: int = -1
    sent: bool = False
    commit: str = ""

    def __str__(self) -> str:
        return self.commit or f"{'after' if self.sent else 'before'} statement {self.statement}"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Executioner:
    """Counts statements and commits of the work itself, and kills its process at the point."""

    def __init__(self, point: Point) -> None:
        self.point, self.statements = point, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        number, self.statements = self.statements, self.statements + 1
        if number == self.point.statement and not self.point.sent:
            die()
        answer = execute(sql, params, many, context)
        if number == self.point.statement:
            die()
        return answer

    def watch_commits(self) -> None:
        """A call has one transaction; what counts it commits by itself, or in a database of its own."""
        commit = connection._commit  # type: ignore[attr-defined]

        def watched() -> Any:
            if self.point.commit == BEFORE_COMMIT:
                die()
            answer = commit()
            if self.point.commit == AFTER_COMMIT:
                die()
            return answer

        connection._commit = watched  # type: ignore[attr-defined]


def closed() -> None:
    """No connection is shared by two processes."""
    connections.close_all()
    for one in connections.all():
        if close_pool := getattr(one, "close_pool", None):
            close_pool()


def session_of(process: int) -> str:
    return f"killed-{process}"


def is_gone(name: str) -> bool:
    """Whether the server has noticed that nobody is at the other end of a session any more."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name])
        return cursor.fetchone()[0] == 0


def killed_at(point: Point, act: Callable[[], Any]) -> bool:
    """Do it in a child that dies at the point; False when it came to its end before."""
    closed()
    child = os.fork()
    if child == 0:
        try:
            os.environ["PGAPPNAME"] = session_of(os.getpid())
            executioner = Executioner(point)
            executioner.watch_commits()
            with connection.execute_wrapper(executioner):
                act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    # PostgreSQL needs a moment to notice, some ms and more on a busy machine: until then the session holds its locks.
    eventually(lambda: is_gone(session_of(child)), what="the end of the killed child's session")
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
