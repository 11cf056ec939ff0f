"""Every bulk operation sends the same number of statements for two items as for as many as it takes.

Counted over HTTP with everything on: key, rate limit, idempotency key, operation and items.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from catalog.models import SKU
from jobs.models import Job, JobMove
from orders.models import Order
from printshop.api.actors import Role
from printshop.api.counters import TABLE
from printshop.api.models import Account, APIKey, IdempotencyRecord
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import NOON, NOT_STATEMENTS, KeyClient, key_client, make_customers, make_skus
from printshop.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db(databases="__all__")

# What serves the request and not the shop: who asks, how often, has it been answered, the record, and who listens.
BOOKKEEPING = (
    TABLE,
    "pg_try_advisory_xact_lock",
    IdempotencyRecord._meta.db_table,
    *(f'"{model._meta.db_table}"' for model in (Account, APIKey, BulkOperation, BulkItem, Endpoint)),
)
keys = count(1)


@dataclass
class Count:
    """The statements of one request, transaction control left out."""

    work: list[str] = field(default_factory=list)
    bookkeeping: list[str] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        return len(self.work), len(self.bookkeeping)


# Rows that SQLite takes some dozens at a time: with those that are left over they are one insertion.
ROWS = re.compile(r"\d+ times: (INSERT INTO .+?) VALUES")


@contextmanager
def counted() -> Iterator[Count]:
    """The statements sent meanwhile to any database, that of the counters included."""
    found = Count()
    with ExitStack() as stack:
        captured = [stack.enter_context(CaptureQueriesContext(connection)) for connection in connections.all()]
        yield found
    for sql in (query["sql"].lstrip() for one in captured for query in one.captured_queries):
        said = found.bookkeeping if any(name in sql for name in BOOKKEEPING) else found.work
        rows = ROWS.match(sql)
        is_rest = bool(rows and said and rows[1] in said[-1])
        if not sql.startswith(NOT_STATEMENTS) and not is_rest:
            said.append(sql)


@pytest.fixture(autouse=True)
def limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rate limits on, under a clock that stands still: a window that ends between two requests costs a statement."""
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1000)
    monkeypatch.setattr("time.time", NOON.timestamp)


@pytest.fixture
def admin() -> KeyClient:
    return key_client(Role.ADMIN)


def send(client: KeyClient, path: str, body: Mapping[str, Any], status: int) -> Any:
    answer = client.post(path, body, idempotency_key=f"key-{next(keys)}")
    assert answer.status_code == status, answer.content
    return answer.json()


def count_of(client: KeyClient, path: str, body: Mapping[str, Any], status: int = 200) -> Count:
    """The statements of one POST that is answered as expected."""
    with counted() as found:
        send(client, path, body, status)
    return found


def check(
    client: KeyClient, path: str, make: Callable[[int], Mapping[str, Any]], limit: int, *, work: int, status: int = 200
) -> Count:
    """The counts at two items and at the limit: the same, and within the budget. Returns those at the limit."""
    # The first request of a window starts the count, which takes one statement; the others take two.
    count_of(client, path, make(1), status)
    few = count_of(client, path, make(2), status)
    many = count_of(client, path, make(limit), status)
    assert few.size == many.size, "\n".join([*few.work, "-- against --", *(sql[:300] for sql in many.work)])
    assert len(many.work) <= work, "\n".join(sql[:300] for sql in many.work)
    # Nine on PostgreSQL: key, two of the limits, two of the idempotency key before and one after, two of the record,
    # and who listens, which flies with the record (`printshop/webhooks/tests/test_outbox.py`).
    assert len(many.bookkeeping) <= 9, "\n".join(sql[:300] for sql in many.bookkeeping)
    return many


# --- The shop, in the state an operation needs -----------------------------------------------------------------------
batches = count(1)


def orders_body(number: int) -> dict[str, Any]:
    """That many orders of three lines, each with an external id, for two customers."""
    prefix = f"b{next(batches)}"
    skus, customers = make_skus(3, f"sku-{prefix}"), make_customers(2, f"cust-{prefix}")
    return {
        "orders": [
            {
                "customerId": customers[index % 2],
                "externalId": f"{prefix}-{index}",
                "lineItems": [{"skuId": sku, "quantity": 2} for sku in skus],
            }
            for index in range(number)
        ]
    }


@pytest.fixture
def make_orders(admin: KeyClient) -> Callable[..., list[str]]:
    """Orders made over the API, by their ids, paid if asked."""

    def make(number: int, *, paid: bool = False) -> list[str]:
        made = send(admin, "/api/orders/bulk", orders_body(number), 201)
        ids = [order["id"] for order in made["orders"]]
        if paid:
            send(admin, "/api/orders/bulk/pay", {"orderIds": ids}, 200)
        return ids

    return make


