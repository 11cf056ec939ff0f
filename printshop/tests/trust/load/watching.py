"""What a busy shop takes, from second to second, and how long somebody waits who only wants a page."""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from django.db import connection

from printshop.tests.trust.faults.shops import Shop

# Sessions of the processes of a shop are told from those of the tests by this name.
SESSIONS = "printshop-load"
EVERY, PAGE = 0.5, "/api/skus?limit=5"
# Seconds that a transaction may stand still between two statements.
STANDSTILL = 10
POSTGRESQL = """
SELECT count(*),
    count(*) FILTER (WHERE state LIKE 'idle in transaction%%' AND state_change < now() - %s * interval '1 s')
FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()
"""


def taken_by(pid: int) -> Iterator[tuple[str, float]]:
    """Megabytes, threads and open files of a process; nothing when it has ended."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        said = dict(line.split(":", 1) for line in lines)
        if "VmRSS" in said:
            yield "megabytes", int(said["VmRSS"].split()[0]) / 1024
            yield "threads", int(said["Threads"])
            yield "files", len(os.listdir(f"/proc/{pid}/fd"))


def sessions() -> Iterator[tuple[str, float]]:
    """How many sessions the processes hold at PostgreSQL, and how many stand still within a transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(POSTGRESQL, [STANDSTILL, SESSIONS])
            held, still = cursor.fetchone()
        yield "sessions", held
        yield "standing still", still


@dataclass
class Watch:
    """Samples of what all processes take together, and the seconds that each page took."""

    shops: list[Shop]
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: list[float] = field(default_factory=list)
    unserved: list[str] = field(default_factory=list)

    def sample(self) -> None:
        sums: dict[str, float] = defaultdict(float)
        for process in [one for shop in self.shops for one in shop.processes]:
            for name, number in taken_by(process.pid):
                sums[name] += number
        for name, number in [*sums.items(), *sessions()]:
            self.samples[name].append(number)

    def read(self, shop: Shop) -> None:
        """Ask for a small page, as somebody who has just come: on a connection of their own."""
        began = time.monotonic()
        try:
            answer, headers = shop.call("GET", PAGE)
        except OSError as broken:
            self.unserved.append(type(broken).__name__)
            return
        self.waits.append(time.monotonic() - began)
        if answer.status != 200:
            self.unserved.append(f"{answer.status}{' come again' if 'Retry-After' in headers else ''}")

    def until(self, ended: Event) -> None:
        try:
            while not ended.wait(EVERY):
                self.sample()
                for shop in self.shops:
                    self.read(shop)
        finally:
            connection.close()


@contextmanager
def watching(shops: list[Shop]) -> Iterator[Watch]:
    """Watch until the end of the block."""
    watch, ended = Watch(shops), Event()
    thread = Thread(target=watch.until, args=(ended,))
    thread.start()
    try:
        yield watch
    finally:
        ended.set()
        thread.join()


Typical = Callable[[Sequence[float]], float]


def grown(numbers: Sequence[float], typical: Typical = statistics.median) -> tuple[float, float]:
    """What is typical of the first third, and of the last."""
    third = max(1, len(numbers) // 3)
    return typical(numbers[:third]), typical(numbers[-third:])


def growth(
    samples: Mapping[str, Sequence[float]], allowed: Mapping[str, float], typical: Typical = statistics.median
) -> list[str]:
    """What has grown to more than `allowed` times as much between the first and the last third."""
    ends = {name: grown(samples[name], typical) for name in allowed if samples.get(name)}
    return [
        f"{name} grew from {first:.0f} to {last:.0f}"
        for name, (first, last) in ends.items()
        if last > first * allowed[name]
    ]


def percentile(numbers: Sequence[float], part: float) -> float:
    return sorted(numbers)[min(len(numbers) - 1, int(len(numbers) * part))]
