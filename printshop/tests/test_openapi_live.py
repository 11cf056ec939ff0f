"""What the document promises is what a shop answers: its examples are sent, its errors provoked."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import orjson
import pytest
from django.test import Client

from catalog.openapi import CUBE
from jobs.states import JobStatus
from orders.models import Customer, Order
from orders.openapi.v3.parameters import CURSOR
from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.bulk.models import BulkOperation
from printshop.bulk.operations.openapi import FAILED_ID, RUNNING_ID
from printshop.bulk.tests.deferred.callers import drain, later
from printshop.demo.catalogue import DIGITAL
from printshop.testing import NOON, KeyClient, house, key_client, make_customers, make_jobs, make_orders
from printshop.tests.documented import (
    Documented,
    assert_fits,
    can_wait,
    examples_in,
    keyed,
    operations,
    takes_key,
)
from printshop.webhooks import endpoints
from printshop.webhooks.openapi import ID as WEBHOOK_ID

SPOKEN_OF = {"X-Bulk-Operation", "Idempotency-Replayed", "Retry-After", "Location", "WWW-Authenticate",
             "Preference-Applied", "Content-Disposition"}  # fmt: skip
pytestmark = pytest.mark.django_db(databases="__all__")
# Nothing is counted while the limits are off.
NOT_COUNTED = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
WRITES = [one for one in keyed() if one.method != "GET"]
READS = [one for one in keyed() if one.method == "GET"]
BODIES = [
    (one, name, body) for one in WRITES for name, body in (examples_in(one.request) if one.request else [("", None)])
]


@pytest.fixture(scope="module")
def shop(shared: AbstractContextManager[None]) -> Iterator[dict[str, str]]:
    """A small shop; what the examples call the things in it, and what they are called here."""
    with shared:
        yield furnished()


def furnished() -> dict[str, str]:
    key_client(Role.ADMIN).post("/api/skus/bulk", {"skus": [CUBE, *DIGITAL]})
    make_customers(2)
    [pending] = make_orders(sku="sku-pla-black-cube", quantity=2)
    jobs = make_jobs(2, JobStatus.PRINTING, sku="sku-pla-black-cube", quantity=2)
    paid = [f"ord-{int(pending.removeprefix('ord-')) + step:03d}" for step in (1, 2)]
    here = dict(zip(["ord-001", "ord-002", "ord-003", "job-001", "job-002"], [pending, *paid, *jobs], strict=True))
    operation = BulkOperation.objects.filter(account=house()).latest("created_at")
    return (
        here
        | queued(jobs[0])
        | {
            "12345": own_ids(),
            "Wq7Lr2Xs": issue(house(), "Web shop", Role.OPERATOR)[0].prefix,
            "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55": str(operation.pk),
            WEBHOOK_ID: webhook(),
        }
    )


def webhook() -> str:
    """A webhook to which a ping is on its way."""
    endpoint, _ = endpoints.create(house(), {"url": "https://shop.example/hooks"}, NOON)
    endpoints.ping(endpoint, NOON)
    return endpoint.reference


def queued(job: str) -> dict[str, str]:
    """An operation of which one item has failed, and one that waits."""
    admin = key_client(Role.ADMIN)
    sent = {"jobIds": [job, "job-999999"], "targetStatus": "PRINTING", "errorPolicy": "partial"}
    failed = later(admin, "/api/jobs/bulk/advance", sent)
    drain()
    return {FAILED_ID: failed, RUNNING_ID: later(admin, "/api/skus/bulk", {"skus": [CUBE]})}


def own_ids() -> str:
    """A paid order of a book, whose number is also the account's own id of it, as that of its customer is theirs."""
    [book] = make_orders(sku="EBOOK-001", paid=True)
    number = book.removeprefix("ord-").lstrip("0")
    Order.objects.filter(pk=number).update(external_id=number)
    Customer.objects.filter(pk="cust-001").update(external_id="cust-001")
    return number


