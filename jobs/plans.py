"""What moves, priorities and reprints do to jobs and their orders, worked out from values alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.states import NEXT, NOT_PRINTED_YET, OPEN, JobStatus, rolled_up
from orders.references import reference
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

S = JobStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """A job as a change finds it."""

    number: int
    reference: str
    order_number: int
    status: JobStatus
    quantity: int = 1
    priority: int = 0
    sku_id: str = ""
    line_item_id: int = 0


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """An order with the jobs it has, as a change finds it."""

    number: int
    reference: str
    status: OrderStatus
    digital: bool = False


@dataclass(slots=True)
class Floor:
    """The jobs of some orders, all of them: what a roll-up needs to know."""

    jobs: Mapping[str, Standing]
    orders: Mapping[int, OrderStanding] = field(default_factory=dict)

    def jobs_of(self, order_number: int) -> list[Standing]:
        return [job for job in self.jobs.values() if job.order_number == order_number]


@dataclass(frozen=True, slots=True)
class Move:
    """A job changes its status, and with it perhaps its order."""

    job: Standing
    target: JobStatus
    reason: str = ""


@dataclass(slots=True)
class JobChange:
    """What one item does: moves, new jobs, and the statuses its orders roll up to."""

    moves: list[Move] = field(default_factory=list)
    new_jobs: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)


def unknown_job(text: str, path: str) -> Fault:
    """The job does not exist or belongs to somebody else."""
    return Fault("JOB_NOT_FOUND", f"There is no job {text}.", path, text, kind=Kind.UNKNOWN)


def illegal(job: Standing, target: JobStatus, path: str) -> Fault:
    """The state machine has no such arrow."""
    message = f"A {job.status} job cannot become {target}."
    return Fault("ILLEGAL_TRANSITION", message, path, job.reference, kind=Kind.CONFLICT)


def place(item: Item) -> str:
    return f"jobIds.{item.index}"


def judged(items: Sequence[Item], floor: Floor, judge: Callable[[Outcome, Standing, Item], None]) -> list[Outcome]:
    """An outcome for each job named; `judge` fills in those of the jobs that exist."""
    outcomes = []
    for item in items:
        job = floor.jobs.get(item.value or "")
        outcome = Outcome(item.index, item.value or "", status=job.status if job else "")
        outcomes.append(outcome)
        if job is not None:
            judge(outcome, job, item)
        elif item.value:
            outcome.refuse(unknown_job(item.value, place(item)))
    return outcomes


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


def roll_up(outcomes: Iterable[Outcome], floor: Floor, at: datetime) -> None:
    """Add to the changes what they make of their orders, each order once, at the first item that touches it."""
    statuses: dict[int, dict[Any, JobStatus]] = {}
    for job in floor.jobs.values():
        statuses.setdefault(job.order_number, {})[job.number] = job.status
    first: dict[int, Outcome] = {}
    for outcome in outcomes:
        if outcome.verdict is Verdict.REFUSED or outcome.change is None:
            continue
        for move in outcome.change.moves:
            statuses[move.job.order_number][move.job.number] = move.target
            first.setdefault(move.job.order_number, outcome)
        for row in outcome.change.new_jobs:
            statuses.setdefault(row["order_id"], {})[id(row)] = row["status"]
            first.setdefault(row["order_id"], outcome)
    for number, outcome in first.items():
        order = floor.orders[number]
        status = rolled_up(order.status, statuses[number].values(), digital=order.digital)
        if status != order.status:
            outcome.change.orders.append({"id": number, "status": status, "updated_at": at})
            outcome.effects.append({"kind": "order_status", "id": order.reference, "from": order.status, "to": status})


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


REPRINTABLE_ORDERS = frozenset(OrderStatus) - {OrderStatus.CANCELLED, OrderStatus.REFUNDED, OrderStatus.PENDING_PAYMENT}


def reprint_faults(job: Standing, order: OrderStanding, quantity: int) -> list[Fault]:
    """Only what was printed can be printed again, no more of it than before, and for an order that still wants it."""
    faults = []
    if job.status in NOT_PRINTED_YET:
        message = f"A {job.status} job has not been printed yet, so there is nothing to reprint."
        faults.append(Fault("ILLEGAL_TRANSITION", message, "jobId", job.reference, kind=Kind.CONFLICT))
    if order.status not in REPRINTABLE_ORDERS:
        message = f"Order {order.reference} is {order.status}; nothing is printed for it."
        faults.append(Fault("ILLEGAL_TRANSITION", message, "jobId", job.reference, kind=Kind.CONFLICT))
    if quantity > job.quantity:
        faults.append(
            Fault(
                "OUT_OF_RANGE",
                f"quantity must be at most {job.quantity}, what {job.reference} printed.",
                "quantity",
                quantity,
            )
        )
    return faults


def new_job(
    order_number: int, line_item_id: int, sku_id: str, quantity: int, at: datetime, **more: Any
) -> dict[str, Any]:
    """The row of a job to be made."""
    row = {"order_id": order_number, "line_item_id": line_item_id, "sku_id": sku_id, "quantity": quantity}
    return (
        row
        | {"status": S.CREATED, "priority": 0, "reason": "", "reprint_of_id": None, "created_at": at, "updated_at": at}
        | more
    )


def plan_reprints(items: Sequence[Item], floor: Floor, reason: str, at: datetime) -> list[Outcome]:
    """A further job for each item; the order goes back to where its jobs are."""
    outcomes = []
    for item in items:
        given = item.value or {}
        text = given.get("job_id") or ""
        outcome = Outcome(item.index, text, status=S.CREATED)
        outcomes.append(outcome)
        job = floor.jobs.get(text)
        if job is None:
            outcome.refuse(*([unknown_job(text, "jobId")] if text else []))
            continue
        quantity = given.get("quantity") or job.quantity
        faults = reprint_faults(job, floor.orders[job.order_number], quantity)
        if faults or item.faults:
            outcome.refuse(*faults)
            continue
        row = new_job(
            job.order_number,
            job.line_item_id,
            job.sku_id,
            quantity,
            at,
            priority=job.priority,
            reason=reason,
            reprint_of_id=job.number,
        )
        outcome.verdict, outcome.change = Verdict.CREATED, JobChange(new_jobs=[row])
        outcome.after = {"reprintOf": job.reference, "quantity": quantity, "status": S.CREATED}
        outcome.effects.append(
            {"kind": "job_created", "reprintOf": job.reference, "skuId": job.sku_id, "quantity": quantity}
        )
    roll_up(outcomes, floor, at)
    return outcomes


# --- What operations on orders mean for jobs -------------------------------------------------------------------------
def plan_order_cancellation(outcomes: Sequence[Outcome], floor: Floor, reason: str) -> None:
    """Jobs that can still be cancelled go with their order; one that is shipped keeps the order alive."""
    for outcome in outcomes:
        if outcome.verdict is not Verdict.UPDATED:
            continue
        jobs = floor.jobs_of(outcome.change["id"])
        if shipped := [job.reference for job in jobs if job.status == S.SHIPPED]:
            message = f"An order with a shipped job ({', '.join(shipped)}) cannot be cancelled."
            outcome.refuse(
                Fault("ILLEGAL_TRANSITION", message, f"orderIds.{outcome.index}", outcome.reference, kind=Kind.CONFLICT)
            )
            continue
        moves = [Move(job, S.CANCELLED, reason) for job in jobs if job.status in OPEN]
        outcome.follows["jobs"] = JobChange(moves=moves)
        outcome.effects += [
            {"kind": "job_cancelled", "id": move.job.reference, "from": move.job.status} for move in moves
        ]


def plan_order_payment(
    outcomes: Sequence[Outcome], lines: Mapping[int, Sequence[Mapping[str, Any]]], at: datetime
) -> None:
    """A job for each printable line of an order that is now paid."""
    for outcome in outcomes:
        if outcome.verdict is not Verdict.UPDATED:
            continue
        number = outcome.change["id"]
        rows = [new_job(number, line["pk"], line["sku_id"], line["quantity"], at) for line in lines.get(number, ())]
        outcome.follows["jobs"] = JobChange(new_jobs=rows)
        outcome.effects += [
            {"kind": "job_created", "skuId": row["sku_id"], "quantity": row["quantity"]} for row in rows
        ]


def plan_resumption(outcomes: Sequence[Outcome], floor: Floor) -> None:
    """An order that goes on stands where its jobs have got to meanwhile."""
    for outcome in outcomes:
        paused = (outcome.before or {}).get("status") == OrderStatus.PAUSED
        if outcome.verdict is Verdict.UPDATED and paused and outcome.status == OrderStatus.PAID:
            order = floor.orders[outcome.change["id"]]
            statuses = [job.status for job in floor.jobs_of(order.number)]
            outcome.status = rolled_up(OrderStatus.PAID, statuses, digital=order.digital)
            outcome.change["status"] = outcome.status
            outcome.after = {**(outcome.after or {}), "status": outcome.status}


def standing_of(row: Sequence[Any]) -> Standing:
    """A job's row (number, order, status, and the rest as a `Standing` has them) as a value."""
    number, order_number, status, *rest = row
    return Standing(number, reference("job", number), order_number, JobStatus(status), *rest)
