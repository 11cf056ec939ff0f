"""Orders of storefronts, planned from values alone."""

from typing import Any

import pytest

from orders.plans.pricing import Offer
from orders.plans.storefront import Known, People, plan_storefront_orders
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

MINE, THEIRS = 1, 2
BOOK = Offer("A book", "content", 2999, "USD", {}, [], True)
CUBE = Offer("A cube", "print", 1250, "USD", {}, [], True)
EURO = Offer("Un livre", "content", 1000, "EUR", {}, [], True)
OLD = Offer("An old book", "content", 500, "USD", {}, [], False)
OFFERS = {"book": BOOK, "cube": CUBE, "euro": EURO, "old": OLD}


def order(**fields: Any) -> dict[str, Any]:
    """An order as it was read; money is in cents by then."""
    book = {"type": "content", "external_id": "book"}
    return {"type": "permission", "user": {"id": "u1"}, "products": [book], **fields}


def person(pk: str, external_id: str = "", email: str = "", account_id: int = MINE) -> dict[str, Any]:
    return {"pk": pk, "account_id": account_id, "external_id": external_id, "email": email}


def plan(*orders: dict[str, Any], people: Any = (), taken: Any = None) -> list[Outcome]:
    known = Known(People.of(people, MINE), OFFERS, taken or {})
    made = iter(range(1, 100))
    items = [Item(index, value) for index, value in enumerate(orders)]

    def make(given: dict[str, Any]) -> dict[str, Any]:
        return {"id": f"new-{next(made)}", "external_id": given["external_id"], "email": given.get("email") or ""}

    return plan_storefront_orders(items, known, make, MINE, "a key", NOON)


def places(outcome: Outcome) -> list[tuple[str, str]]:
    return [(fault.path, fault.code) for fault in outcome.faults]


@pytest.mark.parametrize(
    ("kind", "status", "payment", "access", "paid"),
    [
        ("permission", "paid", None, 1, True),
        ("report", "paid", ("settled", 2999), 1, True),
        ("sale", "pending_payment", ("pending", 2999), 0, False),
    ],
)
def test_it_makes_of_each_type_what_it_means(kind: str, status: str, payment: Any, access: int, paid: bool):
    sold = {"type": "content", "external_id": "book", "unit_price": 2999, "currency_id": "USD"}
    terms = {"return_url": "https://a.example", "unit_price": 2999, "currency_id": "USD", "products": [sold]}
    [outcome] = plan(order(type=kind, **(terms if kind == "report" else {})))
    new = outcome.change
    assert (outcome.verdict, outcome.status, new.order["paid_at"] == NOON) == (Verdict.CREATED, status, paid)
    assert (new.payment and (new.payment["status"], new.payment["amount"])) == payment
    assert len(new.entitlements) == access


def test_it_gives_one_person_to_all_orders_that_name_them():
    outcomes = plan(
        order(user={"id": "u1"}),
        order(user={"id": "u1", "email": "a@b.example"}),
        order(user={"email": "a@b.example"}),
        order(user={"id": "u2"}),
    )
    first, second = outcomes[0].change.person, outcomes[3].change.person
    assert [outcome.change.person is first for outcome in outcomes] == [True, True, True, False]
    assert first.row == {"id": "new-1", "external_id": "u1", "email": "a@b.example"}
    assert (second.new, second.row["id"]) == (True, "new-2")


@pytest.mark.parametrize("user", [{"id": "u1"}, {"email": "a@b.example"}, {"id": "u1", "email": "a@b.example"}])
def test_it_writes_nothing_to_a_customer_it_knows(user: dict[str, str]):
    [outcome] = plan(order(user=user), people=[person("cust-1", "u1", "a@b.example")])
    assert (outcome.change.person.id, outcome.change.person.row) == ("cust-1", None)


def test_it_fills_in_what_was_not_known_of_a_customer():
    [outcome] = plan(order(user={"id": "u1", "email": "a@b.example"}), people=[person("cust-1", "", "a@b.example")])
    assert outcome.change.person.row == {"id": "cust-1", "external_id": "u1", "email": "a@b.example"}


def test_it_writes_nothing_to_another_accounts_customer():
    theirs = person("cust-1", "their-id", "a@b.example", THEIRS)
    [outcome] = plan(order(user={"id": "u1", "email": "a@b.example"}), people=[theirs])
    assert (outcome.change.person.id, outcome.change.person.row) == ("cust-1", None)


def test_it_does_not_know_people_by_another_accounts_ids():
    [outcome] = plan(order(user={"id": "their-id"}), people=[person("cust-1", "their-id", "a@b.example", THEIRS)])
    assert outcome.change.person.new


