"""The jobs of some orders as a change finds them, and what a change makes of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from jobs.states import JobStatus, rolled_up
from orders.references import reference
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict


class Standing(NamedTuple):
    """A job as a change finds it."""

    number: int
    reference: str
    order_number: int
    status: JobStatus
    quantity: int = 1
    priority: int = 0
    sku_id: str = ""
    line_item_id: int = 0
    updated_at: datetime | None = None


class OrderStanding(NamedTuple):
    """An order with the jobs it has, as a change finds it."""

    number: int
    reference: str
    status: OrderStatus
    digital: bool = False
    updated_at: datetime | None = None


@dataclass(slots=True)
class Floor:
    """The jobs of some orders, all of them: what a roll-up needs to know."""

    jobs: Mapping[str, Standing]
    orders: Mapping[int, OrderStanding] = field(default_factory=dict)
    by_order: dict[int, list[Standing]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def jobs_of(self, order_number: int) -> list[Standing]:
        """The jobs of an order; sorted out once, since a batch asks for those of each of its orders."""
        if not self.by_order:
            for job in self.jobs.values():
                self.by_order.setdefault(job.order_number, []).append(job)
        return self.by_order.get(order_number, [])


class Move(NamedTuple):
    """A job changes its status, and with it perhaps its order. `undoes` is the move that this one compensates."""

    job: Standing
    target: JobStatus
    reason: str = ""
    undoes: int | None = None


@dataclass(slots=True)
class JobChange:
    """What one item does: moves, new jobs, and the statuses its orders roll up to."""

    moves: list[Move] = field(default_factory=list)
    new_jobs: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)


def standing_of(row: Sequence[Any]) -> Standing:
    """A job's row (number, order, status, and the rest as a `Standing` has them) as a value."""
    number, order_number, status, *rest = row
    return Standing(number, reference("job", number), order_number, JobStatus(status), *rest)


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
