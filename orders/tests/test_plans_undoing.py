"""Taking orders back and reinstating them, worked out without a database."""

from datetime import timedelta
from typing import Any

import pytest

from orders.plans.changes import Standing
from orders.plans.customers import Known
from orders.plans.restoring import plan_customers_back
from orders.plans.undoing import (
    Found,
    lines_back,
    plan_access_back,
    plan_pauses_back,
    plan_reinstatements,
    plan_withdrawals,
)
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

LATER = NOON + timedelta(hours=1)


def there(status: str, paid: bool = False, **more: Any) -> dict[str, Found]:
    standing = Standing(1, "ord-001", OrderStatus(status), paid_at=NOON if paid else None)
    return {"ord-001": Found(standing, **{"written": NOON, **more})}


def images(before: Any, after: Any, verdict: str = "updated", effects: Any = ()) -> list[Item]:
    image = {"index": 0, "reference": "ord-001", "verdict": verdict, "before": before, "after": after,
             "effects": list(effects), "at": NOON}  # fmt: skip
    return [Item(0, image)]


def made(status: str) -> list[Item]:
    return images(None, {"status": status, "total": 12.5}, "created")


def codes(outcome: Outcome) -> list[str]:
    return [fault.code for fault in outcome.faults]


@pytest.mark.parametrize(
    ("orders", "left", "code"),
    [
        (there("pending_payment"), "pending_payment", None),
        (there("pending_payment", written=LATER), "pending_payment", "CHANGED_SINCE"),
        (there("cancelled"), "pending_payment", "CHANGED_SINCE"),
        (there("paid", paid=True), "pending_payment", "IRREVERSIBLE"),
        (there("paid", paid=True, type="permission"), "paid", None),
        (there("paid", paid=True, type="report", settled=True), "paid", "IRREVERSIBLE"),
        (there("shipped", paid=True, type="permission"), "paid", "IRREVERSIBLE"),
        ({}, "paid", "CHANGED_SINCE"),
    ],
)
def test_it_takes_back_an_order_that_is_still_what_was_made(orders: dict[str, Found], left: str, code: str | None):
    [outcome] = plan_withdrawals(made(left), NOON, orders, {})
    assert codes(outcome) == ([code] if code else [])
    assert (outcome.after, outcome.verdict == Verdict.UPDATED) == (
        (None, False) if code else ({"status": "cancelled"}, True)
    )


def test_it_cancels_a_paid_order_again_whose_cancellation_was_taken_back():
    again = images({"status": "cancelled"}, {"status": "paid"})
    [outcome] = plan_withdrawals(again, NOON, there("paid", paid=True), {})
    assert (outcome.status, outcome.change["paid_at"]) == ("cancelled", NOON)


@pytest.mark.parametrize("status", ["pending_payment", "paid", "printing", "paused"])
def test_it_reinstates_an_order_where_it_was(status: str):
    cancelled = images({"status": status}, {"status": "cancelled"})
    [outcome] = plan_reinstatements(cancelled, NOON, there("cancelled"), {})
    assert (outcome.before, outcome.after) == ({"status": "cancelled"}, {"status": status})
    [outcome] = plan_reinstatements(cancelled, NOON, there("cancelled", written=LATER), {"ord-001": "orders.edit 1"})
    assert outcome.faults[0].message == "ord-001 has been changed since, by orders.edit 1."


@pytest.mark.parametrize(("status", "access"), [("paid", "active"), ("paused", "paused")])
def test_it_gives_back_what_ended_with_the_order(status: str, access: str):
    rows = [
        {"pk": 1, "order_id": 1, "sku_id": "a", "status": "cancelled", "until": None},
        {"pk": 2, "order_id": 2, "sku_id": "b", "status": "cancelled", "until": None},
    ]
    outcome = Outcome(0, "ord-001", Verdict.UPDATED, status, change={"id": 1})
    plan_access_back([outcome, Outcome(1, "ord-002", Verdict.REFUSED)], rows)
    assert outcome.follows["access"].changed == [{"id": 1, "status": access, "until": None}]
    assert outcome.effects == [{"kind": "entitlement_returned", "skuId": "a"}]


