"""Undoing what was done to jobs."""

from datetime import timedelta
from typing import Any

import pytest

from jobs.models import Job, JobMove
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, REPRINT, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from orders.services.access import CHANGE
from orders.services.changes import CANCEL as CANCEL_ORDERS
from orders.services.changes import PAY, REFUND, change_orders
from orders.services.creation import create_orders
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Refused
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import BulkOperation
from printshop.bulk.undoing import undo
from printshop.testing import NOON, make_actor, make_jobs, make_orders, make_skus, numbers, snapshot, statements

pytestmark = pytest.mark.django_db


def at(hours: float) -> Any:
    return NOON + timedelta(hours=hours)


def recorded(result: Any) -> BulkOperation:
    return BulkOperation.objects.get(pk=result.operation_id)


def advance(jobs: list[str], target: str, hours: float = 1) -> BulkOperation:
    return recorded(
        change_jobs(ADVANCE, jobs, actor=make_actor(), at=at(hours), target_status=target, reason="as planned")
    )


def cancel(jobs: list[str], hours: float = 1) -> BulkOperation:
    return recorded(change_jobs(CANCEL, jobs, actor=make_actor(), at=at(hours), reason="called off"))


def undone(operation: BulkOperation, hours: float = 2, **how: Any) -> Result:
    result = undo(operation, actor=make_actor(), at=at(hours), **how)
    assert isinstance(result, Result)
    return result


def statuses(jobs: list[str]) -> list[str]:
    return list(Job.objects.numbered(numbers(jobs)).order_by("pk").values_list("status", flat=True))


def order_of(job: str) -> Order:
    return Order.objects.get(jobs=numbers([job])[0])


def faults(result: Result) -> list[Fault]:
    return [fault for outcome in result.outcomes for fault in outcome.faults]


def refusal_of(operation: BulkOperation, **how: Any) -> Fault:
    """The one fault for which nothing at all is undone."""
    before = snapshot()
    with pytest.raises(Refused) as refused:
        undone(operation, **how)
    assert snapshot() == before
    [(_, fault)] = refused.value.faults
    return fault


def check_history() -> None:
    """Every job stands where its last move has brought it, and its moves form a chain."""
    for job in Job.objects.all():
        moves = list(job.moves.order_by("pk"))
        assert job.status == moves[-1].target
        assert [move.source for move in moves] == ["CREATED", *(move.target for move in moves[:-1])]


def test_it_moves_a_hundred_jobs_back_and_forth():
    jobs = make_jobs(50, JobStatus.PRINTING) + make_jobs(50, JobStatus.PRINTING)
    first = advance(jobs, "POST_PROCESS")
    back = undone(first)
    assert set(statuses(jobs)) == {"PRINTING"}
    assert order_of(jobs[0]).status == "printing"
    again = undone(recorded(back), 3)
    assert set(statuses(jobs)) == {"POST_PROCESS"}
    assert order_of(jobs[0]).status == "post_processing"
    assert [len(result.outcomes) for result in (back, again)] == [100, 100]
    check_history()
    made, compensated, repeated = JobMove.objects.filter(job=numbers(jobs)[0]).order_by("-pk")[:3][::-1]
    assert (made.undoes, compensated.undoes, repeated.undoes) == (None, made, compensated)
    assert (compensated.operation_id, compensated.reason) == (back.operation_id, "Undone")
    assert recorded(again).undoes_id == back.operation_id


def test_it_takes_a_retried_print_back_against_the_arrows():
    jobs = make_jobs(1, JobStatus.FAILED)
    undone(advance(jobs, "QUEUED"))
    assert statuses(jobs) == ["FAILED"]
    check_history()


def test_it_leaves_jobs_alone_that_have_moved_since_and_names_the_operation():
    jobs = make_jobs(3, JobStatus.QUEUED)
    first = advance(jobs, "PRINTING")
    second = advance(jobs[1:2], "POST_PROCESS", 2)
    result = undone(first, 3)
    assert statuses(jobs) == ["QUEUED", "POST_PROCESS", "QUEUED"]
    [fault] = faults(result)
    assert (fault.code, fault.value) == ("CHANGED_SINCE", jobs[1])
    assert fault.message == (
        f"{jobs[1]} has been changed since, by jobs.advance {second.pk}: status is POST_PROCESS and not PRINTING."
    )


