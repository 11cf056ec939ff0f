"""What both databases can do: show themselves as they are at one moment, and be put back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.db import connection

from printshop.api.counters import TABLE
from printshop.bulk.models import Worker

# What speaks of the last minute only is not kept: counts of rate limits, and which workers are alive.
PASSING = frozenset({TABLE, Worker._meta.db_table})


@dataclass(frozen=True)
class Snapshot:
    """A database at one moment; `write` puts it into a file while the shop goes on."""

    server: str
    migrations: list[str]
    rows: dict[str, int]
    write: Callable[[Path], None]


class Engine(Protocol):
    """`name` stands in the manifest, `file` is the database's name in the archive."""

    name: str
    file: str

    def snapshot(self, folder: Path) -> AbstractContextManager[Snapshot]:
        """Hold on to this moment; large temporary files go into the folder."""

    def check(self, server: str) -> None:
        """Refuse what was backed up from a server that this one cannot follow."""

    def is_empty(self) -> bool:
        """Whether there is no table yet."""

    def others(self) -> bool:
        """Whether other processes have the database open."""

    def restore(self, dump: Path, rows: dict[str, int]) -> None:
        """Put the dump in place of what is there, all or nothing, once it has so many rows in each table."""


def engine() -> Engine:
    """The one of this shop's database."""
    from printshop.backup import postgresql, sqlite

    return postgresql.PostgreSQL() if connection.vendor == "postgresql" else sqlite.SQLite()


def differences(wanted: dict[str, int], found: dict[str, int]) -> str:
    """The first table that has not the rows it should have, in words; empty when all have."""
    wrong = sorted(table for table, _ in wanted.items() ^ found.items())
    return f"{wrong[0]} has {found.get(wrong[0])} rows in place of {wanted.get(wrong[0])}" if wrong else ""
