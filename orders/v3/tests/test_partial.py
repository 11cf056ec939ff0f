"""Partial success: the good orders of a request happen and each bad one is reported, in so many statements."""

from typing import Any

import pytest

from jobs.models import Job
from orders.models import Customer, Entitlement, Order, Payment
from orders.v3.tests.storefront import BULK, CUBE, PLAN, Storefront, permission, product, report
from printshop.bulk.models import BulkItem
from printshop.testing import KeyClient, statements

pytestmark = pytest.mark.django_db
BROKEN: list[dict[str, Any]] = [
    {"type": "gift"},
    {"user": {}},
    {"products": []},
    {"products": [product("NOPE")]},
    {"type": "report", "return_url": "nowhere"},
    {"products": [product(CUBE, "content")]},
]


def mixed(count: int, bad_every: int, prefix: str = "m") -> list[dict[str, Any]]:
    """Orders of all kinds for as many people; the first of every `bad_every` has a fault."""
    orders = []
    for index in range(count):
        user = {"id": f"{prefix}-{index}", "email": f"{prefix}{index}@mail.example"}
        goods = [product(), product(PLAN, "subscription")] if index % 2 else [product(CUBE, "print")]
        order = permission(user=user, products=goods, external_id=f"{prefix}-{index}")
        if index % 3 == 1:
            order = report(user=user, external_id=f"{prefix}-{index}")
        orders.append(order | (BROKEN[index % len(BROKEN)] if bad_every and index % bad_every == 0 else {}))
    return orders


def test_it_makes_70_of_100_orders_and_reports_exactly_the_30_bad_ones_in_order(shop: Storefront):
    orders = mixed(100, 0)
    bad = [index for index in range(100) if index % 10 in (1, 4, 7)]
    for index in bad:
        orders[index] |= BROKEN[index % len(BROKEN)]
    body = shop.bulk(*orders)
    assert (body["total"], body["created"], body["failed"]) == (100, 70, 30)
    assert [error["index"] for error in body["errors"]] == bad
    assert [error["external_id"] for error in body["errors"]] == [f"m-{index}" for index in bad]
    assert all(error["errors"] for error in body["errors"])
    good = [f"m-{index}" for index in range(100) if index not in bad]
    assert [order["external_id"] for order in body["orders"]] == good
    assert Order.objects.count() == Customer.objects.count() == 70
    assert BulkItem.objects.filter(verdict="refused").count() == 30


def test_it_has_no_errors_to_show_when_all_went_well(shop: Storefront):
    assert list(shop.bulk(permission())) == ["total", "created", "failed", "orders"]


def test_it_answers_422_when_not_one_order_is_good(shop: Storefront):
    refused = shop.bulk(*(permission(type="gift") for _ in range(100)), status=422)
    assert list(refused["errors"]) == [f"orders.{index}.type" for index in range(100)]
    assert not Order.objects.exists()


def count_of(shop: Storefront, orders: list[dict[str, Any]]) -> int:
    with statements() as sent:
        response = shop.post(BULK, {"orders": orders}, idempotency_key=f"k-{orders[0]['external_id']}")
    assert response.status_code == 200, response.content.decode()
    return len(sent)


def test_it_makes_100_orders_in_as_many_statements_as_a_few(shop: Storefront):
    """People found and learnt from, people made, all types, money, access, jobs, and faults among them."""
    for index in range(0, 100, 2):
        shop.make(user={"id": f"few-{index}"}) if index < 6 else None
    shop.bulk(*(permission(user={"id": f"many-{index}"}) for index in range(0, 100, 2)))
    few, many = count_of(shop, mixed(6, 5, "few")), count_of(shop, mixed(100, 5, "many"))
    assert few == many
    assert many <= 20
    assert Payment.objects.exists()
    assert Job.objects.exists()
    assert Entitlement.objects.exists()


def test_it_makes_100_plain_permissions_in_as_many_statements_as_one(shop: Storefront):
    plain = [permission(external_id=f"p-{index}", user={"id": f"p-{index}"}) for index in range(101)]
    assert count_of(shop, plain[:1]) == count_of(shop, plain[1:])


@pytest.mark.django_db(databases="__all__")
def test_it_counts_against_the_limit_of_all_bulk_orders(shop: Storefront, settings):
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "orders-bulk": 2}
    first = shop.post(BULK, {"orders": [permission()]})
    assert (first.status_code, first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == (200, "2", "1")
    native = KeyClient(shop.key).post("/api/orders/bulk", {"orders": []})
    assert (native.status_code, native["X-RateLimit-Remaining"]) == (400, "0")
    last = shop.post(BULK, {"orders": [permission()]})
    assert (last.status_code, list(last.json())) == (429, ["message"])
    assert 1 <= int(last["Retry-After"]) <= 61
    # A single order is counted with everything else.
    assert shop.make()
