"""What becomes of a bulk: statuses counted from its items, retrying, cancelling, forgetting."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from catalog.models import SKU, Page
from printshop.api.models import Account
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.outcomes import Verdict
from printshop.magento.tests.asking import AsyncClient, client_of, drain, make_pages, make_sku
from printshop.magento.words import STATUS_OF
from printshop.testing import KeyClient, Role, make_customers, make_jobs
from printshop.tests.documented import Documented, assert_fits

BULK, PAGES = "/rest/V1/bulk", "/rest/async/bulk/V1/cmsPage/byPageId"
PRODUCTS = "/rest/async/bulk/V1/products"
ADDRESSES = [
    ("GET", "status"), ("GET", "detailed-status"), ("GET", "operation-status/1"), ("POST", "retry"), ("POST", "cancel"),
    ("DELETE", ""),
]  # fmt: skip
queued = pytest.mark.django_db(transaction=True)


def product(sku: str, **fields: Any) -> dict[str, Any]:
    return {"product": {"sku": sku, "name": "Thing", "price": 1, **fields}}


def count(client: AsyncClient, uuid: str) -> list[int]:
    """How many items have each status."""
    return [client.get(f"{BULK}/{uuid}/operation-status/{code}").json() for code in range(1, 6)]


def test_it_has_a_status_for_every_verdict():
    assert set(STATUS_OF) == set(Verdict)


@queued
def test_it_counts_a_bulk_from_its_items_before_and_after(partner: AsyncClient):
    make_sku("known")
    answer = partner.send("POST", PRODUCTS, [product("one"), product("known"), product("two"), "nothing"])
    uuid = answer.json()["bulk_uuid"]
    assert answer["X-Bulk-Operation"] == uuid
    assert count(partner, uuid) == [0, 0, 0, 3, 1]
    drain()
    assert count(partner, uuid) == [2, 0, 1, 0, 1]
    assert partner.statuses(uuid) == [1, 3, 1, 5]


@queued
def test_it_shows_a_bulk_while_it_is_open(partner: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product("one"), product("two")])
    assert count(partner, uuid) == [0, 0, 0, 2, 0]
    shown = partner.get(f"{BULK}/{uuid}/status").json()
    assert_fits(shown, Documented("/V1/bulk/{uuid}/status", "GET").schema(200))
    assert [line["result_message"] for line in shown["operations_list"]] == [None, None]
    assert (shown["bulk_id"], shown["operation_count"], shown["user_type"]) == (uuid, 2, 1)
    assert shown["description"] == "async.products.post"
    [first, _] = partner.details(uuid)
    assert first["result_serialized_data"] is None
    assert orjson.loads(first["serialized_data"]) == product("one")


@queued
def test_it_tells_what_was_made_and_why_something_was_not(partner: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product("one", status=2, price=4.5), product("two", price="dear")])
    drain()
    shown = partner.get(f"{BULK}/{uuid}/detailed-status").json()
    assert_fits(shown, Documented("/V1/bulk/{uuid}/detailed-status", "GET").schema(200))
    made, refused = shown["operations_list"]
    told = orjson.loads(made["result_serialized_data"])
    assert (told["id"], told["sku"], told["price"], told["status"]) == ("one", "one", 4.5, 2)
    assert (made["result_message"], made["error_code"]) == ("Created.", None)
    assert (refused["result_message"], refused["error_code"]) == ("price must be a number.", "MONEY_TYPE")
    assert refused["result_serialized_data"] is None


@queued
def test_it_says_when_trying_again_may_help(partner: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product("one")])
    drain()
    error = {"path": "", "code": "WORKER_LOST", "message": "Every worker that took this item up was lost."}
    BulkItem.objects.update(verdict=Verdict.FAILED, errors=[error])
    [line] = partner.details(uuid)
    assert (line["status"], line["error_code"]) == (2, "WORKER_LOST")
    assert count(partner, uuid) == [0, 1, 0, 0, 0]


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_follows_what_other_dialects_asked_for(partner: AsyncClient):
    jobs = make_jobs(2)
    native = KeyClient(partner.key)
    done = native.post("/api/jobs/bulk/advance", {"jobIds": jobs, "targetStatus": "VALIDATED"})
    uuid = done["X-Bulk-Operation"]
    lines = partner.details(uuid)
    assert [(one["status"], one["topic_name"]) for one in lines] == [(1, "jobs.advance")] * 2
    assert orjson.loads(lines[0]["result_serialized_data"]) == {"id": jobs[0], "status": "VALIDATED"}
    later = native.post("/api/skus/bulk", {"skus": [{"id": "x", "name": "X"}]}, prefer="respond-async")
    assert partner.statuses(later["X-Bulk-Operation"]) == [4]
    # What happened at once in this dialect is on record as well.
    now = partner.send("POST", "/rest/V1/products", product("now"))
    assert partner.statuses(now["X-Bulk-Operation"]) == [1]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_it_knows_no_bulks_of_others(partner: AsyncClient, method: str, path: str):
    uuid = partner.later("POST", PRODUCTS, [product("one")])
    other = client_of(Role.ADMIN, account=Account.objects.create(code="other", name="Other"))
    bodies = []
    for client, name in ((other, uuid), (partner, str(uuid4())), (partner, "nonsense"), (partner, "%00")):
        answer = client.send(method, f"{BULK}/{name}/{path}".rstrip("/"))
        assert answer.status_code == 404, answer.content
        bodies.append(answer.json()["message"])
    # What is somebody else's cannot be told from what never was; a NUL is in no address at all.
    assert bodies[0] == bodies[1] == bodies[2]
    assert BulkOperation.objects.filter(pk=uuid, state="queued").exists()


def test_it_shows_a_customers_key_what_it_asked_for(partner: AsyncClient):
    make_sku("cube")
    make_customers(2)
    one, two = (client_of(Role.CUSTOMER, name) for name in ("cust-001", "cust-002"))
    order = {"customerId": "cust-001", "lineItems": [{"skuId": "cube", "quantity": 1}]}
    uuid = one.later("POST", "/rest/async/bulk/V1/orders", [order])
    assert one.get(f"{BULK}/{uuid}/status").json()["user_type"] == 3
    assert two.get(f"{BULK}/{uuid}/status").status_code == 404
    assert two.get(BULK).json()["total_count"] == 0
    assert partner.get(f"{BULK}/{uuid}/status").status_code == 200


def test_it_lets_nobody_change_a_bulk_whose_kind_is_not_for_them(partner: AsyncClient, clerk: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product("one")])
    assert clerk.get(f"{BULK}/{uuid}/status").status_code == 200
    for method, path in ADDRESSES[3:]:
        assert clerk.send(method, f"{BULK}/{uuid}/{path}".rstrip("/")).status_code == 403


@pytest.mark.parametrize("code", ["0", "6", "x", "-1", "01"])
def test_it_counts_by_known_statuses_only(partner: AsyncClient, code: str):
    uuid = partner.later("POST", PRODUCTS, [product("one")])
    answer = partner.get(f"{BULK}/{uuid}/operation-status/{code}")
    assert (answer.status_code, answer.json()["parameters"]["fieldName"]) == (400, "status")


# --- Retry, cancel, delete -------------------------------------------------------------------------------------------
@queued
def test_it_retries_what_failed_as_a_bulk_of_its_own(partner: AsyncClient):
    make_pages(1)
    uuid = partner.later("DELETE", PAGES, [{"pageId": "1"}, {"pageId": "2"}])
    drain()
    assert partner.statuses(uuid) == [1, 3]
    make_pages(2)
    answer = partner.send("POST", f"{BULK}/{uuid}/retry")
    assert answer.status_code == 202, answer.content
    assert_fits(answer.json(), Documented("/V1/bulk/{uuid}/retry", "POST").schema(202))
    drain()
    assert partner.statuses(answer.json()["bulk_uuid"]) == [1]
    assert not Page.objects.exists()
    assert partner.send("POST", f"{BULK}/{answer.json()['bulk_uuid']}/retry").status_code == 400


@queued
def test_it_retries_with_the_password_of_the_first_time(partner: AsyncClient):
    person = {"email": "a@b.example", "firstname": "A", "lastname": "B"}
    sent = [{"customer": person, "password": "Strong-Password"}, {"customer": person, "password": "Other-Password"}]
    uuid = partner.later("POST", "/rest/async/bulk/V1/customers", sent)
    drain()
    mended = {"index": 1, "item": {"customer": person | {"email": "c@b.example"}, "password": "Third-Password"}}
    answer = partner.send("POST", f"{BULK}/{uuid}/retry", {"items": [mended]})
    assert answer.status_code == 202, answer.content
    drain()
    assert partner.statuses(answer.json()["bulk_uuid"]) == [1]
    assert "Third-Password" not in str(list(BulkItem.objects.values_list("payload", "sealed", "after")))


@queued
def test_it_calls_off_what_has_not_begun(partner: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product("one"), product("two")])
    answer = partner.send("POST", f"{BULK}/{uuid}/cancel")
    assert (answer.status_code, answer.json()) == (200, True)
    assert drain() == 0
    assert partner.statuses(uuid) == [5, 5]
    assert not SKU.objects.exists()
    assert partner.send("POST", f"{BULK}/{uuid}/cancel").json() is True


@queued
def test_it_forgets_a_bulk_once_it_is_finished(partner: AsyncClient):
    uuid = partner.later("POST", PRODUCTS, [product("one")])
    answer = partner.send("DELETE", f"{BULK}/{uuid}")
    assert (answer.status_code, answer.json()["parameters"]["code"]) == (400, "BULK_STATE")
    drain()
    answer = partner.send("POST", f"{BULK}/{uuid}/cancel")
    assert (answer.status_code, answer.json()["parameters"]["code"]) == (400, "BULK_STATE")
    assert partner.send("DELETE", f"{BULK}/{uuid}").json() is True
    assert partner.get(f"{BULK}/{uuid}/status").status_code == 404
    assert not BulkItem.objects.filter(operation_id=UUID(uuid)).exists()
    assert SKU.objects.filter(pk="one").exists()
