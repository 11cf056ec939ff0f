"""What is printed for a lot of jobs or orders: tickets, packing slips and bin labels, each with a code to be scanned.

Every function takes primary keys in the order in which the pieces are wanted, and its statements do not grow with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import segno
from django.db.models import Count
from django.utils.safestring import SafeString, mark_safe

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import LineItem, Order

ADDRESS_LINES = (("name",), ("line1",), ("line2",), ("zip", "city", "state"), ("country",))
# One of the eight patterns of a QR code; weighing all of them takes seven times as long.
PATTERN = 2


def code_of(reference: str) -> SafeString:
    """A public id as a QR code: an SVG in as many units as it has modules, for the page to scale."""
    code = segno.make_qr(reference, error="m", mask=PATTERN)
    return mark_safe(code.svg_inline(omitsize=True, title=f"QR code: {reference}"))


@dataclass(frozen=True, slots=True)
class JobPiece:
    """A job on paper."""

    job: Job
    code: SafeString
    options: str


@dataclass(frozen=True, slots=True)
class OrderPiece:
    """An order on a bin."""

    order: Order
    code: SafeString
    pieces: int


@dataclass(slots=True)
class SlipLine:
    """A line of an order in a parcel, and the jobs that made it."""

    item: LineItem
    options: str
    jobs: list[Job] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        """How many of it are in the parcel; what is printed again replaces what failed."""
        return min(self.item.quantity, sum(job.quantity for job in self.jobs))


@dataclass(slots=True)
class Slip:
    """What lies in the parcel of an order; `missing` counts its other jobs, which do not."""

    order: Order
    code: SafeString
    address: list[str]
    lines: list[SlipLine]
    missing: int = 0


def address_of(order: Order) -> list[str]:
    """The lines of the address, or the customer's name where there is none."""
    address: dict[str, Any] = order.shipping_address or {}
    lines = [" ".join(str(address[part]) for part in parts if address.get(part)) for parts in ADDRESS_LINES]
    return [line for line in lines if line] or [str(order.customer)]


def in_order(keys: Sequence[int], rows: dict[int, Any]) -> list[Any]:
    return [rows[key] for key in keys if key in rows]


def jobs_chosen(keys: Sequence[int]) -> list[Job]:
    """The jobs with all that is printed of them."""
    found = Job.objects.numbered(keys).select_related("sku", "line_item", "order__customer")
    return in_order(keys, {job.pk: job for job in found})


def orders_chosen(keys: Sequence[int]) -> list[Order]:
    found = Order.objects.numbered(keys).select_related("customer")
    return in_order(keys, {order.pk: order for order in found})


def jobs_of_orders(keys: Sequence[int]) -> list[Job]:
    """The jobs of the orders that are not cancelled, order by order."""
    live = Job.objects.of_orders(keys).exclude(status=JobStatus.CANCELLED)
    found = live.order_by("pk").select_related("sku", "line_item", "order__customer")
    place = {key: number for number, key in enumerate(keys)}
    return sorted(found, key=lambda job: (place[job.order_id], job.pk))


def job_pieces(jobs: Iterable[Job]) -> list[JobPiece]:
    return [JobPiece(job, code_of(job.reference), job.line_item.options_text) for job in jobs]


def order_pieces(keys: Sequence[int]) -> list[OrderPiece]:
    """A piece for each order, with the number of things that its jobs make."""
    ordered: dict[int, dict[int, int]] = {}
    for job in jobs_of_orders(keys):
        ordered.setdefault(job.order_id, {})[job.line_item_id] = job.line_item.quantity
    return [
        OrderPiece(order, code_of(order.reference), sum(ordered.get(order.pk, {}).values()))
        for order in orders_chosen(keys)
    ]


def slips(orders: Sequence[Order], jobs: Sequence[Job]) -> list[Slip]:
    """A slip for each order, with those of its jobs that are given."""
    lines: dict[int, dict[int, SlipLine]] = {order.pk: {} for order in orders}
    for job in jobs:
        line = SlipLine(job.line_item, job.line_item.options_text)
        lines[job.order_id].setdefault(job.line_item_id, line).jobs.append(job)
    live = Job.objects.of_orders(lines).exclude(status=JobStatus.CANCELLED).order_by()
    counts = dict(live.values_list("order_id").annotate(Count("pk")))
    found = []
    for order in orders:
        packed = list(lines[order.pk].values())
        missing = counts.get(order.pk, 0) - sum(
            job.status != JobStatus.CANCELLED for line in packed for job in line.jobs
        )
        found.append(Slip(order, code_of(order.reference), address_of(order), packed, missing))
    return found


def slips_of_jobs(keys: Sequence[int]) -> list[Slip]:
    """The slips of the orders of these jobs, with these jobs alone."""
    jobs = jobs_chosen(keys)
    orders = {job.order_id: job.order for job in jobs}
    return slips(list(orders.values()), jobs)


def slips_of_orders(keys: Sequence[int]) -> list[Slip]:
    """The slips of the orders, with all that is not cancelled."""
    return slips(orders_chosen(keys), jobs_of_orders(keys))
