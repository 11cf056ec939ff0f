"""Every bound of the contract from both sides: what just fits goes through, what is one more does not."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.v3.tests.storefront import BULK as STOREFRONT
from orders.v3.tests.storefront import ORDERS as LIST
from orders.v3.tests.storefront import make_catalogue, permission, storefront
from printshop.testing import KeyClient, make_customers, make_jobs, make_skus, snapshot

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.trust(case="every bound of the contract", expects="what just fits goes through, one more does not"),
]
BATCHES = [
    ("/api/orders/bulk", "orders", 50),
    ("/api/orders/bulk/cancel", "orderIds", 50),
    ("/api/orders/bulk/pay", "orderIds", 50),
    ("/api/jobs/bulk/advance", "jobIds", 100),
    ("/api/jobs/bulk/cancel", "jobIds", 100),
    ("/api/jobs/bulk/prioritize", "jobIds", 100),
    ("/api/jobs/bulk/reprint", "items", 100),
    ("/api/skus/bulk", "skus", 500),
]


@pytest.mark.parametrize(("path", "name", "limit"), BATCHES)
def test_a_batch_has_so_many_items(admin: KeyClient, path: str, name: str, limit: int) -> None:
    fits = admin.post(path, {name: [None] * limit}).json()
    assert (fits["code"], len(fits["details"]["errors"]) >= limit) == ("VALIDATION_ERROR", True)
    over = admin.post(path, {name: [None] * (limit + 1)})
    assert (over.status_code, over.json()["code"]) == (400, "TOO_MANY_ITEMS")
    told = over.json()["details"]
    assert (told["limit"], told["received"]) == (limit, limit + 1)
    assert admin.post(path, {name: []}).status_code == 400


def test_a_batch_of_a_storefront_has_at_most_a_hundred() -> None:
    make_catalogue()
    shop, before = storefront(), snapshot()
    over = shop.post(STOREFRONT, {"orders": [permission() for _ in range(101)]})
    assert over.json()["errors"] == {"orders": ["The orders may not have more than 100 items."]}
    assert snapshot() == before
    assert shop.bulk(*(permission() for _ in range(100)))["created"] == 100


@pytest.mark.parametrize(("path", "name"), [("/api/orders", "limit"), (LIST, "per_page")])
def test_a_page_has_at_most_500(admin: KeyClient, path: str, name: str) -> None:
    client = storefront() if path == LIST else admin
    answers = [client.get(f"{path}?{name}={number}").status_code for number in (0, 1, 500, 501)]
    assert answers == ([400, 200, 200, 400] if path != LIST else [422, 200, 200, 422])


# --- Single fields: a body for a value, what fits and what does not ---------------------------------------------------
def sku(name: str) -> tuple[str, Callable[[Any], Any]]:
    row = {"id": "sku-new", "name": "A cube"}
    return "/api/skus/bulk", lambda value: {"skus": [row | {name: value}], "dryRun": True}


def order(name: str) -> tuple[str, Callable[[Any], Any]]:
    row = {"customerId": "cust-001", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}
    return "/api/orders/bulk", lambda value: {"orders": [row | {name: value}], "dryRun": True}


def lines(count: int, quantity: int = 1) -> list[Any]:
    return [{"skuId": "sku-0001", "quantity": quantity}] * count


def customer(name: str) -> tuple[str, Callable[[Any], Any]]:
    return "/api/customers", lambda value: {"name": "Ada", name: value}


def reason(value: Any) -> Any:
    return {"jobIds": ["job-001"], "reason": value, "errorPolicy": "partial"}


def mail(length: int) -> str:
    return "a" * (length - len("@mill.example")) + "@mill.example"


FIELDS: dict[str, tuple[str, Callable[[Any], Any], list[Any], list[Any]]] = {
    "id of a SKU": (*sku("id"), ["a", "a" * 64], ["", "a" * 65]),
    "name of a SKU": (*sku("name"), ["a", "a" * 255], ["", "a" * 256]),
    "description": (*sku("description"), ["", "a" * 20_000], ["a" * 20_001]),
    "material": (*sku("material"), ["a" * 64], ["a" * 65]),
    "price": (*sku("basePrice"), [0, 0.01, 1e12], [-0.01, 0.001, 1e12 + 0.01]),
    "minutes": (*sku("estimatedPrintTime"), [0, 10**6], [-1, 10**6 + 1]),
    "multiplier": (*sku("qualityTiers"), [{"fine": {"multiplier": 1000}}],
                   [{"fine": {"multiplier": 0}}, {"fine": {"multiplier": 1000.5}}]),
    "options": (*sku("options"), [[{"key": f"k{n}", "label": "x", "type": "boolean"} for n in range(50)]],
                [[{"key": f"k{n}", "label": "x", "type": "boolean"} for n in range(51)]]),
    "most to switch off": ("/api/skus/bulk", lambda value: {"skus": [{"id": "a", "name": "A"}], "mode": "upsert",
                           "maxDeactivate": value, "dryRun": True}, [0, 10**9], [-1, 10**9 + 1]),
    "quantity": (*order("lineItems"), [lines(1, 1), lines(1, 10_000)], [lines(1, 0), lines(1, 10_001)]),
    "lines of an order": (*order("lineItems"), [lines(1), lines(500)], [[], lines(501)]),
    "externalId of an order": (*order("externalId"), ["a", "a" * 64], ["", "a" * 65]),
    "due date": (*order("dueDate"), ["1970-01-01", "9999-12-31"], ["1969-12-31", "10000-01-01"]),
    "id of a customer": (*customer("id"), ["a" * 64], ["a" * 65]),
    "externalId of a customer": (*customer("externalId"), ["a" * 64], ["a" * 65]),
    "e-mail": (*customer("email"), [mail(254)], [mail(255)]),
    "name of a customer": (*customer("name"), ["a" * 255], ["a" * 256]),
    "reason": ("/api/jobs/bulk/cancel", reason, ["a", "a" * 500], ["", "a" * 501]),
    "priority": ("/api/jobs/bulk/prioritize", lambda value: {"jobIds": ["{job}"], "priority": value, "dryRun": True},
                 [-1000, 1000], [-1001, 1001]),
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_has_its_bounds(admin: KeyClient, field: str) -> None:
    make_skus()
    make_customers()
    (job,) = make_jobs()
    path, body_of, fitting, beyond = FIELDS[field]

    def status(value: Any) -> int:
        body = body_of(value)
        return int(admin.post(path, body | {"jobIds": [job]} if "jobIds" in body else body).status_code)

    assert {status(value) for value in fitting} <= {200, 201}
    assert {status(value) for value in beyond} == {400}
