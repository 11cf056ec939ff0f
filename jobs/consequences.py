"""What operations on orders mean for jobs: paying makes them, cancelling cancels them, resuming rolls them up."""

from collections.abc import Sequence
from typing import Any

from jobs.models import Job
from jobs.plans.floor import Floor, OrderStanding
from jobs.plans.following import plan_order_cancellation, plan_order_payment, plan_resumption
from jobs.plans.reprints import new_job
from jobs.services import floor_of, write_changes
from orders.models import LineItem, Order
from orders.plans.storefront import NewOrder
from orders.references import number_in, reference
from orders.services.access import changed_orders
from orders.states import OrderStatus
from printshop.bulk import writer
from printshop.bulk.engine import Batch, Consequence
from printshop.bulk.outcomes import Outcome, Verdict


def printable_lines(order_numbers: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The lines that a job is made for, by order."""
    lines: dict[int, list[dict[str, Any]]] = {}
    printable = LineItem.objects.filter(order_id__among=order_numbers, kind="print").order_by("pk")
    for row in printable.values("pk", "order_id", "sku_id", "quantity"):
        lines.setdefault(row["order_id"], []).append(dict(row))
    return lines


def write_following(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    write_changes(batch, [outcome.follows["jobs"] for outcome in outcomes if "jobs" in outcome.follows])


ON_ORDER_CANCEL = Consequence(
    name="jobs",
    look=lambda batch, outcomes: Floor(floor_of(changed_orders(outcomes))),
    plan=lambda batch, outcomes, floor: plan_order_cancellation(outcomes, floor, batch.terms.get("reason") or ""),
    write=write_following,
)
ON_ORDER_PAY = Consequence(
    name="jobs",
    look=lambda batch, outcomes: printable_lines(changed_orders(outcomes)),
    plan=lambda batch, outcomes, lines: plan_order_payment(outcomes, lines, batch.at),
    write=write_following,
)


def paid_at_once(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, NewOrder]]:
    """The new orders that need no payment and have something to print."""
    new = [(outcome, outcome.change) for outcome in outcomes if outcome.verdict is Verdict.CREATED]
    return [
        (o, order)
        for o, order in new
        if order.order["paid_at"] and any(line["kind"] == "print" for line in order.lines)
    ]


def plan_storefront(batch: Batch, outcomes: Sequence[Outcome], facts: None) -> None:
    """An approved order that has printable lines gets its jobs at once."""
    for outcome, order in paid_at_once(outcomes):
        printed = [line for line in order.lines if line["kind"] == "print"]
        outcome.effects += [
            {"kind": "job_created", "skuId": line["sku_id"], "quantity": line["quantity"]} for line in printed
        ]


def write_storefront(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """The lines have their numbers only now: read them, then insert the jobs of all of them."""
    references = [outcome.reference for outcome, _ in paid_at_once(outcomes)]
    if not references:
        return
    lines = printable_lines([number for text in references if (number := number_in("ord", text))])
    rows = [(number, line) for number, found in lines.items() for line in found]
    writer.insert(
        Job, [new_job(number, line["pk"], line["sku_id"], line["quantity"], batch.at) for number, line in rows]
    )


ON_STOREFRONT_ORDER = Consequence(
    name="jobs", look=lambda batch, outcomes: None, plan=plan_storefront, write=write_storefront
)


def look_at_floor(batch: Batch, outcomes: Sequence[Outcome]) -> Floor:
    """The jobs of the orders, and whether these have something else besides."""
    numbers = changed_orders(outcomes)
    rows = Order.objects.numbered(numbers).values_list("pk", "status", "digital")
    orders = {
        pk: OrderStanding(pk, reference(Order.PREFIX, pk), OrderStatus(status), digital) for pk, status, digital in rows
    }
    return Floor(floor_of(numbers), orders)


ON_ORDER_ACCESS = Consequence(
    name="jobs",
    look=look_at_floor,
    plan=lambda batch, outcomes, floor: plan_resumption(outcomes, floor),
    write=lambda batch, outcomes: None,
)
