"""A small shop and a large one: what the same calls and pages cost in each. The section `growth` of the command.

Processor time of client and database together, the least of the rounds: what an index saves or a scan costs shows in
it, and other work on the machine does not. Of the large shop PostgreSQL also tells (EXPLAIN) how it comes to the rows
of each call and page.
"""

import gc
import re
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection

from benchmarks.clocks import processor
from benchmarks.measure import prepare
from benchmarks.options import parse

PAGES = (
    "/api/orders?limit=100",
    "/api/orders?status=pending_payment",
    "/api/jobs?limit=100",
    "/api/jobs?status=QUEUED",
    "/api/skus?limit=100",
    "/api/bulk-operations",
)
ROW = "{:<46}{:>16}{:>16}{:>10}"


def cost(act: Callable[[], Any]) -> float:
    gc.collect()
    clock = processor()
    start = sum(clock())
    act()
    return sum(clock()) - start


def ways_to_rows(act: Callable[[], Any]) -> Counter[str]:
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


def measure() -> None:
    """One database's part, in a process whose settings name it. The server must run on this machine."""
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks.callers import PATHS, Caller
    from benchmarks.machine import machine_line
    from benchmarks.shop import CASES, Shop
    from benchmarks.stock import fill, settle
    from printshop.bulk.models import BulkOperation
    from printshop.testing import KeyClient

    print(machine_line(connection))
    shop = Shop.open()
    caller, client = Caller(shop, PATHS), KeyClient(shop.secret)

    def costs() -> dict[str, float]:
        found = {}
        for case in CASES.values():
            for _ in range(options.warmup):
                caller.run(case.make(shop))
            works = [case.make(shop) for _ in range(options.rounds)]
            found[case.title] = min(cost(lambda work=work: caller.run(work)) for work in works)  # type: ignore[misc]
        for title, path in pages().items():
            found[title] = min(cost(partial(client.get, path, host="localhost")) for _ in range(options.rounds))
        return found

    def pages() -> dict[str, str]:
        latest = f"/api/bulk-operations/{BulkOperation.objects.latest('created_at').pk}"
        status = {"/api/bulk-operations/{id}": latest, "/api/bulk-operations/{id}/items": f"{latest}/items"}
        return {**dict(zip(PAGES, PAGES, strict=True)), **status}

    fill(shop, options.orders, options.skus)
    small = costs()
    start = time.perf_counter()
    fill(shop, options.grown, options.grown // 10)
    settle()
    made = time.perf_counter() - start
    large = costs()
    print(f"{options.grown:,} orders with jobs and moves and {options.grown // 10:,} SKUs, made in {made:.0f} s")
    print(ROW.format("", f"{options.orders:,} orders", f"{options.grown:,} orders", "growth"))
    for title, before in small.items():
        after = large[title]
        print(
            ROW.format(title, f"{before * 1000:.1f} ms", f"{after * 1000:.1f} ms", f"{after / before:.2f}×"), flush=True
        )
    if connection.vendor == "postgresql":
        acts = {case.title: lambda case=case: caller.run(case.make(shop)) for case in CASES.values()}
        acts |= {title: partial(client.get, path, host="localhost") for title, path in pages().items()}
        for title, act in acts.items():
            print(f"{title}: {', '.join(sorted(ways_to_rows(act))) or 'no table'}")


if __name__ == "__main__":
    measure()
