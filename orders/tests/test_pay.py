"""`POST /api/orders/bulk/pay` and `POST /api/orders/{id}/pay`."""

import pytest

from jobs.models import Job
from orders.models import Order
from printshop.testing import KeyClient, make_customers, make_orders, make_skus, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/orders/bulk/pay"


def test_it_pays_and_makes_a_job_for_each_printable_line(operator: KeyClient) -> None:
    make_customers()
    make_skus(2)
    make_skus(1, prefix="book", kind="content")
    lines = [
        {"skuId": sku, "quantity": quantity} for sku, quantity in (("sku-0001", 2), ("book-0001", 1), ("sku-0002", 3))
    ]
    order = operator.post("/api/orders", {"customerId": "cust-001", "lineItems": lines}).json()["id"]
    answer = operator.post(BULK, {"orderIds": [order]})
    assert answer.json() == {"paid": 1, "unchanged": 0, "failed": 0, "orders": [{"id": order, "status": "paid"}]}
    jobs = Job.objects.order_by("pk")
    assert [(job.sku_id, job.quantity, job.status) for job in jobs] == [
        ("sku-0001", 2, "CREATED"),
        ("sku-0002", 3, "CREATED"),
    ]
    assert Order.objects.get().paid_at is not None


def test_it_does_no_harm_when_repeated(operator: KeyClient) -> None:
    orders = make_orders(2)
    operator.post(BULK, {"orderIds": orders[:1]})
    body = operator.post(BULK, {"orderIds": [*orders, orders[0]]}).json()
    assert (body["paid"], body["unchanged"]) == (1, 1)
    assert Job.objects.count() == 2
    again = operator.post(f"/api/orders/{orders[0]}/pay")
    assert (again.status_code, again.json()["status"]) == (200, "paid")
    assert Job.objects.count() == 2


def test_it_leaves_an_order_beyond_paid_as_it_is(operator: KeyClient) -> None:
    (order,) = make_orders(paid=True)
    job = Job.objects.get().reference
    operator.post(f"/api/jobs/{job}/advance", {"targetStatus": "VALIDATED"})
    body = operator.post(BULK, {"orderIds": [order]}).json()
    assert body["orders"] == [{"id": order, "status": "processing"}]


def test_it_keeps_an_order_without_prints_paid(operator: KeyClient) -> None:
    make_skus(1, prefix="book", kind="content")
    (order,) = make_orders(sku="book-0001")
    assert operator.post(f"/api/orders/{order}/pay").json()["status"] == "paid"
    assert not Job.objects.exists()


def test_it_pays_no_cancelled_order(operator: KeyClient) -> None:
    good, gone = make_orders(2)
    operator.post(f"/api/orders/{gone}/cancel", {"reason": "x"})
    before = snapshot()
    answer = operator.post(BULK, {"orderIds": [good, gone]})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert answer.json()["details"]["errors"][0]["message"] == "A cancelled order cannot be paid."
    assert snapshot() == before


def test_it_shows_the_jobs_it_would_make(operator: KeyClient) -> None:
    (order,) = make_orders(quantity=4)
    before = snapshot()
    body = operator.post(BULK, {"orderIds": [order], "dryRun": True}).json()
    (item,) = body["items"]
    assert item["changes"] == {"status": ["pending_payment", "paid"]}
    assert item["effects"] == [{"kind": "job_created", "skuId": "sku-0001", "quantity": 4}]
    assert snapshot() == before


def test_it_is_not_for_customers(customer: KeyClient) -> None:
    (order,) = make_orders()
    before = snapshot()
    for path, body in (BULK, {"orderIds": [order]}), (f"/api/orders/{order}/pay", {}):
        assert customer.post(path, body).status_code == 403
    assert snapshot() == before
