"""Rounds: every contender once, in an order that is drawn anew, each with work of its own."""

import argparse
import gc
import random
import statistics
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Protocol

from django.db import connection

from benchmarks.callers import NAIVE_PATHS, PATHS, PLAIN_PATHS, Caller
from benchmarks.same import difference, everything
from benchmarks.shop import Case, Shop, Work
from benchmarks.stock import fill, settle


class Contender(Protocol):
    """Somebody who can carry out a call, or raises."""

    def run(self, work: Work) -> object: ...


Times = dict[str, list[float]]
HEAD = ("", "ours", "floor", "plain ORM", "naive loop", "ours/floor", "fastest", "aim", "plain/ours", "naive/ours")
ROW = "{:<24}{:>19}{:>19}{:>19}{:>22}{:>12}{:>9}{:>7}{:>12}{:>12}"


def make_floor() -> Contender:
    if connection.vendor == "postgresql":
        from benchmarks import floor_postgresql

        return floor_postgresql.Floor()
    from benchmarks import floor_sqlite

    return floor_sqlite.Floor()


def contenders(shop: Shop, *, naive: bool) -> dict[str, Contender]:
    found: dict[str, Contender] = {"ours": Caller(shop, PATHS), "floor": make_floor()}
    others = {"plain": Caller(shop, PLAIN_PATHS), "naive": Caller(shop, NAIVE_PATHS)}
    return found | others if naive else found


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


def ratio(one: Sequence[float] | None, other: Sequence[float]) -> str:
    """Of the medians."""
    return f"{statistics.median(one) / statistics.median(other):.2f}×" if one else "–"


def line(case: Case, times: Times) -> str:
    ours, floor, plain, naive = times["ours"], times["floor"], times.get("plain"), times.get("naive")
    cells = [cell(one) for one in (ours, floor, plain, naive)]
    ratios = f"{min(ours) / min(floor):.2f}×", f"{case.aim if connection.vendor == 'postgresql' else 2.0}×"
    return ROW.format(case.title, *cells, ratio(ours, floor), *ratios, ratio(plain, ours), ratio(naive, ours))


def show(shop: Shop, cases: Mapping[str, Case], options: argparse.Namespace) -> None:
    """Print the table: median and, in brackets, minimum of each; the ratios of both."""
    running = contenders(shop, naive=not options.without_naive)
    draw = random.Random(options.seed)
    for name, case in cases.items():
        prove_same(name, case, shop, running["ours"], running["floor"])
    # In an empty shop the database plans as if it stayed so, and reads whole tables to check a key.
    fill(shop, options.orders, options.skus)
    print(ROW.format(*HEAD))
    for case in cases.values():
        settle()
        both = {one: running[one] for one in ("ours", "floor")}
        measure(case, shop, both, options.warmup, draw)
        # The others have no addresses for single things.
        print(line(case, measure(case, shop, both if case.single else running, options.rounds, draw)), flush=True)
