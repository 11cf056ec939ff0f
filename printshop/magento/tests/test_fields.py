"""Bodies of the dialect as items of the shop, and back; no database."""

from typing import Any

import pytest

from catalog.shapes import skus as shapes
from orders import shapes as order_shapes
from printshop.api.refusals import Fault
from printshop.magento import customers, orders, products, quotes
from printshop.magento.params import Param, as_number, as_reference, as_text
from printshop.magento.words import error_body, fault_body


@pytest.mark.parametrize(
    ("sent", "item"),
    [
        ({"sku": "a", "price": 4.5}, {"id": "a", "basePrice": 4.5}),
        ({"id": "a", "basePrice": 4.5, "base_price": 4.5}, {"id": "a", "basePrice": 4.5}),
        ({"status": 1}, {"active": True}),
        ({"status": "2"}, {"active": False}),
        ({"active": False, "status": 2}, {"active": False}),
        ({"type_id": "virtual"}, {"kind": "content"}),
        ({"kind": "content"}, {"kind": "content"}),
        ({"price": "12.50", "machine_type": "resin"}, {"basePrice": 12.5, "machineType": "resin"}),
        ({"price": None, "description": None}, {"basePrice": None, "description": None}),
        ({"colour": "red"}, {"colour": "red"}),
        ({"attribute_set_id": 4, "visibility": 4, "created_at": "x"}, {}),
        ({"custom_attributes": [{"attribute_code": "price", "value": "3"}]}, {"basePrice": 3}),
        ({"extension_attributes": {"quality_tiers": {}}, "custom_attributes": None}, {"qualityTiers": {}}),
    ],
)
def test_it_reads_a_product_under_every_name(sent: dict[str, Any], item: dict[str, Any]):
    assert products.BODY.item({"product": sent}, shapes.SKUItem) == (item, [])


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        ({"status": 3}, {"active": "NOT_A_CHOICE"}),
        ({"status": [1]}, {"active": "NOT_A_CHOICE"}),
        ({"type_id": "print"}, {"kind": "NOT_A_CHOICE"}),
        ({"sku": "a", "id": "b"}, {"id": "NAMED_TWICE"}),
        ({"status": 1, "active": False}, {"active": "NAMED_TWICE"}),
    ],
)
def test_it_finds_words_that_mean_nothing(sent: dict[str, Any], codes: dict[str, str]):
    _, faults = products.BODY.item({"product": sent}, shapes.SKUItem)
    assert {fault.path: fault.code for fault in faults} == codes


def test_it_takes_the_parameters_of_the_route_into_the_item():
    payload = {"quoteId": "12", "cartItem": {"sku": "a", "qty": "2", "quote_id": 12, "price": 1}}
    item, faults = quotes.ADDED.item(payload, quotes.quote_shapes.NewQuoteItem)
    assert (item, faults) == ({"quoteId": 12, "skuId": "a", "quantity": 2}, [])


def test_it_reads_an_order_with_its_wrapper_or_without():
    body = {"customer_id": "cust-001", "items": [{"sku": "a", "qty_ordered": "2"}], "ext_order_id": "x"}
    native = {"customerId": "cust-001", "lineItems": [{"skuId": "a", "quantity": 2}], "externalId": "x"}
    for payload in (body, {"entity": body}, native, {"entity": native}):
        assert orders.BODY.item(payload, order_shapes.OrderItem) == (native, [])


@pytest.mark.parametrize(("payload", "code"), [({}, "REQUIRED"), ({"customer": 5}, "NOT_AN_OBJECT")])
def test_it_says_one_thing_of_a_missing_wrapper(payload: dict[str, Any], code: str):
    _, faults = customers.BODY.item(payload, order_shapes.CustomerWithPassword)
    assert [(fault.path, fault.code) for fault in faults] == [("customer", code)]


def test_it_calls_fields_as_they_were_sent():
    spoken = products.ONE.spoken
    assert [spoken(path) for path in ("basePrice", "active", "id", "machineType")] == [
        "price",
        "status",
        "sku",
        "machineType",
    ]
    sent = {"product": {"base_price": 1, "active": True, "machine_type": "x"}}
    assert [spoken(path, sent) for path in ("basePrice", "active", "machineType")] == [
        "base_price",
        "active",
        "machine_type",
    ]
    assert orders.BODY.spoken("lineItems.3.skuId") == "items.3.sku"
    assert orders.ONE.spoken("orderIds.3") == "orderId"


def test_it_shows_recorded_fields_in_its_own_words():
    recorded = {"basePrice": 4.5, "active": False, "kind": "print", "machineType": None}
    assert products.BODY.image(recorded) == {"price": 4.5, "status": 2, "type_id": "simple", "machine_type": None}


@pytest.mark.parametrize(
    ("reads", "given", "read"),
    [
        (as_text, "sku-1", "sku-1"), (as_text, "a b", None), (as_text, "a\n", None), (as_text, "", None),
        (as_number, "12", 12), (as_number, "0", None), (as_number, "-1", None), (as_number, "9" * 30, None),
        (as_number, "\u0661", None), (as_reference("ord"), "12", "ord-012"),
        (as_reference("ord"), "ord-012", "ord-012"),
        (as_reference("ord"), "x" * 65, None),
    ],
)  # fmt: skip
def test_it_reads_parameters(reads: Any, given: str, read: Any):
    assert reads(given) == read
    found, faults = Param("id", reads, "thing").read("thingId", given)
    assert (found, [fault.code for fault in faults]) == (read, [] if read is not None else ["NOT_FOUND"])


def test_it_puts_names_and_values_into_parameters():
    fault = Fault("EMAIL_TAKEN", "Customer cust-1 has the email a@b.example already.", "email", "a@b.example")
    assert fault_body(fault, str) == {
        "message": "Customer cust-1 has the %fieldName %fieldValue already.",
        "parameters": {"fieldName": "email", "fieldValue": "a@b.example", "code": "EMAIL_TAKEN"},
    }
    # A name inside a longer word is no name.
    other = Fault("X", "identity is not an id.", "id", 1)
    assert fault_body(other, str)["message"] == "identity is not an %fieldName."


def test_it_lists_several_faults():
    body = error_body([Fault("X", "a is bad.", "a"), Fault("Y", "b is bad.", "b")], str)
    assert body["parameters"] == {"count": 2}
    assert [fault["message"] for fault in body["errors"]] == ["%fieldName is bad."] * 2


def test_it_takes_every_password_out_of_a_body():
    body = {"customer": {"email": "x", "password": "one"}, "password": "two", "more": [{"password": "three"}]}
    shown, sealed = customers.seal(body)
    assert "two" not in str(shown)
    assert "one" not in str(shown)
    assert "three" not in str(shown)
    assert sealed == {"password": customers.passwords.sealed("two")}
    assert customers.seal({"customer": {}}) == ({"customer": {}}, None)
    assert customers.seal(5) == (5, None)
