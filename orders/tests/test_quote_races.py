"""Quotes and customers that many want at once: a quote becomes one order, and no order loses its customer."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from orders.models import Customer, Order, Quote, QuoteItem
from orders.services import customers, quotes
from orders.services.creation import CREATE
from orders.services.quote_orders import ORDER
from printshop.api.actors import Actor
from printshop.api.reading import Item
from printshop.api.refusals import Refused
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import Policy
from printshop.testing import NOON, make_actor, make_customers, make_skus

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
THREADS = 8


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act gave or raised, all of them started together, each on a connection of its own."""
    start = Barrier(len(acts))

    def act_on_cue(act: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        results = list(pool.map(act_on_cue, acts))
    assert [result for result in results if not isinstance(result, (Result, Refused))] == []
    return results


def carry_out(operation: Operation, values: Sequence[dict[str, Any]], actor: Actor) -> Result:
    items = [Item(index, dict(value)) for index, value in enumerate(values)]
    return run(operation, Batch(items, {}, actor, NOON, Policy.PARTIAL))


def codes_in(results: Sequence[Any]) -> Counter[str]:
    """Which faults there were, in what was refused whole and in part."""
    faults = [fault for result in results if isinstance(result, Refused) for _, fault in result.faults]
    outcomes = [outcome for result in results if isinstance(result, Result) for outcome in result.outcomes]
    return Counter(fault.code for fault in [*faults, *(fault for outcome in outcomes for fault in outcome.faults)])


@pytest.fixture
def ids(db: None) -> list[int]:
    """Ten quotes with a cube in each."""
    make_skus()
    make_customers()
    actor = make_actor()
    made = carry_out(quotes.CREATE, [{"customer_id": "cust-001"}] * 10, actor)
    numbers = [int(outcome.reference) for outcome in made.outcomes]
    carry_out(quotes.ADD, [{"quote_id": one, "sku_id": "sku-0001", "quantity": 1} for one in numbers], actor)
    return numbers


def test_it_makes_one_order_of_a_quote_whoever_asks(ids: list[int]):
    actor = make_actor()
    wanted = [[{"quote_id": one} for one in (ids if turn % 2 else ids[::-1])] for turn in range(THREADS)]
    results = at_once([lambda values=values: carry_out(ORDER, values, actor) for values in wanted])  # type: ignore[misc]
    assert codes_in(results) == {"QUOTE_ORDERED": (THREADS - 1) * len(ids)}
    assert Order.objects.count() == len(ids)
    assert len(set(Quote.objects.values_list("order", flat=True)) - {None}) == len(ids)


def test_it_adds_up_what_many_put_into_a_quote(ids: list[int]):
    actor = make_actor()
    wanted = [{"quote_id": one, "sku_id": "sku-0001", "quantity": 2} for one in ids]
    at_once([lambda turn=turn: carry_out(quotes.ADD, wanted[:: (-1) ** turn], actor) for turn in range(THREADS)])  # type: ignore[misc]
    assert set(QuoteItem.objects.values_list("quantity", flat=True)) == {1 + 2 * THREADS}
    assert QuoteItem.objects.count() == len(ids)


def test_it_orders_or_deletes_a_quote_but_not_both(ids: list[int]):
    actor, values = make_actor(), [{"quote_id": one} for one in ids]
    operations = [ORDER, quotes.DELETE] * 3
    at_once([lambda one=one: carry_out(one, values, actor) for one in operations])  # type: ignore[misc]
    left = set(Quote.objects.values_list("status", flat=True))
    assert left <= {"ordered"}
    assert Order.objects.count() == Quote.objects.count()


def test_it_never_leaves_an_order_without_its_customer():
    make_skus()
    ids, actor = make_customers(40), make_actor()
    orders = [{"customer_id": one, "line_items": [{"sku_id": "sku-0001", "quantity": 1}]} for one in ids]

    def delete(turn: int) -> Callable[[], Result]:
        return lambda: carry_out(customers.DELETE, [{"id": one} for one in ids[turn::4]], actor)

    def order(turn: int) -> Callable[[], Result]:
        return lambda: carry_out(CREATE, orders[turn::4], actor)

    results = at_once([act(turn) for turn in range(4) for act in (delete, order)])
    assert codes_in(results).keys() <= {"CUSTOMER_HAS_ORDERS", "CUSTOMER_NOT_FOUND"}
    assert sum(codes_in(results).values()) == len(ids)
    assert set(Customer.objects.values_list("pk", flat=True)) == set(Order.objects.values_list("customer", flat=True))


def test_it_gives_an_address_to_one_of_many():
    ids, actor = make_customers(THREADS), make_actor()
    wanted = [[{"id": one, "email": "ada@shop.example"}] for one in ids]
    results = at_once([lambda values=values: carry_out(customers.EDIT, values, actor) for values in wanted])  # type: ignore[misc]
    assert codes_in(results) == {"EMAIL_TAKEN": THREADS - 1}
    assert Customer.objects.exclude(email="").count() == 1
