"""Eight clients at a shop for a while, and the judgement afterwards."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from printshop.bulk.tests.deferred.workers import eventually, unfinished
from printshop.tests.trust.ledger import Ledger
from printshop.tests.trust.load.buying import Client
from printshop.tests.trust.load.sluggish import sluggish
from printshop.tests.trust.load.street import Street
from printshop.tests.trust.load.troubles import Fate
from printshop.tests.trust.load.watching import Watch, grown, percentile, watching
from printshop.tests.trust.oracle import judge

CLIENTS = 8
# Seconds that a lock is held, or the broker away.
HELD = 3
# Seconds for what was accepted to be carried out, once nobody asks for more.
REST = 300


@dataclass
class Run:
    """What was sent, what befell the shop meanwhile, and what it took."""

    seed: int
    seconds: float
    clients: list[Client]
    beside_slow_ones: Watch
    watch: Watch
    befell: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[str]:
        return [fault for client in self.clients for fault in client.faults]

    @property
    def answered(self) -> Counter[tuple[str, int]]:
        return sum((client.answered for client in self.clients), Counter())

    def figures(self) -> str:
        """The figures of the table."""
        statuses: Counter[int] = Counter()
        for (_, status), times in self.answered.items():
            statuses[status] += times
        told = {status or "no answer": times for status, times in sorted(statuses.items())}
        pages = [
            " to ".join(f"{percentile(watch.waits, part) * 1000:.0f}" for part in (0.5, 0.99))
            for watch in (self.beside_slow_ones, self.watch)
        ]
        ends = {name: grown(numbers) for name, numbers in self.watch.samples.items() if name != "standing still"}
        return ", ".join(
            [
                f"{self.seconds:.0f} s, seed {self.seed}",
                *(f"{what} {times}×" for what, times in sorted(self.befell.items())),
                f"{sum(statuses.values())} calls",
                *(f"{status}: {times}" for status, times in told.items()),
                f"a page (p50 to p99) {pages[0]} ms beside slow and idle clients, {pages[1]} ms beside all",
                *(f"{name} {first:.0f} → {last:.0f}" for name, (first, last) in ends.items()),
            ]
        )


def befall(street: Street, run: Run, every: float) -> None:
    """A trouble `every` so many seconds until the time is over, each of them once at least."""
    fate = Fate(street, random.Random(run.seed), held=min(HELD, every))
    end = time.monotonic() + run.seconds
    while time.monotonic() < end:
        for trouble in fate.drawn():
            due = time.monotonic() + every
            run.befell[trouble()] += 1
            Event().wait(max(0, due - time.monotonic()))


def load(street: Street, folder: Path, seconds: float, seed: int, every: float = 0) -> Run:
    """Eight clients, slow and idle ones, and a trouble `every` so many seconds (0: none)."""
    clients = [
        Client(f"client-{number}", street.shops, Ledger(folder / f"ledger-{number}"), random.Random(f"{seed} {number}"))
        for number in range(CLIENTS)
    ]
    ended = Event()
    with sluggish(street.shops), ThreadPoolExecutor(CLIENTS) as pool:
        with watching(street.shops) as calm:
            Event().wait(0.2 * seconds)
        working = [pool.submit(client.work, ended) for client in clients]
        # What a process takes at first, it takes once.
        Event().wait(0.2 * seconds)
        with watching(street.shops) as watch:
            run = Run(seed, seconds, clients, calm, watch)
            try:
                befall(street, run, every) if every else Event().wait(seconds)
            finally:
                ended.set()
        for one in working:
            one.result()
    return run


def judged(run: Run) -> list[str]:
    """What is not as it must be, once everything that was accepted is carried out."""
    eventually(lambda: not unfinished(), REST, "the end of what was accepted")
    ledgers = [client.ledger for client in run.clients]
    return run.faults + judge(*ledgers, send=run.clients[0].send)