def here(value: Any, shop: dict[str, str]) -> Any:
    """An example with the ids of this shop."""
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, shop))})\b")
    return orjson.loads(names.sub(lambda match: shop[match[0]], orjson.dumps(value).decode()))


def send(one: Documented, client: KeyClient, shop: dict[str, str], body: Any = None, **headers: str) -> Any:
    """A request with the client's key in the header that the document names."""
    return show(one, client, here(one.address, shop), here(body, shop), **headers)


def show(one: Documented, client: KeyClient, path: str, body: Any = None, **headers: str) -> Any:
    """The same at any address."""
    shown = {one.key_header: client.key} if client.key else {}
    return KeyClient(None).send(one.method, path, body, **shown, **headers)


def first_body(one: Documented) -> Any:
    return next(examples_in(one.request))[1] if one.request else None


def assert_documented(one: Documented, response: Any) -> None:
    """Status, headers and body are as the document has them."""
    assert str(response.status_code) in one.operation["responses"], (one, response.getvalue())
    media = one.media(response.status_code)
    assert response["Content-Type"].partition(";")[0] == media
    body = response.getvalue()
    assert_fits(orjson.loads(body) if media == "application/json" else body.decode(), one.schema(response.status_code))
    headers = set(one.response(response.status_code).get("headers", {}))
    assert {name for name in SPOKEN_OF if name in response.headers} <= headers


@pytest.mark.parametrize(("one", "name", "body"), BODIES, ids=[f"{one} {name}" for one, name, _ in BODIES])
def test_it_carries_out_every_example(shop: dict[str, str], one: Documented, name: str, body: Any):
    response = send(one, key_client(Role.ADMIN), shop, body)
    assert response.status_code < 300, response.content
    assert_documented(one, response)
    recorded = "X-Bulk-Operation" in one.response(response.status_code)["headers"]
    assert ("X-Bulk-Operation" in response.headers) == (recorded and name != "dry run")


def test_it_prices_an_order_as_the_example_shows(shop: dict[str, str]):
    one = Documented("/api/orders", "POST")
    shown = dict(examples_in(one.response(201)["content"]["application/json"]))["done"]
    made = orjson.loads(send(one, key_client(Role.ADMIN), shop, dict(examples_in(one.request or {}))["print"]).content)
    own = {"id", "uuid", "number", "createdAt", "updatedAt", "lineItems"}
    assert {key: made[key] for key in made.keys() - own} == {key: shown[key] for key in shown.keys() - own}
    assert [line | {"id": 1} for line in made["lineItems"]] == shown["lineItems"]


@pytest.mark.parametrize("one", [one for one in WRITES if can_wait(one)], ids=str)
def test_it_takes_every_bulk_example_in_as_documented(shop: dict[str, str], one: Documented):
    response = send(one, key_client(Role.ADMIN), shop, first_body(one), prefer="respond-async")
    assert response.status_code == 202
    assert set(one.response(202)["headers"]) - set(response.headers) == {"Idempotency-Replayed", *NOT_COUNTED}
    assert_documented(one, response)


@pytest.mark.parametrize("one", READS, ids=str)
def test_it_answers_every_read_as_documented(shop: dict[str, str], one: Documented):
    response = send(one, key_client(Role.ADMIN), shop)
    assert response.status_code == 200
    assert_documented(one, response)
    if "/items" in one.path or "{" not in one.path:
        assert orjson.loads(response.content)["data" if one.is_v3 else "results"]


@pytest.mark.parametrize("one", [one for one in operations() if "Probes" in one.operation["tags"]], ids=str)
def test_it_answers_probes_without_a_key(db: None, one: Documented, client: Client):
    assert_documented(one, client.get(one.path))


# --- Query parameters ------------------------------------------------------------------------------------------------
LISTS = [one for one in READS if any(parameter["in"] == "query" for parameter in one.parameters)]


def queries(one: Documented) -> list[dict[str, Any]]:
    return [parameter for parameter in one.parameters if parameter["in"] == "query"]


