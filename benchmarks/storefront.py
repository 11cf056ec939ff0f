"""What bad orders cost: 100 storefront orders, all good or every fifth bad, against a savepoint around each order.

The section `v3` of the command: one database's part.
"""

import random
import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from benchmarks.measure import prepare
from benchmarks.options import parse

if TYPE_CHECKING:
    from benchmarks.shop import Shop, Work

ORDERS, BAD_EVERY = 100, 5
PATHS = {"ours": "/api/v3/orders/bulk", "savepoints": "/naive/v3/orders/bulk"}
# Shape and business, early and late: each costs something else to find.
BROKEN: list[dict[str, Any]] = [
    {"products": [{"type": "content", "external_id": "no-such-book"}]},
    {"type": "gift"},
    {"user": {"id": "u", "email": "nowhere"}},
    {"products": []},
]
ROW = "{:<24}{:>20}{:>20}{:>12}"


def order_of(name: str, sku: str) -> dict[str, Any]:
    return {
        "type": "permission",
        "external_id": name,
        "user": {"id": name, "email": f"{name}@mail.example"},
        "products": [{"type": "content", "external_id": sku}],
    }


def work_of(shop: "Shop", noun: str, *, bad: bool) -> "Work":
    """100 new orders of 100 new people."""
    batch = next(shop.serial)
    orders = [order_of(f"v3-{batch}-{number}", shop.offered[number % len(shop.offered)]) for number in range(ORDERS)]
    if bad:
        for number in range(0, ORDERS, BAD_EVERY):
            orders[number] |= BROKEN[number // BAD_EVERY % len(BROKEN)]
    return shop.work(noun, {"orders": orders}, {"idempotency_key": f"v3-{batch}"})


def cell(seconds: list[float]) -> str:
    """Median and minimum in milliseconds."""
    return f"{statistics.median(seconds) * 1000:.1f} ({min(seconds) * 1000:.1f}) ms"


def ratio(one: list[float], other: list[float]) -> str:
    return f"{statistics.median(one) / statistics.median(other):.2f}×"


def show(times: Mapping[tuple[str, bool], list[float]]) -> None:
    print(ROW.format("100 orders", "all good", "20 bad", "bad/good"))
    for noun in PATHS:
        good, bad = times[noun, False], times[noun, True]
        print(ROW.format(noun, cell(good), cell(bad), ratio(bad, good)))
    ratios = [ratio(times["savepoints", bad], times["ours", bad]) for bad in (False, True)]
    print(ROW.format("savepoints/ours", *ratios, ""))


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    options = parse()
    prepare()
    settings.ROOT_URLCONF = "benchmarks.savepoints"
    # These need the apps to be there.
    from benchmarks.callers import Caller
    from benchmarks.machine import machine_line
    from benchmarks.rounds import timed
    from benchmarks.shop import Shop
    from benchmarks.stock import settle
    from catalog.models import SKU

    print(machine_line(connection))
    shop = Shop.open()
    SKU.objects.filter(pk__in=shop.offered).update(kind="content", machine_type="")
    caller = Caller(shop, PATHS)
    caller.environ["HTTP_X_USER_TOKEN"] = shop.secret
    calls = [(noun, bad) for noun in PATHS for bad in (False, True)]
    times: dict[tuple[str, bool], list[float]] = {call: [] for call in calls}
    draw = random.Random(options.seed)
    for number in range(options.warmup + options.rounds):
        if number == options.warmup:
            settle()
            times = {call: [] for call in calls}
        for noun, bad in draw.sample(calls, len(calls)):
            times[noun, bad].append(sum(timed(caller, work_of(shop, noun, bad=bad))))
    show(times)


if __name__ == "__main__":
    measure()
