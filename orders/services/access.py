"""Access to digital things: it follows its order, as a consequence of paying, cancelling, refunding, and by pausing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from orders import shapes
from orders.models import Entitlement, LineItem, Payment
from orders.plans.access import Access, Held, plan_access, plan_grants, plan_revocations
from orders.plans.changes import Standing
from orders.services.changes import look, write_statuses
from orders.states import PaymentKind, PaymentStatus
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Consequence, Operation
from printshop.bulk.outcomes import Outcome, Verdict

COLUMNS = ("pk", "order_id", "sku_id", "status", "until")


def changed_orders(outcomes: Sequence[Outcome]) -> list[int]:
    return [outcome.change["id"] for outcome in outcomes if outcome.verdict is Verdict.UPDATED]


def access_of(order_numbers: Sequence[int]) -> list[dict[str, Any]]:
    """All entitlements of the orders, locked."""
    return list(Entitlement.objects.of_orders(order_numbers).locked().values(*COLUMNS)) if order_numbers else []


def digital_lines(order_numbers: Sequence[int]) -> QuerySet[LineItem]:
    """The lines of the orders that no job is made for."""
    return LineItem.objects.filter(order_id__among=order_numbers).exclude(kind="print").order_by("pk")


def look_at_digital_lines(batch: Batch, outcomes: Sequence[Outcome]) -> dict[int, list[dict[str, Any]]]:
    """The digital lines of the orders being paid, by order."""
    lines: dict[int, list[dict[str, Any]]] = {}
    digital = digital_lines(changed_orders(outcomes))
    for row in digital.values("order_id", "order__customer_id", "sku_id", "expiration_date"):
        lines.setdefault(row["order_id"], []).append(dict(row))
    return lines


def write_access(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Entitlements made and changed: at most two statements."""
    accesses: list[Access] = [outcome.follows["access"] for outcome in outcomes if "access" in outcome.follows]
    writer.insert(Entitlement, [row for access in accesses for row in access.new])
    writer.update(Entitlement, [row for access in accesses for row in access.changed])


def move_payments(outcomes: Sequence[Outcome], status: PaymentStatus) -> None:
    """Payments that were waited for have come, or will not come any more."""
    awaited = Payment.objects.filter(kind=PaymentKind.PAYMENT, status=PaymentStatus.PENDING)
    awaited.filter(order_id__among=changed_orders(outcomes)).update(status=status)


def write_payment(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    write_access(batch, outcomes)
    move_payments(outcomes, PaymentStatus.SETTLED)


def write_cancellation(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    write_access(batch, outcomes)
    move_payments(outcomes, PaymentStatus.VOID)


ON_PAY = Consequence(
    name="access",
    look=look_at_digital_lines,
    plan=lambda batch, outcomes, lines: plan_grants(outcomes, lines, batch.at),
    write=write_payment,
)
ON_CANCEL = Consequence(
    name="access",
    look=lambda batch, outcomes: access_of(changed_orders(outcomes)),
    plan=lambda batch, outcomes, entitlements: plan_revocations(outcomes, entitlements),
    write=write_cancellation,
)


ON_REFUND = replace(ON_CANCEL, write=write_access)


def look_with_access(batch: Batch) -> tuple[dict[str, Standing], Held]:
    standings = look(batch)
    numbers = [standing.number for standing in standings.values()]
    lines = [dict(row) for row in digital_lines(numbers).values("pk", "order_id", "sku_id", "expiration_date")]
    return standings, Held(access_of(numbers), lines)


def write_pause(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    write_statuses(batch, outcomes)
    write_access(batch, outcomes)
    if "expiration_date" in batch.terms:
        digital_lines(changed_orders(outcomes)).order_by().update(expiration_date=batch.terms["expiration_date"])


CHANGE = Operation(
    name="orders.access",
    noun="orders",
    items_field="orderIds",
    words={Verdict.UPDATED: "updated", Verdict.UNCHANGED: "unchanged"},
    item=shapes.OrderRef,
    terms=shapes.AccessTerms,
    limit=50,
    look=look_with_access,
    plan=lambda batch, facts: plan_access(batch.items, facts[0], facts[1], batch.terms, batch.at),
    write=write_pause,
)
