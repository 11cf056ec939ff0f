"""Taking orders back, reinstating them, and putting access back, worked out from values alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.plans.access import Access
from orders.plans.changes import Standing, become
from orders.states import OrderStatus, OrderType
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.images import Present, Writers, irreversible, standing_fault
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
Judge = Callable[[Mapping[str, Any], "Found"], Fault | None]
S = OrderStatus


@dataclass(frozen=True, slots=True)
class Found:
    """An order as an undo finds it. `settled`: money has come that this shop knows of."""

    standing: Standing
    written: datetime | None
    type: str = OrderType.SALE
    settled: bool = False

    @property
    def present(self) -> Present:
        return Present({"status": self.standing.status}, self.written, self.standing.number)

    @property
    def is_paid(self) -> bool:
        """What storefronts give away counts as paid, though no money was ever due."""
        return self.settled or (self.type == OrderType.SALE and self.standing.paid_at is not None)


def started(
    item: Item, orders: Mapping[str, Found], writers: Writers, judge: Judge = lambda image, order: None
) -> tuple[Outcome, Found | None]:
    """The outcome to fill for an image, and the order where it stands as it was left and `judge` agrees."""
    reference = item.value["reference"]
    order = orders.get(reference)
    outcome = Outcome(item.index, reference, status=order.standing.status if order else "")
    fault = judge(item.value, order) if order else None
    fault = fault or standing_fault(item.value, order.present if order else None, writers)
    if fault:
        outcome.refuse(fault)
    return outcome, None if fault else order


def kept(image: Mapping[str, Any], order: Found) -> Fault | None:
    """Why an order is no longer only what was made: the shop has got money for it, or given something away."""
    reference = order.standing.reference
    if order.standing.status == S.SHIPPED:
        return irreversible(reference, f"{reference} has shipped; what has left the shop does not come back.")
    if image["verdict"] == Verdict.CREATED and order.is_paid:
        return irreversible(reference, f"{reference} has been paid; cancel and refund it instead.")
    return None


def plan_withdrawals(
    items: Sequence[Item], at: datetime, orders: Mapping[str, Found], writers: Writers
) -> list[Outcome]:
    """Cancel orders: those that were made, and those whose cancellation had been taken back."""
    outcomes = []
    for item in items:
        outcome, order = started(item, orders, writers, kept)
        outcomes.append(outcome)
        if order is not None:
            become(outcome, order.standing, S.CANCELLED, at)
    return outcomes


def plan_reinstatements(
    items: Sequence[Item], at: datetime, orders: Mapping[str, Found], writers: Writers
) -> list[Outcome]:
    """Put cancelled orders back to where they were."""
    outcomes = []
    for item in items:
        outcome, order = started(item, orders, writers)
        outcomes.append(outcome)
        if order is not None:
            become(outcome, order.standing, S(item.value["before"]["status"]), at)
    return outcomes


def plan_access_back(outcomes: Iterable[Outcome], entitlements: Sequence[Row]) -> None:
    """What ended with a cancelled order begins again; of a paused order it is paused."""
    for outcome in outcomes:
        number = outcome.change["id"] if outcome.verdict is Verdict.UPDATED else None
        rows = [row for row in entitlements if row["order_id"] == number and row["status"] == "cancelled"]
        if rows:
            status = "paused" if outcome.status == S.PAUSED else "active"
            outcome.follows["access"] = Access(
                [], [{"id": row["pk"], "status": status, "until": row["until"]} for row in rows]
            )
            outcome.effects += [{"kind": "entitlement_returned", "skuId": row["sku_id"]} for row in rows]


# --- Pausing, resuming, last days ------------------------------------------------------------------------------------
def plan_pauses_back(
    items: Sequence[Item],
    at: datetime,
    orders: Mapping[str, Found],
    access: Mapping[tuple[str, int], Row],
    writers: Writers,
) -> list[Outcome]:
    """Put the access that orders give back to what it was.

    `access` holds what entitlements and lines are now, by the kind of the effect that told of them and their number.
    """
    outcomes = []
    for item in items:
        outcome, order = started(item, orders, writers)
        outcomes.append(outcome)
        if order is None:
            continue
        effects = [effect for effect in item.value["effects"] if effect["kind"] in CHANGED]
        moved = {effect["skuId"] for effect in effects if access.get(place(effect)) != effect["to"]}
        if moved:
            rule = f"{outcome.reference} has been changed since: access to {', '.join(sorted(moved))}."
            outcome.refuse(Fault("CHANGED_SINCE", rule, value=outcome.reference, kind=Kind.CONFLICT))
        else:
            give_back(outcome, order, item.value, effects, at)
    return outcomes


ENTITLEMENT, LINE = "entitlement_changed", "expiration_changed"
CHANGED = (ENTITLEMENT, LINE)


def place(effect: Row) -> tuple[str, int]:
    return effect["kind"], effect["id"]


def give_back(outcome: Outcome, order: Found, image: Mapping[str, Any], effects: list[Row], at: datetime) -> None:
    """Fill in what an order and its access become."""
    before, after = image["before"] or {}, image["after"] or {}
    status = S(before["status"]) if "status" in before else order.standing.status
    # Its jobs may have gone on meanwhile: where they have got to is for them to say.
    become(outcome, order.standing, S.PAID if order.standing.status == S.PAUSED != status else status, at)
    if status == order.standing.status:
        outcome.before, outcome.after = {}, {}
    day = "expirationDate"
    if day in before:
        outcome.before = {**(outcome.before or {}), day: after[day]}
        outcome.after = {**(outcome.after or {}), day: before[day]}
    outcome.effects += [{**effect, "from": effect["to"], "to": effect["from"]} for effect in effects]
    rows = [{"id": effect["id"], **effect["from"]} for effect in effects if effect["kind"] == ENTITLEMENT]
    outcome.follows["access"] = Access([], rows)


def lines_back(outcomes: Iterable[Outcome]) -> list[Row]:
    """The last days that lines get, in the order of lines."""
    effects = [effect for outcome in outcomes for effect in outcome.effects if effect["kind"] == LINE]
    return sorted(
        ({"id": effect["id"], "expiration_date": effect["to"]} for effect in effects), key=lambda row: row["id"]
    )
