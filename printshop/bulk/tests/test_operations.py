"""`/api/bulk-operations`: who did what to which things, when, and what became of each."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from jobs.states import JobStatus
from printshop.api.models import Account
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, KeyClient, Role, key_client, make_jobs, make_orders, make_skus

pytestmark = pytest.mark.django_db(databases="__all__")
HERE = "/api/bulk-operations"
ADVANCE = "/api/jobs/bulk/advance"


def test_it_tells_who_did_what_when_and_how(operator: KeyClient) -> None:
    jobs = [*make_jobs(2), *make_jobs(1, JobStatus.READY)]
    call = {"jobIds": jobs, "targetStatus": "VALIDATED", "reason": "Checked", "errorPolicy": "partial"}
    operation = operator.post(ADVANCE, call)["X-Bulk-Operation"]
    body = operator.get(f"{HERE}/{operation}").json()
    made = body.pop("createdAt")
    assert (body.pop("startedAt"), body.pop("finishedAt")) == (made, made)
    assert body == {
        "id": operation,
        "name": "jobs.advance",
        "actor": "a operator key",
        "account": "shop",
        "policy": "partial",
        "terms": {"targetStatus": "VALIDATED", "reason": "Checked"},
        "topic": None,
        "scope": None,
        "deferred": False,
        "status": "finished_with_failures",
        "waitingFor": None,
        "asked": 3,
        "total": 3,
        "counts": {"updated": 2, "refused": 1},
        "failed": 1,
        "progress": {"done": 3, "total": 3},
        "parent": None,
        "retries": [],
        "undoes": None,
        "undoneBy": [],
        "cancelledAt": None,
    }
    assert timezone.now() - timedelta(minutes=1) < datetime.fromisoformat(made) <= timezone.now()


def test_it_keeps_what_was_sent_of_what_did_not_happen(operator: KeyClient) -> None:
    jobs = [*make_jobs(1), *make_jobs(1, JobStatus.READY)]
    call = {"jobIds": jobs, "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    operation = operator.post(ADVANCE, call)["X-Bulk-Operation"]
    items = operator.get(f"{HERE}/{operation}/items").json()["results"]
    assert [item["payload"] for item in items] == [None, jobs[1]]


def test_it_tells_what_became_of_each_item(operator: KeyClient) -> None:
    jobs = [*make_jobs(1), *make_jobs(1, JobStatus.READY), *make_jobs(1, JobStatus.VALIDATED)]
    call = {"jobIds": [*jobs, "x"], "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    operation = operator.post(ADVANCE, call)["X-Bulk-Operation"]
    items = operator.get(f"{HERE}/{operation}/items").json()["results"]
    assert [(item["index"], item["id"], item["result"]) for item in items] == [
        (0, jobs[0], "updated"),
        (1, jobs[1], "refused"),
        (2, jobs[2], "unchanged"),
        (3, "x", "refused"),
    ]
    moved, refused, same, _ = items
    assert (moved["before"], moved["after"]) == ({"status": "CREATED"}, {"status": "VALIDATED"})
    assert [effect["kind"] for effect in moved["effects"]] == ["order_status"]
    assert (refused["before"], refused["after"], refused["errors"][0]["code"]) == (None, None, "ILLEGAL_TRANSITION")
    assert (same["before"], same["after"], same["effects"], same["errors"]) == (None, None, [], [])


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        ("", [0, 1, 2]),
        ("?result=failed", [1]),
        ("?result=REFUSED", [1]),
        ("?result=open", []),
        ("?result=updated", [0]),
        ("?result=unchanged", [2]),
        ("?result=created", []),
        ("?limit=2&page=2", [2]),
    ],
)
def test_it_filters_items_by_their_result(query: str, indexes: list[int], operator: KeyClient) -> None:
    jobs = [*make_jobs(1), *make_jobs(1, JobStatus.READY), *make_jobs(1, JobStatus.VALIDATED)]
    call = {"jobIds": jobs, "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    operation = operator.post(ADVANCE, call)["X-Bulk-Operation"]
    items = operator.get(f"{HERE}/{operation}/items{query}").json()["results"]
    assert [item["index"] for item in items] == indexes


def test_it_keeps_images_of_what_an_import_changed(admin: KeyClient) -> None:
    make_skus(2)
    call = {
        "skus": [{"id": "sku-0001", "basePrice": 9.99, "material": None}, {"id": "new", "name": "New"}],
        "mode": "replace",
    }
    operation = admin.post("/api/skus/bulk", call)["X-Bulk-Operation"]
    assert admin.get(f"{HERE}/{operation}").json()["terms"] == {"mode": "replace"}
    changed, new, gone = admin.get(f"{HERE}/{operation}/items").json()["results"]
    assert changed["before"] == {"basePrice": 12.5, "material": "PLA"}
    assert changed["after"] == {"basePrice": 9.99, "material": None}
    assert (new["before"], new["after"]) == (None, {"name": "New", "active": True})
    assert (gone["index"], gone["id"], gone["before"], gone["after"]) == (
        2, "sku-0002", {"active": True}, {"active": False},
    )  # fmt: skip


def test_it_records_single_calls_too(operator: KeyClient) -> None:
    (order,) = make_orders()
    answer = operator.post(f"/api/orders/{order}/cancel", {"reason": "Sold out"})
    body = operator.get(f"{HERE}/{answer['X-Bulk-Operation']}").json()
    assert (body["name"], body["total"], body["terms"]) == ("orders.cancel", 1, {"reason": "Sold out"})


def test_it_records_nothing_that_did_not_happen(operator: KeyClient) -> None:
    (job,) = make_jobs()
    before = operator.get(HERE).json()["count"]
    for more in {"targetStatus": "SHIPPED"}, {"targetStatus": "VALIDATED", "dryRun": True}, {"targetStatus": 7}:
        answer = operator.post(ADVANCE, {"jobIds": [job], **more})
        assert "X-Bulk-Operation" not in answer
    assert operator.get(HERE).json()["count"] == before


def test_it_lists_the_latest_first(operator: KeyClient) -> None:
    make_orders(2)
    make_jobs()
    BulkOperation.objects.filter(name="orders.pay").update(created_at=NOON + timedelta(hours=1))
    names = [one["name"] for one in operator.get(HERE).json()["results"]]
    assert names[0] == "orders.pay"
    for query, expected in (
        ("?name=orders.pay", ["orders.pay"]),
        ("?createdAfter=2026-03-02T12:30:00Z", ["orders.pay"]),
        ("?createdBefore=2026-03-02T12:30:00Z", ["orders.create", "orders.create"]),
        ("?ordering=createdAt", ["orders.create", "orders.create", "orders.pay"]),
        ("?name=nothing", []),
    ):
        assert [one["name"] for one in operator.get(f"{HERE}{query}").json()["results"]] == expected


def test_it_shows_an_account_its_own_and_an_admin_all(admin: KeyClient, operator: KeyClient) -> None:
    partner = key_client(Role.OPERATOR, account=Account.objects.create(code="partner", name="Partner"))
    (job,) = make_jobs()
    operation = partner.post(ADVANCE, {"jobIds": [job], "targetStatus": "VALIDATED"})["X-Bulk-Operation"]
    assert partner.get(HERE).json()["count"] == 1
    for path in "{}", "{}/items":
        assert partner.get(f"{HERE}/{path.format(operation)}").status_code == 200
        assert admin.get(f"{HERE}/{path.format(operation)}").status_code == 200
        absent = "00000000-0000-7000-8000-000000000000"
        foreign, unknown = (operator.get(f"{HERE}/{path.format(one)}") for one in (operation, absent))
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content.replace(operation.encode(), absent.encode()) == unknown.content
    assert operation in [one["id"] for one in admin.get(HERE).json()["results"]]
    assert operation not in [one["id"] for one in operator.get(HERE).json()["results"]]


def test_it_shows_a_customer_what_was_asked_for_with_its_key(customer: KeyClient, operator: KeyClient) -> None:
    mine, other = make_orders(2)
    own = customer.post("/api/orders/bulk/cancel", {"orderIds": [mine], "reason": "No"})["X-Bulk-Operation"]
    foreign = operator.post("/api/orders/bulk/cancel", {"orderIds": [other], "reason": "No"})["X-Bulk-Operation"]
    assert [one["id"] for one in customer.get(HERE).json()["results"]] == [own]
    for path in "", "/items", "/results.csv":
        assert customer.get(f"{HERE}/{own}{path}").status_code == 200
        assert customer.get(f"{HERE}/{foreign}{path}").status_code == 404


def test_it_filters_by_status_and_account(admin: KeyClient, operator: KeyClient) -> None:
    partner = key_client(Role.OPERATOR, account=Account.objects.create(code="partner", name="Partner"))
    jobs = [*make_jobs(1), *make_jobs(1, JobStatus.READY)]
    call = {"jobIds": jobs, "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    failed = partner.post(ADVANCE, call)["X-Bulk-Operation"]
    for query in "status=FINISHED_with_failures", "status=queued,finished_with_failures", "account=partner":
        assert [one["id"] for one in admin.get(f"{HERE}?{query}").json()["results"]] == [failed]
        assert operator.get(f"{HERE}?{query}").json()["count"] == 0
    assert failed not in [one["id"] for one in admin.get(f"{HERE}?status=finished").json()["results"]]
    refused = admin.get(f"{HERE}?status=done")
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_FILTER")


def test_it_outlives_the_key_that_asked(admin: KeyClient) -> None:
    dying = key_client(Role.OPERATOR)
    (job,) = make_jobs()
    operation = dying.post(ADVANCE, {"jobIds": [job], "targetStatus": "VALIDATED"})["X-Bulk-Operation"]
    admin.delete(f"/api/auth/api-keys/{str(dying.key).partition('.')[0]}")
    assert dying.get(HERE).status_code == 401
    assert admin.get(f"{HERE}/{operation}").json()["actor"] == "a operator key"
