"""Where our time goes: what each statement takes of a call, then the functions that take the most of it."""

import argparse
import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from time import perf_counter
from typing import Any

from django.db import connections

from benchmarks.callers import PATHS, Caller
from benchmarks.shop import Case, Shop

SHOWN_FUNCTIONS = 30
SHOWN_SQL = 110


class Stopwatch:
    """Adds up what each statement takes, its client's part included; transaction control is not seen by it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        start = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds[sql] += perf_counter() - start
            self.calls[sql] += 1


def run(caller: Caller, case: Case, shop: Shop, times: int, profiler: cProfile.Profile | None = None) -> float:
    """Seconds a call takes on average, its preparation left out."""
    spent = 0.0
    for _ in range(times):
        work = case.make(shop)
        with profiler or ExitStack():
            start = perf_counter()
            caller.run(work)
            spent += perf_counter() - start
    return spent / times


def show_statements(caller: Caller, case: Case, shop: Shop, times: int) -> None:
    """Statements in the order of their first sending: milliseconds a call."""
    # Work is made by statements too; only those of the call are to be seen.
    works = [case.make(shop) for _ in range(times)]
    watch = Stopwatch()
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(watch))
        for work in works:
            caller.run(work)
    for sql, seconds in watch.seconds.items():
        print(f"{seconds / times * 1000:8.2f} ms {watch.calls[sql] / times:5.1f} × {' '.join(sql.split())[:SHOWN_SQL]}")
    print(f"{sum(watch.seconds.values()) / times * 1000:8.2f} ms in statements")


def show(shop: Shop, cases: Mapping[str, Case], options: argparse.Namespace) -> None:
    caller = Caller(shop, PATHS)
    for case in cases.values():
        run(caller, case, shop, options.warmup)
        print(f"\n=== {case.title}: {run(caller, case, shop, options.rounds) * 1000:.1f} ms a call")
        show_statements(caller, case, shop, min(options.rounds, 5))
        profiler = cProfile.Profile()
        run(caller, case, shop, options.rounds, profiler)
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(SHOWN_FUNCTIONS)
