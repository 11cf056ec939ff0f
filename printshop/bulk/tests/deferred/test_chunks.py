"""Chunks and their leases, in one process: whose turn it is, and what becomes of a chunk that goes wrong."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from catalog.models import SKU
from catalog.services.imports import IMPORT
from printshop.api.models import Account
from printshop.bulk.deferred import mishaps, native
from printshop.bulk.deferred.carrying import carry_out, carry_out_next
from printshop.bulk.deferred.chunks import Claim, LeaseLost, claim, end, give_back
from printshop.bulk.deferred.dialects import Dialect, register_dialect
from printshop.bulk.deferred.endings import call_off_leftovers, cancel, settle, settle_forgotten
from printshop.bulk.deferred.sweeping import sweep
from printshop.bulk.engine import Consequence
from printshop.bulk.models import BulkChunk, BulkItem, BulkOperation
from printshop.bulk.tests.deferred.workers import codes, queue, queue_skus
from printshop.testing import statements

pytestmark = pytest.mark.django_db(databases="__all__")


def taken() -> Claim:
    held = claim("a-machine:1")
    assert held is not None
    return held


def run_out(held: Claim) -> None:
    """The worker was not heard of any more."""
    BulkChunk.objects.filter(pk=held.chunk.pk).update(lease_until=Now() - timedelta(seconds=1))


def places(chunk: BulkChunk) -> list[int]:
    return list(chunk.items.order_by("index").values_list("index", flat=True))


def chunks() -> list[tuple[int, int, str]]:
    return list(BulkChunk.objects.order_by("number", "first").values_list("first", "size", "state"))


def work_off() -> None:
    while carry_out_next():
        pass


# --- Whose turn it is ------------------------------------------------------------------------------------------------
def test_it_hands_out_a_chunk_once():
    queue_skus(2, chunk=1)
    first, second = taken(), taken()
    assert {first.chunk.first, second.chunk.first} == {0, 1}
    assert claim("a-machine:2") is None
    assert (first.chunk.state, first.chunk.worker) == ("running", "a-machine:1")
    assert BulkOperation.objects.get().state == "running"


def test_it_lets_a_small_operation_of_another_account_overtake():
    queue_skus(10_000, "many")
    carry_out_next()
    small = queue_skus(3, "few", account=Account.objects.create(code="other", name="Another"))
    carry_out_next()
    assert BulkOperation.objects.get(pk=small).state == "finished"
    assert BulkChunk.objects.filter(state="done").count() == 2


def test_it_lets_operations_of_one_account_take_turns():
    queue_skus(3, "one", chunk=1)
    queue_skus(3, "two", chunk=1)
    order = [taken().chunk.operation_id for _ in range(6)]
    assert order[0] != order[1]
    assert order[0] == order[2]


def test_it_keeps_a_chunk_waiting_for_those_it_comes_after():
    queue("skus.import", [{"id": one, "name": "A cube"} for one in "abc"], chunk=1)
    BulkChunk.objects.filter(number=2).update(after=1)
    first, second = taken(), taken()
    assert claim("a-machine:2") is None
    end(first, {"created": 1}, 0, None)
    assert claim("a-machine:2") is None
    end(second, {"created": 1}, 0, None)
    assert taken().chunk.number == 2


def test_it_hands_out_the_halves_of_a_chunk_in_their_order():
    queue_skus(5)
    run_out(taken())
    first = taken()
    assert places(first.chunk) == [0, 1]
    assert claim("a-machine:2") is None
    carry_out(first)
    second = taken()
    assert places(second.chunk) == [2, 3, 4]
    assert chunks() == [(0, 2, "done"), (2, 3, "running")]


def test_it_asks_the_database_as_often_for_a_long_queue_as_for_a_short_one():
    queue_skus(2, "few", chunk=1)
    with statements() as short:
        taken()
    queue_skus(200, "many", chunk=1)
    with statements() as long:
        taken()
    assert len(long) <= len(short)


# --- Leases ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_gives_a_lost_chunk_to_another_and_listens_to_that_one_only():
    queue_skus(1)
    early = taken()
    run_out(early)
    late = taken()
    assert late.chunk.lost == 1
    assert (early.renew(), late.renew()) == (False, True)
    assert not give_back(early)
    with pytest.raises(LeaseLost):
        end(early, {"created": 1}, 0, None)
    carry_out(early)
    # What came late has done nothing, and the other may go on.
    assert not SKU.objects.exists()
    carry_out(late)
    assert SKU.objects.count() == 1


def test_it_does_not_part_the_items_of_a_chunk_that_somebody_else_has():
    queue_skus(4)
    early = taken()
    run_out(early)
    late = taken()
    before = chunks()
    mishaps.blown_up(early, RuntimeError("too late"))
    assert chunks() == before
    assert places(late.chunk) == [0, 1]


def test_it_halves_what_costs_workers_and_gives_up_on_a_single_item_in_the_end():
    queue_skus(2)
    for _ in range(8):
        if (held := claim("a-machine:1")) is None:
            break
        if "new-1" in held.chunk.items.values_list("payload__id", flat=True):
            if mishaps.is_beyond_help(held.chunk):
                carry_out(held)
            else:
                run_out(held)
        else:
            carry_out(held)
    settle_forgotten()
    assert [item.verdict for item in BulkItem.objects.order_by("index")] == ["created", "failed"]
    assert codes(BulkItem.objects.get(index=1)) == ["WORKER_LOST"]
    operation = BulkOperation.objects.get()
    assert (operation.state, operation.counts) == ("finished_with_failures", {"created": 1, "failed": 1})


def test_it_never_halves_a_whole():
    queue("skus.import", [{"id": one, "name": "A cube"} for one in "abcd"], mode="replace")
    for _ in range(mishaps.MOST_LOST):
        run_out(taken())
    carry_out(taken())
    settle_forgotten()
    assert len(chunks()) == 1
    assert BulkOperation.objects.get().counts == {"failed": 4}
    assert not SKU.objects.exists()


# --- What goes wrong -------------------------------------------------------------------------------------------------
@pytest.fixture
def trouble() -> Iterator[dict[str, Exception]]:
    """What an import raises by the name of an item that it meets, for the time of a test."""
    raised: dict[str, Exception] = {
        "blows up": RuntimeError("a fault of ours"),
        "waits in vain": OperationalError("canceling statement due to lock timeout"),
    }

    def meet(batch: Any, outcomes: Sequence[Any], facts: None) -> None:
        for item in batch.items:
            if fault := raised.get(item.value["name"]):
                raise fault

    nothing: Any = lambda *given: None  # noqa: E731
    consequence = Consequence("trouble", nothing, meet, nothing)
    IMPORT.consequences.append(consequence)
    yield raised
    IMPORT.consequences.remove(consequence)


def test_it_finds_the_item_that_blows_up_and_does_the_others(trouble):
    names = ["A cube"] * 5 + ["blows up"] + ["A cube"] * 4
    queue("skus.import", [{"id": f"new-{place}", "name": name} for place, name in enumerate(names)])
    work_off()
    verdicts = [item.verdict for item in BulkItem.objects.order_by("index")]
    assert verdicts == ["created"] * 5 + ["failed"] + ["created"] * 4
    failed = BulkItem.objects.get(index=5)
    assert codes(failed) == ["INTERNAL_ERROR"]
    assert "a fault of ours" not in str(failed.errors)
    assert SKU.objects.count() == 9
    assert BulkOperation.objects.get().state == "finished_with_failures"


def test_it_waits_longer_each_time_the_database_is_in_trouble_and_gives_up_in_the_end(trouble):
    queue_skus(3, name="waits in vain")
    waits = []
    while held := claim("a-machine:1"):
        carry_out(held)
        chunk = BulkChunk.objects.annotate(now=Now()).get()
        if chunk.state == "queued":
            assert chunk.error
            assert claim("a-machine:2") is None
            waits.append(round((chunk.ready_at - chunk.now).total_seconds()))
        BulkChunk.objects.update(ready_at=Now())
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    settle_forgotten()
    # It was nobody's fault: not one item is worse than the others, and a retry may well succeed.
    assert set(BulkItem.objects.values_list("verdict", flat=True)) == {"failed"}
    assert [codes(item) for item in BulkItem.objects.all()] == [["UNAVAILABLE"]] * 3
    assert not SKU.objects.exists()


def test_it_carries_out_what_was_in_trouble_once_that_is_over(trouble):
    queue_skus(3, name="waits in vain")
    carry_out_next()
    trouble.clear()
    BulkChunk.objects.update(ready_at=Now())
    work_off()
    assert (SKU.objects.count(), BulkChunk.objects.get().tries) == (3, 1)


def test_it_fails_what_it_cannot_even_read():
    def unreadable(*given: Any) -> Any:
        raise KeyError("no such thing")

    register_dialect(Dialect("unreadable", unreadable))
    operation_id = queue_skus(2)
    BulkOperation.objects.filter(pk=operation_id).update(dialect="unreadable")
    work_off()
    assert set(BulkItem.objects.values_list("verdict", flat=True)) == {"failed"}
    register_dialect(native.NATIVE)


# --- Endings ---------------------------------------------------------------------------------------------------------
def test_it_calls_off_what_has_not_begun_and_finishes_what_has():
    operation_id = queue_skus(6, chunk=2)
    held = taken()
    assert cancel(operation_id) == 4
    assert claim("a-machine:2") is None
    carry_out(held)
    settle(operation_id)
    operation = BulkOperation.objects.get()
    assert (operation.state, operation.counts) == ("cancelled", {"created": 2, "cancelled": 4})
    assert SKU.objects.count() == 2


@pytest.mark.parametrize("leave", [give_back, run_out])
def test_it_calls_off_what_a_cancelled_operation_gets_back(leave):
    operation_id = queue_skus(4, chunk=2)
    held = taken()
    cancel(operation_id)
    leave(held)
    assert sweep() == {"called_off": 1, "settled": 1, "woken": 0}
    assert BulkOperation.objects.get().counts == {"cancelled": 4}
    assert call_off_leftovers() == 0
    assert not SKU.objects.exists()


def test_it_closes_books_that_nobody_closed():
    queue_skus(2)
    # The worker is lost between the end of its chunk and that of the operation.
    carry_out(taken())
    assert BulkOperation.objects.get().state == "running"
    assert settle_forgotten() == 1
    operation = BulkOperation.objects.get()
    assert (operation.state, operation.counts, operation.failed) == ("finished", {"created": 2}, 0)
    assert settle_forgotten() == 0


def test_it_does_not_close_the_books_while_a_chunk_is_open():
    operation_id = queue_skus(2, chunk=1)
    carry_out(taken())
    assert not settle(operation_id)
    assert BulkOperation.objects.get().state == "running"
