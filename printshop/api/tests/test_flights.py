"""Statements that travel together, some left under way: each sees what was sent before it, and what goes wrong is told
all the same."""

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
from printshop.testing import make_customers, make_skus

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


def test_a_block_within_another_is_part_of_its_flight():
    with transaction.atomic(), together():
        with together():
            writer.insert(SKU, [sku_row("a")])
        assert flying() == (connection.vendor == "postgresql")
        answer = skus.send(["a"])
    assert answer() == [("a", "A cube")]


# --- Left under way --------------------------------------------------------------------------------------------------
ROWS = [sku_row(f"sku-{number:03d}") for number in range(50)]
# One that the database refuses, among others.
BAD_ROWS = [sku_row(f"bad-{number:03d}", kind="laser" if number == 49 else "print") for number in range(50)]


def leave(rows):
    with together(leave=True):
        writer.insert(SKU, rows)


def named(letter):
    return [{**row, "id": f"{letter}{row['id']}"} for row in ROWS]


def is_under_way() -> bool:
    found = landing()
    return bool(found and found.under_way)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_next_sees_what_was_left_under_way():
    def write() -> int:
        leave(ROWS)
        assert is_under_way() == (connection.vendor == "postgresql")
        found = SKU.objects.count()
        assert not is_under_way()
        leave(named("x"))
        # What is sent together joins it, and it lands with that.
        with together():
            writer.insert(SKU, named("y"))
            answer = skus.send(["xsku-000", "ysku-000"])
        assert not is_under_way()
        assert answer() == [("xsku-000", "A cube"), ("ysku-000", "A cube")]
        return found

    assert transact(write) == len(ROWS)
    assert landing() is None
    assert SKU.objects.count() == len(ROWS) * 3


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_under_way_outside_of_a_transaction_of_ours():
    with transaction.atomic():
        leave(ROWS)
        assert not flying()
    assert SKU.objects.count() == len(ROWS)


def send_together(rows):
    with together():
        writer.insert(SKU, rows)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "follows", [lambda: None, SKU.objects.count, lambda: writer.insert(SKU, ROWS), lambda: send_together(ROWS)]
)
def test_what_is_wrong_with_what_was_left_under_way_is_raised_and_leaves_nothing(follows):
    with pytest.raises(IntegrityError):
        transact(lambda: (leave(BAD_ROWS), follows()))
    assert not SKU.objects.exists()
    assert not flying()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [ROWS, BAD_ROWS])
def test_what_was_left_under_way_is_called_off_by_what_goes_wrong_meanwhile(rows):
    def write() -> None:
        with suppress(IntegrityError):  # SQLite refuses them at once.
            leave(rows)
        raise LookupError

    with pytest.raises(LookupError):
        transact(write)
    assert not SKU.objects.exists()
    assert not flying()


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_in_a_block_that_joins_ends_the_flight():
    def write() -> None:
        leave(ROWS)
        with together(leave=True):
            writer.insert(SKU, named("x"))
            raise LookupError

    with pytest.raises(LookupError):
        transact(write)
    assert not SKU.objects.exists()
    assert not flying()


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_holds_what_was_left_under_way_within_it():
    def write() -> None:
        leave(ROWS)
        with pytest.raises(IntegrityError), transaction.atomic():
            leave(BAD_ROWS)
        with suppress(LookupError), transaction.atomic():
            leave(named("x"))
            raise LookupError
        leave(named("y"))

    transact(write)
    assert set(SKU.objects.values_list("pk", flat=True)) == {f"{y}{row['id']}" for row in ROWS for y in ("", "y")}
