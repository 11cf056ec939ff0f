"""Killed in the middle of a call, a shop has all of it or nothing; the same request again gives the one true answer.

`TRUST=all` tries every statement of every call; without it the commits, and one statement of each.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from catalog.models import SKU
from jobs.models import Job, JobMove
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.actors import Role
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import KeyClient, key_client, make_customers, make_jobs, make_orders, make_skus
from printshop.tests.trust.killing import AFTER_COMMIT, BEFORE_COMMIT, Point, killed_at
from printshop.tests.trust.oracle import judge

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.trust(
        case="call killed at a statement or at its commit",
        expects="all of it or nothing; sent again under its key, it has one answer and one effect",
    ),
]
ITEMS = 3
MOST = 60


@dataclass(frozen=True, slots=True)
class Call:
    """A bulk call on a shop of its own: path, body, and how many of its effects there are."""

    path: str
    body: Any
    happened: Callable[[], int]


def create() -> Call:
    make_skus(1)
    make_customers()
    order = {"customerId": "cust-001", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}
    return Call("/api/orders/bulk", {"orders": [order] * ITEMS}, Order.objects.count)


def pay() -> Call:
    return Call("/api/orders/bulk/pay", {"orderIds": make_orders(ITEMS)}, Job.objects.count)


def cancel_orders() -> Call:
    ids = make_orders(ITEMS, paid=True)
    return Call(
        "/api/orders/bulk/cancel",
        {"orderIds": ids, "reason": "out of stock"},
        Order.objects.filter(status="cancelled").count,
    )


def advance() -> Call:
    ids = make_jobs(ITEMS)
    body = {"jobIds": ids, "targetStatus": "VALIDATED"}
    return Call("/api/jobs/bulk/advance", body, JobMove.objects.filter(target="VALIDATED").count)


def cancel_jobs() -> Call:
    ids = make_jobs(ITEMS, JobStatus.QUEUED)
    body = {"jobIds": ids, "reason": "out of stock"}
    return Call("/api/jobs/bulk/cancel", body, Job.objects.filter(status="CANCELLED").count)


def replace() -> Call:
    make_skus(ITEMS)
    skus = [{"id": f"new-{number}", "name": "A cube"} for number in range(ITEMS)]
    body = {"skus": skus, "mode": "replace"}
    return Call("/api/skus/bulk", body, SKU.objects.active().filter(pk__startswith="new").count)


def later() -> Call:
    skus = [{"id": f"new-{number}", "name": "A cube"} for number in range(ITEMS)]
    return Call("/api/skus/bulk", {"skus": skus}, BulkItem.objects.filter(verdict="open").count)


CALLS = {one.__name__: one for one in (create, pay, cancel_orders, advance, cancel_jobs, replace, later)}
COMMITS = (Point(commit=BEFORE_COMMIT), Point(commit=AFTER_COMMIT))
STATEMENTS = [Point(number, sent) for number in range(MOST) for sent in (False, True)]
# Statements 3, 3, 4, … of the calls in turn: before and after, the claim of the key and what comes later.
SOME = [(name, point) for place, name in enumerate(CALLS) for point in (STATEMENTS[6 + place], *COMMITS)]
ALL = [(name, point) for name in CALLS for point in (*STATEMENTS, *COMMITS)]
keys = count()


def send(client: KeyClient, name: str, call: Call, key: str) -> Any:
    prefer = {"prefer": "respond-async"} if name == "later" else {}
    return client.post(call.path, call.body, idempotency_key=key, **prefer)


@pytest.mark.parametrize(("name", "point"), ALL if os.environ.get("TRUST") == "all" else SOME, ids=str)
def test_a_killed_call_has_happened_or_has_not(name: str, point: Point) -> None:
    call, key = CALLS[name](), f"kill-{next(keys)}"
    client = key_client(Role.ADMIN)
    before = BulkOperation.objects.count()
    died = killed_at(point, lambda: send(client, name, call, key))
    assert died or not point.commit
    happened, recorded = call.happened(), BulkOperation.objects.count() - before
    assert happened in (0, ITEMS)
    assert recorded == (happened == ITEMS)
    if died:
        assert happened == (ITEMS if point.commit == AFTER_COMMIT else 0) or not point.commit
    answer = send(client, name, call, key)
    assert answer.status_code in (200, 201, 202)
    assert answer.headers.get("Idempotency-Replayed") == ("true" if happened else None)
    assert call.happened() == ITEMS
    assert send(client, name, call, key).content == answer.content
    assert BulkOperation.objects.count() - before == 1
    faults = judge()
    assert [fault for fault in faults if name != "later" or "queued" not in fault] == []
