"""Moving jobs back, worked out from values alone.

A job goes back along its own last move, which the compensating move names. That is the one way in which a job moves
against the arrows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.plans.floor import Floor, JobChange, Move, OrderStanding, Standing, roll_up
from jobs.states import JobStatus
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.images import Writers, changed_since, differences, gone, irreversible
from printshop.bulk.outcomes import Outcome, Verdict

S = JobStatus


@dataclass(frozen=True, slots=True)
class Moved:
    """A move as it stands in the history; `operation` made it, and is of that `kind` (`jobs.advance`)."""

    number: int
    source: JobStatus
    target: JobStatus
    operation: str = ""
    kind: str = ""

    @property
    def writer(self) -> str:
        return f"{self.kind} {self.operation}".strip()


@dataclass(frozen=True, slots=True)
class History:
    """Of some jobs the moves that an operation made, and the last one of each, whoever made it; oldest first."""

    undone: str
    moves: Mapping[int, Sequence[Moved]] = field(default_factory=dict)

    def last_of(self, job: Standing) -> Moved | None:
        moves = self.moves.get(job.number)
        return moves[-1] if moves else None

    def made_of(self, job: Standing) -> list[Moved]:
        """What the operation that is undone has made of a job; nothing, when something else has moved it since."""
        mine = list(self.moves.get(job.number, ()))
        return mine if mine and mine[-1].operation == self.undone else []


def shipped(job: Standing) -> Fault:
    return irreversible(job.reference, f"{job.reference} has shipped; what has left the shop does not come back.")


def job_fault(job: Standing, image: Mapping[str, Any], history: History, writers: Writers) -> Fault | None:
    """Why a job stays where it is: it has left, or something has happened to it since."""
    left, found = image["after"] or {}, differences({"status": job.status}, image["after"])
    last = history.last_of(job)
    if last is not None and last.operation != history.undone:
        return changed_since(job.reference, found, left, last.writer)
    if last is None or found or job.updated_at not in (None, image["at"]):
        return changed_since(job.reference, found, left, writers.get(job.reference, ""))
    return None


def order_fault(
    job: Standing, order: OrderStanding, floor: Floor, history: History, image: Mapping[str, Any]
) -> Fault | None:
    """Why a job stays where it is: its order was put aside since, by somebody and not by a roll-up."""
    lasts = [history.last_of(other) for other in floor.jobs_of(order.number)]
    # Of an order with digital lines the jobs alone never make a cancelled one.
    cancelled = order.digital or any(last is not None and last.kind.startswith("orders.") for last in lasts)
    held = order.status in (OrderStatus.PAUSED, OrderStatus.REFUNDED)
    since = order.updated_at is not None and order.updated_at > image["at"]
    if (held and since) or (order.status == OrderStatus.CANCELLED and cancelled):
        message = f"Order {order.reference} of {job.reference} has been {order.status} since."
        return Fault("CHANGED_SINCE", message, value=job.reference, kind=Kind.CONFLICT)
    return None


def plan_return(items: Sequence[Item], at: datetime, floor: Floor, history: History, writers: Writers) -> list[Outcome]:
    """Move jobs back, each along its last move if the operation that is undone has made it; their orders follow."""
    there = dict(floor.jobs)
    ways = {job.reference: history.made_of(job) for job in floor.jobs.values()}
    outcomes = []
    for item in items:
        reference = item.value["reference"]
        job = there.get(reference)
        outcome = Outcome(item.index, reference, status=job.status if job else "")
        outcomes.append(outcome)
        if faults := return_faults(reference, job, item.value, floor, history, writers):
            outcome.refuse(*faults)
        elif job is not None:
            there[reference] = go_back(outcome, job, ways[reference])
    roll_up(outcomes, floor, at)
    return outcomes


def return_faults(
    reference: str, job: Standing | None, image: Mapping[str, Any], floor: Floor, history: History, writers: Writers
) -> list[Fault]:
    """Everything that keeps a job where it is."""
    if job is None:
        return [gone(reference)]
    if job.status == S.SHIPPED:
        return [shipped(job)]
    found = [
        job_fault(job, image, history, writers),
        order_fault(job, floor.orders[job.order_number], floor, history, image),
    ]
    return [fault for fault in found if fault is not None]


def go_back(outcome: Outcome, job: Standing, way: list[Moved]) -> Standing:
    """Move a job back along the last of its moves; the job as it stands then, before anything else is put back."""
    last = way.pop()
    outcome.verdict, outcome.status = Verdict.UPDATED, last.source
    outcome.before, outcome.after = {"status": job.status}, {"status": last.source}
    outcome.change = JobChange(moves=[back_along(job, last)])
    return job._replace(status=last.source, updated_at=None)


def back_along(job: Standing, last: Moved) -> Move:
    """The move that compensates another."""
    return Move(job, last.source, "Undone", last.number)


# --- Reprints --------------------------------------------------------------------------------------------------------
def plan_reprint_withdrawal(items: Sequence[Item], at: datetime, floor: Floor, writers: Writers) -> list[Outcome]:
    """Cancel reprints to which nothing has happened yet; their orders go back to where the other jobs are."""
    outcomes = []
    for item in items:
        image, job = item.value, floor.jobs.get(item.value["reference"])
        outcome = Outcome(item.index, image["reference"], status=job.status if job else "")
        outcomes.append(outcome)
        if job is None:
            outcome.refuse(gone(outcome.reference))
            continue
        present = {"status": job.status, "quantity": job.quantity}
        found = differences(present, image["after"])
        if job.status == S.SHIPPED:
            outcome.refuse(shipped(job))
        elif found or job.updated_at != image["at"]:
            outcome.refuse(changed_since(job.reference, found, image["after"], writers.get(job.reference, "")))
        else:
            outcome.verdict, outcome.status = Verdict.UPDATED, S.CANCELLED
            outcome.before, outcome.after = {"status": job.status}, {"status": S.CANCELLED}
            outcome.change = JobChange(moves=[Move(job, S.CANCELLED, "Undone")])
    roll_up(outcomes, floor, at)
    return outcomes