def samples(schema: dict[str, Any]) -> list[str]:
    """Values of a parameter: its words one by one and together, or what is typical of its type."""
    if "anyOf" in schema:
        return [sample for one in schema["anyOf"] for sample in samples(one)]
    if words := schema.get("enum"):
        return list(words)
    match schema["type"], schema.get("format"):
        case "array", _:
            words = schema["items"]["enum"]
            return [*words, ",".join(words)]
        case "boolean", _:
            return ["true", "false"]
        case "integer", _:
            return ["1", str(schema.get("maximum", 10**9))]
        case _, str(form):
            return [TYPICAL[form]]
    return ["x"]


TYPICAL = {
    "date-time": "2026-03-02T12:00:00Z",
    "date": "2026-03-02",
    "uuid": "275ca6c4-a815-4f64-8198-759a296dd495",
}


def values_of(parameter: dict[str, Any]) -> list[str]:
    return [CURSOR] if parameter["name"] == "cursor" else samples(parameter["schema"])


def paths_in(response: Any) -> list[str]:
    """What a refusal speaks of, in either dialect."""
    body = orjson.loads(response.content)
    return list(body["errors"]) if "errors" in body else [fault["path"] for fault in body["details"]["errors"]]


@pytest.mark.parametrize("one", LISTS, ids=str)
def test_it_takes_every_value_of_every_parameter(shop: dict[str, str], one: Documented):
    client = key_client(Role.ADMIN)
    for parameter in queries(one):
        for value in values_of(parameter):
            response = show(one, client, f"{here(one.address, shop)}?{parameter['name']}={value}")
            assert response.status_code == 200, (parameter["name"], value, response.getvalue())
            assert_documented(one, response)


@pytest.mark.parametrize("one", LISTS, ids=str)
def test_it_refuses_what_a_parameter_cannot_mean(shop: dict[str, str], one: Documented):
    client = key_client(Role.ADMIN)
    for parameter in queries(one):
        if values_of(parameter) == ["x"]:
            continue
        response = show(one, client, f"{here(one.address, shop)}?{parameter['name']}=nonsense")
        assert response.status_code == (422 if one.is_v3 else 400), parameter["name"]
        assert paths_in(response) == [parameter["name"]]
        assert_documented(one, response)


# --- Errors ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", [None, "no.key"])
def test_it_answers_401_without_a_good_key(db: None, key: str | None):
    for one in keyed():
        response = show(one, KeyClient(key), one.address, first_body(one))
        assert response.status_code == 401, one
        assert_documented(one, response)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.OPERATOR])
def test_it_answers_403_to_the_roles_that_are_not_named(shop: dict[str, str], role: Role):
    client = key_client(role, "cust-001" if role is Role.CUSTOMER else "")
    for one in keyed():
        response = send(one, client, shop, first_body(one))
        named = one.operation["description"].rpartition("For ")[2]
        assert (response.status_code == 403) == (role not in named and "every role" not in named), one
        assert_documented(one, response)


@pytest.mark.parametrize("one", [one for one in keyed() if "{" in one.path], ids=str)
def test_it_answers_404_for_what_is_not_there(shop: dict[str, str], one: Documented):
    response = show(one, key_client(Role.ADMIN), re.sub(r"{\w+}", "nothing-999", one.path), first_body(one))
    assert response.status_code == 404
    assert_documented(one, response)


@pytest.mark.parametrize("one", [one for one in WRITES if one.request], ids=str)
def test_it_answers_what_it_cannot_read_as_documented(shop: dict[str, str], one: Documented, settings: Any):
    client = key_client(Role.ADMIN)
    limit = settings.DEFERRED_BODY_LIMIT_BYTES if one.path.endswith("/retry") else settings.BODY_LIMIT_BYTES
    answers = {
        400: send_raw(one, client, shop, b"{"),
        415: send_raw(one, client, shop, b"a=1", content_type="text/plain"),
        413: send_raw(one, client, shop, b" " * (limit + 1)),
        406: send_raw(one, client, shop, b"{}", accept="text/html"),
    }
    assert {status: response.status_code for status, response in answers.items()} == {
        status: status for status in answers
    }
    for response in answers.values():
        assert_documented(one, response)


