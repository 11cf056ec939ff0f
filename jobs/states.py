"""The life of a print job, and what the jobs of an order say about the order."""

from collections.abc import Collection

from django.db.models import TextChoices

from orders.states import HELD, OrderStatus


class JobStatus(TextChoices):
    """In the order of the work."""

    CREATED = "CREATED"
    VALIDATED = "VALIDATED"
    SLICED = "SLICED"
    QUEUED = "QUEUED"
    PRINTING = "PRINTING"
    POST_PROCESS = "POST_PROCESS"
    READY = "READY"
    SHIPPED = "SHIPPED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


S = JobStatus
NEXT = {
    S.CREATED: {S.VALIDATED, S.CANCELLED},
    S.VALIDATED: {S.SLICED, S.CANCELLED},
    S.SLICED: {S.QUEUED, S.CANCELLED},
    S.QUEUED: {S.PRINTING, S.CANCELLED},
    S.PRINTING: {S.POST_PROCESS, S.FAILED, S.CANCELLED},
    S.POST_PROCESS: {S.READY, S.CANCELLED},
    S.READY: {S.SHIPPED, S.CANCELLED},
    S.FAILED: {S.QUEUED, S.CANCELLED},
    S.SHIPPED: set[JobStatus](),
    S.CANCELLED: set[JobStatus](),
}
TERMINAL = frozenset(status for status, targets in NEXT.items() if not targets)
OPEN = frozenset(NEXT) - TERMINAL
# Nothing was printed yet, so there is nothing to print again.
NOT_PRINTED_YET = frozenset({S.CREATED, S.VALIDATED, S.SLICED, S.QUEUED})
AT_WORK = frozenset({S.PRINTING, S.FAILED})
PAST_PRINTING = frozenset({S.POST_PROCESS, S.READY, S.SHIPPED})
# By arriving here a day's work is judged.
COUNTED = (S.FAILED, S.READY, S.SHIPPED)


def rolled_up(order_status: OrderStatus, jobs: Collection[JobStatus], *, digital: bool) -> OrderStatus:
    """The status of an order that has these jobs; `digital` when it also has lines that no job is made for."""
    live = {status for status in jobs if status != S.CANCELLED}
    if order_status in HELD or not jobs:
        return order_status
    if not live:
        return OrderStatus.PAID if digital else OrderStatus.CANCELLED
    if live == {S.CREATED}:
        return OrderStatus.PAID
    if live == {S.SHIPPED}:
        return OrderStatus.SHIPPED
    if live <= {S.READY, S.SHIPPED}:
        return OrderStatus.READY
    if live <= PAST_PRINTING:
        return OrderStatus.POST_PROCESSING
    if live & AT_WORK or live & PAST_PRINTING:
        return OrderStatus.PRINTING
    return OrderStatus.PROCESSING
