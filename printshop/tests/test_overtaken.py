"""Save is pressed while something else happens: by somebody else in the same moment, or to the database."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from orders.models import Order
from printshop.bulk.tests.test_saving import opened, saved
from printshop.testing import make_orders
from printshop.tests.desk import Desk, make_boss, text_of
from printshop.tests.test_transactions import end_session, wait_until_somebody_waits

# SQLite has one writer: there the second reads what the first wrote, and no session is lost.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_it_compares_with_the_row_that_it_has_locked() -> None:
    make_orders()
    desk, key = Desk(make_boss()), Order.objects.get().pk
    fields = {**opened(desk, Order, key), "carrier": "DHL"}

    def save() -> Any:
        try:
            return saved(desk, Order, key, fields)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Order.objects.select_for_update().filter(pk=key).update(carrier="UPS")
            other = pool.submit(save)
            wait_until_somebody_waits()
        page = other.result(timeout=60)
    assert "it is “UPS” by now. Nothing was saved." in text_of(page)
    assert Order.objects.get().carrier == "UPS"


def test_it_does_not_claim_to_know_what_became_of_a_commit_nobody_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    make_orders()
    desk, key = Desk(make_boss()), Order.objects.get().pk
    fields = {**opened(desk, Order, key), "carrier": "DHL"}
    commit = connection._commit  # type: ignore[attr-defined]

    def cut_off() -> None:
        if Order.objects.filter(carrier="DHL"):
            end_session(pool)
        commit()

    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", cut_off)
        answer = saved(desk, Order, key, fields)
    assert answer.status_code == 302
    assert "nobody knows yet whether this was done: look first." in text_of(desk.get(Order, "change", key))
    assert not Order.objects.filter(carrier="DHL")
