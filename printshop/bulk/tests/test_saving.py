"""Two people have the page of the same row open: neither overwrites unseen what the other one saved."""

import re
from html import unescape
from typing import Any

import pytest
from django.db.models import Model

from catalog.models import SKU
from orders.models import Customer, Order
from printshop.bulk.models import BulkOperation
from printshop.testing import make_customers, make_orders, make_skus
from printshop.tests.desk import Desk, make_boss, text_of

pytestmark = pytest.mark.django_db
SETS = ("line_items", "jobs", "payments", "entitlements", "entitlement_set")
INLINES = {f"{name}-{count}_FORMS": "0" for name in SETS for count in ("TOTAL", "INITIAL")}

ADDRESS = {"name": "Ada", "line1": "1 Mill Lane", "zip": "LS1 4AB", "city": "Leeds", "country": "GB"}


@pytest.fixture
def desk() -> Desk:
    return Desk(make_boss())


def fields_of(page: Any) -> dict[str, str]:
    """What a browser would send of the page's own form."""
    body = page.content.decode()
    form = body[body.index("<form", body.index('id="content-main"')) :]
    inputs = re.findall(r"<input[^>]*>", form)
    pairs = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one), one) for one in inputs]
    sent = {
        name[1]: unescape(value[1]) if value else "on" if "checkbox" in one else ""
        for name, value, one in pairs
        if name and ("checkbox" not in one or "checked" in one)
    }
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?([^<]*)</textarea>', form):
        sent[name] = unescape(text).replace("\n", "\r\n")
    for name, options in re.findall(r'(?s)<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def opened(desk: Desk, model: type[Model], key: Any) -> dict[str, str]:
    return fields_of(desk.get(model, "change", key))


def saved(desk: Desk, model: type[Model], key: Any, fields: dict[str, str]) -> Any:
    return desk.post(model, "change", {**INLINES, **fields}, key)


def test_it_keeps_both_where_two_change_different_things(desk: Desk) -> None:
    make_orders()
    key = Order.objects.get().pk
    one, other = opened(desk, Order, key), opened(desk, Order, key)
    assert saved(desk, Order, key, {**one, "carrier": "UPS", "notes": "Ring\r\ntwice"}).status_code == 302
    assert saved(desk, Order, key, {**other, "due_date": "2030-01-01"}).status_code == 302
    order = Order.objects.get()
    assert (order.carrier, order.notes, str(order.due_date)) == ("UPS", "Ring\ntwice", "2030-01-01")


def test_it_tells_the_second_what_the_first_saved_and_lets_him_decide(desk: Desk) -> None:
    make_orders()
    key = Order.objects.get().pk
    one, other = opened(desk, Order, key), opened(desk, Order, key)
    saved(desk, Order, key, {**one, "carrier": "UPS"})
    count = BulkOperation.objects.count()
    page = saved(desk, Order, key, {**other, "carrier": "DHL", "tracking_number": "7"})
    assert page.status_code == 200
    assert "Somebody changed this while you had the page open: it is “UPS” by now. Nothing was saved." in text_of(page)
    assert (Order.objects.get().carrier, BulkOperation.objects.count()) == ("UPS", count)
    again = fields_of(page)
    assert (again["carrier"], again["initial-carrier"]) == ("DHL", "UPS")
    assert saved(desk, Order, key, again).status_code == 302
    assert (Order.objects.get().carrier, Order.objects.get().tracking_number) == ("DHL", "7")


def test_it_takes_an_address_for_one_thing(desk: Desk) -> None:
    make_orders()
    Order.objects.update(shipping_address=ADDRESS)
    key = Order.objects.get().pk
    one, other = opened(desk, Order, key), opened(desk, Order, key)
    saved(desk, Order, key, {**one, "address_city": "York"})
    page = saved(desk, Order, key, {**other, "address_line1": "2 Mill Lane"})
    assert "it is “York” by now" in text_of(page)
    assert Order.objects.get().shipping_address == {**ADDRESS, "city": "York"}


@pytest.mark.parametrize(
    ("field", "first", "second", "told"),
    [
        ("name", "A die", "A ball", "it is “A die” by now"),
        ("base_price", "13.00", "14.00", "it is “13.00” by now"),
        ("material", "", "PETG", "it has been emptied"),
        ("options", "[]", '[{"key": "a", "label": "A", "type": "number"}]', ""),
    ],
)
def test_it_compares_values_of_every_kind(desk: Desk, field: str, first: str, second: str, told: str) -> None:
    make_skus(1, material="PLA", options=[{"key": "b", "label": "B", "type": "number"}] if field == "options" else [])
    key = SKU.objects.get().pk
    made = BulkOperation.objects.count()
    one, other = opened(desk, SKU, key), opened(desk, SKU, key)
    assert saved(desk, SKU, key, one).status_code == 302
    assert BulkOperation.objects.count() == made
    assert saved(desk, SKU, key, {**one, field: first}).status_code == 302
    page = saved(desk, SKU, key, {**other, field: second})
    assert page.status_code == 200
    assert told in text_of(page)
    again = saved(desk, SKU, key, {**fields_of(page), field: second})
    assert again.status_code == 302, text_of(again)[-1500:]


def test_it_goes_by_the_shop_where_a_page_brings_back_nothing(desk: Desk) -> None:
    make_customers(1)
    key = Customer.objects.get().pk
    assert saved(desk, Customer, key, {"name": "Ben"}).status_code == 302
    assert Customer.objects.get().name == "Ben"
