"""Quotes and the orders made of them, worked out without a database."""

from decimal import Decimal
from typing import Any

import pytest

from orders.plans import quote_orders
from orders.plans.creation import Shop
from orders.plans.pricing import Offer
from orders.plans.quotes import (
    MOST_POSITIONS,
    Known,
    Quoted,
    plan_additions,
    plan_quote_deletions,
    plan_quotes,
    position_of,
)
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import MAX_CENTS
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

TIERS = {"fine": {"multiplier": 1.5}, "draft": {"multiplier": 0.5}}
OPTIONS: list[dict[str, Any]] = [
    {"key": "engraved", "label": "Engraved", "type": "boolean", "priceModifier": 2},
    {"key": "holes", "label": "Holes", "type": "number"},
    {"key": "scrap", "label": "Scrap", "type": "boolean", "priceModifier": -20},
]
MISREAD = Fault("NOT_TEXT", "notes must be text.", "notes")


def offer(price: int = 1000, currency: str = "USD", active: bool = True) -> Offer:
    return Offer("A cube", "print", price, currency, TIERS, OPTIONS, active)


OFFERS = {"cube": offer(), "ball": offer(250), "euro": offer(currency="EUR"), "gone": offer(active=False),
          "gold": offer(MAX_CENTS)}  # fmt: skip


def known(*quotes: Quoted, held: tuple[dict[str, Any], ...] = (), **more: Any) -> Known:
    positions = {position_of(row["quote_id"], row["sku_id"], row["options"]): row for row in held}
    return Known({quote.number: quote for quote in quotes or (Quoted(7),)}, positions, OFFERS, **more)


def items(*values: Any) -> list[Item]:
    return [Item(index, value) for index, value in enumerate(values)]


def asked(sku_id: str = "cube", quantity: int = 1, quote_id: int = 7, **options: Any) -> dict[str, Any]:
    return {"quote_id": quote_id, "sku_id": sku_id, "quantity": quantity, **({"options": options} if options else {})}


def held(quantity: int = 2, price: int = 900, **options: Any) -> dict[str, Any]:
    return {"id": 3, "uuid": "u", "quote_id": 7, "sku_id": "cube", "quantity": quantity, "options": options,
            "name": "Cube of before", "unit_price": price, "total": quantity * price}  # fmt: skip


def codes(outcome: Outcome) -> list[tuple[str, str]]:
    assert outcome.verdict is Verdict.REFUSED
    return [(fault.code, fault.path) for fault in outcome.faults]


# --- Making ----------------------------------------------------------------------------------------------------------
def test_it_makes_quotes_for_customers_there_are_and_for_nobody_yet():
    for_all = {"store_id": "de", "account_id": 1}
    one, nobody, unknown = plan_quotes(items({"customer_id": "a"}, {}, {"customer_id": "b"}), {"a"}, for_all)
    assert (one.change["customer_id"], nobody.change["customer_id"]) == ("a", None)
    assert one.change["uuid"] != nobody.change["uuid"]
    assert {**one.change, **for_all} == one.change
    assert codes(unknown) == [("CUSTOMER_NOT_FOUND", "customerId")]


def test_it_refuses_a_store_there_is_none_of():
    for outcomes in (
        plan_quotes(items({}), set(), {"store_id": "xx"}, "xx"),
        plan_additions(items(asked()), known(missing_store="xx")),
    ):
        assert outcomes[-1].index is None
        assert codes(outcomes[-1]) == [("STORE_NOT_FOUND", "store")]


# --- Filling ---------------------------------------------------------------------------------------------------------
def test_it_offers_a_sku_at_the_price_of_this_moment():
    [outcome] = plan_additions(items(asked(quantity=3, quality="fine", engraved=True)), known())
    row = outcome.change["row"]
    assert (row["unit_price"], row["total"], row["name"]) == (1700, 5100, "A cube")
    assert outcome.after == {
        "itemId": None, "skuId": "cube", "quantity": 3, "name": "A cube", "price": 17.0, "quoteId": 7
    }  # fmt: skip
    assert (outcome.verdict, "kind" in row) == (Verdict.CREATED, False)


def test_it_adds_to_what_was_offered_at_the_price_it_was_offered_at():
    [outcome] = plan_additions(items(asked(quantity=3)), known(Quoted(7, positions=1, subtotal=1800), held=(held(),)))
    row = outcome.change["row"]
    assert (row["id"], row["quantity"], row["unit_price"], row["total"]) == (3, 5, 900, 4500)
    assert (outcome.verdict, outcome.before) == (Verdict.UPDATED, {"quantity": 2})
    assert (outcome.after or {})["name"] == "Cube of before"


