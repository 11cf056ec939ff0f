"""What taking orders back and reinstating them means for their jobs, worked out from values alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from jobs.plans.floor import Floor, JobChange, Move, Standing
from jobs.plans.returning import History, back_along, shipped
from jobs.states import OPEN, JobStatus
from printshop.api.refusals import Fault
from printshop.bulk.images import changed_since
from printshop.bulk.outcomes import Outcome, Verdict

S = JobStatus


def plan_reinstatement(outcomes: Iterable[Outcome], floor: Floor, history: History) -> None:
    """The jobs that were cancelled with an order go back to where they were."""
    for outcome in outcomes:
        if outcome.verdict is Verdict.UPDATED:
            ways = [(job, history.made_of(job)) for job in floor.jobs_of(outcome.change["id"])]
            follow(outcome, "job_returned", [back_along(job, way[-1]) for job, way in ways if way])


def plan_withdrawal(
    outcomes: Iterable[Outcome], images: Iterable[Mapping[str, Any]], floor: Floor, history: History
) -> None:
    """The jobs of an order go with it, unless one of them has shipped or something has happened to it since."""
    for outcome, image in zip(outcomes, images, strict=True):
        if outcome.verdict is not Verdict.UPDATED:
            continue
        jobs = floor.jobs_of(outcome.change["id"])
        if faults := [fault for job in jobs if (fault := withdrawal_fault(job, image))]:
            outcome.refuse(*faults)
        else:
            follow(outcome, "job_cancelled", [cancellation(job, history) for job in jobs if job.status in OPEN])


def withdrawal_fault(job: Standing, image: Mapping[str, Any]) -> Fault | None:
    if job.status == S.SHIPPED:
        return shipped(job)
    if job.updated_at is not None and job.updated_at > image["at"]:
        return changed_since(job.reference, {}, {})
    return None


def cancellation(job: Standing, history: History) -> Move:
    """A job is cancelled, once more where the operation that is undone had taken that back."""
    way = history.made_of(job)
    return Move(job, S.CANCELLED, "Undone", way[-1].number if way and way[-1].source == S.CANCELLED else None)


def follow(outcome: Outcome, kind: str, moves: list[Move]) -> None:
    """What becomes of an order's jobs."""
    outcome.follows["jobs"] = JobChange(moves=moves)
    outcome.effects += [
        {"kind": kind, "id": move.job.reference, "from": move.job.status, "to": move.target} for move in moves
    ]
