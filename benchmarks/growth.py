"""A small shop and a large one: what the same calls and pages cost in each. The section `growth` of the command.

They take turns, so that a machine whose speed wanders is the same to both. Processor time of client and database
together, the least of the rounds: what an index saves or a scan costs shows in it, and other work on the machine does
not. Of the large shop PostgreSQL also tells (EXPLAIN) how it comes to the rows of each call and page.
"""

import gc
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection

from benchmarks.__main__ import DATABASES
from benchmarks.clocks import processor
from benchmarks.measure import prepare
from benchmarks.options import parse

if TYPE_CHECKING:
    from benchmarks.shop import Shop

PAGES = (
    "/api/orders?limit=100",
    "/api/orders?status=pending_payment",
    "/api/jobs?limit=100",
    "/api/jobs?status=QUEUED",
    "/api/skus?limit=100",
    "/api/bulk-operations",
    "/api/bulk-operations/{id}",
    "/api/bulk-operations/{id}/items",
)
ROW = "{:<46}{:>16}{:>16}{:>10}"
# Tells a process that it is the small shop.
SMALL = "BENCHMARK_SMALL_SHOP"
Act = Callable[[], Any]


def cost(act: Act) -> float:
    gc.collect()
    clock = processor()
    start = sum(clock())
    act()
    return sum(clock()) - start


def acts_of(shop: "Shop") -> Mapping[str, Callable[[], Act]]:
    """What makes each call ready, and each page of the latest operation."""
    from benchmarks.callers import PATHS, Caller
    from benchmarks.shop import CASES
    from printshop.bulk.models import BulkOperation
    from printshop.testing import KeyClient

    caller, client = Caller(shop, PATHS), KeyClient(shop.secret)

    def page(path: str) -> Act:
        latest = str(BulkOperation.objects.latest("created_at").pk) if "{id}" in path else ""
        return partial(client.get, path.format(id=latest), host="localhost")

    calls = {case.title: lambda case=case: partial(caller.run, case.make(shop)) for case in CASES.values()}
    return {**calls, **{path: partial(page, path) for path in PAGES}}


def ways_to_rows(act: Act) -> Counter[str]:
    """How the statements of a call come to the rows of tables, by EXPLAIN: scans and what they go by."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        act()
    found: Counter[str] = Counter()
    for sql, params in sent:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
                lines = "\n".join(line for (line,) in cursor.fetchall())
            found.update(re.findall(r"(?:Seq|Index Only|Index) Scan (?:using \w+ |Backward using \w+ )?on \w+", lines))
    return found


@contextmanager
def small_shop() -> Iterator[Callable[[str], float]]:
    """A process with a database of its own: what an act of this title costs there."""
    with DATABASES[connection.vendor]() as url:
        command = [sys.executable, "-m", "benchmarks.growth", *sys.argv[1:]]
        environment = {**os.environ, "DATABASE_URL": url, SMALL: "1"}
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            asked, told = child.stdin, child.stdout
            assert asked is not None
            assert told is not None

            def turn(title: str) -> float:
                print(title, file=asked, flush=True)
                return float(told.readline())

            yield turn
            asked.close()


def take_turns(shop: "Shop") -> None:
    """The small shop's part."""
    acts = acts_of(shop)
    for title in sys.stdin:
        print(cost(acts[title.rstrip("\n")]()), flush=True)


def compare(shop: "Shop", warmup: int, rounds: int) -> None:
    with small_shop() as small:
        for title, make in acts_of(shop).items():
            both = [(small(title), cost(make())) for _ in range(warmup + rounds)][warmup:]
            before, after = map(min, zip(*both, strict=True))
            cells = f"{before * 1000:.1f} ms", f"{after * 1000:.1f} ms", f"{after / before:.2f}×"
            print(ROW.format(title, *cells), flush=True)


def measure() -> None:
    """One database's part, in a process whose settings name it. The server must run on this machine."""
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks.machine import machine_line
    from benchmarks.shop import Shop
    from benchmarks.stock import fill

    shop = Shop.open()
    if SMALL in os.environ:
        fill(shop, options.orders, options.skus)
        take_turns(shop)
        return
    print(machine_line(connection))
    start = time.perf_counter()
    fill(shop, options.grown, options.grown // 10)
    made = time.perf_counter() - start
    print(f"{options.grown:,} orders with jobs and moves and {options.grown // 10:,} SKUs, made in {made:.0f} s")
    print(ROW.format("", f"{options.orders:,} orders", f"{options.grown:,} orders", "growth"), flush=True)
    compare(shop, options.warmup, options.rounds)
    if connection.vendor == "postgresql":
        for title, make in acts_of(shop).items():
            print(f"{title}: {', '.join(sorted(ways_to_rows(make()))) or 'no table'}")


if __name__ == "__main__":
    measure()