@pytest.fixture
def make_jobs(make_orders: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """As many jobs, by their ids, in a status; two of the three of each order, so that orders roll up."""

    def make(number: int, status: str = "CREATED") -> list[str]:
        orders = [Order.number_in(reference) for reference in make_orders((number + 1) // 2, paid=True)]
        jobs = Job.objects.filter(order__in=orders)
        jobs.update(status=status)
        two_each = [
            pk for order in orders for pk in jobs.filter(order=order).order_by("pk").values_list("pk", flat=True)[:2]
        ]
        return [Job(pk=pk).reference for pk in two_each[:number]]

    return make


# --- Orders ----------------------------------------------------------------------------------------------------------
def test_it_makes_50_orders_in_as_many_statements_as_2(admin):
    check(admin, "/api/orders/bulk", orders_body, 50, work=6, status=201)


@pytest.mark.parametrize("paid", [False, True])
def test_it_cancels_50_orders_and_their_jobs_in_as_many_statements_as_2(admin, make_orders, paid: bool):
    def body(number: int) -> dict[str, Any]:
        return {"orderIds": make_orders(number, paid=paid), "reason": "The customer called"}

    check(admin, "/api/orders/bulk/cancel", body, 50, work=8)


def test_it_pays_50_orders_and_makes_their_jobs_in_as_many_statements_as_2(admin, make_orders):
    check(admin, "/api/orders/bulk/pay", lambda number: {"orderIds": make_orders(number)}, 50, work=8)


def test_it_previews_50_orders_in_as_many_statements_as_2(admin):
    check(admin, "/api/orders/bulk", lambda number: {**orders_body(number), "dryRun": True}, 50, work=8)


# --- Jobs ------------------------------------------------------------------------------------------------------------
def test_it_advances_100_jobs_with_moves_and_roll_up_in_as_many_statements_as_2(admin, make_jobs):
    def body(number: int) -> dict[str, Any]:
        return {"jobIds": make_jobs(number, "QUEUED"), "targetStatus": "PRINTING"}

    check(admin, "/api/jobs/bulk/advance", body, 100, work=5)
    assert JobMove.objects.filter(target="PRINTING").count() == 103
    assert Order.objects.filter(status="printing").count() == 52


def test_it_cancels_100_jobs_in_as_many_statements_as_2(admin, make_jobs):
    def body(number: int) -> dict[str, Any]:
        return {"jobIds": make_jobs(number), "reason": "The printer is broken"}

    check(admin, "/api/jobs/bulk/cancel", body, 100, work=5)


def test_it_prioritizes_100_jobs_in_as_many_statements_as_2(admin, make_jobs):
    check(admin, "/api/jobs/bulk/prioritize", lambda number: {"jobIds": make_jobs(number), "priority": 9}, 100, work=8)


def test_it_reprints_100_jobs_in_as_many_statements_as_2(admin, make_jobs):
    def body(number: int) -> dict[str, Any]:
        return {"items": [{"jobId": job} for job in make_jobs(number, "FAILED")], "reason": "Warped"}

    check(admin, "/api/jobs/bulk/reprint", body, 100, work=8, status=201)


# --- SKUs ------------------------------------------------------------------------------------------------------------
def skus_body(number: int, mode: str) -> dict[str, Any]:
    """A tenth of them new (at least one), the others known, and every second one of these at another price."""
    known = make_skus(number, f"sku-{mode}-{next(batches)}")
    new = max(1, number // 10)
    ids = known[:-new] + [f"new-{sku}" for sku in known[-new:]]
    return {
        "mode": mode,
        "skus": [{"id": sku, "name": "A cube", "basePrice": 13.5 - index % 2} for index, sku in enumerate(ids)],
    }


@pytest.mark.parametrize(("mode", "work"), [("upsert", 4), ("replace", 6), ("append", 3)])
def test_it_imports_500_skus_in_as_many_statements_as_2(admin, mode: str, work: int):
    check(admin, "/api/skus/bulk", lambda number: skus_body(number, mode), 500, work=work)


def test_it_replaces_the_catalogue_and_switches_the_rest_off_in_as_many_statements(admin):
    check(admin, "/api/skus/bulk", lambda number: skus_body(number, "replace"), 500, work=6)
    assert SKU.objects.filter(active=True).count() == 500


# --- Batches that are refused, in part or whole ----------------------------------------------------------------------
def test_it_refuses_50_orders_with_unknown_skus_in_as_many_statements_as_2(admin):
    def body(number: int) -> dict[str, Any]:
        orders = orders_body(number)["orders"]
        for order in orders:
            order["lineItems"][0]["skuId"] += "-typo"
        return {"orders": orders}

    check(admin, "/api/orders/bulk", body, 50, work=8, status=400)


def test_it_moves_the_good_half_of_100_jobs_in_as_many_statements_as_of_2(admin, make_jobs):
    def body(number: int) -> dict[str, Any]:
        half = make_jobs(max(1, number // 2), "QUEUED")
        unknown = [f"job-{900_000 + index}" for index in range(number - len(half))]
        return {"jobIds": half + unknown, "targetStatus": "PRINTING", "errorPolicy": "partial"}

    check(admin, "/api/jobs/bulk/advance", body, 100, work=8)


def test_it_replays_an_answer_without_touching_the_shop(admin, make_orders):
    body = {"orderIds": make_orders(3)}
    first = admin.post("/api/orders/bulk/pay", body, idempotency_key="again")
    with counted() as found:
        second = admin.post("/api/orders/bulk/pay", body, idempotency_key="again")
    assert (second.content, second["Idempotency-Replayed"]) == (first.content, "true")
    assert found.work == []


# --- Lists -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/api/orders", "/api/jobs", "/api/skus", "/api/customers", "/api/bulk-operations"])
def test_it_lists_many_rows_in_as_many_statements_as_few(admin, make_orders, path: str):
    def size(limit: int) -> tuple[int, int]:
        with counted() as found:
            rows = admin.get(f"{path}?limit={limit}").json()["results"]
        assert len(rows) == limit
        return found.size

    for _ in range(8):
        make_orders(5, paid=True)
    admin.get(path)
    assert size(2) == size(16)
    assert sum(size(16)) <= 8


def test_it_lists_the_items_of_an_operation_in_as_many_statements_whatever_their_number(admin, make_orders):
    make_orders(40)
    operation = BulkOperation.objects.get()

    def size(limit: int) -> tuple[int, int]:
        with counted() as found:
            rows = admin.get(f"/api/bulk-operations/{operation.uuid}/items?limit={limit}").json()["results"]
        assert len(rows) == limit
        return found.size

    admin.get("/api/bulk-operations")
    assert size(2) == size(40)
