"""The dialect's no: one shape for everything, and words that name what the client sent."""

from typing import Any

import pytest
from django.conf import settings

from orders.models import Order
from printshop.api.models import Account, APIKey
from printshop.magento.tests.asking import AsyncClient, client_of, make_pages, make_sku
from printshop.testing import KeyClient, Role, make_customers, make_orders

PRODUCTS, BULK = "/rest/V1/products", "/rest/async/bulk/V1/products"
GOOD = {"sku": "cube", "name": "Cube", "price": 4.5}


def assert_fault(answer: Any, status: int, **parameters: Any) -> Any:
    """One fault, in the one shape; its body."""
    body = answer.json()
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    assert {"message", "parameters"} <= set(body) <= {"message", "parameters", "errors"}
    assert {name: body["parameters"].get(name) for name in parameters} == parameters
    return body


# --- Who asks --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [PRODUCTS, BULK, "/rest/V1/bulk", "/V1/nothing", "/rest"])
@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer ", "Basic eDp5", "Bearer a.b c"])
def test_it_needs_a_live_key(db: None, path: str, header: str | None):
    answer = KeyClient(None).send("GET", path, **({"authorization": header} if header else {}))
    assert_fault(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_it_takes_no_other_header(partner: AsyncClient):
    assert KeyClient(None).send("GET", "/rest/V1/bulk", x_api_key=str(partner.key)).status_code == 401
    assert KeyClient(None).send("GET", "/api/orders", authorization=f"Bearer {partner.key}").status_code == 401
    assert KeyClient(None).send("GET", "/rest/V1/bulk", authorization=f"bearer {partner.key}").status_code == 200


def test_it_turns_revoked_keys_away_at_once(partner: AsyncClient):
    APIKey.objects.update(revoked=True)
    assert_fault(partner.get("/rest/V1/bulk"), 401, code="INVALID_API_KEY")


def test_it_lets_operators_see_to_customers_and_not_to_products(clerk: AsyncClient):
    assert_fault(clerk.send("POST", PRODUCTS, {"product": GOOD}), 403)
    assert_fault(clerk.send("POST", BULK, [{"product": GOOD}]), 403)
    person = {"customer": {"email": "a@b.example", "firstname": "A", "lastname": "B"}}
    assert clerk.send("POST", "/rest/V1/customers", person).status_code == 200


def test_it_shows_a_customers_key_its_own_orders_only(db: None):
    make_customers(2)
    mine, other = make_orders(customer="cust-001")[0], make_orders(customer="cust-002")[0]
    customer = client_of(Role.CUSTOMER, "cust-001")
    assert customer.get(f"/rest/V1/orders/{mine}").status_code == 200
    assert_fault(customer.get(f"/rest/V1/orders/{other}"), 404)
    assert [one["id"] for one in customer.get("/rest/V1/orders").json()["items"]] == [mine]
    assert_fault(customer.get("/rest/V1/customers/cust-001"), 403)
    assert_fault(customer.send("POST", f"/rest/V1/orders/{mine}/pay"), 403)
    assert customer.send("POST", f"/rest/V1/orders/{mine}/cancel").json()["status"] == "cancelled"
    assert_fault(customer.send("POST", f"/rest/V1/orders/{other}/cancel"), 404)


@pytest.mark.django_db(databases="__all__")
def test_it_counts_every_request(partner: AsyncClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "RATELIMIT_ENABLE", True)
    monkeypatch.setitem(settings.RATE_LIMITS, "admin", 2)
    answers = [partner.get("/rest/V1/bulk") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert_fault(answers[2], 429, code="RATE_LIMITED")
    assert int(answers[2]["Retry-After"]) >= 1


# --- What cannot be read ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [PRODUCTS, BULK, "/rest/async/V1/products"])
@pytest.mark.parametrize("body", [b"{", b"nul", b'{"a": 1e999}', b"[[[", b'"\xff"', b'{"product": "\\u0000"}'])
def test_it_refuses_what_is_no_json(partner: AsyncClient, path: str, body: bytes):
    assert_fault(partner.send("POST", path, body), 400)


@pytest.mark.parametrize("path", [PRODUCTS, BULK, "/rest/async/V1/products"])
def test_it_refuses_other_types_and_what_is_too_large(partner: AsyncClient, path: str):
    answer = KeyClient(None).client.post(
        path, "a=b", content_type="text/plain", headers={"authorization": f"Bearer {partner.key}"}
    )
    assert_fault(answer, 415)
    limit = settings.BODY_LIMIT_BYTES if path == PRODUCTS else settings.DEFERRED_BODY_LIMIT_BYTES
    assert_fault(partner.send("POST", path, b" " * (limit + 1)), 413)
    fits = b'{"product": {}, "padding": "' + b" " * (limit - 40) + b'"}'
    assert partner.send("POST", path, fits).status_code in {202, 400}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/rest/V1/products/cube", 405),
        ("GET", "/rest/V1/products", 405),
        ("DELETE", BULK, 405),
        ("GET", BULK, 405),
        ("GET", "/rest/V1/categories", 404),
        ("GET", "/rest", 404),
        ("GET", "/async/bulk/V1", 404),
        ("POST", "/rest/async/bulk/V1/products/:sku/media", 404),
        ("GET", "/rest/async/V2/products", 404),
        ("GET", "/rest/V1/bulk/none/of-these", 404),
    ],
)
def test_it_knows_its_addresses_and_their_methods(partner: AsyncClient, method: str, path: str, status: int):
    assert_fault(partner.send(method, path, None if method == "GET" else {}), status)