# --- Pausing, resuming, last days ------------------------------------------------------------------------------------
def effect(kind: str, before: Any, after: Any) -> dict[str, Any]:
    return {"kind": kind, "id": 5, "skuId": "book", "from": before, "to": after}


PAUSED = effect("entitlement_changed", {"status": "active", "until": None}, {"status": "paused", "until": None})
MOVED = effect("expiration_changed", None, "2030-01-31")


def pauses_back(order: str, before: Any, after: Any, effects: Any, access: Any) -> Outcome:
    [outcome] = plan_pauses_back(images(before, after, effects=effects), NOON, there(order, paid=True), access, {})
    return outcome


def test_it_resumes_and_swaps_what_is_told():
    access = {("entitlement_changed", 5): PAUSED["to"]}
    outcome = pauses_back("paused", {"status": "printing"}, {"status": "paused"}, [PAUSED], access)
    assert outcome.status == "paid", "where its jobs have got to is theirs to say"
    assert outcome.effects == [{**PAUSED, "from": PAUSED["to"], "to": PAUSED["from"]}]
    assert outcome.follows["access"].changed == [{"id": 5, **PAUSED["from"]}]


def test_it_moves_the_last_day_back():
    days = {"expirationDate": None}, {"expirationDate": "2030-01-31"}
    outcome = pauses_back("paid", *days, [MOVED], {("expiration_changed", 5): "2030-01-31"})
    assert (outcome.status, outcome.before, outcome.after) == ("paid", days[1], days[0])
    assert lines_back([outcome]) == [{"id": 5, "expiration_date": None}]


@pytest.mark.parametrize("access", [{}, {("expiration_changed", 5): "2031-01-31"}])
def test_it_leaves_access_alone_that_is_another_by_now(access: Any):
    outcome = pauses_back("paid", {}, {}, [MOVED], access)
    assert outcome.faults[0].message == "ord-001 has been changed since: access to book."


# --- Customers -------------------------------------------------------------------------------------------------------
def person(customer_id: str, **fields: str) -> dict[str, Any]:
    blank = dict.fromkeys(("external_id", "email", "firstname", "lastname", "name", "password"), "")
    return {"pk": customer_id, "account_id": 1, **blank, **fields}


def back(*changes: tuple[str, Any, Any], people: Any = (), writers: Any = None) -> list[Outcome]:
    items = [
        Item(index, {**images(before, after)[0].value, "reference": customer_id})
        for index, (customer_id, before, after) in enumerate(changes)
    ]
    return plan_customers_back(items, Known.of(people), writers or {})


def test_it_gives_an_address_back_that_another_one_returns_before():
    people = [person("a", email="2@x.y"), person("b", email="1@x.y")]
    first = ("b", {"email": "2@x.y"}, {"email": "1@x.y"})
    taken, free = back(first, ("a", {"email": "3@x.y"}, {"email": "2@x.y"}), people=people)
    assert (codes(taken), codes(free)) == (["EMAIL_TAKEN"], [])
    people = [person("a", email="2@x.y"), person("b", email="1@x.y")]
    outcomes = back(("a", {"email": "3@x.y"}, {"email": "2@x.y"}), first, people=people)
    assert [outcome.change["email"] for outcome in outcomes] == ["3@x.y", "2@x.y"]


@pytest.mark.parametrize(
    ("before", "after", "writers", "code"),
    [
        ({"name": "Old"}, {"name": "New"}, {}, None),
        ({"name": "Old"}, {"name": "Other"}, {}, "CHANGED_SINCE"),
        ({"name": "Old"}, {"name": "New"}, {"a": "customers.edit 1"}, "CHANGED_SINCE"),
        ({"password": "********"}, {"password": "********"}, {}, "IRREVERSIBLE"),
    ],
)
def test_it_puts_back_what_nobody_has_changed(before: Any, after: Any, writers: Any, code: str | None):
    [outcome] = back(("a", before, after), people=[person("a", name="New", password="x")], writers=writers)
    assert codes(outcome) == ([code] if code else [])
    assert code or (outcome.change["name"], outcome.change["password"]) == ("Old", "x")