def test_it_undoes_the_last_move_only():
    jobs = make_jobs(1, JobStatus.PRINTING)
    first = advance(jobs, "FAILED")
    advance(jobs, "QUEUED", 2)
    advance(jobs, "PRINTING", 2)
    last = advance(jobs, "FAILED", 2)
    assert refusal_of(first).message == f"{jobs[0]} has been changed since, by jobs.advance {last.pk}."


def test_it_does_not_undo_twice():
    jobs = make_jobs(1, JobStatus.QUEUED)
    first = advance(jobs, "PRINTING")
    back = undone(first)
    assert f"by jobs.return {back.operation_id}" in refusal_of(first).message


def test_it_leaves_what_has_shipped():
    jobs = make_jobs(2, JobStatus.READY)
    shipped = advance(jobs[:1], "SHIPPED")
    assert refusal_of(shipped).code == "IRREVERSIBLE"
    assert refusal_of(shipped).message == f"{jobs[0]} has shipped; what has left the shop does not come back."


def test_it_leaves_a_job_alone_that_got_another_priority_since():
    jobs = make_jobs(1, JobStatus.QUEUED)
    first = advance(jobs, "PRINTING")
    other = change_jobs(PRIORITIZE, jobs, actor=make_actor(), at=at(2), priority=5)
    assert refusal_of(first).message == f"{jobs[0]} has been changed since, by jobs.prioritize {other.operation_id}."


# --- Their orders ----------------------------------------------------------------------------------------------------
def test_it_brings_an_order_back_that_the_jobs_had_cancelled():
    jobs = make_jobs(2, JobStatus.PRINTING)
    first = cancel(jobs)
    assert order_of(jobs[0]).status == "cancelled"
    result = undone(first)
    assert statuses(jobs) == ["PRINTING", "PRINTING"]
    assert order_of(jobs[0]).status == "printing"
    assert {"kind": "order_status", "id": order_of(jobs[0]).reference, "from": "cancelled", "to": "printing"} in (
        result.outcomes[-1].effects
    )
    undone(recorded(result), 3)
    assert order_of(jobs[0]).status == "cancelled"
    check_history()


def two_jobs(kind: str = "print") -> list[str]:
    """The jobs of one order that has two printed lines and one more of a kind."""
    make_orders()
    skus = make_skus(2, "two") + make_skus(1, "more", kind=kind, material="")
    lines = [{"sku_id": sku, "quantity": 1} for sku in skus]
    wanted = [{"customer_id": "cust-001", "line_items": lines}]
    [order] = create_orders(wanted, actor=make_actor(), at=NOON).outcomes
    change_orders(PAY, [order.reference], actor=make_actor(), at=NOON)
    return [job.reference for job in Job.objects.of_orders(numbers([order.reference])).order_by("pk")]


def test_it_brings_a_job_back_though_others_have_cancelled_the_order_by_roll_up_since():
    jobs = two_jobs()
    first = cancel(jobs[:1])
    cancel(jobs[1:], 2)
    assert order_of(jobs[0]).status == "cancelled"
    undone(first, 3)
    assert (statuses(jobs), order_of(jobs[0]).status) == (["CREATED", "CANCELLED", "CANCELLED"], "paid")


def test_it_brings_no_job_back_to_an_order_that_somebody_has_cancelled_since():
    jobs = two_jobs()
    order = order_of(jobs[0])
    first = cancel(jobs[:1])
    change_orders(CANCEL_ORDERS, [order.reference], actor=make_actor(), at=at(2), reason="x")
    message = f"Order {order.reference} of {jobs[0]} has been cancelled since."
    assert refusal_of(first, hours=3).message == message


def test_it_brings_no_job_back_to_a_cancelled_order_with_digital_lines():
    jobs = two_jobs("content")
    order = order_of(jobs[0])
    first = cancel(jobs)
    assert (len(jobs), order_of(jobs[0]).status) == (2, "paid")
    change_orders(CANCEL_ORDERS, [order.reference], actor=make_actor(), at=at(2), reason="x")
    before = snapshot()
    with pytest.raises(Refused):
        undone(first, 3)
    assert snapshot() == before


