"""SQLite: a copy by its backup interface, which readers and writers of the shop do not notice."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.db import connections

from printshop.backup.archive import Refused
from printshop.backup.engines import PASSING, Snapshot, differences

BESIDE = ("-wal", "-shm")


def counted(database: sqlite3.Connection) -> dict[str, int]:
    """The rows of each table."""
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    names = sorted({name for (name,) in found} - PASSING)
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def fault_of(database: sqlite3.Connection) -> str:
    """What SQLite itself finds wrong with a database, or nothing."""
    [said] = database.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        return str(said)
    dangling = database.execute("PRAGMA foreign_key_check").fetchone()
    return f"a row of {dangling[0]} refers to none of {dangling[2]}" if dangling else ""


def copy(source: Path, target: Path) -> None:
    """One consistent copy in one file, sound or refused."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")
        if fault := fault_of(new):
            raise Refused(f"{source} is damaged: {fault}.")


def migrations(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return [name for (name,) in found]


class SQLite:
    """The shop's file. The counters' file beside it is not backed up, and is left alone where there is one."""

    name, file = "sqlite", "database.sqlite3"

    @property
    def path(self) -> Path:
        return Path(connections["default"].settings_dict["NAME"])

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        taken = folder / "copy.sqlite3"
        copy(self.path, taken)
        with closing(sqlite3.connect(taken)) as database:
            found = Snapshot(
                sqlite3.sqlite_version, migrations(database), counted(database), partial(os.replace, taken)
            )
        yield found

    def check(self, server: str) -> None:
        """The format of the file is the same for all of SQLite 3."""

    def is_empty(self) -> bool:
        with closing(sqlite3.connect(self.path)) as database:
            return not counted(database)

    def others(self) -> bool:
        """Leaving the write-ahead log needs the file alone."""
        connections.close_all()
        with closing(sqlite3.connect(self.path, timeout=1)) as database:
            try:
                database.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.OperationalError:
                return True
        return False

    def restore(self, dump: Path, rows: dict[str, int]) -> None:
        with closing(sqlite3.connect(dump)) as database:
            if fault := fault_of(database) or differences(rows, counted(database)):
                raise Refused(f"The backup is damaged: {fault}.")
        beside = self.path.with_name(f"{self.path.name}.restored")
        try:
            shutil.move(dump, beside)
        except OSError as fault:
            beside.unlink(missing_ok=True)
            raise Refused(f"The backup cannot be put where the shop is: {fault}.") from None
        connections.close_all()
        self.put_aside()
        beside.replace(self.path)

    def put_aside(self) -> None:
        """What was there stays beside it, under the time."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        if not self.is_empty():
            self.path.rename(self.path.with_name(f"{self.path.name}.before-{stamp}"))
        for end in BESIDE:
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
