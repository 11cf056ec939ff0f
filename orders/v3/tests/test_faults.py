"""What is wrong with an order: each fault by itself, and all of them at once."""

from typing import Any

import pytest

from orders.models import Order
from orders.v3.tests.storefront import (
    BOOK,
    BULK,
    CUBE,
    INVALID,
    ORDERS,
    PLAN,
    Storefront,
    permission,
    product,
    report,
    storefront,
)
from printshop.testing import make_skus, snapshot

pytestmark = pytest.mark.django_db
LONG = "x" * 65
SOLD: dict[str, Any] = {"unit_price": 29.99, "currency_id": "USD"}


def one(**fields: Any) -> dict[str, Any]:
    return {"products": [product(**fields)]}


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    # The order
    "no type": ({"type": None}, "type", "The type field is required."),
    "unknown type": ({"type": "gift"}, "type", "The selected type is invalid."),
    "external id no text": ({"external_id": 7}, "external_id", "The external_id must be a string."),
    "external id too long": (
        {"external_id": LONG},
        "external_id",
        "The external_id may not be greater than 64 characters.",
    ),
    "external id with a line break": ({"external_id": "a\nb"}, "external_id", "The external_id format is invalid."),
    "return url no url": ({"return_url": "javascript:1"}, "return_url", "The return_url format is invalid."),
    "price no number": ({"unit_price": "5"}, "unit_price", "The unit_price must be a number."),
    "price below zero": ({"unit_price": -1}, "unit_price", "The unit_price is out of range."),
    "price of three decimals": (
        {"unit_price": 1.005},
        "unit_price",
        "The unit_price may not have more than 2 decimals.",
    ),
    "no such currency": (
        {"currency_id": "XXX"},
        "currency_id",
        "The currency_id must be a currency with two decimals.",
    ),
    "three decimals": ({"currency_id": "KWD"}, "currency_id", "The currency_id must be a currency with two decimals."),
    # The user
    "no user": ({"user": None}, "user", "The user field is required."),
    "user no object": ({"user": "reader"}, "user", "The user must be an object."),
    "nobody": ({"user": {}}, "user.email", "The user.email field is required when user.id is not present."),
    "id no text": ({"user": {"id": 5}}, "user.id", "The user.id must be a string."),
    "id too long": ({"user": {"id": LONG}}, "user.id", "The user.id may not be greater than 64 characters."),
    "no e-mail address": ({"user": {"email": "nobody"}}, "user.email", "The user.email format is invalid."),
    "a sale to nobody known": (
        {"type": "sale", "user": {"email": "a@mail.example"}},
        "user.id",
        "The user.id field is required.",
    ),
    # The products
    "no products": ({"products": None}, "products", "The products field is required."),
    "empty products": ({"products": []}, "products", "The products field is required."),
    "products no list": ({"products": {"a": 1}}, "products", "The products must be an array."),
    "too many products": (
        {"products": [product()] * 101},
        "products",
        "The products may not have more than 100 items.",
    ),
    "product no object": ({"products": [product(), 5]}, "products.1", "The products.1 must be an object."),
    "product without type": (one(kind=None), "products.0.type", "The products.0.type field is required."),
    "product of no type": (one(kind="film"), "products.0.type", "The selected products.0.type is invalid."),
    "product of another type": (one(kind="print"), "products.0.type", "The product is not of this type."),
    "product without id": (one(sku=None), "products.0.external_id", "The products.0.external_id field is required."),
    "unknown product": (one(sku="NOPE"), "products.0.external_id", "The product does not exist."),
    "retired product": (one(sku="OLD-0001"), "products.0.external_id", "The product is no longer available."),
    "no such day": (
        one(expiration_date="2025-02-30"),
        "products.0.expiration_date",
        "The products.0.expiration_date is not a valid date.",
    ),
    "a time for a day": (
        one(expiration_date="2025-02-03T10:00:00Z"),
        "products.0.expiration_date",
        "The products.0.expiration_date is not a valid date.",
    ),
    "quantity none": (one(quantity=0), "products.0.quantity", "The products.0.quantity is out of range."),
    "quantity no number": (one(quantity="2"), "products.0.quantity", "The products.0.quantity must be an integer."),
    # Money
    "two currencies": (
        {"currency_id": "EUR", **one(**SOLD)},
        "products.0.currency_id",
        "The products.0.currency_id must be the currency of the order.",
    ),
    "two currencies of products": (
        {"products": [product(currency_id="EUR"), product(currency_id="USD")]},
        "products.1.currency_id",
        "The products.1.currency_id must be the currency of the order.",
    ),
    "a sum that is none": (
        {"unit_price": 30, **one(**SOLD)},
        "unit_price",
        "The unit_price must be the sum of the prices of the products.",
    ),
    "a price for nothing": (
        {"unit_price": 30, "products": [product(), product("EBOOK-0002")]},
        "unit_price",
        "The unit_price must be the sum of the prices of the products.",
    ),
    "more money than there is": (
        one(unit_price=999_999_999_999, quantity=10_000),
        "unit_price",
        "The unit_price is out of range.",
    ),
    "a sale in a currency without price": (
        {"type": "sale", "currency_id": "EUR"},
        "products.0.unit_price",
        "The products.0.unit_price field is required when the product is not priced in the currency of the order.",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_it_names_a_fault_by_itself(shop: Storefront, name: str):
    fields, path, sentence = FAULTS[name]
    before = snapshot()
    assert shop.faults(**fields) == {path: [sentence]}
    assert snapshot() == before


@pytest.mark.parametrize("name", FAULTS)
def test_it_reports_the_fault_beside_a_good_order_under_the_same_path(shop: Storefront, name: str):
    fields, path, sentence = FAULTS[name]
    bad = {key: value for key, value in permission(**fields).items() if value is not None}
    body = shop.bulk(bad, permission(external_id="good"))
    assert body["errors"] == [{"index": 0, "external_id": shown(bad), "errors": {path: [sentence]}}]
    assert [order["external_id"] for order in body["orders"]] == ["good"]


def shown(order: dict[str, Any]) -> Any:
    return order["external_id"] if isinstance(order.get("external_id"), str) else None


@pytest.mark.parametrize("missing", ["return_url", "unit_price", "currency_id"])
def test_it_needs_of_a_report_where_it_was_and_what_was_paid(shop: Storefront, missing: str):
    assert shop.faults(**report(**{missing: None})) == {missing: [f"The {missing} field is required."]}


@pytest.mark.parametrize("missing", ["unit_price", "currency_id"])
def test_it_needs_of_a_report_the_price_of_every_product(shop: Storefront, missing: str):
    sold = {name: value for name, value in SOLD.items() if name != missing}
    path = f"products.1.{missing}"
    faults = shop.faults(**report(products=[product(**SOLD), product("EBOOK-0002", **sold)], unit_price=59.98))
    assert faults == {path: [f"The {path} field is required."]}


def test_it_refuses_a_sale_of_products_priced_in_two_currencies(shop: Storefront):
    make_skus(1, "EURO", kind="content", currency="EUR")
    path = "products.1.unit_price"
    assert list(shop.faults(type="sale", products=[product(), product("EURO-0001")])) == [path]
    assert shop.make(type="sale", products=[product("EURO-0001")])["currency_id"] == "EUR"


def test_it_names_every_fault_of_an_order_at_once(shop: Storefront):
    shop.make(external_id="taken", user={"id": "one"})
    shop.make(user={"email": "two@mail.example"})
    faults = shop.faults(
        type="report",
        external_id="taken",
        return_url="nowhere",
        unit_price=-1,
        user={"id": "one", "email": "two@mail.example"},
        products=[
            product("NOPE", unit_price=1, currency_id="YEN"),
            product("OLD-0001", "print", expiration_date="soon", quantity=0, **SOLD),
            7,
            product(PLAN, "content"),
        ],
    )
    assert faults == {
        "return_url": ["The return_url format is invalid."],
        "unit_price": ["The unit_price is out of range."],
        "currency_id": ["The currency_id field is required."],
        "user.email": ["The user.email belongs to another user."],
        "external_id": ["The external_id has already been taken."],
        "products.0.external_id": ["The product does not exist."],
        "products.0.currency_id": ["The products.0.currency_id must be a currency with two decimals."],
        "products.1.external_id": ["The product is no longer available."],
        "products.1.type": ["The product is not of this type."],
        "products.1.expiration_date": ["The products.1.expiration_date is not a valid date."],
        "products.1.quantity": ["The products.1.quantity is out of range."],
        "products.2": ["The products.2 must be an object."],
        "products.3.type": ["The product is not of this type."],
        "products.3.unit_price": ["The products.3.unit_price field is required."],
        "products.3.currency_id": ["The products.3.currency_id field is required."],
    }


def test_it_names_every_fault_of_every_order_under_absolute_paths_when_none_is_good(shop: Storefront):
    refused = shop.bulk(
        {"type": "sale", "user": {"email": "nobody"}, "products": [product("NOPE")]},
        {"user": {}, "products": [product(CUBE, "print", quantity="many")]},
        status=422,
    )
    assert refused == {
        "message": INVALID,
        "errors": {
            "orders.0.user.id": ["The orders.0.user.id field is required."],
            "orders.0.user.email": ["The orders.0.user.email format is invalid."],
            "orders.0.products.0.external_id": ["The product does not exist."],
            "orders.1.type": ["The orders.1.type field is required."],
            "orders.1.user.email": ["The orders.1.user.email field is required when orders.1.user.id is not present."],
            "orders.1.products.0.quantity": ["The orders.1.products.0.quantity must be an integer."],
        },
    }


# --- External ids ----------------------------------------------------------------------------------------------------
def test_it_says_which_order_has_the_external_id(shop: Storefront):
    first = shop.make(external_id="A-1")
    response = shop.post(ORDERS, permission(external_id="A-1"))
    taken = {"external_id": ["The external_id has already been taken."]}
    assert response.json() == {
        "message": INVALID,
        "errors": taken,
        "existing_orders": {"external_id": {"id": first["id"]}},
    }
    body = shop.bulk(permission(external_id="A-1"), permission())
    assert body["errors"] == [
        {"index": 0, "external_id": "A-1", "errors": taken, "existing_order": {"id": first["id"]}}
    ]
    refused = shop.bulk(permission(external_id="A-1"), status=422)
    assert refused["existing_orders"] == {"orders.0.external_id": {"id": first["id"]}}


def test_it_gives_an_external_id_to_the_first_good_order_of_the_request(shop: Storefront):
    bad, good, late = (permission(external_id="A", products=[product(sku)]) for sku in ("NOPE", BOOK, BOOK))
    body = shop.bulk(bad, good, late)
    [made] = body["orders"]
    assert [error["index"] for error in body["errors"]] == [0, 2]
    assert body["errors"][0]["errors"] == {"products.0.external_id": ["The product does not exist."]}
    assert body["errors"][1]["existing_order"] == {"id": made["id"]}
    assert Order.objects.count() == 1


def test_it_lets_two_accounts_use_one_external_id(shop: Storefront):
    shop.make(external_id="A")
    storefront("other").make(external_id="A", user={"id": "theirs"})
    assert Order.objects.filter(external_id="A").count() == 2


# --- The envelope ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"orders": ["The orders field is required."]}),
        ([], {"orders": ["The orders field is required."]}),
        ({"orders": None}, {"orders": ["The orders field is required."]}),
        ({"orders": []}, {"orders": ["The orders field is required."]}),
        ({"orders": {"0": {}}}, {"orders": ["The orders must be an array."]}),
        ({"orders": "all"}, {"orders": ["The orders must be an array."]}),
        ({"orders": [{}] * 101}, {"orders": ["The orders may not have more than 100 items."]}),
        (
            {"orders": [{}, 5, None, []]},
            {f"orders.{index}": [f"The orders.{index} must be an object."] for index in (1, 2, 3)},
        ),
    ],
)
def test_it_refuses_an_envelope_that_holds_no_orders(shop: Storefront, body: Any, errors: dict[str, Any]):
    response = shop.post(BULK, body)
    assert (response.status_code, response.json()) == (422, {"message": INVALID, "errors": errors})


def test_it_refuses_no_body_at_all(shop: Storefront):
    assert shop.send("POST", BULK, b"").json()["errors"] == {"orders": ["The orders field is required."]}
    faults = shop.send("POST", ORDERS, b"").json()["errors"]
    assert faults == {name: [f"The {name} field is required."] for name in ("type", "user", "products")}


def test_it_refuses_a_single_order_that_is_no_object(shop: Storefront):
    assert shop.post(ORDERS, [permission()]).json()["errors"] == {"body": ["The body must be an object."]}


def test_it_names_text_that_no_database_keeps(shop: Storefront):
    refused = shop.bulk(permission(external_id="a\0b"), status=422)
    assert list(refused["errors"]) == ["orders.0.external_id"]
