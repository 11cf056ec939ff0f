"""The queue, one database's part: taking 10,000 items in, following them, and draining them with real workers."""

import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.db import connection

from benchmarks.clocks import percentile
from benchmarks.measure import prepare
from benchmarks.options import parse

ITEMS, ASKED = 10_000, 200
ROW = "{:<46}{:>22}{:>22}{:>10}"


def cell(seconds: list[float]) -> str:
    """Median and minimum in milliseconds."""
    return f"{statistics.median(seconds) * 1000:.1f} ({min(seconds) * 1000:.1f}) ms"


def asked(times: int, ask: Callable[[], Any]) -> list[float]:
    """Seconds of each of so many calls."""
    found = []
    for _ in range(times):
        start = perf_counter()
        ask()
        found.append(perf_counter() - start)
    return found


def show_following(secret: str, uuid: str) -> None:
    """How long the questions of those who wait take, for an operation of 10,000 items."""
    from printshop.testing import KeyClient

    client = KeyClient(secret)
    here = {"host": "localhost"}
    bearer = here | {"authorization": f"Bearer {secret}"}
    questions = {
        "its status and counts": lambda: client.get(f"/api/bulk-operations/{uuid}", **here),
        "100 of its items": lambda: client.get(f"/api/bulk-operations/{uuid}/items?limit=100", **here),
        "async dialect: status, 10,000 rows": lambda: client.get(f"/rest/V1/bulk/{uuid}/status", **bearer),
        "async dialect: how many are open": lambda: client.get(f"/rest/V1/bulk/{uuid}/operation-status/4", **bearer),
    }
    for title, ask in questions.items():
        if ask().status_code != 200:
            raise RuntimeError(f"{title}: {ask().content[:300]!r}")
        times = asked(ASKED, ask)
        p95 = f"p95 {percentile(times, 0.95) * 1000:.1f} ms"
        print(ROW.format(title, cell(times), p95, ""), flush=True)


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks import accepting, draining
    from benchmarks.machine import machine_line
    from benchmarks.shop import Shop

    print(machine_line(connection))
    shop = Shop.open()
    ours, floor, uuid = accepting.measure(shop, options)
    ratio = f"{statistics.median(ours) / statistics.median(floor):.2f}×"
    print(ROW.format("", "ours", "floor", "ratio"))
    print(ROW.format(f"{ITEMS:,} SKUs accepted", cell(ours), cell(floor), ratio), flush=True)
    show_following(shop.secret, uuid)
    draining.show(shop)


if __name__ == "__main__":
    measure()
