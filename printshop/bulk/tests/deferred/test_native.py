"""`Prefer: respond-async`: any native bulk call can be taken in now and carried out later, by the same function."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from catalog.models import SKU
from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.models import IdempotencyRecord
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.registry import operations
from printshop.bulk.tests.deferred.callers import (
    HERE,
    LATER,
    codes_of,
    drain,
    items_of,
    later,
    shown,
    start_worker,
)
from printshop.testing import KeyClient, make_customers, make_jobs, make_orders, make_skus, numbers, statements

pytestmark = pytest.mark.django_db(databases="__all__")
SKUS, ADVANCE, ORDERS = "/api/skus/bulk", "/api/jobs/bulk/advance", "/api/orders/bulk"


def skus(count: int, first: int = 1, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"sku-{number:04d}", "name": "A cube", **fields} for number in range(first, first + count)]


def order(**fields: Any) -> dict[str, Any]:
    return {"customerId": "cust-001", "lineItems": [{"skuId": "sku-0001", "quantity": 1}], **fields}


# --- Taken in --------------------------------------------------------------------------------------------------------
def test_it_answers_202_with_the_operation_and_has_done_nothing_yet(operator: KeyClient) -> None:
    start_worker()
    jobs = make_jobs(2)
    answer = operator.post(ADVANCE, {"jobIds": jobs, "targetStatus": "VALIDATED"}, prefer=LATER)
    body = answer.json()
    assert answer.status_code == 202
    assert answer["Location"] == f"{HERE}/{body['id']}"
    assert answer["Preference-Applied"] == LATER
    assert answer["X-Bulk-Operation"] == body["id"]
    assert body == operator.get(answer["Location"]).json()
    assert (body["status"], body["total"], body["counts"], body["deferred"]) == ("queued", 2, {"open": 2}, True)
    assert (body["startedAt"], body["finishedAt"], body["progress"]) == (None, None, {"done": 0, "total": 2})
    assert set(Job.objects.values_list("status", flat=True)) == {"CREATED"}


def make_bodies() -> dict[str, Callable[[], dict[str, Any]]]:
    return {
        ORDERS: lambda: {"orders": [order(), order()]},
        "/api/orders/bulk/cancel": lambda: {"orderIds": make_orders(2), "reason": "No"},
        "/api/orders/bulk/pay": lambda: {"orderIds": make_orders(2)},
        ADVANCE: lambda: {"jobIds": make_jobs(2), "targetStatus": "VALIDATED"},
        "/api/jobs/bulk/cancel": lambda: {"jobIds": make_jobs(2), "reason": "No"},
        "/api/jobs/bulk/prioritize": lambda: {"jobIds": make_jobs(2), "priority": 7},
        "/api/jobs/bulk/reprint": lambda: {
            "items": [{"jobId": job} for job in make_jobs(2, JobStatus.FAILED)],
            "reason": "Warped",
        },
        SKUS: lambda: {"skus": skus(2, 100)},
    }


@pytest.mark.parametrize("path", list(make_bodies()))
@pytest.mark.parametrize("policy", ["atomic", "partial"])
def test_it_does_later_what_the_same_call_does_at_once(admin: KeyClient, path: str, policy: str) -> None:
    make_skus(1), make_customers(1)
    make = make_bodies()[path]
    at_once = admin.post(path, {**make(), "errorPolicy": policy})["X-Bulk-Operation"]
    queued = later(admin, path, {**(make() if path != SKUS else {"skus": skus(2, 200)}), "errorPolicy": policy})
    assert drain() == 1
    same = ("name", "policy", "terms", "status", "total", "counts", "failed", "progress")
    first, second = shown(admin, at_once), shown(admin, queued)
    assert [first[name] for name in same] == [second[name] for name in same]
    assert datetime.fromisoformat(second["startedAt"]) <= datetime.fromisoformat(second["finishedAt"])
    kinds = [
        [(item["result"], set(item["before"] or ()), set(item["after"] or ())) for item in items_of(admin, one)]
        for one in (at_once, queued)
    ]
    assert kinds[0] == kinds[1]


def test_it_takes_ten_thousand_items_and_no_more(admin: KeyClient) -> None:
    refused = admin.post(SKUS, {"skus": [{"id": "a"}] * 10_001}, prefer=LATER)
    assert (refused.status_code, refused.json()["code"]) == (400, "TOO_MANY_ITEMS")
    assert refused.json()["details"]["limit"] == 10_000
    assert not BulkOperation.objects.exists()
    body = shown(admin, later(admin, SKUS, {"skus": skus(10_000), "errorPolicy": "partial"}))
    assert (body["total"], body["counts"]) == (10_000, {"open": 10_000})


def test_it_takes_larger_bodies_than_calls_at_once(admin: KeyClient, settings: Any) -> None:
    large = {"skus": skus(150, description="x" * 19_000)}
    assert admin.post(SKUS, large).status_code == 413
    assert admin.post(SKUS, large, prefer=LATER).status_code == 202
    too_large = b" " * (settings.DEFERRED_BODY_LIMIT_BYTES + 1)
    assert admin.post(SKUS, too_large, prefer=LATER).status_code == 413


def test_it_counts_an_id_that_is_named_twice_once(operator: KeyClient) -> None:
    first, second = make_jobs(2)
    call = {"jobIds": [first, second, first], "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    operation = later(operator, ADVANCE, call)
    drain()
    assert [item["id"] for item in items_of(operator, operation)] == [first, second]


def test_it_replays_the_202_with_its_location(admin: KeyClient) -> None:
    first, again = (admin.post(SKUS, {"skus": skus(2)}, prefer=LATER, idempotency_key="k") for _ in range(2))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in "Location", "Preference-Applied", "X-Bulk-Operation":
        assert again[header] == first[header]
    assert again["Idempotency-Replayed"] == "true"
    assert BulkOperation.objects.count() == IdempotencyRecord.objects.count() == 1


@pytest.mark.parametrize("preference", ["return=minimal", "respond-asynchronously", "wait=5"])
def test_it_passes_over_other_preferences(admin: KeyClient, preference: str) -> None:
    answer = admin.post(SKUS, {"skus": skus(1)}, prefer=preference)
    assert answer.status_code == 200
    assert "Preference-Applied" not in answer


@pytest.mark.parametrize("preference", ["RESPOND-ASYNC", "return=minimal, respond-async; wait=5"])
def test_it_hears_the_preference_among_others(admin: KeyClient, preference: str) -> None:
    assert admin.post(SKUS, {"skus": skus(1)}, prefer=preference).status_code == 202


def test_it_previews_at_once_whatever_is_preferred(admin: KeyClient) -> None:
    answer = admin.post(SKUS, {"skus": skus(1), "dryRun": True}, prefer=LATER)
    assert (answer.status_code, answer.json()["dryRun"]) == (200, True)
    assert "Preference-Applied" not in answer
    assert not BulkOperation.objects.exists()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "skus"),
        ({"skus": []}, "skus"),
        ({"skus": {}}, "skus"),
        ({"skus": [{"id": "a"}], "mode": "merge"}, "mode"),
        ({"skus": [{"id": "a"}], "errorPolicy": "some"}, "errorPolicy"),
        ({"skus": [{"id": "a", "name": "A"}], "dryRun": 1}, "dryRun"),
    ],
)
def test_it_refuses_what_is_wrong_beside_the_items_at_once(admin: KeyClient, body: Any, path: str) -> None:
    answer = admin.post(SKUS, body, prefer=LATER)
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == [path]
    assert not BulkOperation.objects.exists()


def test_it_refuses_terms_that_no_shape_can_judge_at_once(operator: KeyClient) -> None:
    answer = operator.post(ADVANCE, {"jobIds": make_jobs(1), "targetStatus": "CANCELLED"}, prefer=LATER)
    assert (answer.status_code, answer.json()["details"]["errors"][0]["path"]) == (400, "reason")


def test_it_asks_who_may_before_it_takes_anything_in(operator: KeyClient, customer: KeyClient) -> None:
    assert operator.post(SKUS, {"skus": skus(1)}, prefer=LATER).status_code == 403
    assert customer.post(ADVANCE, {"jobIds": ["job-001"], "targetStatus": "VALIDATED"}, prefer=LATER).status_code == 403


def test_it_lets_a_customer_follow_what_it_has_asked_for(customer: KeyClient) -> None:
    make_skus(1)
    operation = later(customer, ORDERS, {"orders": [order(), order(customerId="cust-002")], "errorPolicy": "partial"})
    drain()
    assert shown(customer, operation)["counts"] == {"created": 1, "refused": 1}
    assert Order.objects.get().customer_id == "cust-001"


def test_v3_answers_at_once_whatever_is_preferred(admin: KeyClient) -> None:
    make_skus(1, kind="content")
    permission = {
        "type": "permission",
        "user": {"id": "a"},
        "products": [{"type": "content", "external_id": "sku-0001"}],
    }
    answer = KeyClient(None).post(
        "/api/v3/orders/bulk", {"orders": [permission]}, prefer=LATER, x_user_token=admin.key or ""
    )
    assert (answer.status_code, answer.json()["data"]["created"]) == (200, 1)
    assert "Preference-Applied" not in answer


# --- Carried out -----------------------------------------------------------------------------------------------------
def test_it_reports_faults_of_shape_with_their_items(admin: KeyClient) -> None:
    bad = [{"id": "sku-0001", "name": "A", "basePrice": "dear", "colour": "red"}, 7, {"id": "b"}]
    operation = later(admin, SKUS, {"skus": [*bad, {"id": "good", "name": "Good"}], "errorPolicy": "partial"})
    drain()
    body, items = shown(admin, operation), items_of(admin, operation)
    assert (body["status"], body["counts"]) == ("finished_with_failures", {"refused": 3, "created": 1})
    assert sorted(codes_of(items[0])) == ["MONEY_TYPE", "UNKNOWN_FIELD"]
    assert [codes_of(item) for item in items[1:]] == [["NOT_AN_OBJECT"], ["REQUIRED"], []]
    assert [item["payload"] for item in items[:3]] == bad


@pytest.mark.parametrize("number", [1e300, -1e300, 2**64 - 1, 1e19, 12345678901234567890.0])
def test_it_keeps_numbers_that_a_database_writes_out_in_full(admin: KeyClient, number: float) -> None:
    operation = later(admin, SKUS, {"skus": [{"id": "a", "name": "A", "basePrice": number}], "errorPolicy": "partial"})
    drain()
    (item,) = items_of(admin, operation)
    assert codes_of(item) == ["MONEY_RANGE"]
    assert float(item["payload"]["basePrice"]) == float(number)
    for name in "results.csv", "results.jsonl":
        assert admin.get(f"{HERE}/{operation}/{name}?result=failed").getvalue()
    assert admin.post(f"{HERE}/{operation}/retry").status_code == 202


def test_an_atomic_batch_happens_whole_or_not_at_all(operator: KeyClient) -> None:
    good, bad = *make_jobs(1), *make_jobs(1, JobStatus.SHIPPED)
    operation = later(operator, ADVANCE, {"jobIds": [good, bad, "job-999999"], "targetStatus": "VALIDATED"})
    drain()
    body, items = shown(operator, operation), items_of(operator, operation)
    assert (body["status"], body["counts"]) == ("finished_with_failures", {"refused": 3})
    assert [codes_of(item) for item in items] == [["BATCH_REFUSED"], ["ILLEGAL_TRANSITION"], ["JOB_NOT_FOUND"]]
    assert Job.objects.get(pk=numbers([good])[0]).status == "CREATED"


@pytest.mark.parametrize("policy", ["atomic", "partial"])
def test_a_replace_happens_whole_or_not_at_all(admin: KeyClient, policy: str) -> None:
    make_skus(3)
    call = {"mode": "replace", "errorPolicy": policy}
    refused = later(admin, SKUS, {"skus": [*skus(600, 2), {"id": "nameless"}], **call})
    drain()
    assert SKU.objects.active().count() == 3
    assert shown(admin, refused)["counts"] == {"refused": 601}
    done = later(admin, SKUS, {"skus": skus(600, 2), **call})
    assert drain() == 1
    body = shown(admin, done)
    assert (body["asked"], body["total"]) == (600, 601)
    assert sum(body["counts"].values()) == 601
    assert body["counts"]["deactivated"] == 1
    assert set(SKU.objects.active().values_list("pk", flat=True)) == {one["id"] for one in skus(600, 2)}


def test_its_counts_always_add_up(admin: KeyClient) -> None:
    start_worker()
    sent = [*skus(1_000), *({"id": f"bad-{number}"} for number in range(200))]
    operation = later(admin, SKUS, {"skus": sent, "errorPolicy": "partial"})
    seen = []
    while True:
        body = shown(admin, operation)
        assert sum(body["counts"].values()) == body["total"] == 1_200
        assert body["progress"] == {"done": 1_200 - body["counts"].get("open", 0), "total": 1_200}
        assert ("open" in body["counts"]) == (body["finishedAt"] is None)
        seen.append((body["status"], body["progress"]["done"]))
        if not carry_out_next():
            break
    assert seen == [("queued", 0), ("running", 500), ("running", 1_000), ("finished_with_failures", 1_200)]
    assert body["counts"] == {"created": 1_000, "refused": 200}
    assert BulkItem.objects.filter(operation_id=UUID(operation), verdict="open").count() == 0


def test_it_says_when_nobody_is_there_to_carry_it_out(admin: KeyClient) -> None:
    operation = later(admin, SKUS, {"skus": skus(1)})
    body = shown(admin, operation)
    assert (body["status"], body["waitingFor"]) == ("waiting", "worker")
    listed = {
        word: admin.get(f"{HERE}?status={word}").json()["count"] for word in ("waiting", "queued", "queued,waiting")
    }
    assert listed == {"waiting": 1, "queued": 0, "queued,waiting": 1}
    start_worker()
    body = shown(admin, operation)
    assert (body["status"], body["waitingFor"]) == ("queued", None)
    listed = {
        word: admin.get(f"{HERE}?status={word}").json()["count"] for word in ("waiting", "queued", "queued,waiting")
    }
    assert listed == {"waiting": 0, "queued": 1, "queued,waiting": 1}


# --- Rows and statements ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "payload", "rows"),
    [
        ("orders.create", {"externalId": "web-1", "customerId": "cust-001"}, ["externalId:web-1"]),
        ("orders.create", {"customerId": "cust-001"}, []),
        ("orders.create", [], []),
        ("orders.cancel", "ord-001", ["ord-001"]),
        ("orders.pay", "ord-001", ["ord-001"]),
        ("orders.pay", 7, []),
        (
            "customers.create",
            {"id": "A", "email": "Ada@Example.com", "externalId": "X"},
            ["id:A", "email:ada@example.com", "externalId:X"],
        ),
        ("jobs.advance", "job-001", ["job-001"]),
        ("jobs.cancel", "job-001", ["job-001"]),
        ("jobs.prioritize", "job-001", ["job-001"]),
        ("jobs.reprint", {"jobId": "job-001", "quantity": 1}, ["jobId:job-001"]),
        ("skus.import", {"id": "sku-1", "name": "A"}, ["id:sku-1"]),
    ],
)
def test_it_knows_which_rows_an_item_touches(name: str, payload: Any, rows: list[str]) -> None:
    assert list(operations()[name].rows_of(payload)) == rows


def test_of_two_orders_with_one_external_id_the_first_is_made(admin: KeyClient) -> None:
    make_skus(1), make_customers(1)
    many = [order(externalId=f"web-{number}") for number in range(501)]
    operation = later(admin, ORDERS, {"orders": [*many, order(externalId="web-0")], "errorPolicy": "partial"})
    drain()
    assert shown(admin, operation)["counts"] == {"created": 501, "refused": 1}
    assert [item["index"] for item in items_of(admin, operation, "&result=failed")] == [501]


def test_it_takes_four_hundred_items_in_with_as_many_statements_as_two(admin: KeyClient) -> None:
    def sent_for(count: int) -> int:
        with statements() as sent:
            later(admin, SKUS, {"skus": skus(count), "errorPolicy": "partial"})
        return len(sent)

    sent_for(1)
    assert sent_for(2) == sent_for(400)


def test_it_takes_more_in_by_parts(admin: KeyClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("printshop.bulk.deferred.acceptance.ITEMS_AT_ONCE", 2)
    with statements() as sent:
        operation = later(admin, SKUS, {"skus": skus(5)})
    assert sum("bulk_bulkitem" in sql and "INSERT" in sql for sql in sent) == 3
    assert [item["index"] for item in items_of(admin, operation)] == [0, 1, 2, 3, 4]
    drain()
    assert shown(admin, operation)["counts"] == {"created": 5}


def test_it_lists_unfinished_operations_in_as_many_statements_whatever_their_number(admin: KeyClient) -> None:
    def size(limit: int) -> int:
        with statements() as sent:
            found = admin.get(f"{HERE}?limit={limit}&status=queued,waiting").json()["results"]
        assert len(found) == limit
        assert all(sum(one["counts"].values()) == one["total"] for one in found)
        return len(sent)

    for number in range(6):
        later(admin, SKUS, {"skus": skus(2, 10 * number + 1)})
    assert size(2) == size(6)


def test_it_reads_state_and_counts_by_one_statement(admin: KeyClient, django_assert_num_queries: Any) -> None:
    from printshop.bulk.operations.counting import progress_of, with_progress

    operation = later(admin, SKUS, {"skus": skus(600), "errorPolicy": "partial"})
    carry_out_next()
    with django_assert_num_queries(1):
        found = with_progress(BulkOperation.objects.filter(pk=operation)).get()
        assert progress_of(found).counts == Counter({"created": 500, "open": 100})
