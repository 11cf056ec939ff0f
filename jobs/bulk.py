"""What jobs bring to the engine: operations of their own, and what orders' operations mean for them."""

from collections.abc import Iterator, Sequence
from typing import Any

from catalog.uploads.uses import Use, register_use
from jobs.consequences import ON_ORDER_ACCESS, ON_ORDER_CANCEL, ON_ORDER_PAY, ON_STOREFRONT_ORDER
from jobs.erasing import ON_ERASE, jobs_held
from jobs.models import Job
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, REPRINT
from jobs.states import JobStatus
from jobs.undoing import ON_REINSTATE, ON_WITHDRAW, RESTORE_PRIORITIES, RETURN, WITHDRAW_REPRINTS
from orders.models import Order
from orders.references import number_in, reference
from orders.services import access, changes, erasing, storefront, undoing
from orders.services.holding import register_part
from orders.states import OrderStatus
from printshop.bulk.engine import Batch
from printshop.bulk.events import Event, More, Row, describe, tell, tell_effects, tell_made
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.bulk.registry import register, register_consequence, register_inverse


def register_all() -> None:
    register(ADVANCE, CANCEL, PRIORITIZE, REPRINT)
    register_use(Use("open jobs", Job.objects.open))
    register_consequence(changes.CANCEL, ON_ORDER_CANCEL)
    register_consequence(erasing.ERASE, ON_ERASE)
    register_part("jobs", jobs_held)
    register_consequence(changes.PAY, ON_ORDER_PAY)
    register_consequence(storefront.CREATE, ON_STOREFRONT_ORDER)
    register_consequence(access.CHANGE, ON_ORDER_ACCESS)
    register(RETURN, WITHDRAW_REPRINTS, RESTORE_PRIORITIES)
    register_inverse(RETURN, ADVANCE, CANCEL, RETURN, WITHDRAW_REPRINTS)
    register_inverse(WITHDRAW_REPRINTS, REPRINT)
    register_inverse(RESTORE_PRIORITIES, PRIORITIZE, RESTORE_PRIORITIES)
    register_consequence(undoing.WITHDRAW, ON_WITHDRAW)
    register_consequence(undoing.REINSTATE, ON_REINSTATE)
    register_consequence(undoing.RESTORE_ACCESS, ON_ORDER_ACCESS)
    tell_all()


def moved(effect: Row) -> Iterator[Event]:
    """A job that moved because its order did."""
    yield Event("job.moved", {"id": effect["id"], "from": effect["from"], "to": effect.get("to", JobStatus.CANCELLED)})


def followed(effect: Row) -> Iterator[Event]:
    """An order that followed its jobs; that it has left the shop is what most wait for."""
    content = {"id": effect["id"], "status": effect["to"], "from": effect["from"], "to": effect["to"]}
    yield Event("order.status_changed", content)
    if effect["to"] == OrderStatus.SHIPPED:
        yield Event("order.shipped", content)


def first_jobs(batch: Batch, outcomes: Sequence[Outcome]) -> dict[str, More]:
    """The jobs that orders got by being paid, or made as paid, in one statement."""
    named = [number_in(Order.PREFIX, one.reference) for one in outcomes if makes_jobs(one)]
    made: dict[str, list[dict[str, Any]]] = {}
    rows = Job.objects.of_orders([number for number in named if number]).filter(created_at=batch.at).order_by("pk")
    for pk, order_number, sku_id, quantity in rows.values_list("pk", "order_id", "sku_id", "quantity"):
        order = reference(Order.PREFIX, order_number)
        content = {"id": reference(Job.PREFIX, pk), "status": JobStatus.CREATED, "orderId": order}
        made.setdefault(order, []).append({**content, "skuId": sku_id, "quantity": quantity})
    return {
        order: More({"jobs": [job["id"] for job in jobs]}, [Event("job.created", job) for job in jobs])
        for order, jobs in made.items()
    }


def makes_jobs(outcome: Outcome) -> bool:
    return any(effect["kind"] == "job_created" for effect in outcome.effects)


def tell_all() -> None:
    """What receivers of webhooks hear of jobs, and of orders that follow them."""
    describe(
        job__moved="A job's status changed.",
        job__created="A job was made: for an order that is paid, or to print something again.",
        job__updated="A job's priority changed.",
        order__shipped="All jobs of an order are shipped; follows order.status_changed.",
    )
    tell({Verdict.UPDATED: "job.moved"}, ADVANCE, CANCEL, RETURN, WITHDRAW_REPRINTS)
    tell({Verdict.CREATED: "job.created"}, REPRINT)
    tell_made(first_jobs, changes.PAY, storefront.CREATE)
    tell({Verdict.UPDATED: "job.updated"}, PRIORITIZE, RESTORE_PRIORITIES)
    tell_effects(order_status=followed, job_cancelled=moved, job_returned=moved)
