"""What gets into the queue, what is said of it, and what it costs."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import SKU
from catalog.models.skus import ALONE, IMPORTS_SHARED
from jobs.models import Job
from orders.models import Customer
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.magento.queueing import data_hash
from printshop.magento.tests.asking import AsyncClient, drain, make_pages, make_sku, make_stores
from printshop.testing import make_jobs, make_orders, statements

PRODUCTS, PAGES = "/rest/async/bulk/V1/products", "/rest/async/bulk/V1/cmsPage/byPageId"
BY_SKU = "/rest/all/async/bulk/V1/products/bySku"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def product(number: int, **fields: Any) -> dict[str, Any]:
    return {"product": {"sku": f"sku-{number:05d}", "name": f"Thing {number}", "price": number % 90 + 0.5, **fields}}


def recomputed(item: Any) -> str:
    """The hash as the contract describes it, worked out apart from the code."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


# --- Hashes ----------------------------------------------------------------------------------------------------------
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_anybody_can_recompute_a_hash(item: Any):
    assert data_hash(item) == recomputed(item)


def test_it_hashes_known_items_to_known_values():
    assert data_hash({"pageId": "1"}) == "a5409c5e6646467528fbbe24e96a33d0df977177cbe43f566cd9a192853d860a"
    assert data_hash({"b": 1.50, "a": "ü"}) == hashlib.sha256('{"a":"ü","b":1.5}'.encode()).hexdigest()


def test_it_hashes_what_was_sent_password_included(partner: AsyncClient):
    people = [
        {"customer": {"email": f"{name}@b.example", "firstname": "Ä", "lastname": "B"}, "password": word}
        for name, word in (("a", "one"), ("a", "one"), ("a", "two"))
    ]
    lines = partner.send("POST", "/rest/async/bulk/V1/customers", people).json()["request_items"]
    assert [line["data_hash"] for line in lines] == [recomputed(person) for person in people]
    assert len({line["data_hash"] for line in lines}) == 2


def test_it_hashes_a_single_item_as_it_would_stand_in_the_bulk_form(partner: AsyncClient):
    body = {"product": {"name": "Würfel"}}
    [line] = partner.send("PUT", "/rest/async/V1/products/cube", body).json()["request_items"]
    assert line["data_hash"] == recomputed(body | {"sku": "cube"})


# --- Items that do not get in ----------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_it_rejects_what_is_no_item_and_accepts_the_others(partner: AsyncClient):
    make_pages(1, 2)
    sent = [
        {"pageId": "1"},
        3,
        {},
        {"pageId": None},
        {"pageId": ""},
        {"pageId": ["1"]},
        {"pageId": True},
        {"pageId": 2},
    ]
    answer = partner.send("DELETE", PAGES, sent)
    assert (answer.status_code, answer.json()["errors"]) == (202, True)
    lines = answer.json()["request_items"]
    assert [line["status"] for line in lines] == ["accepted", *["rejected"] * 6, "accepted"]
    assert lines[1]["error_message"] == "The item must be an object."
    assert all("pageId" in line["error_message"] for line in lines[2:7])
    assert [line["data_hash"] for line in lines] == [recomputed(item) for item in sent]
    drain()
    assert partner.statuses(answer.json()["bulk_uuid"]) == [1, 5, 5, 5, 5, 5, 5, 1]


def test_it_says_so_when_nothing_gets_in(partner: AsyncClient):
    answer = partner.send("DELETE", PAGES, [1, 2])
    assert (answer.status_code, answer.json()["errors"]) == (202, True)
    assert partner.statuses(answer.json()["bulk_uuid"]) == [5, 5]
    assert BulkOperation.objects.get().state == "finished_with_failures"


@pytest.mark.parametrize("body", [{}, [], "text", 5, None, {"0": {"pageId": "1"}}])
def test_it_needs_an_array(partner: AsyncClient, body: Any):
    answer = partner.send("DELETE", PAGES, json.dumps(body).encode())
    assert (answer.status_code, set(answer.json())) == (400, {"message", "parameters"})
    assert not BulkOperation.objects.exists()


def test_it_takes_ten_thousand_items_and_no_more(partner: AsyncClient):
    answer = partner.send("DELETE", PAGES, [{}] * 10_001)
    assert answer.status_code == 400
    assert answer.json()["parameters"] | {"code": ""} == {"code": "", "limit": 10_000, "received": 10_001}
    assert not BulkOperation.objects.exists()


