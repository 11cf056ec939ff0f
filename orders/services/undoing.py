"""Undoing changes of orders and customers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from orders.models import LineItem, Order, Payment
from orders.plans.customers import Known
from orders.plans.restoring import columns_of, day_text, plan_customers_back, present_order
from orders.plans.undoing import (
    ENTITLEMENT,
    LINE,
    Found,
    lines_back,
    plan_access_back,
    plan_pauses_back,
    plan_reinstatements,
    plan_withdrawals,
)
from orders.services.access import access_of, changed_orders, digital_lines, write_access
from orders.services.changes import EDITABLE, LOOKED_AT, numbers_in, standing_of, write_statuses
from orders.services.customers import look_to_edit, write_edits
from orders.states import PaymentKind, PaymentStatus
from printshop.api.reading import Item
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Consequence
from printshop.bulk.images import Present, Writers, last_changes, put_back
from printshop.bulk.outcomes import Outcome
from printshop.bulk.undoing import inverse_operation, references_in, writers_since

Row = dict[str, Any]


def named_orders(batch: Batch, *columns: str) -> list[Row]:
    """The orders of the images, locked."""
    found = Order.objects.visible_to(batch.actor).numbered(numbers_in(references_in(batch))).locked()
    return [dict(row) for row in found.values("pk", *columns)]


def look(batch: Batch) -> tuple[dict[str, Found], Writers]:
    """Lock the orders, and find out for which of them money has come."""
    rows = named_orders(batch, *LOOKED_AT[1:], "updated_at", "type")
    settled = set(
        Payment.objects.filter(
            order_id__among=[row["pk"] for row in rows], kind=PaymentKind.PAYMENT, status=PaymentStatus.SETTLED
        ).values_list("order_id", flat=True)
    )
    found = [found_of(row, row["pk"] in settled) for row in rows]
    return {order.standing.reference: order for order in found}, writers_since(batch, "orders.")


def found_of(row: Row, settled: bool) -> Found:
    written, kind = row.pop("updated_at"), row.pop("type")
    return Found(standing_of(row), written, kind, settled)


WITHDRAW = inverse_operation(
    "orders.withdraw",
    "orders",
    look=look,
    plan=lambda batch, facts: plan_withdrawals(batch.items, batch.at, *facts),
    write=write_statuses,
)
REINSTATE = inverse_operation(
    "orders.reinstate",
    "orders",
    look=look,
    plan=lambda batch, facts: plan_reinstatements(batch.items, batch.at, *facts),
    write=write_statuses,
)


def write_reinstatement(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Access begins again, and payments are awaited again that the cancellation had made void."""
    write_access(batch, outcomes)
    void = Payment.objects.filter(kind=PaymentKind.PAYMENT, status=PaymentStatus.VOID)
    void.filter(order_id__among=changed_orders(outcomes)).update(status=PaymentStatus.PENDING)


ON_REINSTATE = Consequence(
    name="access",
    look=lambda batch, outcomes: access_of(changed_orders(outcomes)),
    plan=lambda batch, outcomes, entitlements: plan_access_back(outcomes, entitlements),
    write=write_reinstatement,
)


# --- Pausing, resuming, last days ------------------------------------------------------------------------------------
def look_at_access(batch: Batch) -> tuple[dict[str, Found], dict[tuple[str, int], Row], Writers]:
    """Lock the orders and what they give access to."""
    orders, writers = look(batch)
    numbers = [order.standing.number for order in orders.values()]
    access: dict[tuple[str, int], Any] = {
        (ENTITLEMENT, row["pk"]): {"status": row["status"], "until": day_text(row["until"])}
        for row in access_of(numbers)
    }
    for pk, day in digital_lines(numbers).values_list("pk", "expiration_date"):
        access[LINE, pk] = day_text(day)
    return orders, access, writers


def write_pauses_back(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Three statements: orders, entitlements, lines."""
    write_statuses(batch, outcomes)
    write_access(batch, outcomes)
    writer.update(LineItem, lines_back(outcomes))


RESTORE_ACCESS = inverse_operation(
    "orders.access.restore",
    "orders",
    look=look_at_access,
    plan=lambda batch, facts: plan_pauses_back(batch.items, batch.at, *facts),
    write=write_pauses_back,
)


# --- Fields ----------------------------------------------------------------------------------------------------------
def look_at_fields(batch: Batch) -> tuple[dict[str, Present], Writers]:
    rows = {Order(pk=row["pk"]).reference: row for row in named_orders(batch, *EDITABLE, "updated_at")}
    present = {reference: present_order(row, EDITABLE) for reference, row in rows.items()}
    return present, writers_since(batch, "orders.")


def write_fields(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    changed = sorted(last_changes(outcomes).values(), key=lambda present: present.key)
    writer.update(Order, [{"id": one.key, **columns_of(one.fields), "updated_at": batch.at} for one in changed])


RESTORE_FIELDS = inverse_operation(
    "orders.edit.restore",
    "orders",
    look=look_at_fields,
    plan=lambda batch, facts: put_back(batch.items, *facts),
    write=write_fields,
)


def look_at_customers(batch: Batch) -> tuple[Known, Writers]:
    """Lock the customers, and whoever has got an address or id that one of them had."""
    given = [Item(item.index, customer_given(item.value)) for item in batch.items]
    return look_to_edit(replace(batch, items=given)), writers_since(batch, "customers.")


def customer_given(image: Row) -> Row:
    return {**columns_of(image["before"] or {}), "id": image["reference"]}


RESTORE_CUSTOMERS = inverse_operation(
    "customers.edit.restore",
    "customers",
    look=look_at_customers,
    plan=lambda batch, facts: plan_customers_back(batch.items, *facts),
    write=write_edits,
)
