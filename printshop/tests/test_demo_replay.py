"""The requests of the public page that describes the native dialect, sent to a demo shop as they are printed there.

`seeds/native.json` holds them: the page's own bodies, with its "...array of SKU objects..." filled in.
"""

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client
from pytest_django import Settings

from jobs.models import Job
from orders.models import Order
from printshop.testing import KeyClient

SEED = json.loads((Path(__file__).parent / "seeds" / "native.json").read_text())
OPERATOR, ADMIN = KeyClient("your-api-key"), KeyClient("your-admin-key")


def send(request: dict[str, Any]) -> Any:
    return Client().generic(
        request["method"],
        request["path"],
        orjson.dumps(request["body"]),
        content_type=request["headers"]["Content-Type"],
        headers=request["headers"],
    )


def shape_of(answer: Any) -> Any:
    """An answer with the numbers of new orders left out: those are the shop's own."""
    if isinstance(answer, dict):
        return {key: shape_of(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [shape_of(value) for value in answer]
    return re.sub(r"^ord-\d{3,}$", "ord-…", answer) if isinstance(answer, str) else answer


@pytest.mark.django_db
def test_it_answers_the_page_from_top_to_bottom_as_printed(demo):
    for request in SEED:
        response = send(request)
        assert response.status_code == request["status"], request["title"]
        assert response["Content-Type"] == "application/json"
        assert shape_of(response.json()) == shape_of(request["answer"]), request["title"]
        assert list(response.json()) == list(request["answer"])


@pytest.mark.django_db
def test_what_the_page_did_is_there_afterwards(demo):
    answers = [send(request).json() for request in SEED]
    made = answers[0]["orders"]
    first = OPERATOR.get(f"/api/orders/{made[0]['id']}").json()
    assert (first["customerId"], first["lineItems"][0]["skuId"], first["total"]) == (
        "cust-001",
        "sku-pla-black-cube",
        4.9,
    )
    assert OPERATOR.get("/api/jobs/job-001").json()["reason"] == "Material out of stock"
    assert OPERATOR.get("/api/jobs/job-003").json()["status"] == "POST_PROCESS"
    assert OPERATOR.get("/api/skus/sku-pla-black-cube").json()["basePrice"] == 5.2


@pytest.mark.django_db
def test_a_second_click_changes_no_job(demo):
    advance, cancel = SEED[1], SEED[2]
    send(advance)
    assert send(advance).json() | {"jobs": []} == {"advanced": 0, "unchanged": 3, "failed": 0, "jobs": []}
    send(cancel)
    assert send(cancel).json() | {"jobs": []} == {"cancelled": 0, "unchanged": 2, "failed": 0, "jobs": []}


@pytest.mark.django_db
def test_one_bad_order_rejects_the_entire_batch(demo):
    body = json.loads(json.dumps(SEED[0]["body"]))
    body["orders"][1]["lineItems"][0]["skuId"] = "sku-pla-white-panle"
    before = Order.objects.count()
    response = OPERATOR.post("/api/orders/bulk", body)
    assert response.status_code == 400
    fault = response.json()["details"]["errors"][0]
    assert (fault["index"], fault["code"], fault["suggestion"]) == (1, "SKU_NOT_FOUND", "sku-pla-white-panel")
    assert Order.objects.count() == before


@pytest.mark.django_db
def test_mode_replace_leaves_exactly_the_given_skus_active(demo):
    response = ADMIN.post("/api/skus/bulk", {**SEED[3]["body"], "mode": "replace"})
    assert response.status_code == 200
    counts = response.json()
    assert (counts["created"], counts["updated"], counts["deactivated"]) == (1, 1, 38)
    active = OPERATOR.get("/api/skus?limit=500").json()["results"]
    assert {sku["id"] for sku in active} == {"sku-pla-black-cube", "sku-petg-clear-vase"}


@pytest.mark.django_db
def test_mode_append_skips_the_ids_that_exist(demo):
    response = ADMIN.post("/api/skus/bulk", {**SEED[3]["body"], "mode": "append"})
    assert response.status_code == 200
    assert response.json()["skus"] == [
        {"id": "sku-pla-black-cube", "result": "skipped"},
        {"id": "sku-petg-clear-vase", "result": "created"},
    ]
    assert OPERATOR.get("/api/skus/sku-pla-black-cube").json()["basePrice"] == 4.9


@pytest.mark.django_db
def test_upsert_is_the_mode_when_none_is_given(demo):
    response = ADMIN.post("/api/skus/bulk", {"skus": SEED[3]["body"]["skus"]})
    assert response.json() == SEED[3]["answer"]


AN_ORDER = {"customerId": "cust-001", "lineItems": [{"skuId": "sku-pla-black-cube", "quantity": 1}]}
FULL = {
    "/api/orders/bulk": (50, lambda n: {"orders": [AN_ORDER] * n}),
    "/api/jobs/bulk/advance": (
        100,
        lambda n: {"jobIds": [f"job-{i:03d}" for i in range(1, n + 1)], "targetStatus": "POST_PROCESS"},
    ),
    "/api/jobs/bulk/cancel": (
        100,
        lambda n: {"jobIds": [f"job-{i:03d}" for i in range(1, n + 1)], "reason": "No power"},
    ),
    "/api/skus/bulk": (500, lambda n: {"skus": [{"id": f"new-{i}", "name": "New"} for i in range(n)]}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", FULL)
def test_one_item_more_than_the_table_allows_is_refused(demo, path):
    limit, body = FULL[path]
    response = ADMIN.post(path, body(limit + 1))
    assert response.status_code == 400
    assert response.json()["code"] == "TOO_MANY_ITEMS"
    details = response.json()["details"]
    assert (details["limit"], details["received"]) == (limit, limit + 1)


@pytest.mark.django_db
def test_as_many_items_as_the_table_allows_are_taken(demo):
    orders, _, _, skus = FULL.values()
    assert ADMIN.post("/api/orders/bulk", orders[1](50)).json()["created"] == 50
    assert ADMIN.post("/api/skus/bulk", skus[1](500)).json()["created"] == 500
    printing = [job.reference for job in Job.objects.filter(status="PRINTING")]
    jobs = {"jobIds": printing * (100 // len(printing)), "targetStatus": "POST_PROCESS"}
    assert ADMIN.post("/api/jobs/bulk/advance", jobs).json()["advanced"] == len(printing)


A_MOMENT = 1_772_452_800
PER_MINUTE = {"/api/orders/bulk": 10, "/api/jobs/bulk/cancel": 20, "/api/skus/bulk": 5}


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("path", PER_MINUTE)
def test_one_request_more_in_a_minute_than_the_table_allows_is_refused(
    demo, settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str
):
    settings.RATELIMIT_ENABLE = True
    monkeypatch.setattr("time.time", lambda: A_MOMENT)
    assert [ADMIN.post(path, {}).status_code for _ in range(PER_MINUTE[path])] == [400] * PER_MINUTE[path]
    refused = ADMIN.post(path, {})
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert refused["X-RateLimit-Limit"] == str(PER_MINUTE[path])
    wait = int(refused["Retry-After"])
    assert 1 <= wait <= 61
    monkeypatch.setattr("time.time", lambda: A_MOMENT + wait)
    assert ADMIN.post(path, {}).status_code == 400
