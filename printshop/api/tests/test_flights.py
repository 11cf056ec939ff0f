"""Statements that travel together: each sees those before it, and what goes wrong is told all the same."""

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import SKU
from orders.models import Customer
from printshop.api.flights import flying, together
from printshop.api.prepared import prepared
from printshop.bulk import writer
from printshop.bulk.tests.test_writer import sku_row
from printshop.testing import make_customers, make_skus, statements

pytestmark = pytest.mark.django_db


@prepared
def customers(ids):
    return Customer.objects.filter(pk__among=ids).order_by("pk").values_list("pk")


@prepared
def skus(ids):
    return SKU.objects.known(ids).order_by("pk").values_list("pk", "name")


def test_answers_are_read_in_any_order_inside_and_afterwards():
    ids, people = make_skus(2), make_customers(2)
    with together():
        first = skus.send(ids)
        second = customers.send(people)
        assert [row[0] for row in second()] == people
    assert [row[0] for row in first()] == ids


def test_a_statement_sees_what_those_before_it_wrote():
    with transaction.atomic(), together():
        writer.insert(SKU, [sku_row("a")])
        answer = skus.send(["a"])
        writer.update(SKU, [{"id": "a", "name": "A ball"}])
        later = skus.send(["a"])
    assert answer() == [("a", "A cube")]
    assert later() == [("a", "A ball")]


def test_rows_come_back_where_they_are_asked_for():
    with transaction.atomic(), together():
        assert writer.insert(SKU, [sku_row("a")], ("id",)) == [("a",)]


def test_what_a_constraint_refuses_is_raised_at_the_end_and_leaves_nothing():
    def write() -> None:
        with transaction.atomic(), together():
            writer.insert(SKU, [sku_row("a")])
            writer.insert(SKU, [sku_row("b", kind="laser")])
            writer.insert(SKU, [sku_row("c")])

    with pytest.raises(IntegrityError):
        write()
    assert not SKU.objects.exists()


def test_many_rows_are_written_without_copy_on_the_way():
    rows = [sku_row(f"sku-{number:03d}") for number in range(writer.COPIED_FROM)]
    with statements() as sent, transaction.atomic(), together():
        assert flying() == (connection.vendor == "postgresql")
        writer.insert(SKU, rows)
    # Of many rows that SQLite is given one by one it is told how often.
    assert [sql.removeprefix(f"{len(rows)} times: ").split()[0] for sql in sent] == ["INSERT"]
    assert SKU.objects.count() == len(rows)
    assert not flying()
