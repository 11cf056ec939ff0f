"""Every statement of the calls and pages that a shop lives by finds its rows through an index.

The tables here are small, so the databases are told what they would see for themselves in large ones: PostgreSQL may
read a whole table, or sort, only where nothing else is left; SQLite always says what it scans. The total of a list is
counted, which reads an index from end to end: `docs/scaling.md` says what that costs.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from jobs.models import Job
from printshop.api.actors import Role
from printshop.bulk.models import BulkOperation
from printshop.testing import KeyClient, key_client, make_customers, make_orders, make_skus, statements

pytestmark = pytest.mark.django_db
LARGE = (
    "orders_order|orders_lineitem|orders_customer|jobs_job|jobs_jobmove|catalog_sku|bulk_bulkoperation|bulk_bulkitem"
    "|api_idempotencyrecord"
)
READS_ALL = {"postgresql": rf"Seq Scan on ({LARGE})\b", "sqlite": r"SCAN (?!json_each)(?!.*USING)"}
# Rows that an index has in order but for those of the same moment are as good.
SORTS = {"postgresql": r"(?<!Incremental )Sort  ", "sqlite": "USE TEMP B-TREE FOR ORDER BY"}


@pytest.fixture
def admin() -> KeyClient:
    return key_client(Role.ADMIN)


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"))
            return "\n".join(row[3] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}".replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())


def plans(act: Callable[[], Any]) -> dict[str, str]:
    """How the statements that look for rows were planned."""
    with statements() as sent:
        response = act()
    assert response.status_code in (200, 201), response.content
    looking = (sql for sql in sent if re.match("SELECT|UPDATE|DELETE", sql) and "COUNT(*)" not in sql)
    return {sql: plan_of(sql) for sql in looking if re.search(LARGE, sql)}


def check(found: dict[str, str], *, page: bool = False) -> None:
    """No table is read as a whole; for a page no rows are sorted either, but read in order up to its end."""
    assert found
    for sql, plan in found.items():
        # SQLite reads a table in the order of its numbers without an index, and stops at the limit.
        in_order = page and connection.vendor == "sqlite" and "LIMIT" in sql
        assert in_order or not re.search(READS_ALL[connection.vendor], plan), f"{sql}\n{plan}"
        assert not (page and "LIMIT" in sql and re.search(SORTS[connection.vendor], plan)), f"{sql}\n{plan}"


def order_body(number: int) -> dict[str, Any]:
    return {"customerId": "cust-001", "externalId": f"x-{number}", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}


def test_the_calls_on_orders_find_their_rows(admin):
    make_skus(3)
    make_customers(2)
    check(
        plans(lambda: admin.post("/api/orders/bulk", {"orders": [order_body(1), order_body(2)]}, idempotency_key="a"))
    )
    check(plans(lambda: admin.post("/api/orders", order_body(3), idempotency_key="b")))
    paid, unpaid = make_orders(2, paid=True), make_orders(2)
    check(plans(lambda: admin.post("/api/orders/bulk/pay", {"orderIds": unpaid})))
    check(plans(lambda: admin.post("/api/orders/bulk/cancel", {"orderIds": paid, "reason": "Called"})))


def test_the_calls_on_jobs_find_their_rows(admin):
    make_orders(3, paid=True)
    first, *others = [job.reference for job in Job.objects.all()]
    check(plans(lambda: admin.post(f"/api/jobs/{first}/advance", {"targetStatus": "VALIDATED"})))
    check(plans(lambda: admin.post("/api/jobs/bulk/advance", {"jobIds": others, "targetStatus": "VALIDATED"})))
    check(plans(lambda: admin.post("/api/jobs/bulk/cancel", {"jobIds": others, "reason": "Broken"})))


@pytest.mark.parametrize("mode", ["upsert", "append"])
def test_an_import_finds_its_rows(admin, mode: str):
    known = make_skus(3)
    skus = [{"id": one, "name": "A ball", "basePrice": 3} for one in [*known, "new"]]
    check(plans(lambda: admin.post("/api/skus/bulk", {"skus": skus, "mode": mode})))


@pytest.mark.parametrize(
    "path",
    [
        "/api/orders?limit=5",
        "/api/orders?customerId=cust-001",
        "/api/orders/{order}",
        "/api/jobs?limit=5",
        "/api/jobs?status=VALIDATED",
        "/api/jobs/{job}",
        "/api/jobs/{job}/history",
        "/api/skus?limit=5",
        "/api/skus?includeInactive=true",
        "/api/skus?machineType=resin",
        "/api/skus?material=PLA",
        "/api/skus/sku-0001",
        "/api/customers",
        "/api/customers/cust-001",
        pytest.param("/api/bulk-operations", marks=pytest.mark.postgresql),
        "/api/bulk-operations/{operation}",
        "/api/bulk-operations/{operation}/items",
        "/api/bulk-operations/{operation}/items?result=failed",
    ],
)
def test_a_page_finds_its_rows_in_order(admin, path: str):
    make_skus(1, "resin", machine_type="resin")
    [order] = make_orders(1, paid=True)
    job = Job.objects.get()
    admin.post(f"/api/jobs/{job.reference}/advance", {"targetStatus": "VALIDATED"})
    operation = BulkOperation.objects.order_by("-created_at")[0].uuid
    known = {"order": order, "job": job.reference, "operation": operation}
    check(plans(lambda: admin.get(path.format(**known))), page=True)
