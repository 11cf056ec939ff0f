"""The job board: what can still move, in columns by status. Every column counts all its jobs and shows the first few.

Six statements, however many jobs there are: counts, what was done today, cards, their last moves, and the materials
that can be chosen from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.timesince import timesince

from jobs.models import Job, JobMove, JobQuerySet
from jobs.states import OPEN, TERMINAL, JobStatus
from orders.models import Customer, Order

# In the order of the work, what failed at the end.
COLUMNS = [status for status in JobStatus if status in OPEN]
DONE = [status for status in JobStatus if status in TERMINAL]
FIRST_SHOWN, SHOWN_MORE, MOST_SHOWN = 20, 40, 100
MOST_CUSTOMERS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the board is narrowed down to; `older` in days, `order` by its number, `customers` by their ids."""

    material: str = ""
    machine_type: str = ""
    order: int | None = None
    customers: Sequence[str] | None = None
    older: int | None = None
    late: bool = False

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Column:
    """The jobs of a status: how many there are, and the first of them, each with its last move as `last`."""

    status: JobStatus
    count: int
    cards: Sequence[Job]

    @property
    def hidden(self) -> int:
        return self.count - len(self.cards)

    @property
    def next_shown(self) -> int:
        """How many to show next; 0 when the list is the better place for the rest."""
        return min(len(self.cards) + SHOWN_MORE, MOST_SHOWN) if self.hidden and len(self.cards) < MOST_SHOWN else 0


@dataclass(frozen=True, slots=True)
class Board:
    """Columns, and how many jobs came to each end today."""

    columns: Sequence[Column]
    done: Mapping[JobStatus, int]

    @property
    def total(self) -> int:
        return sum(column.count for column in self.columns)


def midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), UTC)


class TooVague(Exception):
    """More than 100 customers are like that: type more of the name, or an id."""


def customers_like(text: str) -> list[str]:
    """The ids of those with this id or e-mail address, or this as a part of the name. Raises `TooVague`."""
    named = Q(pk=text) | Q(email=text.lower()) | Q(name__icontains=text)
    found = list(Customer.objects.filter(named).order_by().values_list("pk", flat=True)[: MOST_CUSTOMERS + 1])
    if len(found) > MOST_CUSTOMERS:
        raise TooVague
    return found


def wanted_jobs(wanted: Wanted, at: datetime) -> JobQuerySet:
    """Jobs of any status that the board is narrowed down to."""
    jobs = Job.objects.order_by()
    terms: list[tuple[Any, Q]] = [
        (wanted.material, Q(sku__material=wanted.material)),
        (wanted.machine_type, Q(sku__machine_type=wanted.machine_type)),
        (wanted.order, Q(order=wanted.order)),
        (wanted.customers, Q(order__customer__in=wanted.customers or ())),
        (wanted.older, Q(created_at__lte=at - timedelta(days=wanted.older or 0))),
        (wanted.late, Q(order__in=Order.objects.overdue(at.date()).order_by())),
    ]
    return jobs.filter(*(term for asked, term in terms if asked not in (None, "", False)))


def counted(jobs: JobQuerySet) -> dict[JobStatus, int]:
    rows = jobs.values_list("status").annotate(count=Count("*"))
    return {JobStatus(status): count for status, count in rows}


def first_of(jobs: JobQuerySet, shown: Mapping[JobStatus, int]) -> QuerySet[Job]:
    """The most urgent jobs of each column, read from the end of an index for each, in one statement."""
    firsts = [
        jobs.filter(status=status).order_by("-priority", "pk")[:count].values("pk") for status, count in shown.items()
    ]
    # A sliced query can be a part of a union on PostgreSQL alone; wrapped up, on both.
    arms = [Job.objects.order_by().filter(pk__in=first).values("pk") for first in firsts]
    together = arms[0].union(*arms[1:], all=True)
    found = Job.objects.filter(pk__in=together).order_by("-priority", "pk")
    return found.select_related("sku", "order__customer")


def last_moves(numbers: Sequence[int]) -> dict[int, JobMove]:
    """The last move of each job."""
    last = JobMove.objects.filter(job_id__among=numbers).order_by().values("job").annotate(last=Max("pk"))
    return {move.job_id: move for move in JobMove.objects.filter(pk__in=last.values("last"))}


def since(then: datetime, at: datetime) -> str:
    """How long ago, in one unit: a card is read at a glance."""
    return timesince(then, at, depth=1)


def ago(then: datetime, at: datetime) -> str:
    return "just now" if at - then < timedelta(minutes=1) else f"{since(then, at)} ago"


def cards(jobs: JobQuerySet, shown: Mapping[JobStatus, int], at: datetime) -> dict[JobStatus, list[Job]]:
    """The jobs to show, by column, with `last`, `late`, and how long ago they were made and moved in words."""
    columns: dict[JobStatus, list[Job]] = {status: [] for status in shown}
    found = list(first_of(jobs, shown))
    moves = last_moves([job.pk for job in found])
    for job in found:
        job.last, job.late = moves.get(job.pk), job.order.is_overdue(at.date())  # type: ignore[attr-defined]
        job.age = since(job.created_at, at)  # type: ignore[attr-defined]
        job.rested = ago(job.last.at, at) if job.last else ""  # type: ignore[attr-defined]
        columns[JobStatus(job.status)].append(job)
    return columns


def board_of(wanted: Wanted, shown: Mapping[JobStatus, int], at: datetime) -> Board:
    """The board at a moment; `shown` says how many cards of each column, where it is not `FIRST_SHOWN`."""
    jobs = wanted_jobs(wanted, at)
    counts = counted(jobs.open())
    many = {status: min(max(shown.get(status, 0), FIRST_SHOWN), MOST_SHOWN) for status in COLUMNS}
    found = cards(jobs, many, at)
    columns = [Column(status, counts.get(status, 0), found[status]) for status in COLUMNS]
    return Board(columns, {status: jobs.ended_since(status, midnight(at)).count() for status in DONE})
