"""Where the figures come from: without this line they mean nothing."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import django
from django.db.backends.base.base import BaseDatabaseWrapper


def field_of(path: str, name: str) -> str:
    """The first `name: value` of a file of the kernel's; a dash where there is none."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "–"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "–")


def memory() -> str:
    kilobytes = field_of("/proc/meminfo", "MemTotal").split()[0]
    return f"{int(kilobytes) / 2**20:.0f} GiB" if kilobytes.isdigit() else kilobytes


def asked(connection: BaseDatabaseWrapper, sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def database(connection: BaseDatabaseWrapper) -> str:
    """Name, version and what a commit waits for."""
    if connection.vendor == "sqlite":
        kept = asked(connection, "PRAGMA journal_mode"), asked(connection, "PRAGMA synchronous")
        return f"SQLite {asked(connection, 'SELECT sqlite_version()')}, journal {kept[0]}, synchronous {kept[1]}"
    version = asked(connection, "SHOW server_version").split()[0]
    durable = ", ".join(f"{name} {asked(connection, f'SHOW {name}')}" for name in ("fsync", "synchronous_commit"))
    return f"PostgreSQL {version}, {durable}"


def computer() -> str:
    """Processor, cores and memory."""
    processor = field_of("/proc/cpuinfo", "model name")
    if processor == "–":
        processor = platform.machine()
    return f"{processor}, {os.cpu_count()} cores, {memory()}"


# Prints how often it goes round in a second.
LOOP = "import time; end = time.perf_counter() + 1; n = 0\nwhile time.perf_counter() < end: n += 1\nprint(n)"


def two_at_once() -> float:
    """How much more two processes that share nothing do than one: what a second worker can gain here at most."""
    alone, both = (sum(int(one.communicate()[0]) for one in [looping() for _ in range(count)]) for count in (1, 2))
    return both / alone


def looping() -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True)


def machine_line(connection: BaseDatabaseWrapper) -> str:
    load = os.getloadavg()[0]
    return (
        f"\n{database(connection)} · Python {platform.python_version()} · Django {django.get_version()} · {computer()}"
        f" · load {load:.1f} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )
