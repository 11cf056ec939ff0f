"""Storefronts that ask for the same things at the same time: each thing exists once, and every loser is told so."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from orders.models import Customer, Order
from orders.v3.tests.storefront import BULK, ORDERS, make_catalogue, permission, storefront
from printshop.api.actors import Role

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
TAKEN = {"external_id": ["The external_id has already been taken."]}
THREADS = 8


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act gave, all of them started together, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def orders_for(thread: int, names: int) -> list[dict[str, Any]]:
    """Orders of 100 names that every thread knows and shuffles as it likes; each name is one person's."""
    chosen = random.Random(thread).sample(range(names), 100)
    return [permission(external_id=f"x-{n}", user={"id": f"u-{n}", "email": f"u{n}@mail.example"}) for n in chosen]


@pytest.mark.parametrize("names", [100, 160])
def test_it_makes_each_order_and_customer_once_whoever_asks(names: int):
    make_catalogue()
    asked = [orders_for(thread, names) for thread in range(THREADS)]
    # Two clients of one account, eight connections.
    clients = [storefront(role=role) for role in (Role.OPERATOR, Role.ADMIN)]
    answers = at_once(
        [lambda t=thread: clients[t % 2].post(BULK, {"orders": asked[t]}) for thread in range(THREADS)]  # type: ignore[misc]
    )
    assert Counter(response.status_code for response in answers).keys() <= {200, 422}
    numbers = dict(Order.objects.values_list("external_id", "pk"))
    wanted = {order["external_id"] for orders in asked for order in orders}
    assert set(numbers) == wanted
    assert Order.objects.count() == Customer.objects.count() == len(wanted)
    made = [order for response in answers if response.status_code == 200 for order in response.json()["data"]["orders"]]
    assert {order["external_id"]: int(order["id"]) for order in made} == numbers
    assert len(made) == len(wanted)
    for orders, response in zip(asked, answers, strict=True):
        check_losers(orders, response, numbers)


def check_losers(orders: list[dict[str, Any]], response: Any, numbers: dict[str, int]) -> None:
    """Every order that was not made has the one fault, which names the order that has its external id."""
    body = response.json()
    if response.status_code == 422:
        assert len(body["errors"]) == 100
        for index, order in enumerate(orders):
            path = f"orders.{index}.external_id"
            assert body["existing_orders"][path] == {"id": str(numbers[order["external_id"]])}
        return
    data = body["data"]
    assert data["created"] + data["failed"] == 100
    for error in data.get("errors", ()):
        assert error["errors"] == TAKEN
        assert error["existing_order"] == {"id": str(numbers[error["external_id"]])}


def test_it_makes_one_of_eight_single_orders_with_one_external_id():
    make_catalogue()
    shop = storefront()
    asked = [permission(external_id="one", user={"id": f"u-{thread}"}) for thread in range(THREADS)]
    answers = at_once([lambda order=order: shop.post(ORDERS, order) for order in asked])  # type: ignore[misc]
    assert sorted(response.status_code for response in answers) == [201] + [422] * (THREADS - 1)
    [order] = Order.objects.all()
    losers = [response.json() for response in answers if response.status_code == 422]
    assert all(loser["errors"] == TAKEN for loser in losers)
    assert all(loser["existing_orders"] == {"external_id": {"id": str(order.pk)}} for loser in losers)
    assert Customer.objects.count() == 1


def test_it_makes_one_customer_of_an_address_that_two_accounts_bring():
    make_catalogue()
    shops = [storefront("one"), storefront("two")]

    def order(thread: int) -> Any:
        user = {"id": f"id-of-{thread % 2}", "email": "shared@mail.example"}
        return shops[thread % 2].post(ORDERS, permission(user=user))

    answers = at_once([lambda t=thread: order(t) for thread in range(THREADS)])  # type: ignore[misc]
    assert [response.status_code for response in answers] == [201] * THREADS
    [customer] = Customer.objects.all()
    assert customer.orders.count() == THREADS
    assert customer.external_id in ("id-of-0", "id-of-1")
    assert customer.account.code == {"id-of-0": "one", "id-of-1": "two"}[customer.external_id]
