"""`POST /api/orders/bulk` and `POST /api/orders`."""

from typing import Any

import pytest

from catalog.models import SKU
from orders.models import LineItem, Order
from printshop.testing import KeyClient, make_customers, make_orders, make_skus, numbers, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/orders/bulk"


@pytest.fixture
def shop(db: None) -> None:
    make_customers(2)
    make_skus(2)
    tiers = {"draft": {"multiplier": 0.8}, "fine": {"multiplier": 1.5}}
    options = [
        {"key": "colour", "label": "Colour", "type": "select", "choices": ["red", "blue"], "priceModifier": 0.25},
        {"key": "gloss", "label": "Gloss", "type": "boolean", "priceModifier": 2},
    ]
    make_skus(1, prefix="sku-pla-black-cube", base_price=1999, quality_tiers=tiers, options=options)
    make_skus(1, prefix="old", active=False)
    make_skus(1, prefix="euro", currency="EUR")
    make_skus(1, prefix="dear", base_price=10**14)


def order(customer: str = "cust-001", sku: str = "sku-0001", quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"customerId": customer, "lineItems": [{"skuId": sku, "quantity": quantity}], **more}


def faults_of(answer: Any) -> list[tuple[int | None, str, str]]:
    return [(fault.get("index"), fault["path"], fault["code"]) for fault in answer.json()["details"]["errors"]]


def test_it_creates_orders_in_the_order_they_were_sent(shop: None, operator: KeyClient) -> None:
    wanted = [order(quantity=3), order("cust-002", "sku-0002", notes="Second")]
    answer = operator.post(BULK, {"orders": wanted})
    body = answer.json()
    assert answer.status_code == 201
    assert list(body) == ["created", "failed", "orders"]
    assert (body["created"], body["failed"]) == (2, 0)
    assert [list(made) for made in body["orders"]] == [["id", "status"]] * 2
    assert {made["status"] for made in body["orders"]} == {"pending_payment"}
    made = [Order.objects.get(pk=number) for number in numbers([made["id"] for made in body["orders"]])]
    assert [(one.customer_id, one.notes) for one in made] == [("cust-001", ""), ("cust-002", "Second")]
    assert [one.total for one in made] == [3 * 1250, 1250]


def test_it_creates_one_by_the_same_rules(shop: None, operator: KeyClient) -> None:
    answer = operator.post("/api/orders", order(externalId="web-1", dueDate="2026-04-01"))
    body = answer.json()
    assert answer.status_code == 201
    assert (body["externalId"], body["dueDate"], body["total"]) == ("web-1", "2026-04-01", 12.5)
    assert body == operator.get(f"/api/orders/{body['id']}").json()
    assert faults_of(operator.post("/api/orders", order("cust-009"))) == [(None, "customerId", "CUSTOMER_NOT_FOUND")]


@pytest.mark.parametrize(
    ("options", "price"),
    [
        (None, 19.99),
        ({}, 19.99),
        ({"quality": "draft"}, 15.99),
        ({"quality": "fine"}, 29.99),
        ({"quality": "fine", "colour": "red", "gloss": True}, 32.24),
        ({"gloss": False}, 19.99),
    ],
)
def test_it_copies_name_and_price(options: Any, price: float, shop: None, admin: KeyClient) -> None:
    wanted = order()
    wanted["lineItems"] = [{"skuId": "sku-pla-black-cube-0001", "quantity": 2, "options": options}]
    made = admin.post("/api/orders", wanted).json()
    (line,) = made["lineItems"]
    assert (line["unitPrice"], line["total"], line["name"]) == (price, round(2 * price, 2), "A cube")
    admin.patch("/api/skus/sku-pla-black-cube-0001", {"name": "Dearer", "basePrice": 99})
    assert admin.get(f"/api/orders/{made['id']}").json() == made