JSON = "application/json"


def send_raw(
    one: Documented, client: KeyClient, shop: dict[str, str], body: bytes, content_type: str = JSON, **headers: str
) -> Any:
    """A request whose body need not be JSON."""
    sent = {one.key_header: client.key or "", **headers}
    return client.client.generic(one.method, here(one.address, shop), body, content_type=content_type, headers=sent)


@pytest.mark.parametrize("one", [one for one in WRITES if takes_key(one)], ids=str)
def test_it_replays_and_refuses_keys_as_documented(shop: dict[str, str], one: Documented):
    client = key_client(Role.ADMIN)
    first = send(one, client, shop, first_body(one), idempotency_key="k-1")
    again = send(one, client, shop, first_body(one), idempotency_key="k-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotency-Replayed"] == "true"
    path = f"{here(one.address, shop)}?other"
    other = show(one, client, path, here(first_body(one), shop), idempotency_key="k-1")
    assert other.status_code == 422
    for response in (first, again, other):
        assert_documented(one, response)


def test_it_answers_429_with_the_documented_headers(settings: Any):
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    client = key_client(Role.ADMIN)
    for one in keyed():
        response = show(one, client, one.address, {})
        assert response.status_code == 429, one
        assert set(one.response(429)["headers"]) <= set(response.headers)
        assert_documented(one, response)


MISTYPED = {"customerId": "cust-001", "lineItems": [{"skuId": "sku-pla-blck-cube"}]}
CONFLICTS = [
    ("/api/bulk-operations/{uuid}/retry", "POST", {"items": [{"index": 0}]}, 400),
    ("/api/orders/bulk/cancel", "POST", {"orderIds": ["ord-999999"], "reason": "x"}, 404),
    ("/api/orders/{id}/refund", "POST", {"amount": 1000, "reason": "x"}, 409),
    ("/api/jobs/bulk/advance", "POST", {"jobIds": ["job-001"], "targetStatus": "CREATED"}, 409),
    ("/api/jobs/{id}/advance", "POST", {"targetStatus": "CREATED"}, 409),
    ("/api/skus", "POST", CUBE, 409),
    ("/api/skus/bulk", "POST", {"skus": [CUBE], "mode": "replace", "maxDeactivate": 0}, 409),
    ("/api/skus/bulk", "POST", {"skus": [CUBE] * 501}, 400),
    ("/api/customers", "POST", {"id": "cust-001"}, 409),
    ("/api/orders/bulk", "POST", {"orders": [MISTYPED]}, 400),
    ("/api/auth/api-keys", "POST", {"name": "x", "role": "customer"}, 400),
]


@pytest.mark.parametrize(("path", "method", "body", "status"), CONFLICTS, ids=[f"{p} {s}" for p, _, _, s in CONFLICTS])
def test_it_words_refusals_as_documented(shop: dict[str, str], path: str, method: str, body: Any, status: int):
    one = Documented(path, method)
    response = send(one, key_client(Role.ADMIN), shop, body)
    assert response.status_code == status, response.content
    assert_documented(one, response)


def test_it_refuses_to_cancel_what_is_finished_as_documented(shop: dict[str, str]):
    one = Documented("/api/bulk-operations/{uuid}/cancel", "POST")
    response = show(one, key_client(Role.ADMIN), f"/api/bulk-operations/{shop[FAILED_ID]}/cancel", {})
    assert response.status_code == 409
    assert response.json() == dict(examples_in(one.answer(409)))["OPERATION_FINISHED"]
    assert_documented(one, response)


