"""What paying, cancelling, refunding, pausing and resuming an order mean for the digital things it gives access to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from orders.plans.changes import Standing, become, found, illegal
from orders.states import OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
S = OrderStatus


@dataclass(slots=True)
class Access:
    """New entitlements, and the status and last day that existing ones get."""

    new: list[Row]
    changed: list[Row]


def plan_grants(outcomes: Iterable[Outcome], lines: Mapping[int, Sequence[Row]], at: datetime) -> None:
    """An order that is now paid gives access to its digital lines."""
    for outcome in outcomes:
        rows = lines.get(outcome.change["id"], ()) if outcome.verdict is Verdict.UPDATED else ()
        if not rows:
            continue
        new = [
            {"order_id": line["order_id"], "customer_id": line["order__customer_id"], "sku_id": line["sku_id"]}
            | {"status": "active", "starts_at": at, "until": line["expiration_date"]}
            for line in rows
        ]
        outcome.follows["access"] = Access(new, [])
        outcome.effects += [{"kind": "entitlement_created", "skuId": row["sku_id"]} for row in new]


def plan_revocations(outcomes: Iterable[Outcome], entitlements: Sequence[Row]) -> None:
    """What an order gave access to ends when it is cancelled, or paid back whole."""
    for outcome in outcomes:
        ended = outcome.verdict is Verdict.UPDATED and outcome.status in (S.CANCELLED, S.REFUNDED)
        number = outcome.change["id"] if ended else None
        rows = [row for row in entitlements if row["order_id"] == number and row["status"] != "cancelled"]
        if rows:
            changed = [{"id": row["pk"], "status": "cancelled", "until": row["until"]} for row in rows]
            outcome.follows["access"] = Access([], changed)
            outcome.effects += [{"kind": "entitlement_cancelled", "skuId": row["sku_id"]} for row in rows]


@dataclass(frozen=True, slots=True)
class Held:
    """What some orders give access to: their entitlements, and the last days that their digital lines name."""

    entitlements: Sequence[Row]
    lines: Sequence[Row]

    def of(self, number: int) -> "Held":
        return Held(*([row for row in rows if row["order_id"] == number] for rows in (self.entitlements, self.lines)))


def plan_access(
    items: Sequence[Item], standings: Mapping[str, Standing], held: Held, terms: Mapping[str, Any], at: datetime
) -> list[Outcome]:
    """Pause or resume an order, and move the last day of its access."""
    outcomes = []
    for item in items:
        outcome, order = found(item, standings)
        outcomes.append(outcome)
        if order is None:
            continue
        mine = held.of(order.number)
        if faults := access_faults(order, mine, terms):
            outcome.refuse(*faults)
        else:
            change_access(outcome, order, mine, terms, at)
    return outcomes


def access_faults(order: Standing, held: Held, terms: Mapping[str, Any]) -> list[Fault]:
    """Why the access of an order cannot be changed: it has ended, has not begun, or there never was any."""
    asked = terms.get("status")
    if order.status in (S.CANCELLED, S.REFUNDED):
        return [illegal(order, asked or "changed", "status")]
    faults = []
    if asked is not None and order.paid_at is None:
        rule = {"approved": "A sale is approved by its payment.", "paused": "An unpaid order cannot be paused."}[asked]
        faults.append(illegal(order, asked, "status", rule))
    if "expiration_date" in terms and not held.lines:
        message = "The order has no product that could expire."
        faults.append(Fault("NOTHING_EXPIRES", message, "expiration_date"))
    return faults


def wanted_status(order: Standing, asked: str | None) -> OrderStatus:
    """The status that an order gets. A resumed one starts from `paid`, wherever its jobs have got to."""
    if asked == "paused":
        return S.PAUSED
    return S.PAID if asked == "approved" and order.status == S.PAUSED else order.status


def change_access(outcome: Outcome, order: Standing, held: Held, terms: Mapping[str, Any], at: datetime) -> None:
    """Fill in what changes, if anything does."""
    wanted = wanted_status(order, terms.get("status"))
    changed = changed_access(held.entitlements, wanted, terms)
    days = [row["expiration_date"] for row in held.lines]
    moved = "expiration_date" in terms and any(day != terms["expiration_date"] for day in days)
    if wanted == order.status and not changed and not moved:
        return
    become(outcome, order, wanted, at)
    outcome.follows["access"] = Access([], changed)
    outcome.effects += access_effects(held.entitlements, changed)
    if wanted == order.status:
        outcome.before, outcome.after = {}, {}
    if moved:
        outcome.effects += expiration_effects(held.lines, terms["expiration_date"])
        outcome.before = {**(outcome.before or {}), "expirationDate": last_day(days)}
        outcome.after = {**(outcome.after or {}), "expirationDate": terms["expiration_date"]}


def access_effects(rows: Sequence[Row], changed: Sequence[Row]) -> list[Row]:
    """Which entitlements change, and from what: an undo has to know."""
    before = {row["pk"]: row for row in rows}
    return [
        {
            "kind": "entitlement_changed",
            "id": row["id"],
            "skuId": before[row["id"]]["sku_id"],
            "from": {name: before[row["id"]][name] for name in ("status", "until")},
            "to": {name: row[name] for name in ("status", "until")},
        }
        for row in changed
    ]


def expiration_effects(lines: Sequence[Row], day: date | None) -> list[Row]:
    """Which lines get another last day."""
    return [
        {
            "kind": "expiration_changed",
            "id": line["pk"],
            "skuId": line["sku_id"],
            "from": line["expiration_date"],
            "to": day,
        }
        for line in lines
        if line["expiration_date"] != day
    ]


def changed_access(rows: Sequence[Row], wanted: OrderStatus, terms: Mapping[str, Any]) -> list[Row]:
    """The entitlements whose status or last day differs from what is wanted."""
    status = "paused" if wanted == S.PAUSED else "active"
    changed = []
    for row in rows:
        until = terms["expiration_date"] if "expiration_date" in terms else row["until"]
        if (row["status"], row["until"]) != (status, until):
            changed.append({"id": row["pk"], "status": status, "until": until})
    return changed


def last_day(days: Sequence[date | None]) -> date | None:
    """The latest of some last days; None when one of them never comes."""
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None