@pytest.mark.parametrize(("operation", "terms", "status"), [
    (REFUND, {"reason": "x"}, "refunded"),
    (CHANGE, {"status": "paused"}, "paused"),
])  # fmt: skip
def test_it_leaves_the_jobs_of_an_order_that_was_put_aside_since(operation: Operation, terms: Any, status: str):
    jobs = make_jobs(1, JobStatus.QUEUED)
    order = order_of(jobs[0])
    first = advance(jobs, "PRINTING")
    change_orders(operation, [order.reference], actor=make_actor(), at=at(2), **terms)
    assert refusal_of(first, hours=3).message == f"Order {order.reference} of {jobs[0]} has been {status} since."


def test_it_moves_the_jobs_of_an_order_that_was_paused_before():
    jobs = make_jobs(1, JobStatus.QUEUED)
    change_orders(CHANGE, [order_of(jobs[0]).reference], actor=make_actor(), at=at(0.5), status="paused")
    undone(advance(jobs, "PRINTING"))
    assert (statuses(jobs), order_of(jobs[0]).status) == (["QUEUED"], "paused")


# --- Priorities and reprints -----------------------------------------------------------------------------------------
def test_it_puts_priorities_back():
    jobs = make_jobs(3)
    change_jobs(PRIORITIZE, jobs[:1], actor=make_actor(), at=at(0.5), priority=7)
    first = recorded(change_jobs(PRIORITIZE, jobs, actor=make_actor(), at=at(1), priority=9))
    back = undone(first)
    priorities = Job.objects.order_by("pk").values_list("priority", flat=True)
    assert list(priorities) == [7, 0, 0]
    undone(recorded(back), 3)
    assert list(priorities.all()) == [9, 9, 9]


def reprint(jobs: list[str]) -> BulkOperation:
    items = [Item(index, {"job_id": job}) for index, job in enumerate(jobs)]
    return recorded(run(REPRINT, Batch(items, {"reason": "Bent"}, make_actor(), at(1))))


def test_it_cancels_reprints_to_which_nothing_has_happened():
    jobs = make_jobs(2, JobStatus.READY)
    first = reprint(jobs)
    again = [job.reference for job in Job.objects.filter(reprint_of__isnull=False).order_by("pk")]
    advance(again[1:], "VALIDATED", 2)
    assert [order_of(job).status for job in jobs] == ["printing", "printing"]
    result = undone(first, 3)
    assert statuses(again) == ["CANCELLED", "VALIDATED"]
    assert [order_of(job).status for job in jobs] == ["ready", "printing"]
    [fault] = faults(result)
    assert (fault.code, fault.value, fault.path) == ("CHANGED_SINCE", again[1], "status")
    undone(recorded(result), 4)
    assert statuses(again) == ["CREATED", "VALIDATED"]
    assert order_of(jobs[0]).status == "printing"
    assert JobMove.objects.filter(job=numbers(again)[0], undoes__isnull=False).count() == 1


# --- How -------------------------------------------------------------------------------------------------------------
def test_it_sends_as_many_statements_for_a_hundred_as_for_two():
    sent = []
    for count in 2, 50:
        operation = advance(make_jobs(count, JobStatus.QUEUED), "PRINTING")
        with statements() as found:
            undone(operation)
        sent.append(len(found))
    # One of them asks who listens.
    assert sent[0] == sent[1] <= 12


@pytest.mark.django_db(transaction=True)
def test_it_undoes_what_the_queue_has_done():
    jobs = make_jobs(3, JobStatus.VALIDATED)
    terms = {"targetStatus": "SLICED"}
    accepted = accept(Request("jobs.advance", [*jobs, "job-999"], make_actor(), at(1), terms))
    while carry_out_next():
        pass
    operation = BulkOperation.objects.get(pk=accepted)
    assert (set(statuses(jobs)), operation.counts) == ({"SLICED"}, {"updated": 3, "refused": 1})
    result = undone(operation)
    assert (set(statuses(jobs)), faults(result)) == ({"VALIDATED"}, [])
    check_history()
