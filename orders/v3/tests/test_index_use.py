"""How PostgreSQL finds what the dialect asks for in a large shop: through an index, whatever is asked."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from orders.models import Customer, Order
from orders.v3.tests.storefront import (
    BULK,
    ORDERS,
    Storefront,
    account,
    make_catalogue,
    make_history,
    permission,
    storefront,
)
from printshop.testing import statements

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
COUNT, ACCOUNTS = 100_000, 20
PEOPLE = """
    INSERT INTO orders_customer
        (id, uuid, account_id, external_id, email, firstname, lastname, name, password, created_at)
    SELECT 'big-' || n, gen_random_uuid(), %s, 'u-' || n, 'u' || n || '@mail.example', '', '', '', '', now()
    FROM generate_series(1, %s) AS n
"""


def many_orders() -> str:
    """SQL that multiplies the one order there is: a second apart, every twentieth our own."""
    own = {"id", "account_id", "uuid", "external_id", "customer_id", "created_at", "updated_at"}
    kept = ", ".join(str(field.column) for field in Order._meta.concrete_fields if field.column not in own)
    stamps = "created_at + n * interval '1 second', updated_at + n * interval '1 second'"
    return (
        f"INSERT INTO orders_order ({kept}, account_id, uuid, external_id, customer_id, created_at, updated_at)"
        f" SELECT {kept}, CASE WHEN n %% {ACCOUNTS} = 0 THEN account_id ELSE %s END, gen_random_uuid(),"
        f" 'x-' || n, 'big-' || n, {stamps}"
        f" FROM orders_order, generate_series(1, {COUNT}) AS n"
    )


def grow() -> None:
    """100,000 orders of as many people, and the statistics of it."""
    make_history(1)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [account().pk, COUNT])
        cursor.execute(many_orders(), [account("crowd").pk])
        cursor.execute("ANALYZE orders_order, orders_customer")
    # Once, here: else every test would check the foreign keys of all rows when it ends.
    connection.check_constraints()


@pytest.fixture(scope="module")
def history(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A large shop, made once: it takes seconds. Each test runs in a savepoint and leaves it as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_catalogue()
        grow()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def large(history: None, db: None) -> Storefront:
    return storefront()


def plans(act: Callable[[], Any], table: str) -> list[str]:
    """How the statements that read a table were planned."""
    with statements() as sent:
        response = act()
    assert response.status_code == 200, response.content.decode()
    found = []
    for sql in sent:
        if re.search(f'FROM "?{table}"?', sql) and sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
                found.append("\n".join(line for (line,) in cursor.fetchall()))
    assert found
    return found


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "order_account_created"),
        ("sort=created_at&per_page=500&include=user", "order_account_created"),
        ("sort=-updated_at", "order_account_updated"),
        (
            "filter[created_at][from]=2026-03-02T13:00:00Z&filter[created_at][to]=2026-03-02T14:00:00Z",
            "order_(account_)?created",
        ),
        ("filter[status]=approved", "order_account_created"),
        ("filter[external_id]=x-77777", "order_external_id_unique"),
        ("filter[user_email]=u77777@mail.example", "order_customer"),
    ],
)
def test_it_lists_through_an_index(large: Storefront, query: str, index: str):
    [plan] = plans(lambda: large.get(f"{ORDERS}?{query}"), "orders_order")
    assert re.search(index, plan)
    assert "Seq Scan on orders_order" not in plan


def test_it_lists_through_an_index_even_where_nearly_all_orders_are_ours(large: Storefront):
    """Then the index by time alone does as well: what it meets of others is little."""
    [plan] = plans(lambda: storefront("crowd").get(f"{ORDERS}?per_page=500"), "orders_order")
    assert re.search("Index Scan (Backward )?using order_(account_)?created", plan)


@pytest.mark.parametrize(
    ("sort", "index"), [("-created_at", "order_account_created"), ("updated_at", "order_account_updated")]
)
def test_it_goes_on_from_a_cursor_through_the_index_alone(large: Storefront, sort: str, index: str):
    link = large.get(f"{ORDERS}?per_page=2&sort={sort}").json()["links"]["next"].removeprefix("http://testserver")
    [plan] = plans(lambda: large.get(link), "orders_order")
    assert re.search(rf"Index Scan (Backward )?using {index}", plan)
    [bound] = re.findall("Index Cond: (.*)", plan)
    assert "account_id = " in bound
    assert f"{sort.removeprefix('-')} " in bound
    assert "Sort" not in plan


def test_it_finds_people_and_external_ids_through_their_indexes(large: Storefront):
    def order(number: int) -> dict[str, Any]:
        person = {"id": f"u-{number * 7}", "email": f"u{number * 7}@mail.example"}
        return permission(external_id=f"new-{number}", user=person)

    found = plans(lambda: large.post(BULK, {"orders": [order(number) for number in range(100)]}), "orders_customer")
    found += plans(lambda: large.post(BULK, {"orders": [order(number) for number in range(99, 199)]}), "orders_order")
    assert all("Seq Scan on orders_" not in plan for plan in found), found
    # Nobody was made but the one whose number is none of ours.
    assert Customer.objects.count() == COUNT + 2
