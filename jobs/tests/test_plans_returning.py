"""Moving jobs back, worked out without a database."""

from datetime import timedelta
from typing import Any

import pytest

from jobs.plans.floor import Floor, OrderStanding, Standing
from jobs.plans.reinstating import plan_reinstatement, plan_withdrawal
from jobs.plans.returning import History, Moved, plan_reprint_withdrawal, plan_return
from jobs.states import NEXT, JobStatus
from orders.references import reference
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

UNDONE, OTHER = "op-1", "op-2"
LATER, EARLIER = NOON + timedelta(hours=1), NOON - timedelta(hours=1)
ARROWS = [(source, target) for source, targets in NEXT.items() for target in sorted(targets)]


def floor(*jobs: str, order: str = "processing", digital: bool = False, written: Any = EARLIER) -> Floor:
    """One order with jobs in these statuses, job-001 and so on, all written at noon."""
    found = [
        Standing(number, reference("job", number), 1, JobStatus(status), updated_at=NOON)
        for number, status in enumerate(jobs, 1)
    ]
    standing = OrderStanding(1, "ord-001", OrderStatus(order), digital, written)
    return Floor({job.reference: job for job in found}, {1: standing})


def move(number: int, source: str, target: str, operation: str = UNDONE, kind: str = "jobs.advance") -> Moved:
    return Moved(number, JobStatus(source), JobStatus(target), operation, kind)


def history(*moves: Moved) -> History:
    """The last move of job-001, job-002 and so on."""
    return History(UNDONE, {number: [one] for number, one in enumerate(moves, 1)})


def images(*targets: str, **more: Any) -> list[Item]:
    return [
        Item(index, {"index": index, "reference": reference("job", index + 1), "verdict": "updated", "before": {},
                     "after": {"status": target}, "effects": [], "at": NOON, **more})
        for index, target in enumerate(targets)
    ]  # fmt: skip


def back(there: Floor, past: History, *targets: str) -> list[Outcome]:
    return plan_return(images(*targets), NOON, there, past, {})


def codes(outcome: Outcome) -> list[str]:
    return [fault.code for fault in outcome.faults]


@pytest.mark.parametrize(("source", "target"), ARROWS)
def test_it_goes_back_along_every_arrow_but_the_one_to_shipped(source: JobStatus, target: JobStatus):
    [outcome] = back(floor(target), history(move(7, source, target)), target)
    if target == JobStatus.SHIPPED:
        assert codes(outcome) == ["IRREVERSIBLE"]
        return
    [made] = outcome.change.moves
    assert (made.target, made.undoes, outcome.status) == (source, 7, source)
    assert (outcome.before, outcome.after) == ({"status": target}, {"status": source})


def test_it_follows_a_job_back_over_all_moves_of_one_operation():
    past = History(UNDONE, {1: [move(4, "CREATED", "VALIDATED"), move(5, "VALIDATED", "SLICED")]})
    items = [*images("SLICED"), *images("VALIDATED")]
    outcomes = plan_return(items, NOON, floor("SLICED"), past, {})
    made = [one for outcome in outcomes for one in outcome.change.moves]
    assert [(one.job.status, one.target, one.undoes) for one in made] == [
        ("SLICED", "VALIDATED", 5),
        ("VALIDATED", "CREATED", 4),
    ]
    [order] = [row for outcome in outcomes for row in outcome.change.orders]
    assert order["status"] == "paid"


def test_it_rolls_the_order_up_once():
    past = history(move(1, "QUEUED", "PRINTING"), move(2, "QUEUED", "PRINTING"))
    first, second = back(floor("PRINTING", "PRINTING", order="printing"), past, "PRINTING", "PRINTING")
    assert first.change.orders == [{"id": 1, "status": "processing", "updated_at": NOON}]
    assert second.change.orders == []


@pytest.mark.parametrize(
    ("moved", "at", "message"),
    [
        (move(2, "QUEUED", "PRINTING", OTHER), NOON, "job-001 has been changed since, by jobs.advance op-2."),
        (move(1, "QUEUED", "PRINTING"), LATER, "job-001 has been changed since, by jobs.prioritize op-3."),
    ],
)
def test_it_leaves_a_job_alone_that_was_touched_since(moved: Moved, at: Any, message: str):
    there = floor("PRINTING")
    there = Floor({name: job._replace(updated_at=at) for name, job in there.jobs.items()}, there.orders)
    [outcome] = plan_return(images("PRINTING"), NOON, there, history(moved), {"job-001": "jobs.prioritize op-3"})
    assert [(fault.code, fault.message) for fault in outcome.faults] == [("CHANGED_SINCE", message)]