# --- What is wrong with an item --------------------------------------------------------------------------------------
def test_it_names_fields_as_the_client_does(partner: AsyncClient):
    for name in ("price", "basePrice", "base_price"):
        answer = partner.send("POST", PRODUCTS, {"product": {"sku": "cube", "name": "Cube", name: "dear"}})
        body = assert_fault(answer, 400, fieldName=name, fieldValue="dear")
        assert body["message"] == "%fieldName must be a number."


def test_it_tells_every_fault_at_once(partner: AsyncClient):
    sent = {"sku": "a cube", "price": -1, "status": 3, "type_id": "bundle", "colour": "red"}
    body = assert_fault(partner.send("POST", PRODUCTS, {"product": sent}), 400, count=5)
    assert {fault["parameters"]["fieldName"] for fault in body["errors"]} == set(sent)
    assert all("%fieldName" in fault["message"] for fault in body["errors"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"custom_attributes": [{"attribute_code": "colour", "value": "red"}]}, "colour"),
        ({"custom_attributes": [{"value": "red"}]}, "custom_attributes.0"),
        ({"custom_attributes": "red"}, "custom_attributes"),
        ({"extension_attributes": {"stock_item": {}}}, "stock_item"),
        ({"extension_attributes": [1]}, "extension_attributes"),
        ({"price": 1, "basePrice": 2}, "basePrice"),
        ({"status": True}, "status"),
        ({"name": None}, "name"),
        ({"id": "sphere"}, "id"),
    ],
)
def test_it_refuses_what_a_product_cannot_have(partner: AsyncClient, sent: dict[str, Any], field: str):
    answer = partner.send("POST", PRODUCTS, {"product": GOOD | sent})
    named = {fault["parameters"].get("fieldName") for fault in answer.json().get("errors", [answer.json()])}
    assert (answer.status_code, named & {field}) == (400, {field}), answer.content


@pytest.mark.parametrize("body", [{}, {"product": None}, {"product": []}, {"sku": "cube"}, []])
def test_it_needs_the_wrapper(partner: AsyncClient, body: Any):
    assert_fault(partner.send("POST", PRODUCTS, body), 400)


def test_it_takes_fields_in_every_spelling(partner: AsyncClient):
    attributes = [
        {"attribute_code": "description", "value": "A cube"},
        {"attribute_code": "estimated_print_time", "value": "35"},
        {"attribute_code": "status", "value": "2"},
    ]
    sent = {"sku": "cube", "id": "cube", "name": "Cube", "price": "4.90", "basePrice": 4.9, "type_id": "simple",
            "machineType": "resin", "attribute_set_id": 4, "visibility": 4, "extension_attributes": {"material": "PLA"},
            "custom_attributes": attributes}  # fmt: skip
    made = partner.send("POST", PRODUCTS, {"product": sent, "saveOptions": True}).json()
    assert (made["price"], made["status"], made["type_id"]) == (4.9, 2, "simple")
    assert (made["description"], made["estimated_print_time"], made["material"]) == ("A cube", 35, "PLA")
    assert made["machine_type"] == "resin"