@pytest.mark.parametrize("depth", [63, 64, 500, 980, 1_000, 5_000])
@pytest.mark.parametrize("wrapped", ["[{}]", "{}"])
def test_it_refuses_what_is_nested_beyond_reason(partner: AsyncClient, depth: int, wrapped: str):
    """At 64 levels; databases, parsers and encoders would each stop at another depth."""
    nested = '{"a":' * depth + "1" + "}" * depth
    path = "/rest/async/bulk/V1/customers" if wrapped == "[{}]" else "/rest/V1/customers"
    answer = partner.send("POST", path, wrapped.replace("{}", nested).encode())
    assert answer.status_code == (202 if depth == 63 and wrapped == "[{}]" else 400), answer.content
    if depth > 64:
        assert answer.json()["parameters"]["code"] == "INVALID_JSON"


# --- What it costs, and how often ------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [PRODUCTS, "/rest/de/async/bulk/V1/products"])
def test_accepting_takes_as_many_statements_for_many_as_for_one(partner: AsyncClient, path: str):
    make_stores("main", "de")
    counts = []
    for size in (1, 10, 1_200):
        with statements() as sent:
            assert partner.send("POST", path, [product(number) for number in range(size)]).status_code == 202
        counts.append(len(sent))
    # A chunk for each 500 items goes into the same statement.
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.django_db(transaction=True)
def test_carrying_out_takes_as_many_statements_for_many_as_for_one(partner: AsyncClient):
    counts = []
    for size, first in ((1, 0), (200, 1_000)):
        partner.later("POST", PRODUCTS, [product(first + number) for number in range(size)])
        with statements() as sent:
            assert drain() == 1
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert SKU.objects.count() == 201


@pytest.mark.django_db(transaction=True)
def test_following_takes_as_many_statements_for_many_as_for_one(partner: AsyncClient):
    counts: dict[str, set[int]] = {}
    for size in (1, 60):
        uuid = partner.later("POST", PRODUCTS, [product(size * 100 + number) for number in range(size)])
        drain()
        one = "searchCriteria[filter_groups][0][filters][0]"
        search = f"?{one}[field]=bulk_uuid&{one}[value]={uuid}"
        for path in (f"/{uuid}/status", f"/{uuid}/detailed-status", f"/{uuid}/operation-status/1", search):
            with statements() as sent:
                assert partner.get(f"/rest/V1/bulk{path}").status_code == 200
            counts.setdefault(path.replace(uuid, ""), set()).add(len(sent))
    assert all(len(found) == 1 for found in counts.values()), counts


@pytest.mark.django_db(transaction=True)
def test_a_repeated_request_is_answered_and_carried_out_once(partner: AsyncClient):
    first, second = (partner.send("POST", PRODUCTS, [product(1)], idempotency_key="once") for _ in range(2))
    assert (second.content, second["Idempotency-Replayed"]) == (first.content, "true")
    assert BulkOperation.objects.count() == 1
    assert partner.send("POST", PRODUCTS, [product(2)], idempotency_key="once").status_code == 422
    assert partner.send("POST", PRODUCTS, [product(2)], idempotency_key="\x7f").status_code == 400


# --- The same thing more than once -----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("store", ["all/", "", "de/"])
def test_two_changes_of_one_product_both_count_in_their_order(partner: AsyncClient, store: str):
    make_stores("main", "de")
    make_sku("cube")
    changes = [{"name": "One", "price": 1}, {"name": "Two"}, {"price": 3}, {"name": "Four"}]
    uuid = partner.later(
        "PUT", f"/rest/{store}async/bulk/V1/products/bySku", [{"sku": "cube", "product": one} for one in changes]
    )
    assert drain() == 1
    assert partner.statuses(uuid) == [1, 1, 1, 1]
    shown = partner.get(f"/rest/{store}V1/products/cube").json()
    assert (shown["name"], shown["price"]) == ("Four", 3.0)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("skus", "alone"), [(("cube", "ball"), False), (("cube", "ball", "cube"), True)])
def test_products_are_written_beside_others_unless_some_stand_there_twice(
    partner: AsyncClient, skus: tuple[str, ...], alone: bool
):
    """What comes later in the transaction might lock what somebody else has, who waits for what came before."""
    make_sku("cube")
    make_sku("ball")
    partner.later("PUT", BY_SKU, [{"sku": sku, "product": {"price": place}} for place, sku in enumerate(skus)])
    with statements() as sent:
        assert drain() == 1
    for lock, taken in ((ALONE, alone), (IMPORTS_SHARED, not alone)):
        assert any(lock in one for one in sent) == taken


