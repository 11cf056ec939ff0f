"""PostgreSQL: its own pg_dump, on a snapshot whose rows were counted; back by psql, in one transaction."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from printshop.backup.archive import Refused
from printshop.backup.engines import PASSING, Snapshot
from printshop.backup.programs import program

# Seconds that a backup waits for a migration that holds a table.
PATIENCE = 60
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
# What triggers call stays when their tables go.
TRIGGERED = """SELECT proname FROM pg_proc AS p WHERE pronamespace = current_schema()::regnamespace
    AND prorettype = 'trigger'::regtype
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') ORDER BY 1"""
EMPTY = f"""DO $$ DECLARE name text; BEGIN
    FOR name IN {TABLES} LOOP EXECUTE format('DROP TABLE %I.%I CASCADE', current_schema(), name); END LOOP;
    FOR name IN {TRIGGERED} LOOP EXECUTE format('DROP FUNCTION %I.%I()', current_schema(), name); END LOOP;
END $$"""
LOOKS = 20
# Sessions of other processes; our own pool is closed before.
OTHERS = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


def parameters() -> dict[str, Any]:
    """How to reach the shop's database, without the time-outs that are for requests."""
    known = {one.keyword.decode() for one in psycopg.pq.Conninfo.get_defaults()} - {"options"}
    return {key: value for key, value in connections["default"].get_connection_params().items() if key in known}


def run(*command: str, secret: str = "") -> None:
    """Run one of PostgreSQL's programs. Raises `Refused` with what it says when it fails."""
    done = subprocess.run(command, env={**os.environ, "PGPASSWORD": secret}, capture_output=True, text=True)
    if done.returncode:
        raise Refused(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def run_on_shop(*command: str) -> None:
    """Run one on the shop's database; the password is in no list of processes."""
    where = parameters()
    secret = str(where.pop("password", ""))
    run(*command, f"--dbname={make_conninfo('', **where)}", secret=secret)


def counted(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The rows of each table."""
    names = [name for (name,) in connection.execute(TABLES) if name not in PASSING]
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: connection.execute(count.format(sql.Identifier(name))).fetchone()[0] for name in names}  # type: ignore[index]


def check_of(schema: str, rows: dict[str, int]) -> str:
    """SQL that fails when a table has not so many rows."""
    look = "IF (SELECT count(*) FROM {table}) <> {rows} THEN RAISE 'wrong number of rows: %', {name}; END IF;"
    looks = [
        sql.SQL(look).format(table=sql.Identifier(schema, name), rows=sql.Literal(count), name=sql.Literal(name))
        for name, count in rows.items()
    ]
    return sql.SQL("DO $$ BEGIN {} END $$").format(sql.SQL(" ").join(looks)).as_string()


class PostgreSQL:
    """The database of DATABASE_URL, which is the shop's alone."""

    name, file = "postgresql", "database.dump"

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(**parameters(), autocommit=True)

    def close(self) -> None:
        """End the sessions of this process."""
        connections.close_all()
        connections["default"].close_pool()  # type: ignore[attr-defined]

    @property
    def major(self) -> int:
        with self.connect() as connection:
            return connection.info.server_version // 10_000

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        """The transaction stays open until the dump is written, and keeps what was dead at this moment until then."""
        with self.connect() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            [(exported,)] = connection.execute("SELECT pg_export_snapshot()")
            names = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
            migrations = [name for (name,) in names]
            server = str(connection.info.server_version)
            yield Snapshot(server, migrations, counted(connection), partial(self.dump, exported))

    def dump(self, snapshot: str, path: Path) -> None:
        how = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--lock-wait-timeout={PATIENCE}s")
        passing = [f"--exclude-table-data={table}" for table in sorted(PASSING)]
        run_on_shop(program("pg_dump", self.major), *how, *passing, f"--snapshot={snapshot}", f"--file={path}")

    def check(self, server: str) -> None:
        if (theirs := int(server) // 10_000) > self.major:
            raise Refused(f"The backup is of PostgreSQL {theirs}; this server is {self.major}, which cannot read it.")

    def is_empty(self) -> bool:
        with self.connect() as connection:
            return connection.execute(TABLES).fetchone() is None

    def others(self) -> bool:
        self.close()
        with self.connect() as connection:
            return all(self.sees_others(connection) for _ in range(LOOKS))

    def sees_others(self, connection: psycopg.Connection[Any]) -> bool:
        """A look; a session that has just been closed takes a moment to go."""
        found = connection.execute(OTHERS).fetchone() != (0,)
        if found:
            time.sleep(0.1)
        return found

    def restore(self, dump: Path, rows: dict[str, int]) -> None:
        script = dump.with_suffix(".sql")
        run(program("pg_restore", self.major), "--no-owner", "--no-privileges", f"--file={script}", str(dump))
        with self.connect() as connection:
            schema = str(connection.execute("SELECT current_schema()").fetchone()[0])  # type: ignore[index]
        self.close()
        at_once = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        steps = (f"--command={EMPTY}", f"--file={script}", f"--command={check_of(schema, rows)}")
        run_on_shop(program("psql", self.major), *at_once, *steps)
