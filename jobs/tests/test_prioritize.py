"""`POST /api/jobs/bulk/prioritize`."""

from typing import Any

import pytest

from jobs.states import JobStatus
from printshop.testing import KeyClient, make_jobs, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/jobs/bulk/prioritize"


def test_it_puts_urgent_jobs_first(operator: KeyClient) -> None:
    first, second, third = make_jobs(3)
    answer = operator.post(BULK, {"jobIds": [third, second], "priority": 5})
    assert answer.json() == {
        "prioritized": 2,
        "unchanged": 0,
        "failed": 0,
        "jobs": [{"id": third, "status": "CREATED"}, {"id": second, "status": "CREATED"}],
    }
    operator.post(BULK, {"jobIds": [first], "priority": -1})
    assert [job["id"] for job in operator.get("/api/jobs").json()["results"]] == [second, third, first]


def test_it_does_no_harm_when_repeated(operator: KeyClient) -> None:
    (job,) = make_jobs()
    operator.post(BULK, {"jobIds": [job], "priority": 5})
    before = operator.get(f"/api/jobs/{job}").json()
    assert operator.post(BULK, {"jobIds": [job], "priority": 5}).json()["unchanged"] == 1
    assert operator.get(f"/api/jobs/{job}").json() == before


def test_it_leaves_jobs_that_are_over(operator: KeyClient) -> None:
    (job,) = make_jobs(status=JobStatus.CANCELLED)
    answer = operator.post(BULK, {"jobIds": [job], "priority": 5})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")


@pytest.mark.parametrize("priority", [None, "5", 1.5, True, 1001, -1001, 2**31, 2**63, [5]])
def test_it_takes_whole_numbers_between_a_thousand_and_minus_a_thousand(priority: Any, operator: KeyClient) -> None:
    (job,) = make_jobs()
    before = snapshot()
    answer = operator.post(BULK, {"jobIds": [job], "priority": priority})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["priority"]
    assert snapshot() == before


def test_it_is_not_for_customers(customer: KeyClient) -> None:
    assert customer.post(BULK, {"jobIds": make_jobs(), "priority": 5}).status_code == 403
