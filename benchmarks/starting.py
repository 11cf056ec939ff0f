"""Starting the web server as the demo does: until it says that it is ready, and what memory it takes then and at work.

The section `start` of the command.
"""

import http.client
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.measure import prepare
from benchmarks.options import parse

PAGES = ("/api/orders?limit=100", "/api/jobs?limit=100", "/api/skus?limit=100")
CALLS = 40
ROW = "{:<46}{:>12}{:>12}"


def processor_seconds(pid: int) -> float:
    """What all threads of a process have used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def until_ready(port: int) -> None:
    while asked(port, "GET", "/readyz")[0] != 200:
        time.sleep(0.01)


def asked(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        talk.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = talk.getresponse()
        return answer.status, answer.read()
    finally:
        talk.close()


def put_to_work(port: int, shop: Any, order: Callable[[Any], Any]) -> None:
    """Bulk calls and lists, one after the other. Raises RuntimeError unless all succeed."""
    for number in range(CALLS):
        work = order(shop)
        said = {"x_api_key": shop.secret, "content_type": "application/json", "idempotency_key": work.idempotency_key}
        found = [asked(port, "POST", "/api/orders/bulk", work.body, **said)]
        found.append(asked(port, "GET", PAGES[number % len(PAGES)], x_api_key=shop.secret))
        if wrong := [answer for status, answer in found if status >= 300]:
            raise RuntimeError(f"{wrong[0][:300]!r}")


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks.machine import machine_line
    from benchmarks.shop import Shop, orders
    from benchmarks.uploading import peak, web

    print(machine_line(connection))
    shop = Shop.open()
    seconds, spent, memory, at_work = [], [], [], []
    for _ in range(max(3, options.rounds // 5)):
        began = time.perf_counter()
        with web() as (port, pid):
            until_ready(port)
            seconds.append(time.perf_counter() - began)
            spent.append(processor_seconds(pid))
            memory.append(peak(pid))
            put_to_work(port, shop, orders)
            at_work.append(peak(pid))
    print(ROW.format(f"web server, {len(seconds)} starts", "median", "most"))
    for title, found, unit in (
        ("seconds until it is ready", seconds, "s"),
        ("of them by the processor", spent, "s"),
        ("memory then", memory, "MB"),
        (f"memory after {2 * CALLS} requests", at_work, "MB"),
    ):
        print(ROW.format(title, f"{statistics.median(found):.1f} {unit}", f"{max(found):.1f} {unit}"), flush=True)


if __name__ == "__main__":
    measure()
