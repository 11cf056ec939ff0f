"""`POST /api/bulk-operations/{uuid}/retry`: what did not happen is sent again, mended or as it was."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from catalog.models import SKU
from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.models import Account
from printshop.api.refusals import Fault
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.chunks import claim
from printshop.bulk.deferred.dialects import Dialect, Taken, register_dialect
from printshop.bulk.deferred.endings import settle
from printshop.bulk.deferred.mishaps import fail
from printshop.bulk.deferred.native import batches
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.tests.deferred.callers import HERE, codes_of, drain, items_of, later, shown
from printshop.testing import (
    NOON,
    KeyClient,
    Role,
    key_client,
    make_actor,
    make_customers,
    make_jobs,
    make_skus,
    numbers,
    statements,
)

pytestmark = pytest.mark.django_db(databases="__all__")
SKUS, ADVANCE, ORDERS = "/api/skus/bulk", "/api/jobs/bulk/advance", "/api/orders/bulk"
PARTIAL = {"errorPolicy": "partial"}


def retry(client: KeyClient, operation: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"{HERE}/{operation}/retry", body, **headers)


def retried(client: KeyClient, operation: str, body: Any = None) -> str:
    """The operation that a retry becomes."""
    answer = retry(client, operation, body)
    assert answer.status_code == 202, answer.content
    return str(answer.json()["id"])


def refusal(answer: Any) -> tuple[int, str, list[str]]:
    body = answer.json()
    return answer.status_code, body["code"], [fault["path"] for fault in body["details"].get("errors", [])]


@pytest.fixture(params=["at once", "later"])
def half_done(request: pytest.FixtureRequest, admin: KeyClient) -> str:
    """An import of five SKUs of which two have no name, the second and the fourth."""
    skus = [{"id": f"sku-{number}"} | ({"name": "A"} if number % 2 == 0 else {}) for number in range(5)]
    call = {"skus": skus, "mode": "append", **PARTIAL}
    if request.param == "at once":
        return str(admin.post(SKUS, call)["X-Bulk-Operation"])
    operation = later(admin, SKUS, call)
    drain()
    return operation


# --- What is sent again ----------------------------------------------------------------------------------------------
def test_it_sends_what_failed_again_as_it_was(admin: KeyClient, half_done: str) -> None:
    answer = retry(admin, half_done)
    child = answer.json()
    assert answer.status_code == 202
    assert answer["Location"] == f"{HERE}/{child['id']}"
    assert answer["X-Bulk-Operation"] == child["id"]
    assert (child["parent"], child["total"], child["counts"]) == (half_done, 2, {"open": 2})
    parent = shown(admin, half_done)
    assert parent["retries"] == [child["id"]]
    same = ("name", "policy", "terms", "topic", "scope")
    assert [child[name] for name in same] == [parent[name] for name in same]
    assert [item["payload"] for item in items_of(admin, child["id"])] == [{"id": "sku-1"}, {"id": "sku-3"}]
    drain()
    assert shown(admin, child["id"])["counts"] == {"refused": 2}
    assert [codes_of(item) for item in items_of(admin, child["id"])] == [["REQUIRED"], ["REQUIRED"]]


def test_it_sends_mended_items_in_their_place(admin: KeyClient, half_done: str) -> None:
    items = [{"index": 3, "item": {"id": "sku-3", "name": "B"}}, {"index": 1, "item": {"id": "sku-one", "name": "C"}}]
    child = retried(admin, half_done, {"items": items})
    drain()
    assert shown(admin, child)["counts"] == {"created": 2}
    assert set(SKU.objects.filter(name__in="BC").values_list("pk", "name")) == {("sku-3", "B"), ("sku-one", "C")}


def test_it_sends_the_listed_ones_only(admin: KeyClient, half_done: str) -> None:
    child = retried(admin, half_done, {"items": [{"index": 3}]})
    assert [item["payload"] for item in items_of(admin, child)] == [{"id": "sku-3"}]


def test_it_does_what_has_become_possible_meanwhile(admin: KeyClient) -> None:
    make_customers(1)
    orders = [{"customerId": "cust-001", "lineItems": [{"skuId": "sku-0001", "quantity": 1}], "externalId": "a"}]
    operation = later(admin, ORDERS, {"orders": orders, **PARTIAL})
    drain()
    assert shown(admin, operation)["status"] == "finished_with_failures"
    make_skus(1)
    child = retried(admin, operation)
    drain()
    assert shown(admin, child)["status"] == "finished"
    assert Order.objects.get().external_id == "a"


def test_it_sends_again_what_failed_through_no_fault_of_its_own(admin: KeyClient) -> None:
    operation = later(admin, SKUS, {"skus": [{"id": "sku-1", "name": "A"}], **PARTIAL})
    held = claim("a worker")
    assert held is not None
    fail(held, Fault("WORKER_LOST", "Lost."))
    settle(held.chunk.operation_id)
    assert shown(admin, operation)["counts"] == {"failed": 1}
    child = retried(admin, operation)
    drain()
    assert shown(admin, child)["counts"] == {"created": 1}


def test_it_sends_what_was_cancelled_only_when_asked(admin: KeyClient) -> None:
    operation = later(admin, SKUS, {"skus": [{"id": "sku-1", "name": "A"}], **PARTIAL})
    admin.post(f"{HERE}/{operation}/cancel")
    assert refusal(retry(admin, operation))[:2] == (409, "NOTHING_TO_RETRY")
    listed = {"items": [{"index": 0}]}
    assert refusal(retry(admin, operation, listed)) == (400, "VALIDATION_ERROR", ["items.0.index"])
    child = retried(admin, operation, {"include": ["cancelled"], **listed})
    drain()
    assert shown(admin, child)["counts"] == {"created": 1}


def test_an_atomic_batch_stays_one(operator: KeyClient) -> None:
    good, bad = *make_jobs(1), *make_jobs(1, JobStatus.READY)
    operation = later(operator, ADVANCE, {"jobIds": [good, bad], "targetStatus": "VALIDATED"})
    drain()
    child = retried(operator, operation)
    drain()
    assert [codes_of(item) for item in items_of(operator, child)] == [["BATCH_REFUSED"], ["ILLEGAL_TRANSITION"]]
    mended = retried(operator, operation, {"items": [{"index": 0}]})
    drain()
    assert shown(operator, mended)["counts"] == {"updated": 1}
    assert Job.objects.get(pk=numbers([good])[0]).status == "VALIDATED"


def test_a_replace_goes_again_with_all_of_its_items(admin: KeyClient) -> None:
    make_skus(3)
    skus = [{"id": "sku-0001", "name": "A"}, {"id": "new"}, {"id": "sku-0002", "name": "B"}]
    operation = later(admin, SKUS, {"skus": skus, "mode": "replace", **PARTIAL})
    drain()
    assert SKU.objects.active().count() == 3
    child = retried(admin, operation, {"items": [{"index": 1, "item": {"id": "new", "name": "C"}}]})
    drain()
    body = shown(admin, child)
    assert (body["asked"], body["counts"]) == (3, {"created": 1, "updated": 2, "deactivated": 1})
    assert set(SKU.objects.active().values_list("pk", flat=True)) == {"sku-0001", "sku-0002", "new"}


def test_the_same_id_mended_twice_is_one_item(operator: KeyClient) -> None:
    (job,) = make_jobs(1)
    call = {"jobIds": ["job-7777", "job-8888"], "targetStatus": "VALIDATED", **PARTIAL}
    operation = later(operator, ADVANCE, call)
    drain()
    child = retried(operator, operation, {"items": [{"index": 0, "item": job}, {"index": 1, "item": job}]})
    drain()
    assert shown(operator, child)["counts"] == {"updated": 1}
    assert Job.objects.get().moves.count() == 1


def test_a_retry_can_be_retried(admin: KeyClient, half_done: str) -> None:
    child = retried(admin, half_done)
    drain()
    grandchild = retried(admin, child, {"items": [{"index": 0, "item": {"id": "sku-1", "name": "A"}}]})
    drain()
    assert shown(admin, grandchild)["parent"] == child
    assert shown(admin, half_done)["retries"] == [child]
    assert SKU.objects.filter(pk="sku-1").exists()


def test_it_takes_the_lines_of_the_download_as_they_stand(admin: KeyClient, half_done: str) -> None:
    file = admin.get(f"{HERE}/{half_done}/results.jsonl?result=failed").getvalue()
    lines = [orjson.loads(line) for line in file.splitlines()]
    for line in lines:
        line["item"]["name"] = "Mended"
    child = retried(admin, half_done, {"items": lines})
    drain()
    assert shown(admin, child)["counts"] == {"created": 2}


# --- Other dialects --------------------------------------------------------------------------------------------------
def test_it_copies_dialect_topic_scope_and_what_is_sealed(admin: KeyClient) -> None:
    seen: list[Any] = []

    def remembering(recorded: Any, payloads: Any, at: Any) -> Any:
        seen.extend((payload.value, payload.sealed) for payload in payloads)
        return batches(recorded, payloads, at)

    register_dialect(Dialect("foreign", remembering, rows_of=lambda recorded: lambda payload: [payload["id"]]))
    request = Request(
        name="skus.import",
        payloads=[{"id": "a"}, {"id": "b"}, "out"],
        actor=make_actor(),
        at=NOON,
        dialect="foreign",
        topic="products.post",
        scope="uk",
        sealed={0: "secret"},
        rejected={2: Fault("NOT_AN_OBJECT", "The item must be an object.")},
    )
    accept(request)
    drain()
    operation = str(request.operation_id)
    assert refusal(retry(admin, operation, {"items": [{"index": 0, "item": {}}]})) == (
        400,
        "VALIDATION_ERROR",
        ["items"],
    )
    child = retried(admin, operation)
    body = shown(admin, child)
    assert (body["topic"], body["scope"]) == ("products.post", "uk")
    assert BulkOperation.objects.get(pk=child).dialect == "foreign"
    # What never got in does not get in again as it was.
    assert body["counts"] == {"open": 2, "rejected": 1}
    seen.clear()
    drain()
    assert seen == [({"id": "a"}, "secret"), ({"id": "b"}, None)]
    items = items_of(admin, child)
    assert [item["result"] for item in items] == ["refused", "refused", "rejected"]
    assert codes_of(items[2]) == ["NOT_AN_OBJECT"]
    assert b"secret" not in admin.get(f"{HERE}/{child}/items").content


def test_a_dialect_takes_mended_items_in_by_its_own_rules(admin: KeyClient) -> None:
    def take_in(recorded: BulkOperation, value: Any) -> Taken:
        return Taken({"id": value["id"]}, sealed=value["name"])

    register_dialect(Dialect("hiding", batches, take_in=take_in))
    request = Request("skus.import", [{"id": "a"}], make_actor(), NOON, dialect="hiding")
    accept(request)
    drain()
    child = retried(admin, str(request.operation_id), {"items": [{"index": 0, "item": {"id": "a", "name": "hidden"}}]})
    item = BulkItem.objects.get(operation_id=UUID(child))
    assert (item.payload, item.sealed) == ({"id": "a"}, "hidden")


# --- What cannot be retried ------------------------------------------------------------------------------------------
def test_it_refuses_what_is_not_finished(admin: KeyClient, half_done: str) -> None:
    child = retried(admin, half_done)
    assert refusal(retry(admin, child))[:2] == (409, "OPERATION_UNFINISHED")
    assert refusal(retry(admin, half_done))[:2] == (409, "RETRY_UNFINISHED")
    drain()
    assert retry(admin, half_done).status_code == 202


def test_it_refuses_when_nothing_has_failed(admin: KeyClient) -> None:
    operation = later(admin, SKUS, {"skus": [{"id": "a", "name": "A"}]})
    drain()
    assert refusal(retry(admin, operation))[:2] == (409, "NOTHING_TO_RETRY")
    assert BulkOperation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"items": [{"index": 1}, {"index": 0}, {"index": 99}]}, ["items.1.index", "items.2.index"]),
        ({"items": [{"index": 1}, {"index": 1}]}, ["items.1.index"]),
        ({"items": []}, ["items"]),
        ({"items": [{"item": {}}]}, ["items.0.index"]),
        ({"items": [{"index": -1}]}, ["items.0.index"]),
        ({"include": ["refused"]}, ["include.0"]),
        ({"indexes": [1]}, ["indexes"]),
        ([], [""]),
    ],
)
def test_it_names_what_it_cannot_mean(admin: KeyClient, half_done: str, body: Any, paths: list[str]) -> None:
    assert refusal(retry(admin, half_done, body)) == (400, "VALIDATION_ERROR", paths)
    assert BulkOperation.objects.count() == 1


def test_it_says_when_nothing_was_kept_of_an_item(admin: KeyClient) -> None:
    call = {"skus": [{"id": "a"}, {"id": "b", "name": "B"}], **PARTIAL}
    operation = admin.post(SKUS, call)["X-Bulk-Operation"]
    BulkItem.objects.filter(operation=operation).update(payload=None)
    assert refusal(retry(admin, operation)) == (409, "PAYLOAD_NOT_KEPT", ["items"])
    child = retried(admin, operation, {"items": [{"index": 0, "item": {"id": "a", "name": "A"}}]})
    drain()
    assert shown(admin, child)["counts"] == {"created": 1}


def test_it_is_for_the_own_account_and_a_role_that_may(admin: KeyClient, operator: KeyClient, half_done: str) -> None:
    partner = Account.objects.create(code="partner", name="Partner")
    for client in key_client(Role.ADMIN, account=partner), operator:
        assert refusal(retry(client, half_done))[:2] == (404, "OPERATION_NOT_FOUND")
    assert BulkOperation.objects.count() == 1


def test_it_makes_one_retry_under_an_idempotency_key(admin: KeyClient, half_done: str) -> None:
    first, again = (retry(admin, half_done, idempotency_key="r") for _ in range(2))
    assert (again.status_code, again.content, again["Location"]) == (202, first.content, first["Location"])
    assert BulkOperation.objects.filter(parent_id=UUID(half_done)).count() == 1


def test_it_needs_as_many_statements_for_many_items_as_for_few(admin: KeyClient) -> None:
    def sent_for(count: int) -> int:
        operation = later(admin, SKUS, {"skus": [{"id": f"sku-{number}"} for number in range(count)], **PARTIAL})
        drain()
        with statements() as sent:
            retried(admin, operation)
        drain()
        return len(sent)

    assert sent_for(2) == sent_for(400)
