"""The admin in a shop of 100,000 jobs, 50,000 orders and 100,000 SKUs: p50 and p95 of its lists, searches and filters.

`benchmarks.lists` is the command. Pages are asked for in this process, one after the other: what is measured is the
shop's own work, statements and templates, without a network.
"""

from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from django.conf import settings
from django.db import connection

from benchmarks.measure import prepare
from benchmarks.options import parse

ORDERS, SKUS, CUSTOMERS, OPERATIONS = 50_000, 100_000, 20_000, 20_000
LIMIT_MS = 300
ROW = "{:<48}{:>9}{:>9}{:>15}{:>12}"

# A year of work, a tenth of the jobs under way, in every status; a fifth of the SKUs is of another material.
SPREAD = [
    "UPDATE orders_order SET created_at = {past}, updated_at = {past}",
    "UPDATE jobs_job SET created_at = {past}, updated_at = {past}",
    "UPDATE jobs_jobmove SET at = {moved}",
    "UPDATE catalog_sku SET material = 'PETG', machine_type = 'resin' WHERE id LIKE '%5' OR id LIKE '%7'",
    "UPDATE jobs_job SET sku_id = 'stock-' || (1 + id % {skus}), priority = id % 7",
    "UPDATE jobs_job SET status = CASE id % 80 WHEN 1 THEN 'CREATED' WHEN 2 THEN 'VALIDATED' WHEN 3 THEN 'SLICED'"
    " WHEN 4 THEN 'QUEUED' WHEN 5 THEN 'QUEUED' WHEN 6 THEN 'PRINTING' WHEN 7 THEN 'POST_PROCESS' WHEN 8 THEN 'READY'"
    " WHEN 9 THEN 'FAILED' ELSE 'CANCELLED' END WHERE id % 80 BETWEEN 1 AND 10",
    "UPDATE orders_order SET customer_id = 'buyer-' || (1 + id % {customers}), external_id = 'shop-' || id,"
    " due_date = CASE id % 5 WHEN 0 THEN NULL WHEN 1 THEN {early} ELSE {late} END",
    "UPDATE orders_order SET status = CASE id % 40 WHEN 1 THEN 'paid' WHEN 2 THEN 'processing' WHEN 3 THEN 'printing'"
    " ELSE 'ready' END WHERE id % 40 BETWEEN 1 AND 4",
]
YEAR = "(id % 365)"
DAYS = {
    "postgresql": {
        "early": "date '2020-01-01'",
        "late": "date '2099-01-01'",
        "past": f"created_at - {YEAR} * interval '1 day'",
        "moved": f"at - {YEAR} * interval '1 day'",
    },
    "sqlite": {
        "early": "'2020-01-01'",
        "late": "'2099-01-01'",
        "past": f"datetime(created_at, '-' || {YEAR} || ' days')",
        "moved": f"datetime(at, '-' || {YEAR} || ' days')",
    },
}
BUYERS = """
INSERT INTO orders_customer (id, uuid, account_id, name, firstname, lastname, email, external_id, password,
    created_at)
SELECT 'buyer-' || i, {uuid}, {account}, 'Buyer ' || i, 'Buyer', '' || i, 'buyer' || i || '@shop.example', '', '',
    '{at}' FROM {series}
"""


def execute(sql: str, **parts: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**parts))


def record(account_id: int) -> None:
    """Operations of one item each, and a tenth of them about job 1."""
    from printshop.api.uuids import time_ordered_uuid
    from printshop.bulk.models import BulkItem, BulkOperation

    at = datetime.now(UTC)
    made = [
        BulkOperation(uuid=time_ordered_uuid(), name="jobs.advance", account_id=account_id, actor="floor",
                      policy="partial", total=1, counts={"updated": 1}, created_at=at)
        for _ in range(OPERATIONS)
    ]  # fmt: skip
    BulkOperation.objects.bulk_create(made, batch_size=2_000)
    images = {"before": {"status": "QUEUED"}, "after": {"status": "PRINTING"}}
    items = [
        BulkItem(operation=one, index=0, verdict="updated", reference=f"job-{1 if place % 10 else place:03d}", **images)
        for place, one in enumerate(made)
    ]
    BulkItem.objects.bulk_create(items, batch_size=2_000)