def test_it_names_every_fault_of_every_order_in_one_pass(shop: None, operator: KeyClient) -> None:
    wanted = [
        order(),
        {
            "customerId": "cust-999",
            "lineItems": [{"skuId": "sku-pla-blck-cube-0001", "quantity": 0}, {"quantity": "2"}],
        },
        order(sku="old-0001", colour="red"),
        "no order",
        {},
        {**order(), "lineItems": []},
        {**order(), "lineItems": [{"skuId": "sku-0001", "quantity": 1, "options": {"gloss": 1, "quality": "best"}}]},
        {**order(), "shippingAddress": {"name": "", "zip": 7}},
    ]
    before = snapshot()
    answer = operator.post(BULK, {"orders": wanted})
    body = answer.json()
    assert answer.status_code == 400
    assert (body["error"], body["code"]) == ("7 of 8 orders are invalid; nothing was created.", "VALIDATION_ERROR")
    assert (body["details"]["created"], body["details"]["failed"]) == (0, 7)
    assert set(faults_of(answer)) == {
        (1, "lineItems.0.quantity", "OUT_OF_RANGE"),
        (1, "lineItems.1.skuId", "REQUIRED"),
        (1, "lineItems.1.quantity", "NOT_AN_INTEGER"),
        (1, "customerId", "CUSTOMER_NOT_FOUND"),
        (1, "lineItems.0.skuId", "SKU_NOT_FOUND"),
        (2, "colour", "UNKNOWN_FIELD"),
        (2, "lineItems.0.skuId", "SKU_INACTIVE"),
        (3, "", "NOT_AN_OBJECT"),
        (4, "customerId", "REQUIRED"),
        (4, "lineItems", "REQUIRED"),
        (5, "lineItems", "TOO_FEW"),
        (6, "lineItems.0.options.gloss", "OPTION_NOT_FOUND"),
        (6, "lineItems.0.options.quality", "NOT_A_CHOICE"),
        (7, "shippingAddress.name", "TOO_SHORT"),
        (7, "shippingAddress.zip", "NOT_TEXT"),
        (7, "shippingAddress.line1", "REQUIRED"),
        (7, "shippingAddress.city", "REQUIRED"),
        (7, "shippingAddress.country", "REQUIRED"),
    }
    assert [fault["index"] for fault in body["details"]["errors"]] == sorted(
        fault["index"] for fault in body["details"]["errors"]
    )
    unknown = next(fault for fault in body["details"]["errors"] if fault["code"] == "SKU_NOT_FOUND")
    assert unknown["value"] == "sku-pla-blck-cube-0001"
    assert unknown["suggestion"] == "sku-pla-black-cube-0001"
    assert snapshot() == before


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({}, "orders", "REQUIRED"),
        ({"orders": {}}, "orders", "NOT_A_LIST"),
        ({"orders": None}, "orders", "NOT_A_LIST"),
        ({"orders": []}, "orders", "EMPTY"),
        ({"orders": [1], "mode": "x"}, "mode", "UNKNOWN_FIELD"),
        ({"orders": [1], "errorPolicy": "some"}, "errorPolicy", "NOT_A_CHOICE"),
        ({"orders": [1], "dryRun": "yes"}, "dryRun", "NOT_A_BOOLEAN"),
    ],
)
def test_it_refuses_an_envelope_it_does_not_understand(
    body: Any, path: str, code: str, shop: None, operator: KeyClient
) -> None:
    answer = operator.post(BULK, body)
    assert answer.status_code == 400
    assert (None, path, code) in faults_of(answer)


def test_it_takes_fifty_and_looks_at_none_of_more(shop: None, operator: KeyClient) -> None:
    assert operator.post(BULK, {"orders": [order()] * 50}).json()["created"] == 50
    before = snapshot()
    for sent in [order()] * 51, ["rubbish"] * 51, [None] * 10_000:
        answer = operator.post(BULK, {"orders": sent, "unknown": True})
        assert (answer.status_code, answer.json()["code"]) == (400, "TOO_MANY_ITEMS")
        assert answer.json()["details"]["limit"] == 50
        assert answer.json()["details"]["received"] == len(sent)
    assert snapshot() == before


def test_it_counts_one_fault_in_plain_words(shop: None, operator: KeyClient) -> None:
    assert operator.post(BULK, {"orders": [order(), order("x")]}).json()["error"] == (
        "1 of 2 orders is invalid; nothing was created."
    )
    assert operator.post(BULK, {"orders": [order("x")]}).json()["error"] == (
        "1 of 1 order is invalid; nothing was created."
    )


def test_it_creates_the_good_ones_when_asked_to(shop: None, operator: KeyClient) -> None:
    wanted = [order("cust-999"), order(), order(sku="nothing-like-it"), order()]
    answer = operator.post(BULK, {"orders": wanted, "errorPolicy": "partial"})
    body = answer.json()
    assert (answer.status_code, body["created"], body["failed"]) == (200, 2, 2)
    assert [(fault["index"], fault["code"]) for fault in body["errors"]] == [
        (0, "CUSTOMER_NOT_FOUND"),
        (2, "SKU_NOT_FOUND"),
    ]
    assert [made["id"] for made in body["orders"]] == [one.reference for one in Order.objects.order_by("pk")]


def test_it_answers_200_to_a_partial_batch_without_a_fault(shop: None, operator: KeyClient) -> None:
    answer = operator.post(BULK, {"orders": [order()], "errorPolicy": "partial"})
    assert (answer.status_code, answer.json()["errors"]) == (200, [])


