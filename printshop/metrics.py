"""What a Prometheus server asks for: how deep the queue is, what workers do, how requests fare.

Not public: without METRICS_TOKEN, or without showing it, the address is unknown like any other.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from printshop.bulk.deferred.heartbeats import BEYOND, BOUNDS, Totals, alive, totals
from printshop.bulk.models import OPEN, UNFINISHED, BulkChunk, BulkOperation
from printshop.webhooks.couriers import waiting_since
from printshop.webhooks.models import Endpoint

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Respond = Callable[[HttpRequest], HttpResponse]

registry = CollectorRegistry()
requests = Counter("printshop_requests", "Answered requests", ("method", "route", "status"), registry=registry)
latency = Histogram("printshop_request_seconds", "Time to an answer", ("method", "route"), registry=registry)


def requests_measured(get_response: Respond) -> Respond:
    """Middleware: counts this process's requests by the pattern of their address, of which there are only so many."""

    def respond(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        where = (request.method if request.method in METHODS else "other", match.route if match else "unknown")
        requests.labels(*where, response.status_code).inc()
        latency.labels(*where).observe(time.perf_counter() - began)
        return response

    return respond


# --- The queue, from the rows that are open: the history may be as long as it likes ----------------------------------
def depth() -> Iterator[Metric]:
    """Open chunks, their items, and how many went wrong before. One statement, by the index of open chunks."""
    chunks = GaugeMetricFamily("printshop_queue_chunks", "Open chunks", labels=["state"])
    items = GaugeMetricFamily("printshop_queue_items", "Items of open chunks", labels=["state"])
    found = BulkChunk.objects.filter(state__fixed=OPEN).order_by().values_list("state")
    wrong = Count("pk", filter=Q(tries__gt=0) | Q(lost__gt=0))
    counted = {state: counts for state, *counts in found.annotate(Count("pk"), Sum("size"), wrong=wrong)}
    for state in sorted(OPEN):
        number, size, _ = counted.get(state, (0, 0, 0))
        chunks.add_metric([state], number)
        items.add_metric([state], size)
    yield from (chunks, items)
    troubled = sum(counts[-1] for counts in counted.values())
    yield GaugeMetricFamily("printshop_queue_troubled", "Open chunks that went wrong before", troubled)


def operations() -> Iterator[Metric]:
    """Unfinished operations, and the age of the oldest. Two statements, by the index of unfinished operations."""
    family = GaugeMetricFamily("printshop_operations", "Unfinished operations", labels=["state"])
    unfinished = BulkOperation.objects.unfinished()
    counted = dict(unfinished.order_by().values_list("state").annotate(Count("pk")))
    for state in sorted(UNFINISHED):
        family.add_metric([state], counted.get(state, 0))
    yield family
    oldest = unfinished.order_by("created_at").values_list("created_at", flat=True).first()
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily("printshop_queue_oldest_seconds", "Age of the oldest unfinished operation", max(age, 0))


def cumulative(done: Totals) -> list[tuple[str, float]]:
    """The histogram as Prometheus counts it: each bucket holds those below it."""
    buckets, below = [], 0
    for bound in (*map(str, BOUNDS), BEYOND):
        below += done.buckets[bound]
        buckets.append((bound, float(below)))
    return buckets


def work() -> Iterator[Metric]:
    """What workers did, those that are gone included. Two statements on a table of a few rows."""
    yield GaugeMetricFamily("printshop_workers", "Workers heard of lately", alive().count())
    done = totals()
    seconds = HistogramMetricFamily("printshop_chunk_seconds", "Time spent on a chunk")
    seconds.add_metric([], cumulative(done), done.seconds)
    yield seconds
    failed = CounterMetricFamily("printshop_items_failed", "Items that did not happen", labels=["code"])
    for code, count in sorted(done.failures.items()):
        failed.add_metric([code], count)
    yield failed


# --- This process, and this machine ----------------------------------------------------------------------------------
def pool() -> Iterator[Metric]:
    """PostgreSQL's connections of this process, and the requests that wait for one. No statement."""
    kept = getattr(connection, "pool", None)
    told = kept.get_stats() if kept else {}
    idle, size = told.get("pool_available", 0), told.get("pool_size", 0)
    connections = GaugeMetricFamily("printshop_database_connections", "Connections of the pool", labels=["state"])
    connections.add_metric(["idle"], idle)
    connections.add_metric(["used"], size - idle)
    yield connections
    waits = told.get("requests_waiting", 0)
    yield GaugeMetricFamily("printshop_database_waiting", "Requests that wait for a connection", waits)


def backups() -> Iterator[Metric]:
    """When the newest archive in the usual folder was made; 0 where there is none, as on machines that make none."""
    made = []
    for path in (settings.VAR / "backups").glob("printshop-*.tar.gz"):
        # An old one may be deleted at this moment.
        with suppress(FileNotFoundError):
            made.append(path.stat().st_mtime)
    yield GaugeMetricFamily("printshop_backup_timestamp_seconds", "When the last backup was made", max(made, default=0))


def webhooks() -> Iterator[Metric]:
    """Attempts of all endpoints by result, and what waits. Two statements."""
    attempts = GaugeMetricFamily("printshop_webhook_attempts", "Attempts to deliver", labels=["result"])
    sums = Endpoint.objects.aggregate(
        delivered=Sum("delivered"), failed=Sum("failed"), off=Count("pk", Q(active=False))
    )
    for result in ("delivered", "failed"):
        attempts.add_metric([result], sums[result] or 0)
    yield attempts
    yield GaugeMetricFamily("printshop_webhooks_switched_off", "Webhooks that are switched off", sums["off"])
    oldest = waiting_since()
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily("printshop_webhook_oldest_seconds", "Age of the oldest message that waits", max(age, 0))


class QueueCollector:
    """Looks at the rows whenever it is asked, so that every process answers alike."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from depth()
        yield from operations()
        yield from work()
        yield from webhooks()
        yield from pool()
        yield from backups()


registry.register(QueueCollector())


def is_allowed(request: HttpRequest) -> bool:
    shown = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(shown, f"Bearer {settings.METRICS_TOKEN}")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The text format of Prometheus; 503 while the database is away."""
    if not is_allowed(request):
        raise Http404
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("The database is away.\n", content_type="text/plain", status=503)
