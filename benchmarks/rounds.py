"""Rounds: every contender once, in an order that is drawn anew, each with work of its own."""

import argparse
import gc
import random
import statistics
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Protocol

from django.db import connection

from benchmarks.callers import NAIVE_PATHS, PATHS, Caller
from benchmarks.same import difference, everything
from benchmarks.shop import Case, Shop, Work


class Contender(Protocol):
    """Somebody who can carry out a call, or raises."""

    def run(self, work: Work) -> object: ...


Times = dict[str, list[float]]
HEAD = ("", "ours", "floor", "naive", "ours/floor", "of the fastest", "naive/ours")
ROW = "{:<24}{:>20}{:>20}{:>22}{:>12}{:>16}{:>12}"


def make_floor() -> Contender:
    if connection.vendor == "postgresql":
        from benchmarks import floor_postgresql

        return floor_postgresql.Floor()
    from benchmarks import floor_sqlite

    return floor_sqlite.Floor()


def contenders(shop: Shop, *, naive: bool) -> dict[str, Contender]:
    found: dict[str, Contender] = {"ours": Caller(shop, PATHS), "floor": make_floor()}
    return {**found, "naive": Caller(shop, NAIVE_PATHS)} if naive else found


def prove_same(name: str, case: Case, shop: Shop, ours: Contender, floor: Contender) -> None:
    """Raises RuntimeError unless both leave the same rows."""
    found = []
    for contender in (ours, floor):
        work = case.make(shop)
        before = everything()
        contender.run(work)
        found.append(difference(before, everything()))
    if found[0] != found[1]:
        only = [
            [row for row in one if row not in other]
            for one, other in zip(found[0] + found[1], found[1] + found[0], strict=True)
        ]
        raise RuntimeError(f"{name}: ours and the floor leave different rows: {only}")


def timed(contender: Contender, work: Work) -> float:
    gc.collect()
    start = perf_counter()
    contender.run(work)
    return perf_counter() - start


def measure(case: Case, shop: Shop, running: Mapping[str, Contender], rounds: int, draw: random.Random) -> Times:
    """Seconds of each call, by contender."""
    times: Times = {name: [] for name in running}
    for _ in range(rounds):
        for name in draw.sample(list(running), len(running)):
            times[name].append(timed(running[name], case.make(shop)))
    return times


def cell(seconds: Sequence[float] | None) -> str:
    """Median and minimum in milliseconds."""
    return f"{statistics.median(seconds) * 1000:.1f} ({min(seconds) * 1000:.1f}) ms" if seconds else "–"


def line(case: Case, times: Times) -> str:
    ours, floor, naive = times["ours"], times["floor"], times.get("naive")
    median, fastest = statistics.median(ours) / statistics.median(floor), min(ours) / min(floor)
    slower = f"{statistics.median(naive) / statistics.median(ours):.0f}×" if naive else "–"
    return ROW.format(case.title, cell(ours), cell(floor), cell(naive), f"{median:.2f}×", f"{fastest:.2f}×", slower)


def settle() -> None:
    """Statistics as a shop at work has them."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def show(shop: Shop, cases: Mapping[str, Case], options: argparse.Namespace) -> None:
    """Print the table: median and, in brackets, minimum of each; the ratios of both."""
    running = contenders(shop, naive=not options.without_naive)
    draw = random.Random(options.seed)
    print(ROW.format(*HEAD))
    for name, case in cases.items():
        prove_same(name, case, shop, running["ours"], running["floor"])
        settle()
        measure(case, shop, {one: running[one] for one in ("ours", "floor")}, options.warmup, draw)
        print(line(case, measure(case, shop, running, options.rounds, draw)), flush=True)
