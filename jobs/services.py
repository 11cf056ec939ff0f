"""Moving jobs, and what they mean for their orders.

The order of a job is locked before the job, by everybody: so the jobs of a locked order stand still, and a roll-up that
has read them all is right when it commits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from jobs import shapes
from jobs.models import Job, JobMove
from jobs.plans.floor import Floor, JobChange, Move, OrderStanding, Standing, standing_of
from jobs.plans.moves import plan_moves, plan_priorities
from jobs.plans.reprints import plan_reprints
from jobs.states import JobStatus
from orders.models import Order
from orders.references import reference
from orders.states import OrderStatus
from printshop.api.actors import Actor
from printshop.api.prepared import prepared
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Operation, Result, id_itself, ids_in, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

COLUMNS = ("pk", "order_id", "status", "quantity", "priority", "sku_id", "line_item_id")
ORDER_COLUMNS = ("pk", "status", "digital")
# Only an undo asks when a row was written last, and a time takes as long to read as all the rest.
WRITTEN = ("updated_at",)


@prepared
def orders_of(job_numbers: Any, bound_to: Any, dated: Any) -> QuerySet[Order, Any]:
    """The orders of the jobs, locked."""
    touched = Job.objects.numbered(job_numbers).order_by().values("order_id")
    columns = (*ORDER_COLUMNS, *WRITTEN) if dated else ORDER_COLUMNS
    return Order.objects.bound_to(bound_to).filter(pk__in=touched).locked().values_list(*columns)


@prepared
def jobs_of(order_numbers: Any, dated: Any) -> QuerySet[Job, Any]:
    """All jobs of the orders, locked."""
    columns = (*COLUMNS, *WRITTEN) if dated else COLUMNS
    return Job.objects.of_orders(order_numbers).locked().values_list(*columns)


def floor_of(order_numbers: Iterable[int], dated: bool | None = None) -> dict[str, Standing]:
    """All jobs of the orders, locked, by public id; `dated` tells when each was written last."""
    return {job.reference: job for job in map(standing_of, jobs_of(list(order_numbers), dated))}


def look_for(actor: Actor, texts: Iterable[str], dated: bool | None = None) -> Floor:
    """Lock the orders of the named jobs, then all jobs of those orders: two statements."""
    numbers = [number for text in texts if (number := Job.number_in(text)) is not None]
    standings = {
        pk: OrderStanding(pk, reference(Order.PREFIX, pk), OrderStatus(status), *rest)
        for pk, status, *rest in orders_of(numbers, actor.customer_id, dated)
    }
    return Floor(floor_of(standings, dated), standings)


def look(batch: Batch) -> Floor:
    return look_for(batch.actor, [item.value for item in batch.items if item.value])


def write_moves(batch: Batch, moves: Sequence[Move]) -> None:
    """The one place where a job's status is written, always together with the history of it."""
    # Of a job that is moved twice, the last move says where it stands.
    rows = {
        move.job.number: {"id": move.job.number, "status": move.target, "reason": move.reason, "updated_at": batch.at}
        for move in moves
    }
    history = [
        {
            "job_id": move.job.number,
            "source": move.job.status,
            "target": move.target,
            "at": batch.at,
            "actor": batch.actor.name,
            "reason": move.reason,
            "operation_id": batch.operation_id,
            "undoes_id": move.undoes,
        }
        for move in moves
    ]
    writer.update(Job, list(rows.values()))
    writer.insert(JobMove, history)


def write_changes(batch: Batch, changes: Sequence[JobChange]) -> None:
    """Moves, their history, new jobs and the orders' statuses: at most four statements."""
    write_moves(batch, [move for change in changes for move in change.moves])
    writer.insert(Job, [row for change in changes for row in change.new_jobs])
    writer.update(Order, [row for change in changes for row in change.orders])


def write(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    write_changes(batch, [outcome.change for outcome in outcomes if outcome.change is not None])


def write_reprints(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """As `write`; the answer names the new jobs, which come back in no promised order but with ascending numbers."""
    changes: list[JobChange] = [outcome.change for outcome in outcomes]
    made = sorted(
        number for (number,) in writer.insert(Job, [row for change in changes for row in change.new_jobs], ("id",))
    )
    for outcome, number in zip(outcomes, made, strict=True):
        outcome.reference = reference(Job.PREFIX, number)
    writer.update(Order, [row for change in changes for row in change.orders])


def target_of(batch: Batch) -> JobStatus | None:
    text = batch.terms.get("target_status")
    return JobStatus(text) if text else None


def plan_advance(batch: Batch, floor: Floor) -> list[Outcome]:
    return plan_moves(batch.items, floor, target_of(batch), batch.terms.get("reason") or "", batch.at)


def plan_cancel(batch: Batch, floor: Floor) -> list[Outcome]:
    return plan_moves(batch.items, floor, JobStatus.CANCELLED, batch.terms.get("reason") or "", batch.at)


def advance_faults(terms: Any) -> list[Fault]:
    """Cancelling needs a reason, by whatever name it is asked for."""
    if terms.get("target_status") == JobStatus.CANCELLED and not terms.get("reason"):
        return [Fault("REQUIRED", "reason is required to cancel a job.", "reason")]
    return []


def job_operation(name: str, done: str, **parts: Any) -> Operation:
    """An operation on jobs named by their ids."""
    words = {Verdict.UPDATED: done, Verdict.UNCHANGED: "unchanged"}
    return Operation(
        name=name,
        noun="jobs",
        items_field="jobIds",
        words=words,
        item=shapes.JobRef,
        limit=100,
        look=look,
        rows_of=id_itself,
        **parts,
    )


ADVANCE = job_operation(
    "jobs.advance", "advanced", terms=shapes.AdvanceTerms, plan=plan_advance, write=write, judge_terms=advance_faults
)
CANCEL = job_operation("jobs.cancel", "cancelled", terms=shapes.CancelTerms, plan=plan_cancel, write=write)
PRIORITIZE = job_operation(
    "jobs.prioritize",
    "prioritized",
    terms=shapes.PriorityTerms,
    plan=lambda batch, floor: plan_priorities(batch.items, floor, batch.terms.get("priority"), batch.at),
    write=lambda batch, outcomes: writer.update(Job, [outcome.change for outcome in outcomes if outcome.change]),
)
REPRINT = Operation(
    name="jobs.reprint",
    noun="jobs",
    items_field="items",
    words={Verdict.CREATED: "created"},
    item=shapes.ReprintItem,
    terms=shapes.CancelTerms,
    limit=100,
    look=lambda batch: look_for(
        batch.actor, [item.value["job_id"] for item in batch.items if item.value and "job_id" in item.value]
    ),
    plan=lambda batch, floor: plan_reprints(batch.items, floor, batch.terms.get("reason") or "", batch.at),
    write=write_reprints,
    rows_of=ids_in("jobId"),
)


def change_jobs(
    operation: Operation,
    job_ids: Sequence[str],
    *,
    actor: Actor,
    at: datetime,
    policy: Policy = Policy.ATOMIC,
    dry_run: bool = False,
    **terms: Any,
) -> Result:
    """`ADVANCE`, `CANCEL` or `PRIORITIZE` jobs by their public ids. Raises `Refused` with every fault of every job."""
    items = [Item(index, job_id) for index, job_id in enumerate(job_ids)]
    return run(operation, Batch(items, terms, actor, at, policy, dry_run))