@pytest.mark.parametrize(
    ("order", "digital", "written", "kind", "left_alone"),
    [
        ("cancelled", False, LATER, "jobs.cancel", False),
        ("cancelled", False, LATER, "orders.cancel", True),
        ("cancelled", True, LATER, "jobs.cancel", True),
        ("paused", False, LATER, "jobs.cancel", True),
        ("paused", False, EARLIER, "jobs.cancel", False),
        ("refunded", False, LATER, "jobs.cancel", True),
        ("refunded", False, EARLIER, "jobs.cancel", False),
        ("printing", False, LATER, "jobs.cancel", False),
    ],
)
def test_it_minds_what_somebody_did_to_the_order_since(
    order: str, digital: bool, written: Any, kind: str, left_alone: bool
):
    past = history(move(1, "QUEUED", "CANCELLED"), move(2, "QUEUED", "CANCELLED", OTHER, kind))
    there = floor("CANCELLED", "CANCELLED", order=order, digital=digital, written=written)
    [outcome] = back(there, past, "CANCELLED")
    assert codes(outcome) == (["CHANGED_SINCE"] if left_alone else [])
    if left_alone:
        assert outcome.faults[0].message == f"Order ord-001 of job-001 has been {order} since."


def test_it_does_not_know_a_job_that_is_gone():
    [outcome] = plan_return(images("PRINTING"), NOON, Floor({}), History(UNDONE), {})
    assert codes(outcome) == ["CHANGED_SINCE"]


@pytest.mark.parametrize(("status", "at", "code"), [
    ("CREATED", NOON, None), ("CREATED", LATER, "CHANGED_SINCE"), ("VALIDATED", NOON, "CHANGED_SINCE"),
    ("SHIPPED", NOON, "IRREVERSIBLE"),
])  # fmt: skip
def test_it_cancels_a_reprint_only_as_it_was_made(status: str, at: Any, code: str | None):
    there = floor(status, "READY", order="printing")
    there = Floor({name: job._replace(updated_at=at) for name, job in there.jobs.items()}, there.orders)
    [outcome] = plan_reprint_withdrawal(images("CREATED"), NOON, there, {})
    assert codes(outcome) == ([code] if code else [])
    if code is None:
        assert [(one.target, one.undoes) for one in outcome.change.moves] == [("CANCELLED", None)]
        assert outcome.change.orders[0]["status"] == "ready"


# --- Orders ----------------------------------------------------------------------------------------------------------
def order_outcome() -> Outcome:
    return Outcome(0, "ord-001", Verdict.UPDATED, change={"id": 1})


def test_it_takes_back_only_the_cancellations_of_the_undone_operation():
    past = history(move(3, "READY", "CANCELLED"), move(4, "CREATED", "CANCELLED", OTHER))
    outcome = order_outcome()
    plan_reinstatement([outcome], floor("CANCELLED", "CANCELLED"), past)
    [made] = outcome.follows["jobs"].moves
    assert (made.job.reference, made.target, made.undoes) == ("job-001", "READY", 3)
    assert outcome.effects == [{"kind": "job_returned", "id": "job-001", "from": "CANCELLED", "to": "READY"}]


def test_it_cancels_the_jobs_of_an_order_again():
    past = history(move(3, "CANCELLED", "READY"), move(1, "CREATED", "CANCELLED", OTHER))
    outcome = order_outcome()
    plan_withdrawal([outcome], [images("x")[0].value], floor("READY", "CANCELLED"), past)
    assert [(one.job.reference, one.undoes) for one in outcome.follows["jobs"].moves] == [("job-001", 3)]


@pytest.mark.parametrize(
    ("status", "at", "code"), [("SHIPPED", NOON, "IRREVERSIBLE"), ("READY", EARLIER, "CHANGED_SINCE")]
)
def test_it_keeps_an_order_with_a_job_that_went_on(status: str, at: Any, code: str):
    outcome = order_outcome()
    plan_withdrawal([outcome], [images("x", at=at)[0].value], floor(status), History(UNDONE))
    assert (codes(outcome), outcome.follows) == ([code], {})