def test_it_adds_up_within_a_batch():
    first, other, again = plan_additions(items(asked(), asked("ball"), asked(quantity=4)), known())
    assert [one.verdict for one in (first, other, again)] == ["created", "created", "updated"]
    assert first.change["row"]["uuid"] == again.change["row"]["uuid"]
    assert (first.change["row"]["quantity"], again.change["row"]["quantity"]) == (1, 5)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"quality": "fine", "engraved": True}, {"engraved": True, "quality": "fine"}, True),
        ({}, {"engraved": False}, False),
        ({"quality": "fine"}, {"quality": "draft"}, False),
        ({"holes": 1}, {"holes": 2}, False),
    ],
)
def test_it_tells_the_same_options_from_others(one: dict[str, Any], other: dict[str, Any], same: bool):
    first, second = plan_additions(items(asked(**one), asked(**other)), known())
    assert (first.change["row"]["uuid"] == second.change["row"]["uuid"]) is same


def test_it_tells_one_from_true():
    assert position_of(7, "cube", {"holes": 1}) != position_of(7, "cube", {"holes": True})
    assert position_of(7, "cube", None) == position_of(7, "cube", {})


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (asked(quote_id=8), ("QUOTE_NOT_FOUND", "quoteId")),
        (asked(quote_id=9), ("QUOTE_ORDERED", "quoteId")),
        (asked("cub"), ("SKU_NOT_FOUND", "skuId")),
        (asked("gone"), ("SKU_INACTIVE", "skuId")),
        (asked(quality="best"), ("NOT_A_CHOICE", "options.quality")),
        (asked(colour="red"), ("OPTION_NOT_FOUND", "options.colour")),
        (asked(scrap=True), ("PRICE_BELOW_ZERO", "options")),
        (asked("euro"), ("CURRENCY_MIXED", "skuId")),
        (asked(quantity=9_999), ("OUT_OF_RANGE", "quantity")),
        (asked("gold"), ("OUT_OF_RANGE", "quantity")),
    ],
)
def test_it_says_what_a_quote_cannot_hold(given: dict[str, Any], fault: tuple[str, str]):
    there = known(Quoted(7, positions=1, subtotal=1800), Quoted(9, "ordered"), held=(held(),), resembling=["cube"])
    [outcome] = plan_additions(items(given), there)
    assert codes(outcome) == [fault]
    assert outcome.change is None


def test_it_names_all_that_is_wrong_with_an_item():
    [outcome] = plan_additions([Item(0, {"quote_id": 8, "sku_id": "cub"}, [MISREAD])], known(resembling=["cube"]))
    assert codes(outcome) == [("QUOTE_NOT_FOUND", "quoteId"), ("SKU_NOT_FOUND", "skuId")]
    assert outcome.faults[1].suggestion == "cube"


def test_it_counts_only_what_happens():
    batch = [
        Item(0, asked(quantity=9_999), [MISREAD]),
        Item(1, asked("euro")),
        Item(2, asked()),
        Item(3, asked("euro")),
    ]
    misread, first, second, third = plan_additions(batch, known())
    assert misread.change is None
    # The first good item gives the quote its currency.
    assert (first.verdict, first.change["currency"]) == (Verdict.CREATED, "EUR")
    assert codes(second) == [("CURRENCY_MIXED", "skuId")]
    assert third.change["row"]["quantity"] == 2


def test_it_ends_at_10000_of_a_kind_and_at_500_kinds():
    whole, over = plan_additions(items(asked(quantity=10_000), asked()), known())
    assert whole.verdict is Verdict.CREATED
    assert codes(over) == [("OUT_OF_RANGE", "quantity")]
    full = known(Quoted(7, positions=MOST_POSITIONS), held=(held(),))
    more, new = plan_additions(items(asked(), asked("ball")), full)
    assert more.verdict is Verdict.UPDATED
    assert codes(new) == [("TOO_MANY", "skuId")]


def test_it_leaves_what_it_was_given_as_it_was():
    there = known()
    assert plan_additions(items(asked()), there)[0].changes == plan_additions(items(asked()), there)[0].changes
    assert there.quotes == {7: Quoted(7)}


# --- Ordering --------------------------------------------------------------------------------------------------------
LINE = {"sku_id": "cube", "kind": "print", "name": "A cube", "quantity": 2, "options": {}, "unit_price": 1000,
        "total": 2000}  # fmt: skip
SHOP = Shop(500, Decimal("0.1"))


def order(*values: dict[str, Any], quote: Quoted | None = None, **facts: Any) -> list[Outcome]:
    one = quote or Quoted(7, customer_id="a", currency="EUR")
    given: dict[str, Any] = {"positions": {7: [LINE]}, "unsold": {}, "customers": {"b"}, "taken": {}, "shop": SHOP}
    known = quote_orders.Known(quotes={7: one, 8: Quoted(8, "ordered")}, **{**given, **facts})
    return quote_orders.plan_quote_orders(items(*values), known, NOON)


