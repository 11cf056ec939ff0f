"""Statements that travel together, and rows that are left on their way: each statement sees what was sent before it,
and what goes wrong is told all the same."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import SKU
from orders.models import Customer
from printshop.api.flights import flying, landing, together
from printshop.api.prepared import prepared
from printshop.api.transactions import transact
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
    # Of rows that SQLite is given some dozens at a time it is told how often.
    assert [sql.rpartition(" times: ")[2].split()[0] for sql in sent] == ["INSERT"]
    assert SKU.objects.count() == len(rows)
    assert not flying()


MANY = range(writer.COPIED_FROM)
ROWS = [sku_row(f"sku-{number:03d}") for number in MANY]
# One that the database refuses, among many.
BAD_ROWS = [sku_row(f"bad-{number:03d}", kind="laser" if number == MANY[-1] else "print") for number in MANY]


def is_under_way() -> bool:
    found = landing()
    return bool(found and found.under_way)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_next_sees_the_rows_that_were_left_on_their_way():
    def write() -> int:
        writer.insert(SKU, ROWS)
        assert is_under_way() == (connection.vendor == "postgresql")
        found = SKU.objects.count()
        assert not is_under_way()
        writer.insert(SKU, [{**row, "id": f"x{row['id']}"} for row in ROWS])
        writer.insert(SKU, [{**row, "id": f"y{row['id']}"} for row in ROWS])
        with together():
            answer = skus.send(["ysku-000"])
        assert answer() == [("ysku-000", "A cube")]
        return found

    assert transact(write) == len(ROWS)
    assert landing() is None
    assert SKU.objects.count() == len(ROWS) * 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("follows", [lambda: None, SKU.objects.count, lambda: writer.insert(SKU, ROWS)])
def test_what_is_wrong_with_rows_on_their_way_is_raised_and_leaves_nothing(follows):
    with pytest.raises(IntegrityError):
        transact(lambda: (writer.insert(SKU, BAD_ROWS), follows()))
    assert not SKU.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [ROWS, BAD_ROWS])
def test_rows_on_their_way_are_called_off_by_what_goes_wrong_meanwhile(rows):
    def write() -> None:
        with suppress(IntegrityError):  # SQLite refuses them at once.
            writer.insert(SKU, rows)
        raise LookupError

    with pytest.raises(LookupError):
        transact(write)
    assert not SKU.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_holds_the_rows_that_were_sent_within_it():
    def write() -> None:
        writer.insert(SKU, ROWS)
        with pytest.raises(IntegrityError), transaction.atomic():
            writer.insert(SKU, BAD_ROWS)
        with suppress(LookupError), transaction.atomic():
            writer.insert(SKU, [{**row, "id": f"x{row['id']}"} for row in ROWS])
            raise LookupError
        writer.insert(SKU, [{**row, "id": f"y{row['id']}"} for row in ROWS])

    transact(write)
    assert set(SKU.objects.values_list("pk", flat=True)) == {f"{y}{row['id']}" for row in ROWS for y in ("", "y")}
