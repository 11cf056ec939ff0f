"""`POST /api/jobs/bulk/advance` and `POST /api/jobs/{id}/advance`."""

from typing import Any

import pytest

from jobs.models import Job, JobMove
from jobs.states import NEXT, JobStatus
from printshop.testing import KeyClient, make_jobs, make_skus, numbers, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/jobs/bulk/advance"


def statuses(jobs: list[str]) -> list[str]:
    return list(Job.objects.filter(pk__in=numbers(jobs)).order_by("pk").values_list("status", flat=True))


def test_it_advances_jobs_and_keeps_their_history(operator: KeyClient) -> None:
    jobs = make_jobs(3, JobStatus.PRINTING)
    answer = operator.post(BULK, {"jobIds": [jobs[2], jobs[0]], "targetStatus": "POST_PROCESS", "reason": "Batch done"})
    assert answer.status_code == 200
    assert answer.json() == {
        "advanced": 2,
        "unchanged": 0,
        "failed": 0,
        "jobs": [{"id": jobs[2], "status": "POST_PROCESS"}, {"id": jobs[0], "status": "POST_PROCESS"}],
    }
    assert statuses(jobs) == ["POST_PROCESS", "PRINTING", "POST_PROCESS"]
    last = operator.get(f"/api/jobs/{jobs[0]}/history").json()["results"][-1]
    assert (last["from"], last["to"], last["reason"], last["by"]) == (
        "PRINTING", "POST_PROCESS", "Batch done", "a operator key",
    )  # fmt: skip
    assert last["operation"] == answer["X-Bulk-Operation"]
    assert last["undoes"] is None


def test_it_takes_seventeen_arrows_and_no_other(operator: KeyClient) -> None:
    assert sum(len(targets) for targets in NEXT.values()) == 17
    make_skus()
    for source in JobStatus:
        jobs = make_jobs(len(JobStatus), source)
        for job, target in zip(jobs, JobStatus, strict=True):
            answer = operator.post(BULK, {"jobIds": [job], "targetStatus": target, "reason": "x"})
            wanted = 200 if target in NEXT[source] or target == source else 409
            assert answer.status_code == wanted, (source, target)
            if wanted == 409:
                sentence = f"A {source} job cannot become {target}."
                assert answer.json()["code"] == "ILLEGAL_TRANSITION"
                assert answer.json()["details"]["errors"][0]["message"] == sentence


def test_it_counts_a_repeated_scan_as_unchanged(operator: KeyClient) -> None:
    jobs = make_jobs(2)
    operator.post(BULK, {"jobIds": jobs[:1], "targetStatus": "VALIDATED"})
    body = operator.post(BULK, {"jobIds": [*jobs, *jobs], "targetStatus": "VALIDATED"}).json()
    assert (body["advanced"], body["unchanged"], len(body["jobs"])) == (1, 1, 2)
    moves = JobMove.objects.count()
    again = operator.post(BULK, {"jobIds": jobs, "targetStatus": "VALIDATED"}).json()
    assert (again["advanced"], again["unchanged"]) == (0, 2)
    assert JobMove.objects.count() == moves


def test_it_moves_nothing_when_one_cannot(operator: KeyClient) -> None:
    jobs = [*make_jobs(2), *make_jobs(1, JobStatus.READY)]
    before = snapshot()
    answer = operator.post(BULK, {"jobIds": jobs, "targetStatus": "VALIDATED"})
    assert answer.status_code == 409
    assert answer.json()["error"] == "1 of 3 jobs is refused; nothing was advanced."
    assert answer.json()["details"]["advanced"] == 0
    (fault,) = answer.json()["details"]["errors"]
    assert (fault["index"], fault["path"], fault["value"]) == (2, "jobIds.2", jobs[2])
    assert snapshot() == before


def test_it_moves_those_that_can_when_asked_to(operator: KeyClient) -> None:
    jobs = [*make_jobs(2), *make_jobs(1, JobStatus.READY)]
    answer = operator.post(BULK, {"jobIds": ["x", *jobs, None], "targetStatus": "VALIDATED", "errorPolicy": "partial"})
    body = answer.json()
    assert (answer.status_code, body["advanced"], body["failed"]) == (200, 2, 3)
    assert [(fault["index"], fault["code"]) for fault in body["errors"]] == [
        (0, "JOB_NOT_FOUND"),
        (3, "ILLEGAL_TRANSITION"),
        (4, "NOT_TEXT"),
    ]
    assert statuses(jobs) == ["VALIDATED", "VALIDATED", "READY"]
    none = operator.post(BULK, {"jobIds": ["x"], "targetStatus": "VALIDATED", "errorPolicy": "partial"})
    assert none.status_code == 400


