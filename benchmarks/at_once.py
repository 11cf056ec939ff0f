"""100,000 jobs moved by the worker in chunks, and others like them by one statement: seconds of each, in turns."""

import random
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from benchmarks import floor_selection
from benchmarks.growth import cost
from benchmarks.same import difference, everything
from benchmarks.shop import Shop
from benchmarks.stock import fill, settle
from jobs.models import Job
from jobs.services import ADVANCE
from jobs.states import JobStatus
from orders.models import Order
from orders.states import OrderStatus
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.models import BulkOperation

# From where to where the jobs go in each round, and where their orders stand then.
PATH = (
    ("SLICED", "QUEUED", "processing"),
    ("QUEUED", "PRINTING", "printing"),
    ("PRINTING", "POST_PROCESS", "post_processing"),
    ("POST_PROCESS", "READY", "ready"),
)
ROW = "{:<34}{:>14}{:>14}{:>10}{:>22}"
Step = tuple[str, str, str]
Side = tuple[Sequence[str], Callable[[BulkOperation, Step], None]]


def more_jobs(shop: Shop, count: int, stuck: int) -> list[str]:
    """So many more jobs that wait to be queued, two to an order; the last ones cannot move any more."""
    after = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    fill(shop, count // 2, 0)
    made = list(Job.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True))
    waiting = Job.objects.filter(pk__gt=after, pk__lte=made[-1 - stuck])
    Order.objects.filter(pk__in=waiting.values("order_id")).update(status=OrderStatus.PROCESSING)
    waiting.update(status=JobStatus.SLICED)
    settle()
    return [f"job-{number:03d}" for number in made]


def accepted(shop: Shop, ids: Sequence[str], target: str) -> BulkOperation:
    terms = {"targetStatus": target}
    wanted = Request(ADVANCE.name, ids, shop.key.actor(), datetime.now(UTC), terms, rows_of=ADVANCE.rows_of)
    return BulkOperation.objects.get(pk=accept(wanted))


def in_chunks(operation: BulkOperation, step: Step) -> None:
    while carry_out_next():
        pass


def in_one_statement(operation: BulkOperation, step: Step) -> None:
    source, _, order_status = step
    floor_selection.carry_out(operation, source, order_status, datetime.now(UTC))


def prove_same(shop: Shop) -> None:
    """Raises RuntimeError unless both leave the same rows."""
    found = []
    for act in (in_chunks, in_one_statement):
        operation = accepted(shop, more_jobs(shop, 20, 4), "QUEUED")
        before = everything()
        act(operation, PATH[0])
        found.append(difference(before, everything()))
    if found[0] != found[1]:
        raise RuntimeError(f"the chunks and the statement leave different rows: {found}")


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processors of client and server."""
    start = perf_counter()
    spent = cost(act)
    return perf_counter() - start, spent


def show(shop: Shop, count: int, stuck: int, seed: int) -> None:
    prove_same(shop)
    sides: dict[str, Side] = {
        "chunks": (more_jobs(shop, count, stuck), in_chunks),
        "statement": (more_jobs(shop, count, stuck), in_one_statement),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    draw = random.Random(seed)
    for step in PATH:
        for name in draw.sample(sorted(sides), 2):
            ids, act = sides[name]
            operation = accepted(shop, ids, step[1])
            times[name].append(timed(lambda act=act, of=operation, step=step: act(of, step)))  # type: ignore[misc]
    print(ROW.format(f"{count:,} jobs, {len(PATH)} rounds", "in chunks", "one statement", "ratio", ""))
    for place, title in enumerate(("by the clock", "by the processors")):
        ours, floor = ([one[place] for one in times[name]] for name in ("chunks", "statement"))
        ratio = statistics.median(ours) / statistics.median(floor)
        spread = f"({min(ours):.1f} and {min(floor):.1f} s)"
        cells = (f"{statistics.median(one):.1f} s" for one in (ours, floor))
        print(ROW.format(title, *cells, f"{ratio:.2f}×", spread), flush=True)