def test_it_refuses_a_partial_batch_without_one_good_order(shop: None, operator: KeyClient) -> None:
    before = snapshot()
    answer = operator.post(BULK, {"orders": [order("x"), order("y")], "errorPolicy": "partial"})
    assert (answer.status_code, answer.json()["details"]["failed"]) == (400, 2)
    assert snapshot() == before


def test_it_shows_a_dry_run_and_writes_nothing(shop: None, operator: KeyClient) -> None:
    before = snapshot()
    wanted = {"orders": [order(quantity=2), order("x")], "dryRun": True, "errorPolicy": "partial"}
    answer = operator.post(BULK, wanted)
    body = answer.json()
    assert (answer.status_code, body["dryRun"], body["created"], body["failed"]) == (200, True, 1, 1)
    good, bad = body["items"]
    assert list(good) == ["index", "id", "result", "changes", "effects", "errors"]
    assert (good["id"], good["result"]) == (None, "created")
    assert good["changes"] == {"status": [None, "pending_payment"], "total": [None, 25]}
    assert (bad["result"], bad["errors"][0]["code"]) == ("failed", "CUSTOMER_NOT_FOUND")
    assert snapshot() == before


def test_it_fails_a_dry_run_as_the_live_call_would(shop: None, operator: KeyClient) -> None:
    wanted = {"orders": [order(), order("x")]}
    dry, live = operator.post(BULK, {**wanted, "dryRun": True}), operator.post(BULK, wanted)
    assert (dry.status_code, dry.content) == (live.status_code, live.content) == (400, live.content)


def test_it_gives_an_external_id_to_one_order_only(shop: None, operator: KeyClient) -> None:
    taken = operator.post("/api/orders", order(externalId="web-1")).json()["id"]
    answer = operator.post(BULK, {"orders": [order(externalId="web-1")]})
    assert (answer.status_code, answer.json()["code"]) == (409, "EXTERNAL_ID_TAKEN")
    assert taken in answer.json()["details"]["errors"][0]["message"]
    twice = operator.post(BULK, {"orders": [order(externalId="web-2"), order(externalId="web-2")]})
    assert (twice.status_code, faults_of(twice)) == (400, [(1, "externalId", "EXTERNAL_ID_TAKEN")])
    good = operator.post(
        BULK, {"orders": [order("x", externalId="a"), order(externalId="a")], "errorPolicy": "partial"}
    )
    assert good.json()["created"] == 1


def test_it_mixes_no_currencies(shop: None, operator: KeyClient) -> None:
    wanted = order()
    wanted["lineItems"].append({"skuId": "euro-0001", "quantity": 1})
    assert faults_of(operator.post("/api/orders", wanted)) == [(None, "lineItems", "CURRENCY_MIXED")]
    assert operator.post("/api/orders", order(sku="euro-0001")).json()["currency"] == "EUR"


def test_it_sells_nothing_beyond_counting(shop: None, operator: KeyClient) -> None:
    answer = operator.post("/api/orders", order(sku="dear-0001", quantity=10_000))
    assert faults_of(answer) == [(None, "lineItems", "OUT_OF_RANGE")]
    assert operator.post("/api/orders", order(sku="dear-0001")).json()["total"] == 10**12


def test_it_takes_an_order_for_a_sku_until_it_is_switched_off(shop: None, operator: KeyClient) -> None:
    assert operator.post("/api/orders", order()).status_code == 201
    SKU.objects.filter(pk="sku-0001").update(active=False)
    assert faults_of(operator.post("/api/orders", order())) == [(None, "lineItems.0.skuId", "SKU_INACTIVE")]


def test_it_lets_a_customer_order_for_itself_alone(shop: None) -> None:
    from printshop.testing import Role, key_client

    mine = key_client(Role.CUSTOMER, "cust-001")
    assert mine.post(BULK, {"orders": [order()]}).status_code == 201
    foreign, unknown = (mine.post(BULK, {"orders": [order(name)]}) for name in ("cust-002", "cust-999"))
    assert foreign.status_code == unknown.status_code == 400
    assert foreign.content.replace(b"cust-002", b"cust-999") == unknown.content


def test_it_does_not_tell_a_customer_of_the_orders_of_others(shop: None, operator: KeyClient) -> None:
    from printshop.testing import Role, key_client

    theirs = operator.post("/api/orders", order("cust-002", externalId="web-1")).json()["id"]
    answer = key_client(Role.CUSTOMER, "cust-001").post("/api/orders", order(externalId="web-1"))
    assert answer.status_code == 409
    assert theirs.encode() not in answer.content


def test_it_leaves_lines_of_other_orders_alone(shop: None, operator: KeyClient) -> None:
    make_orders(2)
    operator.post("/api/orders", order(quantity=7))
    assert sorted(LineItem.objects.values_list("quantity", flat=True)) == [1, 1, 7]