def test_it_answers_400_before_404_before_409(operator: KeyClient) -> None:
    (job,) = make_jobs()
    for ids, target, status in (
        ([job, "job-99999", 7], "SHIPPED", 400),
        ([job, "job-99999"], "NOWHERE", 400),
        ([job, "job-99999"], "SHIPPED", 404),
        ([job], "SHIPPED", 409),
    ):
        answer = operator.post(BULK, {"jobIds": ids, "targetStatus": target})
        assert answer.status_code == status
    assert statuses([job]) == ["CREATED"]


def test_it_tells_of_unknown_jobs_though_the_target_is_unknown_too(operator: KeyClient) -> None:
    answer = operator.post(BULK, {"jobIds": ["job-99999"], "targetStatus": "NOWHERE", "colour": 1})
    assert [(fault.get("index"), fault["path"], fault["code"]) for fault in answer.json()["details"]["errors"]] == [
        (None, "targetStatus", "NOT_A_CHOICE"),
        (None, "colour", "UNKNOWN_FIELD"),
        (0, "jobIds.0", "JOB_NOT_FOUND"),
    ]


@pytest.mark.parametrize("target", [None, "", "printing", "Validated", "PAID", 1, ["VALIDATED"]])
def test_it_knows_ten_statuses_as_they_are_written(target: Any, operator: KeyClient) -> None:
    (job,) = make_jobs()
    answer = operator.post(BULK, {"jobIds": [job], "targetStatus": target})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["targetStatus"]


def test_it_needs_a_reason_to_cancel(operator: KeyClient) -> None:
    (job,) = make_jobs()
    for path, body in (BULK, {"jobIds": [job]}), (f"/api/jobs/{job}/advance", {}):
        answer = operator.post(path, {**body, "targetStatus": "CANCELLED"})
        assert answer.status_code == 400
        assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["reason"]
    assert operator.post(BULK, {"jobIds": [job], "targetStatus": "CANCELLED", "reason": "x"}).json()["advanced"] == 1


def test_it_takes_the_order_along(operator: KeyClient) -> None:
    (job,) = make_jobs()
    order = operator.get(f"/api/jobs/{job}").json()["orderId"]
    for target, status in (
        ("VALIDATED", "processing"),
        ("SLICED", "processing"),
        ("QUEUED", "processing"),
        ("PRINTING", "printing"),
        ("FAILED", "printing"),
        ("QUEUED", "processing"),
        ("PRINTING", "printing"),
        ("POST_PROCESS", "post_processing"),
        ("READY", "ready"),
        ("SHIPPED", "shipped"),
    ):
        assert operator.post(f"/api/jobs/{job}/advance", {"targetStatus": target}).json()["status"] == target
        assert operator.get(f"/api/orders/{order}").json()["status"] == status


def test_it_shows_what_would_happen_to_the_order(operator: KeyClient) -> None:
    (job,) = make_jobs()
    order = operator.get(f"/api/jobs/{job}").json()["orderId"]
    before = snapshot()
    body = operator.post(
        BULK, {"jobIds": [job, "x"], "targetStatus": "VALIDATED", "dryRun": True, "errorPolicy": "partial"}
    )
    good, bad = body.json()["items"]
    assert (good["result"], good["changes"]) == ("advanced", {"status": ["CREATED", "VALIDATED"]})
    assert good["effects"] == [{"kind": "order_status", "id": order, "from": "paid", "to": "processing"}]
    assert (bad["id"], bad["result"], bad["errors"][0]["code"]) == ("x", "failed", "JOB_NOT_FOUND")
    assert snapshot() == before


def test_it_fails_a_dry_run_as_the_live_call_would(operator: KeyClient) -> None:
    (job,) = make_jobs()
    for ids, target in ([job], "SHIPPED"), (["x"], "READY"), ([job, 7], "READY"):
        body = {"jobIds": ids, "targetStatus": target}
        dry, live = operator.post(BULK, {**body, "dryRun": True}), operator.post(BULK, body)
        assert (dry.status_code, dry.content) == (live.status_code, live.content)
        assert live.status_code >= 400


def test_it_takes_a_hundred(operator: KeyClient) -> None:
    jobs = make_jobs(50) + make_jobs(50)
    assert operator.post(BULK, {"jobIds": jobs, "targetStatus": "VALIDATED"}).json()["advanced"] == 100
    answer = operator.post(BULK, {"jobIds": [*jobs, jobs[0]], "targetStatus": "SLICED"})
    assert (answer.status_code, answer.json()["code"]) == (400, "TOO_MANY_ITEMS")
    assert set(statuses(jobs)) == {"VALIDATED"}


def test_it_is_not_for_customers(customer: KeyClient) -> None:
    (job,) = make_jobs()
    before = snapshot()
    for path, body in (BULK, {"jobIds": [job], "targetStatus": "VALIDATED"}), (f"/api/jobs/{job}/advance", {}):
        assert customer.post(path, body).status_code == 403
    assert snapshot() == before
