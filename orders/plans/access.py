"""What paying, cancelling, pausing and resuming an order mean for the digital things it gives access to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from orders.plans.changes import Standing, become, found, illegal
from orders.states import CANCELLABLE, PAID_OR_BEYOND, OrderStatus
from printshop.api.reading import Item
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
    """What a cancelled order gave access to ends with it."""
    for outcome in outcomes:
        number = outcome.change["id"] if outcome.verdict is Verdict.UPDATED else None
        rows = [row for row in entitlements if row["order_id"] == number and row["status"] != "cancelled"]
        if rows:
            changed = [{"id": row["pk"], "status": "cancelled", "until": row["until"]} for row in rows]
            outcome.follows["access"] = Access([], changed)
            outcome.effects += [{"kind": "entitlement_cancelled", "skuId": row["sku_id"]} for row in rows]


def plan_access(
    items: Sequence[Item],
    standings: Mapping[str, Standing],
    entitlements: Sequence[Row],
    terms: Mapping[str, Any],
    at: datetime,
) -> list[Outcome]:
    """Pause or resume an order, and move the last day of its access."""
    outcomes = []
    for item in items:
        outcome, order = found(item, standings)
        outcomes.append(outcome)
        if order is None:
            continue
        wanted = wanted_status(order, terms.get("status"))
        if wanted is None or order.status in (S.CANCELLED, S.REFUNDED):
            outcome.refuse(illegal(order, terms.get("status") or "changed", "status"))
            continue
        mine = [row for row in entitlements if row["order_id"] == order.number]
        changed = changed_access(mine, wanted, terms)
        if wanted != order.status or changed:
            become(outcome, order, wanted, at)
            outcome.follows["access"] = Access([], changed)
            if "expiration_date" in terms:
                outcome.before = {**(outcome.before or {}), "expirationDate": last_day(mine)}
                outcome.after = {**(outcome.after or {}), "expirationDate": terms["expiration_date"]}
    return outcomes


def wanted_status(order: Standing, asked: str | None) -> OrderStatus | None:
    """The status that is asked for, None where the order cannot get there. An unpaid order can be neither."""
    if asked is None or (asked == "approved" and order.status in PAID_OR_BEYOND):
        return order.status
    if order.paid_at is None:
        return None
    if asked == "paused":
        return S.PAUSED if order.status in CANCELLABLE | {S.SHIPPED} else None
    return S.PAID if order.status == S.PAUSED else None


def changed_access(rows: Sequence[Row], wanted: OrderStatus, terms: Mapping[str, Any]) -> list[Row]:
    """The entitlements whose status or last day differs from what is wanted."""
    status = "paused" if wanted == S.PAUSED else "active"
    changed = []
    for row in rows:
        until = terms["expiration_date"] if "expiration_date" in terms else row["until"]
        if (row["status"], row["until"]) != (status, until):
            changed.append({"id": row["pk"], "status": status, "until": until})
    return changed


def last_day(rows: Sequence[Row]) -> date | None:
    """The latest last day of some entitlements; None when one of them has none."""
    days = [row["until"] for row in rows]
    return None if not days or None in days else max(days)
