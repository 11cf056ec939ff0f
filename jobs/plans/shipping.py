"""Which orders can leave, and what a spreadsheet says of them, worked out from values alone."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from jobs.plans.floor import OrderStanding, Standing
from jobs.plans.tickets import ORDER, ticket_in
from jobs.states import JobStatus
from orders.references import reference
from orders.states import OrderStatus
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome

NOT_LEAVING = frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED, OrderStatus.REFUNDED, OrderStatus.PAUSED})
# Two columns as a spreadsheet copies them, or as people write them.
BETWEEN_COLUMNS = re.compile(r"\s*[\t;,]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to leave: the number of an order, and what its label says. What is empty is not known and stays."""

    order: int
    carrier: str = ""
    tracking: str = ""

    @property
    def reference(self) -> str:
        """The public id of the order."""
        return reference(ORDER, self.order)


class Fate(StrEnum):
    """What becomes of an order as a whole. One that left before may still get another label."""

    REFUSED = "refused"
    SHIPPED = "shipped"
    LABELLED = "labelled"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Pasted:
    """What two columns say: tracking numbers by the number of the order, and what could not be understood."""

    tracking: Mapping[int, str]
    complaints: Sequence[str]


def columns(line: str) -> tuple[str, str]:
    """The two columns of a line, the second empty where there is none."""
    first, *rest = BETWEEN_COLUMNS.split(line.strip(), maxsplit=1)
    return first, "".join(rest).strip()


def read_paste(text: str) -> Pasted:
    """Lines such as `ord-45<TAB>1Z…`; an order may also be a bare number. Blank lines count for nothing."""
    tracking: dict[int, str] = {}
    complaints = []
    for place, line in enumerate(text.splitlines(), 1):
        named, number = columns(line)
        ticket = ticket_in(f"{ORDER}-{named}" if named.isdecimal() else named, lambda host: False)
        if ticket is None or ticket.prefix != ORDER:
            if line.strip():
                complaints.append(f"Line {place}: “{named[:60]}” is no order's id. An order's id looks like ord-045.")
        elif not number:
            complaints.append(f"Line {place}: there is no tracking number for {ticket.reference}.")
        elif tracking.setdefault(ticket.number, number) != number:
            complaints.append(f"Line {place}: {ticket.reference} has another tracking number in a line before.")
    return Pasted(tracking, complaints)


def jobs_by_order(jobs: Iterable[Standing]) -> dict[int, list[str]]:
    """The jobs that are to leave with each order: all but those that were called off."""
    leaving: dict[int, list[str]] = {}
    for job in jobs:
        if job.status != JobStatus.CANCELLED:
            leaving.setdefault(job.order_number, []).append(job.reference)
    return leaving


def order_faults(order: OrderStanding | None, jobs: Sequence[str], moves: Mapping[str, Outcome]) -> list[Fault]:
    """Why an order stays: its own status, nothing to send, or jobs that cannot be sent. `moves` judges the jobs."""
    if order is None:
        return []
    if order.status in NOT_LEAVING:
        return [no(order, f"A {order.status} order cannot be shipped.")]
    if not jobs:
        return [no(order, f"{order.reference} has no jobs: nothing in it is printed.")]
    held = [(job, fault) for job in jobs for fault in moves[job].faults]
    return [replace(fault, message=f"{job}: {fault.message}", path="id") for job, fault in held]


def no(order: OrderStanding, rule: str) -> Fault:
    return Fault("ILLEGAL_TRANSITION", rule, "id", order.reference, kind=Kind.CONFLICT)
