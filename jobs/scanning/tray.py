"""The tray of the scan page: what was scanned, as jobs, and what moving them all to one status would do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.text import Truncator

from jobs.models import Job
from jobs.plans.tickets import JOB, ORDER, Ticket, ticket_in
from jobs.services import ADVANCE
from jobs.states import NEXT, JobStatus
from orders.models import Order
from orders.references import reference
from printshop.api.actors import Actor
from printshop.api.reading import Item
from printshop.api.refusals import Refused
from printshop.bulk.confirm import told
from printshop.bulk.engine import Batch, preview, run
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

MOST_TICKETS = 1_000
TARGETS = [status for status in JobStatus if any(status in targets for targets in NEXT.values())]
# A QR code may hold a novel; so much of it is quoted.
MOST_QUOTED = 60
FATES = {Verdict.UPDATED: "good", Verdict.UNCHANGED: "already", Verdict.REFUSED: "refused"}


class TooMany(Exception):
    """A tray holds at most 1,000 tickets. Nothing was added: advance those that are in it first."""


@dataclass(slots=True)
class Scan:
    """A scanned text: the ids of the jobs it stands for, or why there is none."""

    text: str
    ticket: Ticket | None
    jobs: list[str] = field(default_factory=list)
    says: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A job of the tray, and what becomes of it: `fate` is one of `FATES`, `says` and `effects` are sentences."""

    id: str
    url: str
    about: str
    fate: str
    says: str
    effects: Sequence[str]


def jobs_of_orders(numbers: Iterable[int]) -> dict[int, list[str]]:
    """The ids of all jobs of each order that exists; one that was not paid has none."""
    known: dict[int, list[str]] = {pk: [] for pk in Order.objects.numbered(numbers).values_list("pk", flat=True)}
    rows = Job.objects.of_orders(known).order_by("pk").values_list("order_id", "pk")
    for order_number, number in rows:
        known[order_number].append(reference(JOB, number))
    return known


def read_scans(texts: Iterable[str], is_ours: Callable[[str], bool]) -> list[Scan]:
    """The scanned texts with their jobs, in three statements at most. Raises `TooMany`."""
    scans = [Scan(text, ticket_in(text, is_ours)) for text in texts]
    numbers: dict[str, list[int]] = {JOB: [], ORDER: []}
    for scan in scans:
        if scan.ticket is not None:
            numbers[scan.ticket.prefix].append(scan.ticket.number)
    jobs = set(Job.objects.numbered(numbers[JOB]).order_by().values_list("pk", flat=True))
    orders = jobs_of_orders(numbers[ORDER])
    for scan in scans:
        resolve(scan, jobs, orders)
    if len({job for scan in scans for job in scan.jobs}) > MOST_TICKETS:
        raise TooMany
    return scans


def resolve(scan: Scan, jobs: set[int], orders: dict[int, list[str]]) -> None:
    """Fill in what a scan stands for among the jobs and orders that exist."""
    ticket = scan.ticket
    if ticket is None:
        scan.says = f"“{Truncator(scan.text).chars(MOST_QUOTED)}” is no ticket of this shop."
    elif ticket.prefix == JOB and ticket.number in jobs:
        scan.jobs = [ticket.reference]
    elif ticket.prefix == JOB:
        scan.says = f"There is no job {ticket.reference}."
    elif ticket.number not in orders:
        scan.says = f"There is no order {ticket.reference}."
    else:
        scan.jobs = orders[ticket.number]
        scan.says = "" if scan.jobs else f"{ticket.reference} has no jobs: it is not paid, or nothing in it is printed."


def batch_of(job_ids: Sequence[str], terms: dict[str, Any], actor: Actor, at: datetime) -> Batch:
    """The tray as a batch: the good ones move, whatever the others do."""
    items = [Item(index, job_id) for index, job_id in enumerate(job_ids)]
    asked = {name: value for name, value in terms.items() if value}
    return Batch(items, asked, actor, at, Policy.PARTIAL, raws=list(job_ids))


def checked(job_ids: Sequence[str], target: str, *, actor: Actor, at: datetime) -> list[Judged]:
    """What moving the jobs to `target` would do to each. Writes nothing."""
    if not job_ids:
        return []
    result = preview(ADVANCE, batch_of(job_ids, {"target_status": target}, actor, at))
    return judged(result.outcomes, done=False)


def advanced(
    job_ids: Sequence[str], target: str, reason: str, *, actor: Actor, at: datetime
) -> tuple[list[Judged], UUID | None]:
    """Move the jobs that can be moved: what became of each, and the record of it; None when none could be moved."""
    batch = batch_of(job_ids, {"target_status": target, "reason": reason}, actor, at)
    try:
        result = run(ADVANCE, batch)
    except Refused:
        return checked(job_ids, target, actor=actor, at=at), None
    return judged(result.outcomes, done=True), result.operation_id


def judged(outcomes: Sequence[Outcome], *, done: bool) -> list[Judged]:
    """The outcomes in words, in one statement; `done` when they were carried out."""
    numbers = [number for one in outcomes if (number := Job.number_in(one.reference)) is not None]
    known = {job.reference: job for job in Job.objects.numbered(numbers).select_related("sku")}
    return [worded(one, known.get(one.reference), done) for one in outcomes]


def worded(outcome: Outcome, job: Job | None, done: bool) -> Judged:
    fate = FATES[outcome.verdict]
    if outcome.verdict is Verdict.UPDATED:
        (before, after), *_ = outcome.changes.values()
        says = f"{before} → {after}"
    elif outcome.verdict is Verdict.UNCHANGED:
        says = f"Already {outcome.status}."
    else:
        says = " ".join(fault.message for fault in outcome.faults)
    return Judged(
        id=outcome.reference,
        url=reverse("admin:jobs_job_change", args=[job.pk]) if job else "",
        about=f"{job.quantity} × {job.sku.name}, {reference(ORDER, job.order_id)}" if job else "",
        fate="moved" if done and fate == "good" else fate,
        says=says,
        effects=[told(effect) for effect in outcome.effects] if done else [],
    )
