"""Rounds: every contender once, in an order that is drawn anew, each with work of its own."""

import argparse
import gc
import random
import statistics
from collections.abc import Mapping, Sequence
from typing import Protocol

from django.db import connection

from benchmarks.callers import NAIVE_PATHS, PATHS, PLAIN_PATHS, Caller
from benchmarks.clocks import Clock, Reading, processor, wall
from benchmarks.same import difference, everything
from benchmarks.shop import Case, Shop, Work
from benchmarks.stock import fill, settle


class Contender(Protocol):
    """Somebody who can carry out a call, or raises."""

    def run(self, work: Work) -> object: ...


Times = dict[str, list[Reading]]
HEAD = ("", "ours", "floor", "plain ORM", "naive loop", "ours/floor", "fastest", "aim", "plain/ours", "naive/ours")
ROW = "{:<24}{:>23}{:>23}{:>23}{:>25}{:>12}{:>9}{:>7}{:>12}{:>12}"


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


def timed(contender: Contender, work: Work, clock: Clock = wall) -> Reading:
    """What a call takes by a clock."""
    gc.collect()
    start = clock()
    contender.run(work)
    return tuple(after - before for before, after in zip(start, clock(), strict=True))


def measure(
    case: Case, shop: Shop, running: Mapping[str, Contender], rounds: int, draw: random.Random, clock: Clock = wall
) -> Times:
    """What each call takes, by contender."""
    times: Times = {name: [] for name in running}
    for _ in range(rounds):
        for name in draw.sample(list(running), len(running)):
            times[name].append(timed(running[name], case.make(shop), clock))
    return times


def median(readings: Sequence[Reading]) -> float:
    return statistics.median(map(sum, readings))


def cell(readings: Sequence[Reading] | None) -> str:
    """Medians in milliseconds, and in brackets the least."""
    if not readings:
        return "–"
    parts = " + ".join(f"{statistics.median(part) * 1000:.1f}" for part in zip(*readings, strict=True))
    return f"{parts} ({min(map(sum, readings)) * 1000:.1f}) ms"


def ratio(one: Sequence[Reading] | None, other: Sequence[Reading]) -> str:
    """Of the medians."""
    return f"{median(one) / median(other):.2f}×" if one else "–"


def line(case: Case, times: Times) -> str:
    ours, floor, plain, naive = times["ours"], times["floor"], times.get("plain"), times.get("naive")
    cells = [cell(one) for one in (ours, floor, plain, naive)]
    least = min(map(sum, ours)) / min(map(sum, floor))
    ratios = f"{least:.2f}×", f"{case.aim if connection.vendor == 'postgresql' else 2.0}×"
    return ROW.format(case.title, *cells, ratio(ours, floor), *ratios, ratio(plain, ours), ratio(naive, ours))


def show(shop: Shop, cases: Mapping[str, Case], options: argparse.Namespace) -> None:
    """Print the table: median and, in brackets, minimum of each; the ratios of both.

    With `--processor` it is client + server that take the milliseconds.
    """
    running = contenders(shop, naive=not options.without_naive)
    draw = random.Random(options.seed)
    for name, case in cases.items():
        prove_same(name, case, shop, running["ours"], running["floor"])
    # In an empty shop the database plans as if it stayed so, and reads whole tables to check a key.
    fill(shop, options.orders, options.skus)
    # By now everybody has a session of its own.
    clock = processor() if options.processor else wall
    print(ROW.format(*HEAD))
    for case in cases.values():
        settle()
        both = {one: running[one] for one in ("ours", "floor")}
        measure(case, shop, both, options.warmup, draw)
        # The others have no addresses for single things.
        chosen = both if case.single else running
        print(line(case, measure(case, shop, chosen, options.rounds, draw, clock)), flush=True)
