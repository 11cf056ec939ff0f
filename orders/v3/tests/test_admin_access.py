"""A customer's page at the admin shows what the customer may use."""

from typing import Any

import pytest

from orders.models import Customer
from orders.v3.tests.storefront import ORDERS, PLAN, Storefront, permission, product
from printshop.testing import statements
from printshop.tests.desk import Desk, make_boss

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk(make_boss())


def page_of(desk: Desk) -> Any:
    page = desk.get(Customer, "change", Customer.objects.get().pk)
    assert page.status_code == 200
    return page.content.decode()


def test_it_shows_each_entitlement_with_its_state_and_order(shop: Storefront, desk: Desk):
    shop.make(products=[product(), product(PLAN, "subscription", expiration_date="2025-01-31")])
    paused = shop.make(products=[product("EBOOK-0002")])
    shop.put(f"{ORDERS}/{paused['id']}", {"status": "paused"})
    page = page_of(desk)
    for shown in (
        "EBOOK-0001",
        "active",
        PLAN,
        "expired",
        "Jan. 31, 2025",
        "EBOOK-0002",
        "paused",
        f"ord-{int(paused['id']):03d}",
    ):
        assert shown in page


def test_it_is_only_to_be_read(shop: Storefront, desk: Desk):
    shop.make()
    page = page_of(desk)
    assert "entitlements-0-id" in page
    assert not any(f'name="entitlements-0-{field}"' in page for field in ("status", "until", "starts_at", "DELETE"))
    assert '<input type="hidden" name="entitlements-MAX_NUM_FORMS" value="0"' in page


def test_it_takes_as_many_statements_for_many_as_for_few(shop: Storefront, desk: Desk):
    counts = []
    for count in (1, 20):
        shop.bulk(*(permission() for _ in range(count)))
        page_of(desk)
        with statements() as sent:
            page_of(desk)
        counts.append(len(sent))
    assert counts[0] == counts[1]