# --- v3, whose answers and errors are shown as they are --------------------------------------------------------------
BULK, MAKE = Documented("/api/v3/orders/bulk", "POST"), Documented("/api/v3/orders", "POST")
MADE_HERE = {"id", "uuid", "created_at", "updated_at"}
AS_SHOWN = [
    (one, status, name)
    for one, status in ((BULK, 200), (MAKE, 201))
    for name, _ in examples_in(one.response(status)["content"]["application/json"])
]
UNKNOWN = {"type": "permission", "user": {"id": "a"}, "products": [{"type": "content", "external_id": "EBOOK-999"}]}
UNTYPED = {"user": {"id": "a"}, "products": [{"type": "content", "external_id": "EBOOK-001"}]}
FAULTY: list[tuple[Documented, str, Any]] = [
    (BULK, "no orders", {}),
    (BULK, "no array", {"orders": "BULK-001"}),
    (BULK, "too many orders", {"orders": [{}] * 101}),
    (BULK, "no good order", {"orders": [UNTYPED, UNKNOWN]}),
    (MAKE, "SKU_NOT_FOUND", UNKNOWN),
    (MAKE, "REQUIRED", UNTYPED),
    (Documented("/api/v3/orders/{id}", "PUT"), "NOT_A_CHOICE", {"status": "cancelled"}),
]


def masked(answer: Any) -> Any:
    """An answer without what the shop makes up for it."""
    if isinstance(answer, dict):
        return {key: "…" if key in MADE_HERE else masked(value) for key, value in answer.items()}
    return [masked(value) for value in answer] if isinstance(answer, list) else answer


def shown_as(one: Documented, status: int, name: str) -> Any:
    return dict(examples_in(one.response(status)["content"]["application/json"]))[name]


@pytest.mark.parametrize(("one", "status", "name"), AS_SHOWN, ids=[f"{one} {name}" for one, _, name in AS_SHOWN])
def test_it_answers_the_examples_of_v3_as_shown(shop: dict[str, str], one: Documented, status: int, name: str):
    response = send(one, key_client(Role.ADMIN), shop, dict(examples_in(one.request or {}))[name])
    assert response.status_code == status
    assert masked(response.json()) == masked(shown_as(one, status, name))


@pytest.mark.parametrize(("one", "name", "body"), FAULTY, ids=[f"{one} {name}" for one, name, _ in FAULTY])
def test_it_words_the_errors_of_v3_as_shown(shop: dict[str, str], one: Documented, name: str, body: Any):
    response = send(one, key_client(Role.ADMIN), shop, body)
    assert response.status_code == 422
    assert response.json() == shown_as(one, 422, name)


def test_it_names_who_has_an_external_id_as_shown(shop: dict[str, str]):
    client, report = key_client(Role.ADMIN), dict(examples_in(MAKE.request or {}))["report"]
    made = send(MAKE, client, shop, report).json()["data"]["id"]
    for one, name, body in ((MAKE, "EXTERNAL_ID_TAKEN", report), (BULK, "external_id taken", {"orders": [report]})):
        assert send(one, client, shop, body).json() == here(shown_as(one, 422, name), {"12345": made})


def test_it_does_not_approve_an_unpaid_sale_as_shown(shop: dict[str, str]):
    client = key_client(Role.ADMIN)
    made = send(MAKE, client, shop, dict(examples_in(MAKE.request or {}))["sale"]).json()["data"]["id"]
    one = Documented("/api/v3/orders/{id}", "PUT")
    response = show(one, client, f"/api/v3/orders/{made}", {"status": "approved"})
    assert response.json() == shown_as(one, 422, "ILLEGAL_TRANSITION")


def test_it_names_all_that_a_query_string_cannot_mean_as_shown(shop: dict[str, str]):
    one = Documented("/api/v3/orders", "GET")
    response = show(one, key_client(Role.ADMIN), "/api/v3/orders?per_page=501&sort=price&filter[colour]=red")
    assert response.json() == shown_as(one, 422, "several")
