"""What each person is shown: sections of what they may see, made of numbers and words."""

from collections.abc import Iterator
from datetime import date, datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timesince import timesince

from catalog.models import SKU
from jobs.models import Job
from jobs.states import OPEN, JobStatus
from orders.models import Order
from printshop.api.models import APIKey
from printshop.api.people import actor_of
from printshop.dashboard import counting
from printshop.dashboard.words import (
    DAY,
    Cell,
    Chart,
    Row,
    Section,
    Step,
    Tile,
    counted,
    list_url,
    row_url,
    within,
)
from printshop.navigation import may_see

STATUS_COLOURS = [("jobs", "--color-primary-500")]
ARRIVALS = {JobStatus.READY: "--color-primary-500", JobStatus.SHIPPED: "--color-green-600"}
NO_REASON = "no reason given"


def sections_for(request: HttpRequest, now: datetime) -> list[Section]:
    """The sections for this person; when the shop is new, first of all what to do."""
    today = now.date()
    found = [*first_steps(request)]
    if may_see(request, "jobs.job"):
        found.append(work(request, now))
    elif may_see(request, "orders.order"):
        found.append(Section("Orders", tiles=order_tiles(today)))
    if may_see(request, "jobs.jobmove"):
        found.append(Section(f"The last {counting.DAYS} days", charts=[throughput(today), failures(today)]))
    if may_see(request, "bulk.bulkoperation"):
        found.append(operations(request, now))
    return found


def first_steps(request: HttpRequest) -> Iterator[Section]:
    """As long as there is no order: how the first one comes about."""
    if counting.exists(Order):
        return
    may_upload = may_see(request, "catalog.sku", "upload/")
    upload = reverse("admin:catalog_sku_upload") if may_upload else ""
    key = reverse("admin:api_apikey_add") if may_see(request, "api.apikey") else ""
    yield Section(
        "What to do first",
        steps=[
            Step("Say what the shop sells: upload a sheet of SKUs.", upload, counting.exists(SKU)),
            Step("Make an API key for whatever will send orders.", key, counting.exists(APIKey)),
            Step("Send the first order. Once it is paid, its jobs appear here.", reverse("reference"), False),
        ],
    )


def order_tiles(today: date) -> list[Tile]:
    late = counting.orders_overdue(today)
    made = list_url("orders_order", **within("created_at", today, today))
    return [
        Tile("Orders today", f"{counting.orders_made(today):,}", made, "made since midnight, UTC"),
        Tile("Orders overdue", f"{late:,}", list_url("orders_order", due="overdue"), "past their due date", late > 0),
    ]


def work(request: HttpRequest, now: datetime) -> Section:
    """Where the jobs stand, and what has waited longest."""
    standing = counting.jobs_by_status()
    tiles = order_tiles(now.date()) if may_see(request, "orders.order") else []
    if oldest := counting.oldest_waiting(standing):
        tiles.append(longest_wait(oldest, now))
    return Section("Work", tiles=tiles, charts=[statuses(standing)])


def longest_wait(job: Job, now: datetime) -> Tile:
    note = f"{job.reference}, {job.status}: {job.quantity} × {job.sku.name}"
    return Tile("Oldest waiting job", timesince(job.created_at, now, depth=1), row_url("jobs_job", job.pk), note)


def statuses(standing: dict[JobStatus, counting.AtStatus]) -> Chart:
    # What is done piles up for years: beside it the bars of what is to be done would be too short to read.
    rows = [
        Row(status, [Cell(at.count, list_url("jobs_job", status__exact=status))], drawn=status in OPEN)
        for status, at in standing.items()
    ]
    failed, still_open = standing[JobStatus.FAILED].count, sum(standing[status].count for status in OPEN)
    says = f"{counted(still_open, 'job')} to do, {failed:,} of them failed."
    return Chart("statuses", "Jobs by status", says, "Status", STATUS_COLOURS, rows, flat=True)


def moves_url(first: date, last: date, target: JobStatus, **filters: str) -> str:
    """The moves to a status within some days, without those that were taken back."""
    return list_url("jobs_jobmove", target__exact=target, held="yes", **within("at", first, last), **filters)


def throughput(today: date) -> Chart:
    found, days = counting.arrivals(today), counting.days_until(today)
    rows = [
        Row(day.strftime(DAY), [Cell(found[day, target], moves_url(day, day, target)) for target in ARRIVALS])
        for day in days
    ]
    totals = [f"{sum(found[day, target] for day in days):,} became {target}" for target in ARRIVALS]
    series = [(target.value, colour) for target, colour in ARRIVALS.items()]
    return Chart("throughput", "Throughput", f"{' and '.join(totals)}.", "Day", series, rows)


def failures(today: date) -> Chart:
    found, first = counting.failures(today), counting.days_until(today)[0]
    rows = [
        Row(reason or NO_REASON, [Cell(times, moves_url(first, today, JobStatus.FAILED, reason=reason))])
        for reason, times in found.reasons
    ]
    rows.append(Row("all reasons", [Cell(found.total, moves_url(first, today, JobStatus.FAILED))], drawn=False))
    says = f"Jobs failed {counted(found.total, 'time')}." if found.total else "No job failed."
    return Chart("failures", "Failures by reason", says, "Reason", [("failures", "--color-red-500")], rows, flat=True)


def operations(request: HttpRequest, now: datetime) -> Section:
    """The queue, and what went wrong today."""
    actor, today = actor_of(request.user), now.date()
    queue, failed = counting.queue(actor), counting.failed_operations(actor, today)
    finished = within("finished_at", today, today)
    tiles = [
        Tile("Operations unfinished", f"{queue.unfinished:,}", list_url("bulk_bulkoperation", state="unfinished")),
        Tile("With failures today", f"{failed:,}",
             list_url("bulk_bulkoperation", state="finished_with_failures", **finished),
             "operations that finished since midnight, UTC", failed > 0),
    ]  # fmt: skip
    if may_see(request, "bulk.bulkitem"):
        tiles.append(Tile("Open items", f"{queue.items:,}", list_url("bulk_bulkitem", verdict__exact="open")))
    if queue.oldest:
        age = timesince(queue.oldest.created_at, now, depth=1)
        tiles.append(Tile("Oldest unfinished", age, row_url("bulk_bulkoperation", queue.oldest.pk), queue.oldest.name))
    workers = counting.workers_alive()
    if may_see(request, "bulk.worker"):
        tiles.append(Tile("Workers alive", f"{workers:,}", list_url("bulk_worker", alive="yes"), alarm=not workers))
    if may_see(request, "webhooks.endpoint") and (off := counting.webhooks_off()):
        tiles.append(
            Tile("Webhooks switched off", f"{off:,}", list_url("webhooks_endpoint", active__exact=0), alarm=True)
        )
    stuck = "No worker is alive: what is queued waits until one is started." if queue.unfinished and not workers else ""
    return Section("Operations", tiles=tiles, warning=stuck)