@pytest.mark.parametrize(
    "people",
    [
        [person("cust-1", "u1"), person("cust-2", "", "a@b.example")],
        [person("cust-1", "u2", "a@b.example")],
        [person("cust-1", "u1"), person("cust-2", "u1", "a@b.example", THEIRS)],
    ],
)
def test_it_refuses_two_people_in_one(people: Any):
    [outcome] = plan(order(user={"id": "u1", "email": "a@b.example"}), people=people)
    assert places(outcome) == [("user.email", "CUSTOMER_CONFLICT")]


def test_it_refuses_two_people_in_one_who_first_appear_in_this_request():
    outcomes = plan(
        order(user={"id": "u1"}), order(user={"email": "a@b.example"}), order(user={"id": "u1", "email": "a@b.example"})
    )
    assert [places(outcome) for outcome in outcomes] == [[], [], [("user.email", "CUSTOMER_CONFLICT")]]


def test_it_forgets_the_people_of_an_order_that_it_refuses():
    nothing = [{"type": "content", "external_id": "gone"}]
    outcomes = plan(order(user={"id": "u1", "email": "a@b.example"}, products=nothing), order(user={"id": "u1"}))
    assert outcomes[1].change.person.row == {"id": "new-1", "external_id": "u1", "email": ""}


def test_it_gives_an_external_id_to_the_first_good_order():
    bad = order(external_id="x", products=[{"type": "content", "external_id": "gone"}])
    outcomes = plan(bad, order(external_id="x"), order(external_id="x"), order(external_id="y"), taken={"y": "ord-007"})
    assert [outcome.verdict for outcome in outcomes] == ["refused", "created", "refused", "refused"]
    assert outcomes[2].faults[0].holder is outcomes[1]
    assert outcomes[3].faults[0].holder == "ord-007"


def test_it_lets_orders_without_an_external_id_be():
    assert [outcome.verdict for outcome in plan(order(), order(external_id=None))] == ["created", "created"]


def test_it_adds_its_own_faults_to_those_of_the_shape():
    item = Item(0, order(user={}), [Fault("REQUIRED", "type is required.", "type")])
    [outcome] = plan_storefront_orders([item], Known(People(), OFFERS, {}), dict, MINE, "a key", NOON)
    assert places(outcome) == [("user.email", "ID_OR_EMAIL_REQUIRED")]


def product(sku: str = "book", **fields: Any) -> dict[str, Any]:
    return {"type": OFFERS[sku].kind, "external_id": sku, **fields}


@pytest.mark.parametrize(
    ("fields", "prices", "currency"),
    [
        ({}, [0], "USD"),
        ({"currency_id": "GBP"}, [0], "GBP"),
        ({"products": [product(currency_id="GBP", unit_price=5)]}, [5], "GBP"),
        ({"unit_price": 700}, [700], "USD"),
        ({"type": "sale"}, [2999], "USD"),
        ({"type": "sale", "unit_price": 700, "currency_id": "EUR"}, [700], "EUR"),
        ({"type": "sale", "products": [product("euro")]}, [1000], "EUR"),
        ({"type": "sale", "products": [product(unit_price=1), product("cube", quantity=3)]}, [1, 1250], "USD"),
        ({"type": "sale", "unit_price": 4249, "products": [product(), product("cube")]}, [2999, 1250], "USD"),
        ({"type": "sale", "unit_price": 0}, [0], "USD"),
    ],
)
def test_it_knows_the_price_and_the_currency(fields: dict[str, Any], prices: list[int], currency: str):
    [outcome] = plan(order(**fields))
    assert outcome.faults == []
    assert [line["unit_price"] for line in outcome.change.lines] == prices
    assert outcome.change.order["currency"] == currency
    assert outcome.change.order["total"] == sum(line["total"] for line in outcome.change.lines)


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"type": "sale", "products": [product(), product("euro")]}, [("products.1.unit_price", "PRICED_OTHERWISE")]),
        ({"type": "sale", "currency_id": "EUR"}, [("products.0.unit_price", "PRICED_OTHERWISE")]),
        (
            {"currency_id": "EUR", "products": [product(currency_id="USD")]},
            [("products.0.currency_id", "CURRENCY_MIXED")],
        ),
        ({"unit_price": 5, "products": [product(unit_price=4)]}, [("unit_price", "SUM_MISMATCH")]),
        ({"unit_price": 5, "products": [product(quantity=2)]}, [("unit_price", "SUM_MISMATCH")]),
        ({"products": [product(unit_price=10**14, quantity=2)]}, [("unit_price", "OUT_OF_RANGE")]),
        ({"unit_price": 5, "products": [product("old")]}, [("products.0.external_id", "SKU_INACTIVE")]),
    ],
)
def test_it_finds_money_that_does_not_add_up(fields: dict[str, Any], faults: list[tuple[str, str]]):
    [outcome] = plan(order(**fields))
    assert places(outcome) == faults
