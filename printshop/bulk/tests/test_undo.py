"""`POST /api/bulk-operations/{uuid}/undo`, and the plan behind every undo."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from catalog.models import SKU
from jobs.models import Job, JobMove
from jobs.states import JobStatus
from orders.models import Order
from orders.services.changes import PAY, change_orders
from printshop.api.reading import Item
from printshop.bulk.deferred.acceptance import Request
from printshop.bulk.images import Present, put_back
from printshop.bulk.models import BulkOperation, Policy, State
from printshop.bulk.outcomes import Outcome
from printshop.bulk.registry import inverse_of, operations, register_inverse
from printshop.bulk.tests.deferred.callers import HERE, drain
from printshop.bulk.undoing import undo
from printshop.testing import (
    NOON,
    KeyClient,
    Role,
    key_client,
    make_actor,
    make_customers,
    make_jobs,
    make_orders,
    make_skus,
    numbers,
    snapshot,
)

SKUS, JOBS = "/api/skus/bulk", "/api/jobs/bulk/advance"
LATER = NOON + timedelta(hours=1)


# --- The plan --------------------------------------------------------------------------------------------------------
def image(reference: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {"index": 0, "reference": reference, "verdict": "updated", "before": before, "after": after,
            "effects": [], "at": NOON, **more}  # fmt: skip


def planned(*images: dict[str, Any], written: Any = NOON, writers: Any = None, **fields: Any) -> list[Outcome]:
    rows = {"a": Present({"name": "New", "price": 2.5, **fields}, written, 7)}
    return put_back([Item(index, one) for index, one in enumerate(images)], rows, writers or {})


def test_it_puts_back_what_stands_as_it_was_left():
    [outcome] = planned(image("a", {"name": "Old"}, {"name": "New"}))
    assert (outcome.verdict, outcome.before, outcome.after) == ("updated", {"name": "New"}, {"name": "Old"})
    assert outcome.change == Present({"name": "Old", "price": 2.5}, None, 7)


def test_it_counts_what_was_so_before_as_unchanged():
    [outcome] = planned(image("a", {"name": "New"}, {"name": "New"}))
    assert (outcome.verdict, outcome.change) == ("unchanged", None)


@pytest.mark.parametrize(
    ("fields", "written", "message"),
    [
        ({"name": "Other"}, NOON, "a has been changed since: name is Other and not New."),
        ({"name": ""}, NOON, "a has been changed since: name is empty and not New."),
        ({}, LATER, "a has been changed since."),
        ({"name": "x" * 99}, LATER, f"a has been changed since: name is {'x' * 60}… and not New."),
    ],
)
def test_it_leaves_alone_what_does_not(fields: Any, written: Any, message: str):
    [outcome] = planned(image("a", {"name": "Old"}, {"name": "New"}), written=written, **fields)
    assert (outcome.verdict, outcome.change, outcome.before) == ("refused", None, None)
    assert [(fault.code, fault.message, fault.value) for fault in outcome.faults] == [("CHANGED_SINCE", message, "a")]


def test_it_says_which_operation_was_faster():
    [changed] = planned(image("a", {}, {}), written=LATER, writers={"a": "skus.import 1"})
    [deleted] = planned(image("b", {}, {}), writers={"b": "skus.import 2"})
    assert changed.faults[0].message == "a has been changed since, by skus.import 1."
    assert deleted.faults[0].message == "b has been deleted since, by skus.import 2."


def test_it_meets_a_row_as_the_item_before_left_it():
    later, earlier = (
        image("a", {"name": "Mid"}, {"name": "New"}),
        image("a", {"name": "Old", "price": 1}, {"name": "Mid", "price": 2.5}),
    )
    first, second = planned(later, earlier)
    assert (first.after, second.after) == ({"name": "Mid"}, {"name": "Old", "price": 1})
    assert second.change.fields == {"name": "Old", "price": 1}
    wrong, right = planned(earlier, later)
    assert (wrong.verdict, right.verdict) == ("refused", "updated")


def test_it_has_one_inverse_for_each_kind():
    for name in "skus.import", "jobs.advance", "orders.cancel":
        inverse = inverse_of(name)
        assert inverse is not None
        assert inverse_of(inverse.name), "an undo can be undone"
        assert operations()[inverse.name] is inverse
    with pytest.raises(ValueError, match=r"skus\.import has an inverse already"):
        register_inverse(operations()["skus.import"], operations()["skus.import"])


# --- At once ---------------------------------------------------------------------------------------------------------
def imported(admin: KeyClient, *skus: dict[str, Any], **more: Any) -> str:
    answer = admin.post(SKUS, {"skus": list(skus), **more})
    assert answer.status_code == 200, answer.content
    return str(answer["X-Bulk-Operation"])


def undone(client: KeyClient, operation: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"{HERE}/{operation}/undo", body, **headers)


def prices() -> dict[str, int]:
    return dict(SKU.objects.order_by("pk").values_list("pk", "base_price"))


@pytest.mark.django_db
def test_it_answers_with_counts_and_names_what_it_left_alone(admin: KeyClient):
    make_skus(2)
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1}, {"id": "sku-0002", "basePrice": 2})
    second = imported(admin, {"id": "sku-0002", "basePrice": 3})
    answer = undone(admin, operation)
    assert answer.status_code == 200
    assert answer.json() == {
        "undoes": operation,
        "undone": 1,
        "unchanged": 0,
        "failed": 1,
        "skus": [{"id": "sku-0001", "result": "undone"}],
        "errors": [
            {
                "index": 0,
                "path": "basePrice",
                "code": "CHANGED_SINCE",
                "message": f"sku-0002 has been changed since, by skus.import {second}: basePrice is 3.0 and not 2.0.",
                "value": "sku-0002",
            }
        ],
    }
    assert prices() == {"sku-0001": 1250, "sku-0002": 300}
    mine = BulkOperation.objects.get(pk=answer["X-Bulk-Operation"])
    assert (str(mine.undoes_id), mine.state, mine.terms["undoes"]) == (operation, "finished_with_failures", operation)
    assert admin.get(f"{HERE}/{mine.pk}").json()["undoes"] == operation


@pytest.mark.django_db
def test_it_undoes_all_or_nothing_when_asked_to(admin: KeyClient):
    make_skus(2)
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1}, {"id": "sku-0002", "basePrice": 2})
    imported(admin, {"id": "sku-0002", "basePrice": 3})
    before = snapshot()
    answer = undone(admin, operation, {"errorPolicy": "atomic"})
    assert (answer.status_code, answer.json()["code"]) == (409, "CHANGED_SINCE")
    assert answer.json()["error"] == "1 of 2 skus is refused; nothing was undone."
    assert snapshot() == before


@pytest.mark.django_db
def test_it_conflicts_when_nothing_can_be_undone(admin: KeyClient):
    make_skus()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1})
    assert undone(admin, operation).json()["undone"] == 1
    before = snapshot()
    answer = undone(admin, operation)
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["failed"]) == (409, "CHANGED_SINCE", 1)
    assert snapshot() == before


@pytest.mark.django_db
def test_it_rehearses(admin: KeyClient):
    make_skus()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1}, {"id": "new", "name": "New"})
    before = snapshot()
    answer = undone(admin, operation, {"dryRun": True})
    assert snapshot() == before
    assert answer.status_code == 200
    assert "X-Bulk-Operation" not in answer
    body = answer.json()
    assert (body["dryRun"], body["undone"], body["failed"]) == (True, 2, 0)
    assert [(item["id"], item["result"], item["changes"]) for item in body["items"]] == [
        ("new", "undone", {"active": [True, False]}),
        ("sku-0001", "undone", {"basePrice": [1.0, 12.5]}),
    ]


@pytest.mark.django_db
def test_it_is_done_once_for_one_idempotency_key(admin: KeyClient):
    make_skus()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1})
    first, second = (undone(admin, operation, idempotency_key="k") for _ in range(2))
    assert (second["Idempotency-Replayed"], second.content) == ("true", first.content)
    assert BulkOperation.objects.filter(undoes=UUID(operation)).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "path"),
    [({"dryRun": 1}, "dryRun"), ({"errorPolicy": "some"}, "errorPolicy"), ({"reason": "x"}, "reason"), ([], "")],
)
def test_it_reads_its_body_strictly(body: Any, path: str, admin: KeyClient):
    make_skus()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1})
    answer = undone(admin, operation, body)
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == [path]
    assert prices() == {"sku-0001": 100}


# --- Who and what ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_it_is_for_those_who_may_run_the_operation(admin: KeyClient, operator: KeyClient):
    make_skus(), make_customers()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1})
    customer = key_client(Role.CUSTOMER, "cust-001")
    own = customer.post(
        "/api/orders/bulk",
        {"orders": [{"customerId": "cust-001", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}]},
    )["X-Bulk-Operation"]
    before = snapshot()
    assert undone(operator, operation).status_code in (403, 404)
    assert undone(customer, own).status_code in (403, 404)
    assert snapshot() == before
    assert undone(operator, own).status_code == 200
    assert Order.objects.get().status == "cancelled"


@pytest.mark.django_db
def test_it_has_nothing_to_undo_where_nothing_was_changed(admin: KeyClient):
    make_skus()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 12.5})
    answer = undone(admin, operation)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOTHING_TO_UNDO")


@pytest.mark.django_db
def test_it_says_why_a_kind_cannot_be_undone(admin: KeyClient):
    result = change_orders(PAY, make_orders(), actor=make_actor(), at=NOON)
    answer = undone(admin, str(result.operation_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "IRREVERSIBLE")
    assert answer.json()["error"] == operations()["orders.pay"].irreversible


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_it_waits_for_the_end_of_what_is_open(state: State, admin: KeyClient):
    make_skus()
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1})
    BulkOperation.objects.filter(pk=operation).update(state=state)
    answer = undone(admin, operation)
    assert (answer.status_code, answer.json()["code"]) == (409, "OPERATION_UNFINISHED")


@pytest.mark.django_db
def test_it_takes_no_images_of_anybodys_making(admin: KeyClient):
    make_skus(2)
    operation = imported(admin, {"id": "sku-0001", "basePrice": 1}, {"id": "sku-0002", "basePrice": 2})
    imported(admin, {"id": "sku-0002", "basePrice": 3})
    back = undone(admin, operation)["X-Bulk-Operation"]
    forged = {**image("sku-0002", {"basePrice": 0}, {}), "at": NOON.isoformat()}
    answer = admin.post(f"{HERE}/{back}/retry", {"items": [{"index": 0, "item": forged}]})
    assert (answer.status_code, answer.json()["details"]["errors"][0]["code"]) == (400, "NOT_MENDABLE")


# --- Later -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_undoes_a_large_operation_in_chunks(admin: KeyClient):
    make_skus()
    skus = [{"id": f"new-{number:04d}", "name": "A", "basePrice": 2} for number in range(1100)]
    body = {"skus": [*skus, {"id": "sku-0001", "basePrice": 1}], "errorPolicy": "partial"}
    operation = admin.post(SKUS, body, prefer="respond-async").json()["id"]
    drain()
    imported(admin, {"id": "new-0007", "basePrice": 3})
    answer = undone(admin, operation)
    assert answer.status_code == 202
    back = answer["X-Bulk-Operation"]
    assert answer["Location"] == f"{HERE}/{back}"
    assert (answer.json()["id"], answer.json()["total"], answer.json()["undoes"]) == (back, 1101, operation)
    assert undone(admin, back).json()["code"] == "OPERATION_UNFINISHED"
    drain()
    mine = BulkOperation.objects.get(pk=back)
    assert (mine.counts, mine.chunks.count()) == ({"updated": 1100, "refused": 1}, 3)
    assert prices()["sku-0001"] == 1250
    assert list(SKU.objects.active().filter(pk__startswith="new").values_list("pk", flat=True)) == ["new-0007"]
    [refused] = mine.items.filter(verdict="refused")
    assert (refused.reference, (refused.errors or [{}])[0]["code"]) == ("new-0007", "CHANGED_SINCE")
    again = undone(admin, back)["X-Bulk-Operation"]
    drain()
    assert SKU.objects.active().filter(pk__startswith="new").count() == 1100
    assert prices()["sku-0001"] == 100
    assert BulkOperation.objects.get(pk=again).counts == {"updated": 1100}


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_undoes_a_large_atomic_operation_as_one_piece():
    jobs = make_jobs(3, JobStatus.QUEUED)
    client = key_client(Role.OPERATOR)
    answer = client.post(JOBS, {"jobIds": jobs, "targetStatus": "PRINTING"}, prefer="respond-async")
    drain()
    recorded = BulkOperation.objects.get(pk=answer["X-Bulk-Operation"])
    assert recorded.chunks.get().whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("printshop.bulk.undoing.AT_ONCE", 2)
        request = undo(recorded, actor=make_actor(), at=LATER, policy=Policy.PARTIAL)
    assert isinstance(request, Request)
    drain()
    mine = BulkOperation.objects.get(pk=request.operation_id)
    assert (mine.chunks.get().whole, mine.counts) == (True, {"updated": 3})
    assert set(Job.objects.numbered(numbers(jobs)).values_list("status", flat=True)) == {"QUEUED"}
    assert JobMove.objects.filter(undoes__isnull=False).count() == 3
