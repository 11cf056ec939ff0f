"""Moves, priorities, reprints, and what orders' operations mean for jobs, worked out without a database."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest

from jobs.plans.floor import Floor, OrderStanding, Standing
from jobs.plans.following import plan_order_cancellation, plan_order_payment
from jobs.plans.moves import plan_moves, plan_priorities
from jobs.plans.reprints import plan_reprints
from jobs.states import JobStatus
from jobs.tests.test_states import ARROWS_FROM
from orders.references import reference
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

ENDS = {"SHIPPED", "CANCELLED"}


def floor(*jobs: str, order: str = "processing", digital: bool = False, **more: Any) -> Floor:
    """One order with jobs in these statuses, job-001 and so on."""
    standings = [
        Standing(number, reference("job", number), 1, JobStatus(status), **{"quantity": 5, "sku_id": "cube", **more})
        for number, status in enumerate(jobs, 1)
    ]
    return Floor(
        {job.reference: job for job in standings}, {1: OrderStanding(1, "ord-001", OrderStatus(order), digital)}
    )


def items(*values: Any) -> list[Item]:
    return [Item(index, value) for index, value in enumerate(values)]


def names(there: Floor) -> list[Item]:
    return items(*there.jobs)


def move(there: Floor, target: str | None, batch: list[Item] | None = None, reason: str = "") -> list[Outcome]:
    return plan_moves(batch or names(there), there, JobStatus(target) if target else None, reason, NOON)


def order_rows(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    return [row for outcome in outcomes if outcome.change for row in outcome.change.orders]


def verdicts(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.verdict.value for outcome in outcomes]


# --- Moves -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("source", "target"), list(product(ARROWS_FROM, repeat=2)))
def test_it_moves_along_the_arrows_and_nowhere_else(source: str, target: str):
    [outcome] = move(floor(source), target, reason="why")
    if source == target:
        assert (outcome.verdict, outcome.change, outcome.status) == (Verdict.UNCHANGED, None, source)
    elif target in ARROWS_FROM[source]:
        [moved] = outcome.change.moves
        assert (outcome.verdict, outcome.status) == (Verdict.UPDATED, target)
        assert (moved.job.status, moved.target, moved.reason) == (source, target, "why")
        assert outcome.changes == {"status": [source, target]}
    else:
        [fault] = outcome.faults
        assert (fault.code, fault.kind, fault.path) == ("ILLEGAL_TRANSITION", Kind.CONFLICT, "jobIds.0")
        assert fault.message == f"A {source} job cannot become {target}."
        assert outcome.change is None


def test_it_judges_each_job_by_itself():
    there = floor("READY", "QUEUED", "SHIPPED")
    batch = [*names(there), Item(3, "job-999"), Item(4, None)]
    outcomes = move(there, "SHIPPED", batch)
    assert verdicts(outcomes) == ["updated", "refused", "unchanged", "refused", "unchanged"]
    assert [fault.code for one in outcomes for fault in one.faults] == ["ILLEGAL_TRANSITION", "JOB_NOT_FOUND"]
    assert (outcomes[3].faults[0].kind, outcomes[3].faults[0].path) == (Kind.UNKNOWN, "jobIds.3")


def test_it_moves_nothing_when_the_request_failed_to_say_where_to_but_still_knows_who_is_missing():
    there = floor("READY")
    assert verdicts(move(there, None, items("job-001", "job-999"))) == ["unchanged", "refused"]


# --- Roll-up ---------------------------------------------------------------------------------------------------------
def test_it_rolls_an_order_up_once_at_the_first_item_that_touches_it():
    there = floor("QUEUED", "QUEUED", "QUEUED")
    first, second, third = move(there, "PRINTING")
    assert first.change.orders == [{"id": 1, "status": "printing", "updated_at": NOON}]
    assert first.effects == [{"kind": "order_status", "id": "ord-001", "from": "processing", "to": "printing"}]
    assert second.change.orders == third.change.orders == []
    assert second.effects == third.effects == []


def test_it_counts_the_jobs_that_are_not_named_too():
    there = floor("READY", "READY", "PRINTING", order="printing")
    assert order_rows(move(there, "SHIPPED", items("job-001", "job-002"))) == []
    there = floor("READY", "SHIPPED", order="ready")
    assert [row["status"] for row in order_rows(move(there, "SHIPPED", items("job-001")))] == ["shipped"]


def test_it_leaves_the_order_out_of_it_when_its_jobs_are_refused():
    assert order_rows(move(floor("CREATED", "CREATED", order="paid"), "PRINTING")) == []


def test_it_says_nothing_of_an_order_that_stays_where_it_is():
    [outcome] = move(floor("VALIDATED"), "SLICED")
    assert (outcome.change.orders, outcome.effects) == ([], [])


@pytest.mark.parametrize("status", ["paused", "refunded", "pending_payment"])
def test_it_leaves_a_held_order_where_it_is(status: str):
    [outcome] = move(floor("QUEUED", order=status), "PRINTING")
    assert outcome.verdict is Verdict.UPDATED
    assert outcome.change.orders == []


@pytest.mark.parametrize(("digital", "status"), [(False, "cancelled"), (True, "paid")])
def test_it_ends_an_order_with_its_last_job_unless_it_has_digital_lines(digital: bool, status: str):
    assert [row["status"] for row in order_rows(move(floor("QUEUED", digital=digital), "CANCELLED"))] == [status]


def test_it_rolls_up_every_order_by_itself():
    jobs = {
        f"job-{number:03d}": Standing(number, f"job-{number:03d}", order, JobStatus.QUEUED)
        for number, order in enumerate([2, 1, 2, 3], 1)
    }
    orders = {one: OrderStanding(one, f"ord-{one:03d}", OrderStatus.PROCESSING) for one in (1, 2, 3)}
    outcomes = move(Floor(jobs, orders), "PRINTING", items("job-004", "job-003", "job-001"))
    assert [[row["id"] for row in outcome.change.orders] for outcome in outcomes] == [[3], [2], []]


# --- Priorities ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", sorted(ARROWS_FROM))
def test_it_sets_the_priority_of_what_is_still_to_be_done(status: str):
    [outcome] = plan_priorities(items("job-001"), floor(status), 9, NOON)
    if status in ENDS:
        assert [fault.code for fault in outcome.faults] == ["ILLEGAL_TRANSITION"]
        assert outcome.change is None
    else:
        assert outcome.change == {"id": 1, "priority": 9, "updated_at": NOON}
        assert (outcome.changes, outcome.status) == ({"priority": [0, 9]}, status)


@pytest.mark.parametrize("status", sorted(ARROWS_FROM))
def test_it_leaves_a_job_alone_that_has_the_priority_already(status: str):
    [outcome] = plan_priorities(items("job-001"), floor(status, priority=9), 9, NOON)
    assert (outcome.verdict, outcome.change) == (Verdict.UNCHANGED, None)


def test_it_sets_no_priority_of_a_job_that_is_not_there():
    assert verdicts(plan_priorities(items("job-009"), floor("QUEUED"), 1, NOON)) == ["refused"]


# --- Reprints --------------------------------------------------------------------------------------------------------
def reprint(there: Floor, *wanted: dict[str, Any]) -> list[Outcome]:
    return plan_reprints(items(*wanted), there, "Warped", NOON)


@pytest.mark.parametrize("status", ["PRINTING", "FAILED", "POST_PROCESS", "READY", "SHIPPED", "CANCELLED"])
def test_it_makes_a_further_job_that_names_the_first(status: str):
    [outcome] = reprint(floor(status, priority=3, line_item_id=8), {"job_id": "job-001", "quantity": 2})
    assert outcome.verdict is Verdict.CREATED
    assert outcome.change.new_jobs == [
        {"order_id": 1, "line_item_id": 8, "sku_id": "cube", "quantity": 2, "status": "CREATED", "priority": 3,
         "reason": "Warped", "reprint_of_id": 1, "created_at": NOON, "updated_at": NOON}
    ]  # fmt: skip
    assert outcome.effects[0] == {"kind": "job_created", "reprintOf": "job-001", "skuId": "cube", "quantity": 2}


@pytest.mark.parametrize("given", [{}, {"quantity": None}])
def test_it_reprints_all_of_it_when_no_quantity_is_given(given: dict[str, Any]):
    [outcome] = reprint(floor("FAILED"), {"job_id": "job-001", **given})
    assert outcome.change.new_jobs[0]["quantity"] == 5


@pytest.mark.parametrize("status", ["CREATED", "VALIDATED", "SLICED", "QUEUED"])
def test_it_does_not_reprint_what_was_not_printed_yet(status: str):
    [outcome] = reprint(floor(status), {"job_id": "job-001"})
    assert [(fault.code, fault.kind) for fault in outcome.faults] == [("ILLEGAL_TRANSITION", Kind.CONFLICT)]


@pytest.mark.parametrize("order", ["cancelled", "refunded", "pending_payment"])
def test_it_does_not_print_for_an_order_that_wants_nothing_any_more(order: str):
    [outcome] = reprint(floor("FAILED", order=order), {"job_id": "job-001"})
    assert [fault.code for fault in outcome.faults] == ["ILLEGAL_TRANSITION"]


def test_it_names_every_fault_of_a_reprint_at_once():
    [outcome] = reprint(floor("QUEUED", order="refunded"), {"job_id": "job-001", "quantity": 6})
    assert [(fault.path, fault.kind) for fault in outcome.faults] == [
        ("jobId", Kind.CONFLICT),
        ("jobId", Kind.CONFLICT),
        ("quantity", Kind.INVALID),
    ]


def test_it_reprints_nothing_of_a_job_that_is_not_there():
    unknown, misread = plan_reprints([*items({"job_id": "job-009"}), Item(1, {})], floor("READY"), "Warped", NOON)
    assert [fault.code for fault in unknown.faults] == ["JOB_NOT_FOUND"]
    assert (misread.verdict, misread.change) == (Verdict.REFUSED, None)


def test_it_does_not_count_a_reprint_whose_shape_is_at_fault():
    fault = Fault("NOT_AN_INTEGER", "quantity must be a whole number.", "quantity")
    batch = [Item(0, {"job_id": "job-001"}, [fault]), Item(1, {"job_id": "job-002"})]
    misread, good = plan_reprints(batch, floor("SHIPPED", "SHIPPED", order="shipped"), "Warped", NOON)
    assert (misread.verdict, misread.change) == (Verdict.REFUSED, None)
    # The order's new status goes with an item that happens.
    assert [row["status"] for row in order_rows([good])] == ["printing"]


def test_it_brings_a_shipped_order_back_to_work():
    outcomes = reprint(floor("SHIPPED", "SHIPPED", order="shipped"), {"job_id": "job-001"}, {"job_id": "job-001"})
    assert verdicts(outcomes) == ["created", "created"]
    assert [row["status"] for row in order_rows(outcomes)] == ["printing"]


# --- Orders' operations ----------------------------------------------------------------------------------------------
def changed_order(verdict: Verdict = Verdict.UPDATED, number: int = 1) -> Outcome:
    return Outcome(0, reference("ord", number), verdict, change={"id": number})


def test_it_cancels_the_jobs_that_can_still_be_cancelled_with_their_order():
    there = floor("CREATED", "PRINTING", "FAILED", "CANCELLED", "READY")
    outcome = changed_order()
    plan_order_cancellation([outcome], there, "Called off")
    moves = outcome.follows["jobs"].moves
    assert [(move.job.number, move.target, move.reason) for move in moves] == [
        (number, "CANCELLED", "Called off") for number in (1, 2, 3, 5)
    ]
    assert [effect["from"] for effect in outcome.effects] == ["CREATED", "PRINTING", "FAILED", "READY"]
    assert {effect["kind"] for effect in outcome.effects} == {"job_cancelled"}
    assert outcome.follows["jobs"].orders == []


def test_it_keeps_an_order_with_a_shipped_job():
    outcome = changed_order()
    plan_order_cancellation([outcome], floor("SHIPPED", "CREATED", "SHIPPED"), "Called off")
    [fault] = outcome.faults
    assert (outcome.verdict, fault.kind) == (Verdict.REFUSED, Kind.CONFLICT)
    assert "job-001, job-003" in fault.message
    assert outcome.follows == {}


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.UNCHANGED])
def test_it_leaves_the_jobs_of_an_order_alone_that_is_not_cancelled(verdict: Verdict):
    outcome = changed_order(verdict)
    plan_order_cancellation([outcome], floor("CREATED"), "Called off")
    plan_order_payment([outcome], {1: [{"pk": 1, "sku_id": "cube", "quantity": 1}]}, NOON)
    assert (outcome.follows, outcome.effects) == ({}, [])


def test_it_makes_one_job_for_each_printable_line_of_a_paid_order():
    lines = {1: [{"pk": 4, "sku_id": "cube", "quantity": 3}, {"pk": 5, "sku_id": "ball", "quantity": 1}], 2: []}
    one, other = changed_order(), changed_order(number=2)
    plan_order_payment([one, other], lines, NOON)
    assert [(row["line_item_id"], row["sku_id"], row["quantity"]) for row in one.follows["jobs"].new_jobs] == [
        (4, "cube", 3),
        (5, "ball", 1),
    ]
    assert {(row["status"], row["priority"], row["order_id"]) for row in one.follows["jobs"].new_jobs} == {
        ("CREATED", 0, 1)
    }
    assert [effect["quantity"] for effect in one.effects] == [3, 1]
    assert other.follows["jobs"].new_jobs == []
