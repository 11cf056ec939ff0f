"""What moves and priorities do to jobs and their orders, worked out from values alone."""

from collections.abc import Sequence
from datetime import datetime

from jobs.plans.floor import Floor, JobChange, Move, Standing, illegal, judged, place, roll_up
from jobs.states import NEXT, OPEN, JobStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict


def plan_moves(
    items: Sequence[Item], floor: Floor, target: JobStatus | None, reason: str, at: datetime
) -> list[Outcome]:
    """Move jobs to `target`, None when the request failed to say which; their orders follow."""

    def judge(outcome: Outcome, job: Standing, item: Item) -> None:
        if target is None or job.status == target:
            return
        if target not in NEXT[job.status]:
            outcome.refuse(illegal(job, target, place(item)))
            return
        outcome.verdict, outcome.status = Verdict.UPDATED, target
        outcome.before, outcome.after = {"status": job.status}, {"status": target}
        outcome.change = JobChange(moves=[Move(job, target, reason)])

    outcomes = judged(items, floor, judge)
    roll_up(outcomes, floor, at)
    return outcomes


def plan_priorities(items: Sequence[Item], floor: Floor, priority: int | None, at: datetime) -> list[Outcome]:
    """Set the priority of jobs that are still to be done."""

    def judge(outcome: Outcome, job: Standing, item: Item) -> None:
        if priority is None or job.priority == priority:
            return
        if job.status not in OPEN:
            message = f"A {job.status} job has no priority any more."
            outcome.refuse(Fault("ILLEGAL_TRANSITION", message, place(item), job.reference, kind=Kind.CONFLICT))
            return
        outcome.verdict = Verdict.UPDATED
        outcome.before, outcome.after = {"priority": job.priority}, {"priority": priority}
        outcome.change = {"id": job.number, "priority": priority, "updated_at": at}

    return judged(items, floor, judge)