@pytest.mark.django_db(transaction=True)
def test_a_product_is_made_once_and_refused_the_second_time(partner: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product(1), product(2), product(1, name="Again")])
    drain()
    assert [(one["status"], one["error_code"]) for one in partner.details(uuid)] == [
        (1, None),
        (1, None),
        (3, "SKU_EXISTS"),
    ]
    assert SKU.objects.get(pk="sku-00001").name == "Thing 1"


@pytest.mark.django_db(transaction=True)
def test_what_touches_one_thing_keeps_its_order_across_chunks(partner: AsyncClient):
    make_sku("cube")
    others = [product(number)["product"] for number in range(700)]
    for one in others:
        one.pop("sku")
    SKU.objects.bulk_create(
        [
            SKU(id=f"sku-{n:05d}", name="x", created_at="2026-03-02T12:00Z", updated_at="2026-03-02T12:00Z")
            for n in range(700)
        ]
    )
    items = [{"sku": f"sku-{n:05d}", "product": one} for n, one in enumerate(others)]
    sent = [{"sku": "cube", "product": {"name": "First"}}, *items, {"sku": "cube", "product": {"name": "Last"}}]
    uuid = partner.later("PUT", BY_SKU, sent)
    drain()
    assert set(partner.statuses(uuid)) == {1}
    assert SKU.objects.get(pk="cube").name == "Last"


@pytest.mark.django_db(transaction=True)
def test_orders_and_jobs_named_twice_are_changed_once(partner: AsyncClient):
    [order] = make_orders()
    uuid = partner.later(
        "POST",
        "/rest/async/bulk/V1/orders/byOrderId/pay",
        [{"orderId": order}, {"orderId": order.removeprefix("ord-")}, {"orderId": order}],
    )
    [job] = make_jobs(sku="sku-0001")
    targets = ("VALIDATED", "SLICED", "SLICED", "CREATED")
    moves = partner.later(
        "POST", "/rest/async/bulk/V1/jobs/byJobId/advance", [{"jobId": job, "targetStatus": one} for one in targets]
    )
    drain()
    assert partner.statuses(uuid) == [1, 1, 1]
    assert partner.statuses(moves) == [1, 1, 1, 3]


@pytest.mark.django_db(transaction=True)
def test_one_bad_item_spoils_none_of_the_others(partner: AsyncClient):
    make_sku("cube")
    prices = [1, 1e300, "x", -1, None, 2]
    uuid = partner.later("PUT", BY_SKU, [{"sku": "cube", "product": {"price": price}} for price in prices])
    drain()
    assert partner.statuses(uuid) == [1, 3, 3, 3, 3, 1]
    assert SKU.objects.get(pk="cube").base_price == 200


@pytest.mark.django_db(transaction=True)
def test_passwords_are_hashed_for_good_items_only(partner: AsyncClient):
    person = {"email": "a@b.example", "firstname": "A", "lastname": "B"}
    bodies = [
        {"customer": person, "password": "Strong-Password"},
        {"customer": person | {"email": "none"}, "password": "Strong-Password"},
        {"customer": {**person, "email": "c@b.example", "password": "Strong-Password"}},
    ]
    uuid = partner.later("POST", "/rest/async/bulk/V1/customers", bodies)
    kept = json.dumps(list(BulkItem.objects.values_list("payload", "sealed")))
    assert "Strong-Password" not in kept
    drain()
    assert partner.statuses(uuid) == [1, 3, 1]
    assert all(customer.password.startswith("md5$") for customer in Customer.objects.all())


@pytest.mark.django_db(transaction=True)
def test_items_may_ask_for_different_things(partner: AsyncClient):
    jobs = make_jobs(4)
    asked = [{"targetStatus": "VALIDATED"}, {}, {"target_status": "NOWHERE"}, {"status": "CANCELLED", "reason": "Lost"}]
    sent = [{"jobId": job, **one} for job, one in zip(jobs, asked, strict=True)]
    uuid = partner.later("POST", "/rest/async/bulk/V1/jobs/byJobId/advance", sent)
    drain()
    lines = partner.details(uuid)
    assert [(one["status"], one["error_code"]) for one in lines] == [
        (1, None),
        (3, "REQUIRED"),
        (3, "NOT_A_CHOICE"),
        (1, None),
    ]
    assert [json.loads(one["result_serialized_data"])["status"] for one in (lines[0], lines[3])] == [
        "VALIDATED",
        "CANCELLED",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_order_says_who_gave_no_reason(partner: AsyncClient):
    [order] = make_orders(paid=True)
    partner.later("POST", "/rest/async/bulk/V1/orders/byOrderId/cancel", [{"orderId": order, "reason": None}])
    drain()
    assert Job.objects.get().reason == "Cancelled by the client"
