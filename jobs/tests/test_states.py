"""The state machine and the roll-up, held against the contract's own words."""

from collections import Counter
from collections.abc import Collection
from itertools import combinations_with_replacement, product

import pytest

from jobs.states import AT_WORK, NEXT, NOT_PRINTED_YET, OPEN, PAST_PRINTING, TERMINAL, JobStatus, rolled_up
from orders.states import OrderStatus

# The table of contract section 1, typed off the page and not derived from the code.
ARROWS = """
CREATED      -> VALIDATED CANCELLED
VALIDATED    -> SLICED CANCELLED
SLICED       -> QUEUED CANCELLED
QUEUED       -> PRINTING CANCELLED
PRINTING     -> POST_PROCESS FAILED CANCELLED
POST_PROCESS -> READY CANCELLED
READY        -> SHIPPED CANCELLED
FAILED       -> QUEUED CANCELLED
"""
ARROWS_FROM = {
    source.strip(): set(targets.split())
    for source, _, targets in (line.partition("->") for line in ARROWS.strip().splitlines())
} | {"SHIPPED": set(), "CANCELLED": set()}
HELD_STATUSES = ("paused", "refunded", "pending_payment")
MULTISETS = [jobs for size in range(4) for jobs in combinations_with_replacement(JobStatus.values, size)]


def order_status_of(order: str, jobs: Collection[str], digital: bool) -> str:
    """The contract's sentence on the roll-up, clause by clause, by counting: no code shared with the application."""
    if order in HELD_STATUSES or not jobs:
        return order
    count = Counter(job for job in jobs if job != "CANCELLED")
    live = count.total()
    shipped = count["SHIPPED"]
    ready = shipped + count["READY"]
    past_printing = ready + count["POST_PROCESS"]
    if live == 0:
        return "paid" if digital else "cancelled"
    if count["CREATED"] == live:
        return "paid"
    if count["PRINTING"] or count["FAILED"] or 0 < past_printing < live:
        return "printing"
    if past_printing < live:
        return "processing"
    return "shipped" if shipped == live else "ready" if ready == live else "post_processing"


def test_it_has_the_seventeen_arrows_of_the_contract_and_no_other():
    assert {source.value: {target.value for target in targets} for source, targets in NEXT.items()} == ARROWS_FROM
    assert sum(map(len, NEXT.values())) == 17


def test_it_ends_in_shipped_and_cancelled_only():
    assert set(TERMINAL) == {"SHIPPED", "CANCELLED"}
    assert set(JobStatus) - TERMINAL == OPEN


def test_it_can_cancel_every_job_that_is_not_at_an_end():
    assert {status for status, targets in NEXT.items() if JobStatus.CANCELLED in targets} == OPEN


def test_it_files_every_status_before_at_or_past_printing():
    groups = [NOT_PRINTED_YET, AT_WORK, PAST_PRINTING, {JobStatus.CANCELLED}]
    assert sorted(status for group in groups for status in group) == sorted(JobStatus)


@pytest.mark.parametrize("digital", [False, True])
@pytest.mark.parametrize("order", OrderStatus.values)
def test_it_rolls_up_every_multiset_of_up_to_three_jobs_as_the_contract_says(order: str, digital: bool):
    wrong = {
        jobs: (got, wanted)
        for jobs in MULTISETS
        if (got := rolled_up(OrderStatus(order), [JobStatus(job) for job in jobs], digital=digital))
        != (wanted := order_status_of(order, jobs, digital))
    }
    assert not wrong


def test_it_rolls_up_the_same_whatever_the_order_of_the_jobs():
    for jobs in product(JobStatus, repeat=2):
        there, back = (rolled_up(OrderStatus.PAID, side, digital=False) for side in (jobs, jobs[::-1]))
        assert there == back


@pytest.mark.parametrize(
    ("jobs", "order"),
    [
        ("CREATED CREATED", "paid"),
        ("CREATED VALIDATED", "processing"),
        ("QUEUED QUEUED", "processing"),
        ("QUEUED FAILED", "printing"),
        ("CREATED SHIPPED", "printing"),
        ("PRINTING SHIPPED", "printing"),
        ("POST_PROCESS SHIPPED", "post_processing"),
        ("READY SHIPPED", "ready"),
        ("SHIPPED CANCELLED", "shipped"),
        ("CREATED CANCELLED", "paid"),
        ("CANCELLED CANCELLED", "cancelled"),
    ],
)
def test_it_says_of_the_order_what_its_jobs_say(jobs: str, order: str):
    statuses = [JobStatus(job) for job in jobs.split()]
    assert rolled_up(OrderStatus.PROCESSING, statuses, digital=False) == order


def test_it_keeps_an_order_with_digital_lines_alive_when_every_job_is_cancelled():
    assert rolled_up(OrderStatus.PROCESSING, [JobStatus.CANCELLED], digital=True) == "paid"


@pytest.mark.parametrize("status", HELD_STATUSES)
def test_it_never_overwrites_a_status_that_people_set(status: str):
    assert {rolled_up(OrderStatus(status), [job], digital=False) for job in JobStatus} == {status}
