"""Undoing what was done to jobs, and what undoing changes of orders means for them."""

from collections.abc import Iterable, Sequence

from django.db.models import Max, Q

from jobs.consequences import write_following
from jobs.models import Job, JobMove
from jobs.plans.floor import Floor
from jobs.plans.reinstating import plan_reinstatement, plan_withdrawal
from jobs.plans.returning import History, Moved, plan_reprint_withdrawal, plan_return
from jobs.services import floor_of, look_for, write
from jobs.states import JobStatus
from orders.services.access import changed_orders
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Consequence
from printshop.bulk.images import Present, Writers, last_changes, put_back
from printshop.bulk.outcomes import Outcome
from printshop.bulk.undoing import inverse_operation, references_in, writers_since

MOVE = ("pk", "job_id", "source", "target", "operation_id", "operation__name")


def moves_of(job_numbers: Iterable[int], undone: str) -> History:
    """Of these jobs the last move of each, and those that the undone operation made: one statement."""
    mine = JobMove.objects.filter(job_id__among=list(job_numbers))
    lasts = mine.order_by().values("job_id").annotate(last=Max("pk")).values("last")
    rows = mine.filter(Q(operation=undone) | Q(pk__in=lasts)).order_by("pk").values_list(*MOVE)
    found: dict[int, list[Moved]] = {}
    for number, job, source, target, operation, kind in rows:
        move = Moved(number, JobStatus(source), JobStatus(target), str(operation or ""), kind or "")
        found.setdefault(job, []).append(move)
    return History(undone, found)


def floor_history(batch: Batch, floor: Floor) -> History:
    return moves_of([job.number for job in floor.jobs.values()], batch.terms["undoes"])


# --- Jobs ------------------------------------------------------------------------------------------------------------
def look(batch: Batch) -> tuple[Floor, History, Writers]:
    """Lock the orders of the jobs, then all jobs of those orders, which now stand still with their histories."""
    floor = look_for(batch.actor, references_in(batch), dated=True)
    return floor, floor_history(batch, floor), writers_since(batch, "jobs.")


def look_at_jobs(batch: Batch) -> tuple[Floor, Writers]:
    return look_for(batch.actor, references_in(batch), dated=True), writers_since(batch, "jobs.")


def plan_priorities_back(batch: Batch, facts: tuple[Floor, Writers]) -> list[Outcome]:
    floor, writers = facts
    rows = {name: Present({"priority": job.priority}, job.updated_at, job.number) for name, job in floor.jobs.items()}
    return put_back(batch.items, rows, writers)


def write_priorities(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    changed = sorted(last_changes(outcomes).values(), key=lambda present: present.key)
    writer.update(Job, [{"id": one.key, **one.fields, "updated_at": batch.at} for one in changed])


RETURN = inverse_operation(
    "jobs.return", "jobs", look=look, plan=lambda batch, facts: plan_return(batch.items, batch.at, *facts), write=write
)
WITHDRAW_REPRINTS = inverse_operation(
    "jobs.reprint.withdraw",
    "jobs",
    look=look_at_jobs,
    plan=lambda batch, facts: plan_reprint_withdrawal(batch.items, batch.at, *facts),
    write=write,
)
RESTORE_PRIORITIES = inverse_operation(
    "jobs.prioritize.restore", "jobs", look=look_at_jobs, plan=plan_priorities_back, write=write_priorities
)


# --- Orders ----------------------------------------------------------------------------------------------------------
def look_at_orders(batch: Batch, outcomes: Sequence[Outcome]) -> tuple[Floor, History]:
    """All jobs of the orders that change, and their histories."""
    floor = Floor(floor_of(changed_orders(outcomes), dated=True))
    return floor, floor_history(batch, floor)


ON_REINSTATE = Consequence(
    name="jobs",
    look=look_at_orders,
    plan=lambda batch, outcomes, facts: plan_reinstatement(outcomes, *facts),
    write=write_following,
)
ON_WITHDRAW = Consequence(
    name="jobs",
    look=look_at_orders,
    plan=lambda batch, outcomes, facts: plan_withdrawal(outcomes, [item.value for item in batch.items], *facts),
    write=write_following,
)
