"""The admin with 100,000 jobs chosen by a filter: freezing, planning, confirming, carrying out; seconds and memory.

The section `selection` of the command. Peaks are of the whole process, which serves the pages and at the end is the
worker too. Then, on PostgreSQL, the worker's part once more beside a single statement that does the same.
"""

import re
import resource
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from django.conf import settings
from django.db import connection

from benchmarks.measure import prepare
from benchmarks.options import parse

JOBS, ORDERS_AT_ONCE, SHIPPED = 100_000, 1_000, 10_000
LIST = "/admin/jobs/job/"
ROW = "{:<34}{:>10}{:>14}{:>16}"


def stock() -> None:
    """Jobs of two to an order, a tenth of which cannot move any more."""
    from jobs.models import Job
    from jobs.states import JobStatus
    from orders.services.changes import PAY, change_orders
    from orders.services.creation import create_orders
    from printshop.testing import NOON, make_actor, make_customers, make_skus

    make_skus(1)
    make_customers(1, "buyer")
    lines = [{"sku_id": "sku-0001", "quantity": 1}] * 2
    for _ in range(JOBS // 2 // ORDERS_AT_ONCE):
        wanted = [{"customer_id": "buyer-001", "line_items": lines}] * ORDERS_AT_ONCE
        made = create_orders(wanted, actor=make_actor(), at=NOON).outcomes
        change_orders(PAY, [one.reference for one in made], actor=make_actor(), at=NOON)
    last = Job.objects.order_by("-pk").values_list("pk", flat=True)[SHIPPED]
    Job.objects.filter(pk__gt=last).update(status=JobStatus.SHIPPED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(title: str, act: Callable[[], Any]) -> Any:
    wall, own = perf_counter(), process_time()
    found = act()
    # Linux counts in kilobytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        ROW.format(title, f"{perf_counter() - wall:.1f} s", f"{process_time() - own:.1f} s", f"{peak} MB"), flush=True
    )
    return found


def carry_out() -> None:
    from printshop.bulk.deferred.carrying import carry_out_next

    while carry_out_next():
        pass


def choose_and_confirm(desk: Any) -> str:
    """From the list to the operation; where its page is."""
    from jobs.models import Job

    ticked = {"action": "advance", "_selected_action": [Job.objects.order_by("pk")[0].pk], "index": "0"}
    chosen = timed("frozen", lambda: desk.post(LIST, ticked | {"select_across": "1"}))["Location"]
    terms = {"target_status": "VALIDATED"}
    page = timed("plan shown", lambda: desk.post(chosen, {"step": "plan", **terms}))
    found = re.search(r'name="plan" value="(\w+)"', page.content.decode())
    if found is None:
        raise RuntimeError(page.content[:300])
    confirmed = {"step": "confirm", "plan": found[1], **terms}
    return str(timed("confirmed and queued", lambda: desk.post(chosen, confirmed))["Location"])


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    options = parse()
    prepare()
    from django.test import Client

    from benchmarks import at_once
    from benchmarks.machine import machine_line
    from benchmarks.shop import Shop
    from printshop.bulk.models import BulkOperation
    from printshop.tests.desk import make_boss

    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = "printshop.urls", ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    print(machine_line(connection), flush=True)
    stock()
    desk = Client()
    desk.force_login(make_boss(), backend="django.contrib.auth.backends.ModelBackend")
    desk.get(LIST)
    print(ROW.format(f"{JOBS:,} jobs", "", "processor", "peak so far"), flush=True)
    operation = choose_and_confirm(desk)
    timed("page of the operation", lambda: desk.get(operation))
    timed("carried out by one worker", carry_out)
    timed("page of the operation", lambda: desk.get(operation))
    timed("its items of one result", lambda: desk.get(f"{operation}?result=failed"))
    timed("plan of its undo", lambda: desk.get(operation.replace("/change/", "/undo/")))
    print(BulkOperation.objects.order_by("-pk")[0].counts)
    if connection.vendor == "postgresql":
        at_once.show(Shop.open(), JOBS, SHIPPED, options.seed)


if __name__ == "__main__":
    measure()
