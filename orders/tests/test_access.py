"""Access to digital things as native operations change it, and the plans behind it."""

from datetime import date
from typing import Any

import pytest

from orders.models import Entitlement, Order
from orders.plans.access import Held, last_day, plan_access
from orders.plans.changes import Standing
from orders.services import changes
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Verdict
from printshop.testing import NOON, make_actor, make_orders, make_skus, numbers, statements

DAY, LATER = date(2030, 1, 31), date(2031, 1, 31)


def change(operation: Any, ids: list[str], **terms: Any) -> Any:
    return changes.change_orders(operation, ids, actor=make_actor(), at=NOON, **terms)


def states() -> list[str]:
    return list(Entitlement.objects.order_by("pk").values_list("status", flat=True))


# --- Native orders with digital lines --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_it_begins_when_any_order_is_paid():
    make_skus(1, "book", kind="content")
    ids = make_orders(2, sku="book-0001")
    assert states() == []
    change(changes.PAY, ids)
    change(changes.PAY, ids)
    found = Entitlement.objects.values_list("order_id", "customer_id", "sku_id", "starts_at", "until")
    assert sorted(found) == [(number, "cust-001", "book-0001", NOON, None) for number in numbers(ids)]


@pytest.mark.django_db
def test_it_ends_with_the_orders_cancellation():
    make_skus(1, "book", kind="content")
    ids = make_orders(3, sku="book-0001", paid=True)
    change(changes.CANCEL, ids[:2], reason="Sold twice")
    assert states() == ["cancelled", "cancelled", "active"]


@pytest.mark.django_db
def test_it_ends_when_all_the_money_went_back():
    make_skus(1, "book", kind="content")
    ids = make_orders(1, sku="book-0001", paid=True)
    change(changes.REFUND, ids, reason="A misprint", amount=250)
    assert states() == ["active"]
    result = change(changes.REFUND, ids, reason="A misprint")
    assert states() == ["cancelled"]
    assert [effect["kind"] for effect in result.outcomes[0].effects] == ["refund", "entitlement_cancelled"]


@pytest.mark.django_db
def test_it_is_not_touched_by_a_dry_run_that_shows_its_end():
    make_skus(1, "book", kind="content")
    ids = make_orders(1, sku="book-0001", paid=True)
    result = change(changes.CANCEL, ids, reason="Sold twice", dry_run=True)
    assert result.outcomes[0].effects == [{"kind": "entitlement_cancelled", "skuId": "book-0001"}]
    assert states() == ["active"]


@pytest.mark.django_db
def test_it_shows_no_effects_of_what_is_refused():
    make_skus(1, "book", kind="content")
    ids = make_orders(2, sku="book-0001", paid=True)
    Order.objects.filter(pk=numbers(ids)[0]).update(status="refunded")
    result = change(changes.CANCEL, ids, reason="Sold twice", policy=Policy.PARTIAL)
    assert [(outcome.verdict, len(outcome.effects)) for outcome in result.outcomes] == [("refused", 0), ("updated", 1)]
    assert states() == ["active", "cancelled"]


@pytest.mark.django_db
@pytest.mark.parametrize("operation", [changes.PAY, changes.CANCEL])
def test_it_takes_as_many_statements_for_20_orders_as_for_2(operation: Any):
    make_skus(1, "book", kind="content")
    sent = []
    for count in (2, 20):
        ids = make_orders(count, sku="book-0001", paid=operation is changes.CANCEL)
        with statements() as found:
            change(operation, ids, **({"reason": "Sold twice"} if operation is changes.CANCEL else {}))
        sent.append(len(found))
    assert sent[0] == sent[1]


# --- The plan of a change --------------------------------------------------------------------------------------------
def planned(status: str, terms: dict[str, Any], access: str = "active", until: date | None = None) -> Any:
    paid_at = None if status == "pending_payment" else NOON
    order = Standing(1, "ord-001", OrderStatus(status), paid_at=paid_at)
    rows = [{"pk": 5, "order_id": 1, "sku_id": "book", "status": access, "until": until}] if paid_at else []
    held = Held(rows, [{"pk": 7, "order_id": 1, "sku_id": "book", "expiration_date": until}])
    [outcome] = plan_access([Item(0, "ord-001")], {"ord-001": order}, held, terms, NOON)
    return outcome


@pytest.mark.parametrize("status", ["paid", "processing", "printing", "post_processing", "ready", "shipped"])
def test_it_pauses_whatever_is_paid(status: str):
    outcome = planned(status, {"status": "paused"})
    assert (outcome.verdict, outcome.status) == (Verdict.UPDATED, "paused")
    assert (outcome.before, outcome.after) == ({"status": status}, {"status": "paused"})
    assert outcome.follows["access"].changed == [{"id": 5, "status": "paused", "until": None}]
    assert planned(status, {"status": "approved"}).verdict == Verdict.UNCHANGED


def test_it_resumes_what_is_paused():
    outcome = planned("paused", {"status": "approved"}, "paused")
    assert (outcome.status, outcome.follows["access"].changed[0]["status"]) == ("paid", "active")
    assert planned("paused", {"status": "paused"}, "paused").verdict == Verdict.UNCHANGED


@pytest.mark.parametrize("status", ["paid", "paused", "pending_payment"])
def test_it_moves_the_last_day_and_leaves_the_status(status: str):
    outcome = planned(status, {"expiration_date": LATER}, "paused" if status == "paused" else "active", DAY)
    assert (outcome.verdict, outcome.status) == (Verdict.UPDATED, status)
    assert (outcome.before, outcome.after) == ({"expirationDate": DAY}, {"expirationDate": LATER})
    assert planned(status, {"expiration_date": DAY}, "paused" if status == "paused" else "active", DAY).change is None


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
@pytest.mark.parametrize("terms", [{"status": "paused"}, {"status": "approved"}, {"expiration_date": DAY}])
def test_it_changes_nothing_that_has_ended(status: str, terms: dict[str, Any]):
    [fault] = planned(status, terms).faults
    assert (fault.code, fault.path) == ("ILLEGAL_TRANSITION", "status")


@pytest.mark.parametrize("asked", ["paused", "approved"])
def test_it_neither_pauses_nor_approves_what_is_not_paid(asked: str):
    [fault] = planned("pending_payment", {"status": asked}).faults
    assert fault.code == "ILLEGAL_TRANSITION"


@pytest.mark.parametrize(("days", "last"), [([], None), ([None], None), ([DAY, None], None), ([DAY, LATER], LATER)])
def test_it_lasts_as_long_as_the_longest_of_its_parts(days: list[Any], last: date | None):
    assert last_day(days) == last
