"""Many orders leave at once: their tracking is written and their jobs become SHIPPED, or neither.

Two operations in one transaction, `orders.edit` and `jobs.advance`; an order of which one job must stay stays whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from jobs.plans.floor import Floor, OrderStanding
from jobs.plans.shipping import Fate, Parcel, jobs_by_order, order_faults
from jobs.services import ADVANCE, ORDER_COLUMNS, floor_of
from jobs.states import JobStatus
from orders import shapes
from orders.models import Order
from orders.services.changes import EDIT
from orders.states import OrderStatus
from printshop.api.actors import Actor
from printshop.api.reading import Item, read
from printshop.api.refusals import Fault
from printshop.api.transactions import transact
from printshop.bulk.confirm import PlanChanged, fingerprint
from printshop.bulk.engine import Batch, Result, preview, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

MOST_PARCELS = 500
TERMS = {"target_status": JobStatus.SHIPPED}


@dataclass(frozen=True)
class Plan:
    """What would happen: an outcome of `orders.edit` for each parcel, and of `jobs.advance` for each job that moves."""

    edit: Batch
    edits: Sequence[Outcome]
    advance: Batch
    moves: Sequence[Outcome]
    jobs: dict[int, list[str]]

    @cached_property
    def by_job(self) -> dict[str, Outcome]:
        return {outcome.reference: outcome for outcome in self.moves}

    @property
    def fingerprint(self) -> str:
        return fingerprint([*self.edits, *self.moves])

    def moving(self, order: str) -> list[Outcome]:
        """The moves of an order's jobs."""
        named = self.jobs.get(Order.number_in(order) or 0, ())
        return [self.by_job[job] for job in named if job in self.by_job]

    def fate(self, edit: Outcome) -> Fate:
        """Of the order of this edit: it leaves when its jobs move, whatever is known of its label."""
        if edit.verdict is Verdict.REFUSED:
            return Fate.REFUSED
        if self.moving(edit.reference):
            return Fate.SHIPPED
        return Fate.LABELLED if edit.verdict is Verdict.UPDATED else Fate.UNCHANGED


@dataclass(frozen=True, slots=True)
class Shipped:
    """What happened; the second record is missing where only labels were written."""

    edits: Result
    moves: Result | None
    plan: Plan

    @property
    def operation_id(self) -> UUID | None:
        return (self.moves or self.edits).operation_id


def look(numbers: Sequence[int]) -> Floor:
    """Lock the orders, then all their jobs: two statements."""
    rows = Order.objects.numbered(numbers).locked().values_list(*ORDER_COLUMNS)
    orders = {pk: OrderStanding(pk, Order(pk=pk).reference, OrderStatus(status), *rest) for pk, status, *rest in rows}
    return Floor(floor_of(orders), orders)


def item_of(index: int, parcel: Parcel, faults: Sequence[Fault]) -> Item:
    """The edit of a parcel's order; `faults` are those that the edit itself knows nothing of."""
    given = {"carrier": parcel.carrier, "trackingNumber": parcel.tracking}
    value, own = read(shapes.OrderEdit, {name: text for name, text in given.items() if text})
    return Item(index, {**(value or {}), "id": parcel.reference}, [*own, *faults])


def moving(jobs: Sequence[str], actor: Actor, at: datetime) -> Batch:
    return Batch([Item(index, job) for index, job in enumerate(jobs)], TERMS, actor, at)


def planned(parcels: Sequence[Parcel], actor: Actor, at: datetime) -> Plan:
    """Look and plan, under locks that last as long as the transaction."""
    floor = look([parcel.order for parcel in parcels])
    jobs = jobs_by_order(floor.jobs.values())
    judged = preview(ADVANCE, moving([job for named in jobs.values() for job in named], actor, at)).outcomes
    moves = {outcome.reference: outcome for outcome in judged}
    items = [
        item_of(index, one, order_faults(floor.orders.get(one.order), jobs.get(one.order, ()), moves))
        for index, one in enumerate(parcels)
    ]
    edit = Batch(items, {}, actor, at, Policy.PARTIAL)
    edits = preview(EDIT, edit).outcomes
    good = [Order.number_in(outcome.reference) for outcome in edits if outcome.verdict is not Verdict.REFUSED]
    leaving = [
        moves[job] for number in good for job in jobs.get(number or 0, ()) if moves[job].verdict is Verdict.UPDATED
    ]
    return Plan(edit, edits, moving([one.reference for one in leaving], actor, at), leaving, jobs)


def plan(parcels: Sequence[Parcel], *, actor: Actor, at: datetime) -> Plan:
    """What shipping the parcels, each of another order, would do. Writes nothing."""
    return transact(lambda: planned(parcels, actor, at))


def ship(parcels: Sequence[Parcel], seen: str, *, actor: Actor, at: datetime) -> Shipped:
    """Ship those that can be shipped, provided that `seen` is the fingerprint of the plan as it is now.

    Raises `PlanChanged`, and `Refused` where no order can leave.
    """

    def attempt() -> Shipped:
        now = planned(parcels, actor, at)
        if now.fingerprint != seen:
            raise PlanChanged
        edits = run(EDIT, now.edit)
        return Shipped(edits, run(ADVANCE, now.advance) if now.moves else None, now)

    return transact(attempt)


def orders_named(numbers: Sequence[int]) -> list[Order]:
    """The orders that exist, with their customers, in the order in which they were named."""
    known = Order.objects.numbered(numbers).select_related("customer").in_bulk()
    return [known[number] for number in numbers if number in known]
