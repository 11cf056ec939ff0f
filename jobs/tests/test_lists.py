"""`GET /api/jobs`, `GET /api/jobs/{id}` and `GET /api/jobs/{id}/history`."""

import pytest

from jobs.states import JobStatus
from printshop.testing import KeyClient, make_jobs, make_orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(admin: KeyClient) -> dict[str, str]:
    """Three jobs by name; `theirs` belongs to another customer."""
    (created,), (printing,) = make_jobs(), make_jobs(status=JobStatus.PRINTING)
    (theirs,) = make_jobs(sku="other-0001", customer="buyer-001")
    admin.post("/api/jobs/bulk/prioritize", {"jobIds": [theirs], "priority": 9})
    return {"created": created, "printing": printing, "theirs": theirs}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["theirs", "created", "printing"]),
        ("status=printing", ["printing"]),
        ("status=Created,PRINTING", ["theirs", "created", "printing"]),
        ("skuId=other-0001", ["theirs"]),
        ("customerId=cust-001", ["created", "printing"]),
        ("customerId=nobody", []),
        ("externalId=none", []),
        ("orderId=nonsense", []),
        ("orderId=ord-99999", []),
        ("ordering=-id", ["theirs", "printing", "created"]),
        ("ordering=priority,-id", ["printing", "created", "theirs"]),
        ("ordering=status", ["created", "theirs", "printing"]),
        ("createdBefore=2026-03-02", []),
        ("limit=1&page=3", ["printing"]),
    ],
)
def test_it_filters_and_orders(query: str, expected: list[str], jobs: dict[str, str], operator: KeyClient) -> None:
    body = operator.get(f"/api/jobs?{query}").json()
    assert [job["id"] for job in body["results"]] == [jobs[name] for name in expected]


def test_it_finds_the_jobs_of_an_order(jobs: dict[str, str], operator: KeyClient) -> None:
    shown = operator.get(f"/api/jobs/{jobs['printing']}").json()
    assert list(shown) == ["id", "orderId", "lineItemId", "skuId", "quantity", "status", "priority", "reason",
                           "reprintOf", "createdAt", "updatedAt"]  # fmt: skip
    assert operator.get(f"/api/jobs?orderId={shown['orderId']}").json()["results"] == [shown]


def test_it_tells_every_move_in_turn(jobs: dict[str, str], operator: KeyClient) -> None:
    body = operator.get(f"/api/jobs/{jobs['printing']}/history").json()
    assert [(move["from"], move["to"]) for move in body["results"]] == [
        ("CREATED", "VALIDATED"),
        ("VALIDATED", "SLICED"),
        ("SLICED", "QUEUED"),
        ("QUEUED", "PRINTING"),
    ]
    assert {move["at"] for move in body["results"]} == {"2026-03-02T12:00:00Z"}
    page = operator.get(f"/api/jobs/{jobs['printing']}/history?limit=3&page=2").json()
    assert (page["count"], page["results"]) == (4, body["results"][3:])


def test_it_shows_a_customer_its_own_jobs_alone(jobs: dict[str, str], customer: KeyClient) -> None:
    assert [job["id"] for job in customer.get("/api/jobs").json()["results"]] == [jobs["created"], jobs["printing"]]
    assert customer.get("/api/jobs?customerId=buyer-001").json()["count"] == 0
    assert customer.get(f"/api/jobs/{jobs['printing']}/history").json()["count"] == 4
    for path in "/api/jobs/{}", "/api/jobs/{}/history":
        foreign, unknown = (customer.get(path.format(one)) for one in (jobs["theirs"], "job-99999"))
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content.replace(jobs["theirs"].encode(), b"job-99999") == unknown.content


def test_it_has_no_jobs_for_what_is_not_paid(operator: KeyClient) -> None:
    make_orders()
    assert operator.get("/api/jobs").json()["count"] == 0
