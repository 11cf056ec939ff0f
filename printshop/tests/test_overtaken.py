"""Two people press Save in the same moment: the one who had to wait is told what the other one saved."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from orders.models import Order
from printshop.bulk.tests.test_saving import opened, saved
from printshop.testing import make_orders
from printshop.tests.desk import Desk, make_boss, text_of
from printshop.tests.test_transactions import wait_until_somebody_waits

# SQLite has one writer: there the second reads what the first wrote.
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
