"""`POST /api/jobs/bulk/reprint`."""

from typing import Any

import pytest

from jobs.models import Job
from jobs.states import JobStatus
from printshop.testing import KeyClient, make_jobs, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/jobs/bulk/reprint"


def test_it_makes_a_further_job_that_names_the_first(operator: KeyClient) -> None:
    job, other = make_jobs(2, JobStatus.READY, quantity=4)
    answer = operator.post(BULK, {"items": [{"jobId": job, "quantity": 3}, {"jobId": other}], "reason": "Bent"})
    body = answer.json()
    assert answer.status_code == 201
    assert (list(body), body["created"], body["failed"]) == (["created", "failed", "jobs"], 2, 0)
    part, whole = (operator.get(f"/api/jobs/{made['id']}").json() for made in body["jobs"])
    assert (part["reprintOf"], part["quantity"], part["status"], part["reason"]) == (job, 3, "CREATED", "Bent")
    assert (whole["reprintOf"], whole["quantity"]) == (other, 4)
    assert operator.get(f"/api/jobs/{job}").json()["status"] == "READY"


def test_it_puts_the_order_back_to_work(operator: KeyClient) -> None:
    (job,) = make_jobs(status=JobStatus.READY)
    order = operator.get(f"/api/jobs/{job}").json()["orderId"]
    body = {"items": [{"jobId": job}], "reason": "x"}
    before = snapshot()
    (item,) = operator.post(BULK, {**body, "dryRun": True}).json()["items"]
    assert [effect["kind"] for effect in item["effects"]] == ["job_created", "order_status"]
    assert snapshot() == before
    operator.post(BULK, body)
    assert operator.get(f"/api/orders/{order}").json()["status"] == "printing"


def test_it_reprints_a_shipped_job_but_none_that_was_never_printed(operator: KeyClient) -> None:
    shipped, created = make_jobs(status=JobStatus.SHIPPED), make_jobs()
    assert operator.post(BULK, {"items": [{"jobId": shipped[0]}], "reason": "x"}).status_code == 201
    answer = operator.post(BULK, {"items": [{"jobId": created[0]}], "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")


@pytest.mark.parametrize("quantity", [0, -1, 3, 10_001, 1.5, "1", True])
def test_it_prints_no_more_again_than_it_printed(quantity: Any, operator: KeyClient) -> None:
    (job,) = make_jobs(status=JobStatus.READY, quantity=2)
    answer = operator.post(BULK, {"items": [{"jobId": job, "quantity": quantity}], "reason": "x"})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["quantity"]
    assert Job.objects.count() == 1


def test_it_names_every_fault_in_one_pass(operator: KeyClient) -> None:
    (job,) = make_jobs(quantity=2)
    items = [{"jobId": job, "quantity": 5}, {"jobId": "x"}, {"quantity": 0}, 7, {"jobId": job, "reason": "x"}]
    answer = operator.post(BULK, {"items": items})
    assert answer.status_code == 400
    assert {(fault.get("index"), fault["path"], fault["code"]) for fault in answer.json()["details"]["errors"]} == {
        (None, "reason", "REQUIRED"),
        (0, "jobId", "ILLEGAL_TRANSITION"),
        (0, "quantity", "OUT_OF_RANGE"),
        (1, "jobId", "JOB_NOT_FOUND"),
        (2, "jobId", "REQUIRED"),
        (2, "quantity", "OUT_OF_RANGE"),
        (3, "", "NOT_AN_OBJECT"),
        (4, "reason", "UNKNOWN_FIELD"),
        (4, "jobId", "ILLEGAL_TRANSITION"),
    }


def test_it_is_not_for_customers(customer: KeyClient) -> None:
    (job,) = make_jobs(status=JobStatus.READY)
    assert customer.post(BULK, {"items": [{"jobId": job}], "reason": "x"}).status_code == 403
