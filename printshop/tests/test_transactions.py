"""One transaction, tried again where that helps: real deadlocks, real races, real refusals of the database."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from catalog.models import SKU
from printshop.api.transactions import ATTEMPTS, RACES, Unavailable, Undecided, transact
from printshop.testing import NOON, make_skus

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.trust(
        case="deadlocks, lost races and locks that stay held",
        expects="tried again where that helps, otherwise refused; no failed attempt leaves a row",
    ),
]
on_postgresql = pytest.mark.postgresql
T = TypeVar("T")


def on_another_connection(pool: ThreadPoolExecutor, act: Callable[[], T]) -> Future[T]:
    """`act` in a thread, which gives its connection back."""

    def run() -> T:
        try:
            return act()
        finally:
            connections.close_all()

    return pool.submit(run)


def lock(sku: str) -> None:
    """Hold a row until the transaction ends."""
    SKU.objects.select_for_update().get(pk=sku)


def wait_until_somebody_waits() -> None:
    """Until another connection to this database stands in a queue for a lock."""
    with connection.cursor() as cursor:
        for _ in range(10_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise TimeoutError


def fail_with(code: str) -> Any:
    """Have the database refuse with an error code of its own."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END $$")


@on_postgresql
def test_it_survives_a_deadlock():
    one, two = make_skus(2)
    holding, attempts = Event(), []

    def mine() -> str:
        attempts.append(1)
        lock(one)
        holding.set()
        theirs_holds.wait(timeout=30)
        lock(two)
        SKU.objects.filter(pk=two).update(name="mine")
        return "done"

    def theirs() -> None:
        def act() -> None:
            lock(two)
            theirs_holds.set()
            holding.wait(timeout=30)
            # The one who has waited longest finds the circle and is turned away: that has to be mine.
            wait_until_somebody_waits()
            lock(one)
            SKU.objects.filter(pk=one).update(name="theirs")

        transact(act)

    theirs_holds = Event()
    with ThreadPoolExecutor(1) as pool:
        other = on_another_connection(pool, theirs)
        assert transact(mine) == "done"
        other.result(timeout=30)
    assert len(attempts) == 2
    assert dict(SKU.objects.values_list("pk", "name")) == {one: "theirs", two: "mine"}


@on_postgresql
@pytest.mark.parametrize("code", ["40P01", "40001"])
@pytest.mark.parametrize("failures", [1, 2])
def test_it_tries_again_and_keeps_nothing_of_the_failed_attempts(code: str, failures: int):
    attempts: list[int] = []

    def act() -> int:
        attempts.append(1)
        make_skus(1, f"attempt-{len(attempts)}")
        if len(attempts) <= failures:
            fail_with(code)
        return len(attempts)

    assert transact(act) == failures + 1
    assert list(SKU.objects.values_list("pk", flat=True)) == [f"attempt-{failures + 1}-0001"]


@on_postgresql
@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_it_gives_up_after_the_third_attempt(code: str):
    attempts: list[int] = []

    def act() -> None:
        attempts.append(1)
        fail_with(code)

    with pytest.raises(Unavailable) as error:
        transact(act)
    assert isinstance(error.value.__cause__, OperationalError)
    assert len(attempts) == ATTEMPTS == 3


@on_postgresql
def test_it_does_not_try_again_where_it_has_waited_for_a_lock_in_vain():
    [sku] = make_skus()
    attempts = []

    def act() -> None:
        attempts.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        lock(sku)

    def hold_and_try() -> None:
        lock(sku)
        with ThreadPoolExecutor(1) as pool, pytest.raises(Unavailable):
            on_another_connection(pool, lambda: transact(act)).result(timeout=30)

    transact(hold_and_try)
    assert len(attempts) == 1


def end_session(pool: ThreadPoolExecutor) -> None:
    """Have somebody end our session on the server, and wait until it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [ours] = cursor.fetchone()

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 30000)", [ours])
            assert cursor.fetchone()[0]

    on_another_connection(pool, end).result(timeout=60)


@on_postgresql
def test_it_does_not_claim_to_know_what_became_of_a_commit_nobody_answered():
    def act() -> None:
        make_skus()
        end_session(pool)

    with ThreadPoolExecutor(1) as pool, pytest.raises(Undecided):
        transact(act)
    assert not SKU.objects.exists()


@on_postgresql
def test_it_knows_that_nothing_happened_when_the_database_was_lost_before_the_commit():
    def act() -> None:
        end_session(pool)
        make_skus()

    with ThreadPoolExecutor(1) as pool, pytest.raises(Unavailable) as error:
        transact(act)
    assert not isinstance(error.value, Undecided)
    assert not SKU.objects.exists()


@pytest.mark.parametrize("races", [1, RACES - 1])
def test_it_looks_again_after_each_lost_race_for_a_unique_value(races: int):
    attempts = []

    def act() -> str:
        attempts.append(1)
        make_skus(1, f"attempt-{len(attempts)}")
        if len(attempts) <= races:
            # What somebody has just made, though nobody had when we looked.
            make_skus(1, f"attempt-{len(attempts)}")
        return "made"

    assert transact(act) == "made"
    assert list(SKU.objects.values_list("pk", flat=True)) == [f"attempt-{races + 1}-0001"]


def test_it_says_so_when_the_value_is_taken_every_time():
    attempts = []

    def act() -> None:
        attempts.append(1)
        make_skus()

    make_skus()
    with pytest.raises(IntegrityError):
        transact(act)
    assert len(attempts) == RACES


def test_it_does_not_try_again_what_breaks_another_rule():
    attempts = []

    def act() -> None:
        attempts.append(1)
        make_skus(kind="laser")

    with pytest.raises(IntegrityError):
        transact(act)
    assert len(attempts) == 1


def test_it_rolls_back_what_a_refusal_leaves_behind():
    def act() -> None:
        make_skus()
        raise LookupError

    with pytest.raises(LookupError):
        transact(act)
    assert not SKU.objects.exists()


def test_it_joins_the_transaction_around_it():
    def inner() -> None:
        make_skus()

    def outer() -> None:
        transact(inner)
        assert SKU.objects.count() == 1
        raise LookupError

    with pytest.raises(LookupError):
        transact(outer)
    assert not SKU.objects.exists()


@pytest.mark.sqlite
def test_it_waits_for_the_one_writer_of_sqlite():
    [sku] = make_skus()
    started = Event()

    def theirs() -> int:
        started.set()
        return transact(lambda: SKU.objects.filter(pk=sku, name="mine").update(name="theirs"))

    def mine(pool: ThreadPoolExecutor) -> Future[int]:
        SKU.objects.filter(pk=sku).update(name="mine", updated_at=NOON)
        other = on_another_connection(pool, theirs)
        assert started.wait(timeout=30)
        return other

    with ThreadPoolExecutor(1) as pool:
        other = transact(lambda: mine(pool))
        assert other.result(timeout=30) == 1
    assert SKU.objects.get().name == "theirs"
