"""What an order would be, worked out without a database."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.plans.creation import Known, NewOrder, Shop, plan_orders
from orders.plans.pricing import Offer
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import MAX_CENTS
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

GIFT = {"key": "gift", "label": "Gift wrap", "type": "boolean", "priceModifier": 3}
REBATE = {"key": "rebate", "label": "Rebate", "type": "boolean", "priceModifier": -99}


def offer(name: str = "A cube", **more: Any) -> Offer:
    values = {"kind": "print", "base_price": 1250, "currency": "USD", "quality_tiers": {}, "options": [GIFT, REBATE],
              "active": True, **more}  # fmt: skip
    return Offer(name, **values)


OFFERS = {
    "cube": offer(),
    "ball": offer("A ball", base_price=333, quality_tiers={"fine": {"multiplier": 1.5}}),
    "ebook": offer("A book", kind="content", base_price=999),
    "euro": offer("A euro", currency="EUR"),
    "gone": offer("Gone", active=False),
    "dear": offer("Dear", base_price=MAX_CENTS),
}


def known(taken: dict[str, str] | None = None, **shop: Any) -> Known:
    return Known({"cust-001"}, OFFERS, taken or {}, sorted(OFFERS), Shop(**shop))


def order(*skus: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    lines = [{"sku_id": sku, "quantity": quantity} for sku in skus or ["cube"]]
    return {"customer_id": "cust-001", "line_items": lines, **more}


def plan(*orders: Any, known: Known = known(), faults: list[Fault] | None = None) -> list[Outcome]:  # noqa: B008
    return plan_orders([Item(index, one, list(faults or [])) for index, one in enumerate(orders)], known, NOON, 7)


def made(*orders: Any, known: Known = known()) -> list[NewOrder]:  # noqa: B008
    outcomes = plan(*orders, known=known)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.CREATED] * len(orders)
    return [outcome.change for outcome in outcomes]


def faults_of(one: Any, **more: Any) -> list[tuple[str, str]]:
    [outcome] = plan(one, **more)
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.change is None
    return [(fault.code, fault.path) for fault in outcome.faults]


# --- Good orders -----------------------------------------------------------------------------------------------------
def test_it_copies_name_kind_and_price_into_the_lines():
    [new] = made(order("cube", "ebook", quantity=3))
    assert [(line["sku_id"], line["kind"], line["name"], line["quantity"], line["options"]) for line in new.lines] == [
        ("cube", "print", "A cube", 3, {}),
        ("ebook", "content", "A book", 3, {}),
    ]
    assert [(line["unit_price"], line["total"]) for line in new.lines] == [(1250, 3750), (999, 2997)]
    assert (new.order["subtotal"], new.order["total"], new.order["digital"]) == (6747, 6747, True)


def test_it_starts_unpaid_in_the_account_that_asks_at_the_time_it_is_told():
    [new] = made(order(notes=None, external_id=None, due_date=None))
    expected = {
        "status": "pending_payment", "type": "sale", "account_id": 7, "customer_id": "cust-001", "currency": "USD",
        "external_id": "", "notes": "", "shipping_address": None, "due_date": None, "digital": False,
        "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    assert {name: new.order[name] for name in expected} == expected
    assert new.uuid == new.order["uuid"]


def test_it_gives_every_order_a_uuid_of_its_own():
    orders = made(*[order()] * 20)
    assert len({new.uuid for new in orders}) == 20


def test_it_prices_options_by_the_piece():
    [new] = made({"customer_id": "cust-001", "line_items": [
        {"sku_id": "ball", "quantity": 3, "options": {"quality": "fine", "gift": True}},
    ]})  # fmt: skip
    # 3.33 × 1.5 = 4.995, and 3 for the wrapping: 7.995, half-up to 8.00 before it is multiplied.
    assert (new.lines[0]["unit_price"], new.lines[0]["total"]) == (800, 2400)


def test_it_takes_the_currency_of_its_skus():
    assert made(order("euro"))[0].order["currency"] == "EUR"


@pytest.mark.parametrize(("rate", "tax"), [("0", 0), ("0.19", 238), ("0.0004", 1), ("0.00039", 0), ("0.1", 125)])
def test_it_rounds_the_tax_on_the_subtotal_half_up(rate: str, tax: int):
    [new] = made(order(), known=known(tax_rate=Decimal(rate)))
    assert (new.order["tax"], new.order["total"]) == (tax, 1250 + tax)


def test_it_posts_what_is_printed_only():
    prints, mixed, digital = made(order(), order("cube", "ebook"), order("ebook"), known=known(shipping=490))
    assert [new.order["shipping"] for new in (prints, mixed, digital)] == [490, 490, 0]
    assert prints.order["total"] == 1250 + 490


@given(
    st.lists(st.tuples(st.sampled_from(["cube", "ball", "ebook"]), st.integers(1, 10_000)), min_size=1, max_size=8),
    st.integers(0, 10_000),
    st.decimals(0, 1, places=4),
)
def test_it_adds_up(lines: list[tuple[str, int]], shipping: int, rate: Decimal):
    wanted = {"customer_id": "cust-001", "line_items": [{"sku_id": sku, "quantity": count} for sku, count in lines]}
    [new] = made(wanted, known=known(shipping=shipping, tax_rate=rate))
    assert all(line["total"] == line["unit_price"] * line["quantity"] for line in new.lines)
    assert new.order["subtotal"] == sum(OFFERS[sku].base_price * count for sku, count in lines)
    assert new.order["total"] == new.order["subtotal"] + new.order["shipping"] + new.order["tax"]
    assert abs(new.order["tax"] - new.order["subtotal"] * rate) <= Decimal("0.5")


# --- One fault -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wanted", "code", "path"),
    [
        (order() | {"customer_id": "cust-999"}, "CUSTOMER_NOT_FOUND", "customerId"),
        (order("cube", "cuba"), "SKU_NOT_FOUND", "lineItems.1.skuId"),
        (order("cube", "ball", "gone"), "SKU_INACTIVE", "lineItems.2.skuId"),
        (order("cube", "euro"), "CURRENCY_MIXED", "lineItems"),
        (order(external_id="PO-1"), "EXTERNAL_ID_TAKEN", "externalId"),
        (order("dear", quantity=2), "OUT_OF_RANGE", "lineItems"),
        (order() | {"line_items": [{"sku_id": "cube", "quantity": 1, "options": {"rebate": True}}]},
         "PRICE_BELOW_ZERO", "lineItems"),
        (order() | {"line_items": [{"sku_id": "cube", "quantity": 1, "options": {"gift": 1}}]},
         "NOT_A_CHOICE", "lineItems.0.options.gift"),
        (order() | {"line_items": [{"sku_id": "cube", "quantity": 1, "options": {"gitf": True}}]},
         "OPTION_NOT_FOUND", "lineItems.0.options.gitf"),
    ],
)  # fmt: skip
def test_it_refuses_an_order_with_one_fault(wanted: Any, code: str, path: str):
    assert faults_of(wanted, known=known({"PO-1": "ord-001"})) == [(code, path)]


def test_it_says_what_was_meant():
    [outcome] = plan(order("cuba"))
    [fault] = outcome.faults
    assert (fault.value, fault.suggestion, fault.kind) == ("cuba", "cube", Kind.INVALID)


def test_it_names_the_order_that_has_the_external_id():
    [outcome] = plan(order(external_id="PO-1"), known=known({"PO-1": "ord-042"}))
    [fault] = outcome.faults
    assert fault.message == "Order ord-042 has the externalId PO-1 already."
    assert (fault.kind, fault.value) == (Kind.CONFLICT, "PO-1")


# --- Several ---------------------------------------------------------------------------------------------------------
def test_it_names_every_fault_of_an_order_at_once():
    wanted = {
        "customer_id": "cust-999",
        "external_id": "PO-1",
        "line_items": [
            {"sku_id": "cuba", "quantity": 1},
            {"sku_id": "gone", "quantity": 1},
            {"sku_id": "ball", "quantity": 1, "options": {"quality": "draft", "gift": "yes", "size": 1}},
            {"sku_id": "euro", "quantity": 1},
        ],
    }
    assert faults_of(wanted, known=known({"PO-1": "ord-001"})) == [
        ("CUSTOMER_NOT_FOUND", "customerId"),
        ("SKU_NOT_FOUND", "lineItems.0.skuId"),
        ("SKU_INACTIVE", "lineItems.1.skuId"),
        ("NOT_A_CHOICE", "lineItems.2.options.quality"),
        ("NOT_A_CHOICE", "lineItems.2.options.gift"),
        ("OPTION_NOT_FOUND", "lineItems.2.options.size"),
        ("CURRENCY_MIXED", "lineItems"),
        ("EXTERNAL_ID_TAKEN", "externalId"),
    ]


@pytest.mark.parametrize(
    "survived",
    [None, {}, {"line_items": []}, {"line_items": [{}]}, {"line_items": [{"quantity": 3}]}, {"external_id": None},
     {"line_items": [{"sku_id": "cube"}], "customer_id": "cust-001"}],
)  # fmt: skip
def test_it_makes_nothing_of_an_order_whose_shape_is_at_fault(survived: Any):
    [outcome] = plan(survived, faults=[Fault("REQUIRED", "customerId is required.", "customerId")])
    assert (outcome.change, outcome.faults) == (None, [])


def test_it_still_checks_what_survives_a_fault_of_shape():
    survived = {"line_items": [{"sku_id": "cuba"}, {}, {"sku_id": "gone", "quantity": 1}]}
    assert faults_of(survived, faults=[Fault("REQUIRED", "customerId is required.", "customerId")]) == [
        ("SKU_NOT_FOUND", "lineItems.0.skuId"),
        ("SKU_INACTIVE", "lineItems.2.skuId"),
    ]


# --- External ids within a batch -------------------------------------------------------------------------------------
def test_it_gives_an_external_id_to_the_first_order_of_a_batch():
    first, other, second, third = plan(*(order(external_id=one) for one in ("PO-1", "PO-2", "PO-1", "PO-1")))
    assert [one.verdict for one in (first, other, second, third)] == ["created", "created", "refused", "refused"]
    assert {fault.message for one in (second, third) for fault in one.faults} == {
        "The order at index 0 has the externalId PO-1 already."
    }
    assert second.faults[0].kind is Kind.INVALID


def test_it_gives_it_to_the_first_good_one():
    bad, good, late = plan(order("gone", external_id="PO-1"), order(external_id="PO-1"), order(external_id="PO-1"))
    assert [one.verdict for one in (bad, good, late)] == ["refused", "created", "refused"]
    assert late.faults[0].message.startswith("The order at index 1 ")


def test_it_lets_any_number_of_orders_go_without_an_external_id():
    assert len(made(*(order(external_id=one) for one in (None, None)), order())) == 3


def test_it_judges_each_order_by_itself():
    verdicts = [outcome.verdict for outcome in plan(order(), order("gone"), order("ball"), order("cuba"))]
    assert verdicts == ["created", "refused", "created", "refused"]
