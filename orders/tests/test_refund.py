"""`POST /api/orders/{id}/refund`."""

from typing import Any

import pytest

from orders.models import Order, Payment
from printshop.testing import KeyClient, make_orders, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db: None) -> str:
    """A paid order of 25.00."""
    return make_orders(quantity=2, paid=True)[0]


def test_it_gives_back_all_unless_told_how_much(order: str, operator: KeyClient) -> None:
    answer = operator.post(f"/api/orders/{order}/refund", {"reason": "Bent"})
    assert (answer.status_code, answer.json()["status"]) == (200, "refunded")
    refund = Payment.objects.get()
    assert (refund.kind, refund.amount, refund.reason, refund.actor) == ("refund", 2500, "Bent", "a operator key")


def test_it_gives_back_in_parts(order: str, operator: KeyClient) -> None:
    for amount, status in (10, "paid"), (10.5, "paid"), (4.5, "refunded"):
        body = operator.post(f"/api/orders/{order}/refund", {"amount": amount, "reason": "x"}).json()
        assert body["status"] == status
    assert sum(Payment.objects.values_list("amount", flat=True)) == 2500


def test_it_never_gives_back_more_than_was_paid(order: str, operator: KeyClient) -> None:
    operator.post(f"/api/orders/{order}/refund", {"amount": 20, "reason": "x"})
    before = snapshot()
    answer = operator.post(f"/api/orders/{order}/refund", {"amount": 5.01, "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "REFUND_TOO_LARGE")
    assert "5.00 USD can still be refunded, not 5.01" in answer.json()["error"]
    assert snapshot() == before


def test_it_does_no_harm_when_all_is_given_back_already(order: str, operator: KeyClient) -> None:
    for _ in range(2):
        answer = operator.post(f"/api/orders/{order}/refund", {"reason": "x"})
        assert (answer.status_code, answer.json()["status"]) == (200, "refunded")
    assert Payment.objects.count() == 1


def test_it_gives_nothing_back_where_nothing_was_paid(operator: KeyClient) -> None:
    (unpaid,) = make_orders()
    answer = operator.post(f"/api/orders/{unpaid}/refund", {"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", [0, -1, 0.001, 1e15, "5", True, [], {}])
def test_it_refuses_what_is_no_amount(amount: Any, order: str, operator: KeyClient) -> None:
    answer = operator.post(f"/api/orders/{order}/refund", {"amount": amount, "reason": "x"})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["amount"]
    assert Order.objects.get().status == "paid"


def test_it_is_not_for_customers(order: str, customer: KeyClient) -> None:
    assert customer.post(f"/api/orders/{order}/refund", {"reason": "x"}).status_code == 403