def stock() -> None:
    from benchmarks.shop import Shop
    from benchmarks.stock import SERIES, UUIDS, fill, settle

    shop = Shop.open()
    series = SERIES[connection.vendor].format(count=CUSTOMERS)
    at = str(datetime.now(UTC))
    execute(BUYERS, uuid=UUIDS[connection.vendor], account=shop.account.pk, at=at, series=series)
    fill(shop, ORDERS, SKUS)
    for sql in SPREAD:
        execute(sql, skus=SKUS, customers=CUSTOMERS, **DAYS[connection.vendor])
    record(shop.account.pk)
    settle()


# What people open at work: lists, their searches and filters, the board, the dashboard and the page of a row.
PAGES = {
    "": [""],
    "jobs/job/": ["", "?open=yes", "?open=yes&p=50", "?status__exact=QUEUED", "?sku__machine_type__exact=resin", "?o=5",
           "?open=yes&material=PETG", "?due=overdue", "?q=job-777", "?q=ord-777", "?q=stock-77", "?q=Bracket",
           "?q=Buyer+77", "?q=nothing+like+it", "scan/", "board/", "board/columns/", "board/columns/?late=on",
           "board/columns/?material=PETG&age=1", "board/columns/?customer=Buyer+77", "1/change/"],
    "orders/order/": ["", "?p=400", "?status__exact=ready", "?due=overdue", "?due=week", "?o=4", "?q=ord-777",
                  "?q=Buyer+77", "?q=shop-777", "?q=nothing+like+it", "ship/", "1/change/"],
    "catalog/sku/": ["", "?p=900", "?active__exact=1", "?machine_type__exact=resin", "?q=stock-777", "?q=Bracket+77",
               "?q=PETG", "?q=nothing+like+it", "stock-1/change/"],
    "orders/customer/": ["", "?q=Buyer+77", "?q=nothing", "buyer-1/change/"],
    "jobs/jobmove/": ["", "?target__exact=READY", "?q=job-777", "?q=ann"],
    "orders/lineitem/": [""],
    "orders/payment/": [""],
    "bulk/bulkoperation/": ["", "?state=unfinished", "?q=floor"],
    "bulk/bulkitem/": ["", "?q=job-001"],
}  # fmt: skip


def measured(desk: Any, address: str, rounds: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of each round, by the clock and of this process alone, and how many statements a page takes."""
    from printshop.testing import statements

    with statements() as sent:
        answer = desk.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.headers.get('Location', '')}")
    walls, owns = [], []
    for _ in range(rounds):
        wall, own = perf_counter(), process_time()
        desk.get(address)
        walls.append(1_000 * (perf_counter() - wall))
        owns.append(1_000 * (process_time() - own))
    return walls, owns, len(sent)


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    prepare()
    from django.contrib.auth.models import User
    from django.test import Client

    from benchmarks.machine import machine_line
    from jobs.models import Job
    from printshop.tests.desk import make_boss

    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = "printshop.urls", ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    print(machine_line(connection), flush=True)
    # A database that was named by hand may be full already.
    if not Job.objects.exists():
        stock()
    desk = Client()
    boss = User.objects.filter(is_superuser=True).first() or make_boss()
    desk.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    print(ROW.format("page", "p50 ms", "p95 ms", "processor p50", "statements"), flush=True)
    slow = 0
    for address in (page + rest for page, rests in PAGES.items() for rest in rests):
        walls, owns, sent = measured(desk, f"/admin/{address}", parse().rounds)
        p95 = quantiles(walls, n=20, method="inclusive")[-1]
        slow += p95 > LIMIT_MS
        figures = (f"{median(walls):.0f}", f"{p95:.0f}", f"{median(owns):.0f}", sent)
        print(ROW.format(address or "(dashboard)", *figures) + ("  slow" if p95 > LIMIT_MS else ""), flush=True)
    print(f"{slow} pages took more than {LIMIT_MS} ms")


if __name__ == "__main__":
    measure()
