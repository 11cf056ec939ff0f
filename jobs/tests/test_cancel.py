"""`POST /api/jobs/bulk/cancel` and `POST /api/jobs/{id}/cancel`."""

from typing import Any

import pytest

from jobs.models import JobMove
from jobs.states import JobStatus
from printshop.testing import KeyClient, make_customers, make_jobs, make_skus, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/jobs/bulk/cancel"


def test_it_cancels_with_a_reason(operator: KeyClient) -> None:
    jobs = make_jobs(2)
    answer = operator.post(BULK, {"jobIds": jobs, "reason": "Material out of stock"})
    assert answer.json() == {
        "cancelled": 2,
        "unchanged": 0,
        "failed": 0,
        "jobs": [{"id": job, "status": "CANCELLED"} for job in jobs],
    }
    body = operator.get(f"/api/jobs/{jobs[0]}").json()
    assert (body["status"], body["reason"]) == ("CANCELLED", "Material out of stock")
    assert operator.get(f"/api/orders/{body['orderId']}").json()["status"] == "cancelled"


def test_it_keeps_an_order_alive_that_has_more_to_it(operator: KeyClient) -> None:
    make_customers()
    make_skus(1)
    make_skus(1, prefix="book", kind="content")
    lines = [{"skuId": sku, "quantity": 1} for sku in ("sku-0001", "book-0001")]
    order = operator.post("/api/orders", {"customerId": "cust-001", "lineItems": lines}).json()["id"]
    operator.post(f"/api/orders/{order}/pay")
    (job,) = operator.get(f"/api/jobs?orderId={order}").json()["results"]
    operator.post(BULK, {"jobIds": [job["id"]], "reason": "x"})
    assert operator.get(f"/api/orders/{order}").json()["status"] == "paid"


def test_it_does_no_harm_when_repeated(operator: KeyClient) -> None:
    (job,) = make_jobs()
    operator.post(BULK, {"jobIds": [job], "reason": "First"})
    body = operator.post(BULK, {"jobIds": [job, job], "reason": "Second"}).json()
    assert (body["cancelled"], body["unchanged"]) == (0, 1)
    assert operator.get(f"/api/jobs/{job}").json()["reason"] == "First"
    assert JobMove.objects.count() == 1


def test_it_cancels_nothing_that_has_shipped(operator: KeyClient) -> None:
    jobs = [*make_jobs(), *make_jobs(status=JobStatus.SHIPPED)]
    before = snapshot()
    answer = operator.post(BULK, {"jobIds": jobs, "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert snapshot() == before
    partial = operator.post(BULK, {"jobIds": jobs, "reason": "x", "errorPolicy": "partial"})
    assert (partial.json()["cancelled"], partial.json()["failed"]) == (1, 1)


@pytest.mark.parametrize("reason", [None, "", " \t", "a" * 501, 7])
def test_it_needs_a_reason(reason: Any, operator: KeyClient) -> None:
    (job,) = make_jobs()
    for path, body in (BULK, {"jobIds": [job]}), (f"/api/jobs/{job}/cancel", {}):
        answer = operator.post(path, body if reason is None else {**body, "reason": reason})
        assert answer.status_code == 400
        assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["reason"]


def test_it_cancels_one_and_shows_it(operator: KeyClient) -> None:
    (job,) = make_jobs()
    answer = operator.post(f"/api/jobs/{job}/cancel", {"reason": "x"})
    assert (answer.status_code, answer.json()) == (200, operator.get(f"/api/jobs/{job}").json())
    unknown = operator.post("/api/jobs/job-99999/cancel", {"reason": "x"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "JOB_NOT_FOUND")


def test_it_is_not_for_customers(customer: KeyClient) -> None:
    (job,) = make_jobs()
    before = snapshot()
    for path, body in (BULK, {"jobIds": [job], "reason": "x"}), (f"/api/jobs/{job}/cancel", {"reason": "x"}):
        assert customer.post(path, body).status_code == 403
    assert snapshot() == before
