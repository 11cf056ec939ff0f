"""Refunds at the admin: the plan is shown, and then exactly that goes back."""

import pytest

from orders.models import Order, Payment
from printshop.bulk.models import BulkOperation
from printshop.testing import make_orders, numbers, snapshot
from printshop.tests.desk import Desk, make_operator, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_order", "change_order", "view_bulkoperation"))


def refunds() -> list[int]:
    return list(Payment.objects.filter(kind="refund").order_by("pk").values_list("amount", flat=True))


def statuses() -> set[str]:
    return set(Order.objects.values_list("status", flat=True))


def test_it_gives_back_all_that_is_left_after_showing_so(desk: Desk) -> None:
    keys = numbers(make_orders(2, paid=True))
    page = desk.tick(Order, keys, "refund")
    before = snapshot()
    assert "2 will be refunded" in text_of(page)
    assert "refund: amount 12.5, currency USD" in text_of(page)
    assert "This field is required." in text_of(desk.press(Order, page))
    assert snapshot() == before
    assert desk.press(Order, page, reason="Arrived broken").status_code == 302
    assert (refunds(), statuses()) == ([1250, 1250], {"refunded"})


def test_it_gives_back_an_amount_of_each_once_though_the_button_is_pressed_twice(desk: Desk) -> None:
    keys = numbers(make_orders(2, paid=True))
    page = desk.press(Order, desk.tick(Order, keys, "refund"), "plan", amount="5.05")
    for _ in range(2):
        assert desk.press(Order, page, amount="5.05", reason="Late").status_code == 302
    assert (refunds(), statuses()) == ([505, 505], {"paid"})
    assert BulkOperation.objects.get(name="orders.refund").terms == {"amount": 5.05, "reason": "Late"}


def test_it_gives_back_a_cent(desk: Desk) -> None:
    page = desk.press(Order, desk.tick(Order, numbers(make_orders(1, paid=True)), "refund"), "plan", amount="0.01")
    assert desk.press(Order, page, amount="0.01", reason="Rounded").status_code == 302
    assert refunds() == [1]


def test_it_refuses_more_than_is_left_and_says_how_much_that_is(desk: Desk) -> None:
    keys = numbers(make_orders(1, paid=True))
    page = desk.press(Order, desk.tick(Order, keys, "refund"), "plan", amount="12.51")
    assert "12.50 USD can still be refunded, not 12.51." in text_of(page)
    assert 'value="confirm"' not in page.content.decode()


def test_it_refunds_nothing_when_an_amount_was_typed_after_the_plan_was_shown(desk: Desk) -> None:
    page = desk.tick(Order, numbers(make_orders(1, paid=True)), "refund")
    before = snapshot()
    assert "something changed meanwhile" in text_of(desk.press(Order, page, amount="1", reason="Late"))
    assert snapshot() == before