def test_it_orders_at_the_quoted_prices_with_shipping_and_tax():
    [outcome] = order({"quote_id": 7, "external_id": "E1", "notes": "Ring"})
    row = outcome.change.order
    assert [row[name] for name in ("subtotal", "shipping", "tax", "total")] == [2000, 500, 200, 2700]
    assert (row["customer_id"], row["currency"], row["external_id"], row["notes"]) == ("a", "EUR", "E1", "Ring")
    assert (outcome.change.lines, outcome.change.quote_id) == ([LINE], 7)
    assert outcome.after == {"status": "pending_payment", "total": 27.0, "quoteId": 7}


def test_it_orders_for_the_customer_that_the_order_names():
    [outcome] = order({"quote_id": 7, "customer_id": "b"})
    assert outcome.change.order["customer_id"] == "b"


@pytest.mark.parametrize(
    ("given", "facts", "fault"),
    [
        ({"quote_id": 9}, {}, ("QUOTE_NOT_FOUND", "quoteId", Kind.UNKNOWN)),
        ({"quote_id": 8, "customer_id": "b"}, {}, ("QUOTE_ORDERED", "quoteId", Kind.CONFLICT)),
        ({"quote_id": 7}, {"positions": {}}, ("QUOTE_EMPTY", "quoteId", Kind.CONFLICT)),
        ({"quote_id": 7}, {"quote": Quoted(7)}, ("CUSTOMER_REQUIRED", "customerId", Kind.INVALID)),
        ({"quote_id": 7, "customer_id": "c"}, {}, ("CUSTOMER_NOT_FOUND", "customerId", Kind.INVALID)),
        ({"quote_id": 7}, {"unsold": {7: ["cube"]}}, ("SKU_INACTIVE", "quoteId", Kind.INVALID)),
        ({"quote_id": 7, "external_id": "E1"}, {"taken": {"E1": "ord-001"}},
         ("EXTERNAL_ID_TAKEN", "externalId", Kind.CONFLICT)),
        ({"quote_id": 7}, {"positions": {7: [{**LINE, "total": MAX_CENTS}]}},
         ("OUT_OF_RANGE", "quoteId", Kind.INVALID)),
    ],
)  # fmt: skip
def test_it_says_why_a_quote_cannot_be_ordered(given: dict[str, Any], facts: dict[str, Any], fault: Any):
    [outcome] = order(given, **facts)
    assert [(one.code, one.path, one.kind) for one in outcome.faults] == [fault]
    assert outcome.change is None


def test_it_names_all_that_is_wrong_with_an_order():
    given = {"quote_id": 7, "customer_id": "c", "external_id": "E1"}
    [outcome] = order(given, quote=Quoted(7), unsold={7: ["cube", "ball"]}, taken={"E1": ""})
    assert [code for code, _ in codes(outcome)] == [
        "SKU_INACTIVE", "SKU_INACTIVE", "CUSTOMER_NOT_FOUND", "EXTERNAL_ID_TAKEN"
    ]  # fmt: skip


def test_it_orders_a_quote_once_and_gives_an_external_id_to_the_first_good_order():
    bad, good, twice = order(*({"quote_id": one, "external_id": "E1"} for one in (8, 7, 7)))
    assert (bad.verdict, good.verdict) == ("refused", "created")
    assert codes(twice) == [("QUOTE_ORDERED", "quoteId"), ("EXTERNAL_ID_TAKEN", "externalId")]
    assert twice.faults[0].message == "The item at index 1 orders quote 7 already."


def test_it_makes_nothing_of_an_order_whose_shape_is_at_fault():
    facts = quote_orders.Known({7: Quoted(7, customer_id="a")}, {7: [LINE]}, {}, set(), {}, SHOP)
    batch = [Item(0, {"quote_id": 7}, [MISREAD]), Item(1, {"quote_id": 7})]
    misread, good = quote_orders.plan_quote_orders(batch, facts, NOON)
    assert (misread.change, good.verdict) == (None, "created")


# --- Deleting --------------------------------------------------------------------------------------------------------
def test_it_deletes_open_quotes_once():
    batch = items(*({"quote_id": one} for one in (7, 8, 9, 7)))
    gone, ordered, unknown, again = plan_quote_deletions(batch, {7: Quoted(7), 8: Quoted(8, "ordered")})
    assert (gone.verdict, gone.change, gone.reference) == (Verdict.UPDATED, 7, "7")
    assert codes(ordered) == [("QUOTE_ORDERED", "quoteId")]
    assert codes(unknown) == codes(again) == [("QUOTE_NOT_FOUND", "quoteId")]