def test_it_takes_back_what_it_showed(partner: AsyncClient):
    partner.send("POST", PRODUCTS, {"product": GOOD})
    shown = partner.get(f"{PRODUCTS}/cube").json()
    assert partner.send("PUT", f"{PRODUCTS}/cube", {"product": shown}).json() == shown
    make_pages(5)
    page = partner.get("/rest/V1/cmsPage/5").json()
    assert partner.send("PUT", "/rest/V1/cmsPage/5", {"page": page}).json() == page


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "products", {"product": {"sku": "known", "name": "Cube"}}, 400, "SKU_EXISTS"),
        ("PUT", "products/nothing", {"product": {"name": "Cube"}}, 404, "SKU_NOT_FOUND"),
        ("PUT", "all/products/nothing", {"product": {"name": "Cube"}}, 404, "SKU_NOT_FOUND"),
        ("DELETE", "products/nothing", None, 404, "SKU_NOT_FOUND"),
        ("DELETE", "products/no%20thing", None, 404, "NOT_FOUND"),
        ("POST", "products/nothing/media", {"entry": {"media_type": "image", "url": "https://shop.example/a"}}, 404,
         "SKU_NOT_FOUND"),
        ("PUT", "products/known/media/1", {"entry": {"label": "x"}}, 404, "MEDIA_NOT_FOUND"),
        ("DELETE", "products/known/media/one", None, 404, "NOT_FOUND"),
        ("POST", "customers", {"customer": {"email": "A@b.example", "firstname": "A", "lastname": "B"}}, 400,
         "EMAIL_TAKEN"),
        ("POST", "customers", {"customer": {"firstname": "A", "lastname": "B"}}, 400, "REQUIRED"),
        ("PUT", "customers/nobody", {"customer": {"lastname": "B"}}, 404, "CUSTOMER_NOT_FOUND"),
        ("DELETE", "customers/nobody", None, 404, "CUSTOMER_NOT_FOUND"),
        ("DELETE", "customers/cust-001", None, 400, "CUSTOMER_HAS_ORDERS"),
        ("DELETE", "carts/999999", None, 404, "QUOTE_NOT_FOUND"),
        ("POST", "carts/999999/items", {"cartItem": {"sku": "known", "qty": 1}}, 404, "QUOTE_NOT_FOUND"),
        ("PUT", "carts/x/order", {}, 404, "NOT_FOUND"),
        ("POST", "orders", {"customerId": "cust-001", "lineItems": [{"skuId": "gone", "quantity": 1}]}, 400,
         "SKU_NOT_FOUND"),
        ("POST", "orders/ord-999999/pay", None, 404, "ORDER_NOT_FOUND"),
        ("POST", "orders/999999/cancel", None, 404, "ORDER_NOT_FOUND"),
        ("POST", "jobs/job-999999/advance", {"targetStatus": "READY"}, 404, "JOB_NOT_FOUND"),
        ("POST", "jobs/job-999999/advance", {}, 400, "REQUIRED"),
        ("POST", "jobs/job-999999/cancel", {}, 400, "REQUIRED"),
        ("PUT", "cmsPage/999999", {"page": {"title": "x"}}, 404, "PAGE_NOT_FOUND"),
        ("DELETE", "cmsPage/x", None, 404, "NOT_FOUND"),
        ("POST", "cmsPage", {"page": {"identifier": "PAGE-5", "title": "x"}}, 400, "IDENTIFIER_TAKEN"),
    ],
)  # fmt: skip
def test_it_says_what_is_unknown_and_what_is_wrong(
    partner: AsyncClient, method: str, path: str, body: Any, status: int, code: str
):
    make_sku("known")
    make_orders(sku="known")
    make_pages(5)
    partner.send(
        "POST", "/rest/V1/customers", {"customer": {"email": "a@b.example", "firstname": "A", "lastname": "B"}}
    )
    path = f"/rest/all/V1/{path[4:]}" if path.startswith("all/") else f"/rest/V1/{path}"
    answer = partner.send(method, path, body)
    faults = answer.json().get("errors", [answer.json()])
    assert (answer.status_code, code in {fault["parameters"]["code"] for fault in faults}) == (status, True), faults


def test_it_calls_the_fields_of_an_order_as_it_was_sent(partner: AsyncClient):
    make_customers()
    line = {"sku": "nothing", "qty_ordered": 1}
    answer = partner.send("POST", "/rest/V1/orders", {"entity": {"customer_id": "cust-001", "items": [line]}})
    assert_fault(answer, 400, code="SKU_NOT_FOUND", fieldName="items.0.sku")
    assert not Order.objects.exists()


@pytest.mark.parametrize("password", ["", None, 5, ["Strong-Password"], "x" * 1025])
def test_it_never_repeats_a_password_that_is_none(partner: AsyncClient, password: Any):
    person = {"email": "a@b.example", "firstname": "A", "lastname": "B"}
    answer = partner.send("POST", "/rest/V1/customers", {"customer": person, "password": password})
    assert_fault(answer, 400, fieldName="password")
    assert "fieldValue" not in answer.json()["parameters"]


def test_it_shows_carts_of_the_own_account_only(partner: AsyncClient):
    cart = partner.send("POST", "/rest/V1/carts").json()
    other = client_of(account=Account.objects.create(code="other", name="Other"))
    assert_fault(other.send("DELETE", f"/rest/V1/carts/{cart}"), 404)
    assert partner.send("DELETE", f"/rest/V1/carts/{cart}").json() is True
