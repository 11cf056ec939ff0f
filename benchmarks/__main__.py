"""The command: gives each section and database a process and a fresh shop of its own, thrown away afterwards."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.options import SECTIONS, parse

# The window is real and every request is counted; only its end must never be met.
LIMITS = {
    f"RATE_LIMIT_{scope}": "1000000000" for scope in ("STANDARD", "ADMIN", "ORDERS_BULK", "JOBS_BULK", "SKUS_BULK")
}
# Nor that of statements: filling a large shop takes longer than any request.
LIMITS["STATEMENT_TIMEOUT_MS"] = "0"


@contextmanager
def sqlite() -> Iterator[str]:
    """A file beside the shop's own: a temporary folder may live in memory, where a commit costs nothing."""
    home = Path(os.environ.get("PRINTSHOP_VAR", "var"))
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.resolve(), prefix="benchmark-") as folder:
        yield f"sqlite:///{folder}/shop.sqlite3"


@contextmanager
def postgresql() -> Iterator[str]:
    """A database on the server at PGHOST:PGPORT, with the durability that this server is set to."""
    name = f"printshop_benchmark_{os.getpid()}"
    where = f"{os.environ.get('PGHOST') or '127.0.0.1'}:{os.environ.get('PGPORT') or '5432'}"
    server = f"postgresql://{os.environ.get('PGUSER', 'postgres')}@{where}"
    with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=3) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


DATABASES = {"postgresql": postgresql, "sqlite": sqlite}


def measure_on(database: str, module: str = "benchmarks.measure") -> int:
    """Measure in a process of its own: Django's settings hold one default database."""
    with DATABASES[database]() as url, tempfile.TemporaryDirectory() as var:
        environment = {
            **os.environ,
            **LIMITS,
            "DATABASE_URL": url,
            "PRINTSHOP_VAR": var,
            "SECRET_KEY": "only-for-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz",
            "DJANGO_SETTINGS_MODULE": "printshop.settings",
            "RATE_LIMITS": "on",
            "REDIS_URL": "",
        }
        command = [sys.executable, "-m", module, *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode


def main(module: str = "") -> int:
    """Measure the sections that are asked for, or a module of one's own, on each database."""
    options = parse()
    sections = options.section or (["calls"] if options.only or options.profile else SECTIONS)
    failed = 0
    for one in [module] if module else [SECTIONS[section] for section in sections]:
        for database in options.database or DATABASES:
            try:
                failed |= measure_on(database, one)
            except psycopg.OperationalError as error:
                print(f"{database} is left out: {error}", file=sys.stderr)
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
