"""Whether a shop is what it must be, whatever was done to it: each rule that no crash may break.

A load or crash test ends with `judge`. It asks the database, and the API where a client could: what was acknowledged is
there once, what was refused is not, and what nobody knows of is settled by sending it again under its key.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from catalog.models import SKU, Upload
from catalog.states import BUSY
from jobs.models import Job, JobMove
from jobs.states import NEXT, JobStatus, rolled_up
from orders.models import Order
from orders.states import HELD, OrderStatus
from printshop.api import tallies
from printshop.bulk.models import OPEN, UNFINISHED, BulkChunk, BulkItem, BulkOperation
from printshop.bulk.outcomes import Verdict
from printshop.tests.trust.ledger import Entry, Ledger, Send

Faults = Iterator[str]
# Rows of a file that change nothing are counted and have no item.
UNRECORDED = {Verdict.UNCHANGED, Verdict.SKIPPED}


def sums() -> Faults:
    """An order's subtotal is that of its lines; that the rest adds up to it is a constraint's care."""
    added = Order.objects.annotate(added=Coalesce(Sum("line_items__total"), 0))
    for order in added.exclude(subtotal=F("added")):
        yield f"{order.reference} has a subtotal of {order.subtotal}, its lines add up to {order.added}"


def standing(moves: Iterable[JobMove]) -> list[JobMove]:
    """Moves less the pairs of which the one takes back the other."""
    kept: list[JobMove] = []
    for move in moves:
        if move.undoes_id is None:
            kept.append(move)
        elif kept and kept[-1].pk == move.undoes_id:
            kept.pop()
        else:
            # It takes back what was not the last that held: shown as a move, which will not fit.
            kept.append(move)
    return kept


def path_fault(job: Job, moves: Iterable[JobMove]) -> str:
    """Why a job's history is no path of the state machine that ends where the job stands; nothing when it is."""
    at = JobStatus.CREATED
    for move in standing(moves):
        if move.source != at or JobStatus(move.target) not in NEXT[at]:
            return f"{job.reference} stood at {at} and moved {move.source} → {move.target}"
        at = JobStatus(move.target)
    return "" if at == job.status else f"{job.reference} is {job.status}, its history ends at {at}"


def histories() -> Faults:
    """Every job's history is a path of the state machine that ends in its status."""
    moves: dict[int, list[JobMove]] = defaultdict(list)
    for move in JobMove.objects.order_by("pk"):
        moves[move.job_id].append(move)
    yield from filter(None, (path_fault(job, moves[job.pk]) for job in Job.objects.all()))


def roll_ups() -> Faults:
    """An order stands where its jobs do."""
    statuses: dict[int, list[JobStatus]] = defaultdict(list)
    for order_id, status in Job.objects.values_list("order_id", "status"):
        statuses[order_id].append(JobStatus(status))
    for order in Order.objects.filter(pk__in=statuses).exclude(status__in=HELD):
        due = rolled_up(OrderStatus(order.status), statuses[order.pk], digital=order.digital)
        if due != order.status:
            yield f"{order.reference} is {order.status}, its jobs say {due}"
    for order in Order.objects.exclude(pk__in=statuses).exclude(status__in=[*HELD, OrderStatus.PAID, "cancelled"]):
        yield f"{order.reference} is {order.status} and has no jobs"


def counts_fault(operation: BulkOperation, items: Counter[str]) -> str:
    """Why the counts of a finished operation are not those of its items; nothing when they are."""
    counts = Counter({verdict: count for verdict, count in operation.counts.items() if count})
    if counts.total() != operation.total + operation.unasked:
        return f"{operation} counts {counts.total()} of {operation.total} + {operation.unasked}"
    if operation.dialect == "upload":
        counts = Counter({verdict: count for verdict, count in counts.items() if verdict not in UNRECORDED})
        items = Counter({verdict: count for verdict, count in items.items() if verdict not in UNRECORDED})
    return "" if counts == items else f"{operation} counts {dict(counts)}, its items are {dict(items)}"


def operations() -> Faults:
    """Nothing is left open, and what every operation counts are its items."""
    for operation in BulkOperation.objects.filter(state__in=UNFINISHED):
        yield f"{operation} is {operation.state}"
    for chunk in BulkChunk.objects.filter(state__in=OPEN):
        yield f"chunk {chunk} is {chunk.state}"
    for upload in Upload.objects.filter(state__in=BUSY):
        yield f"upload {upload.pk} is {upload.state}"
    items: dict[Any, Counter[str]] = defaultdict(Counter)
    grouped = BulkItem.objects.order_by().values_list("operation_id", "verdict").annotate(Count("pk"))
    for operation_id, verdict, count in grouped:
        items[operation_id][verdict] = count
    yield from filter(None, (counts_fault(one, items[one.pk]) for one in BulkOperation.objects.over()))


def lengths() -> Faults:
    """Lists whose length is kept are that long."""
    for one in tallies.lists():
        told, there = tallies.known(one.rows()), one.rows().count()
        if told != there and tallies.keeps():
            yield f"the list {one.name} is said to have {told} rows, and has {there}"


def effects() -> Faults:
    """What operations say they made is there, once: an order for each that was created, and no other."""
    made = Counter(
        BulkItem.objects.filter(operation__name__startswith="orders.", verdict=Verdict.CREATED).values_list(
            "reference", flat=True
        )
    )
    for reference, times in made.items():
        if times > 1:
            yield f"{reference} was created {times} times"
    there = {order.reference for order in Order.objects.only("pk")}
    yield from (f"{reference} is recorded as created and is not there" for reference in made.keys() - there)
    skus = BulkItem.objects.filter(operation__name="skus.import", verdict=Verdict.CREATED)
    known = set(SKU.objects.values_list("pk", flat=True))
    yield from (
        f"SKU {one} is recorded as created and is not there"
        for one in set(skus.values_list("reference", flat=True)) - known
    )


POSTGRESQL_HELD = """
SELECT 'a session is ' || state || ' since ' || state_change FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
UNION ALL
SELECT concat('an advisory lock is held by ', pid, ' since ', xact_start)
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()
"""
# Seconds after which what is still held is left behind: a worker that looks for work is done long before.
LINGERS = 2


def held() -> set[str]:
    """What other sessions hold at this moment, and since when."""
    with connection.cursor() as cursor:
        # Within a transaction the server would show what it showed the first time.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(POSTGRESQL_HELD)
        return {said for (said,) in cursor.fetchall()}


def nothing_held() -> Faults:
    """No lock and no transaction is left behind. SQLite has one writer: that one can begin says it all."""
    if connection.vendor == "postgresql":
        if found := held():
            Event().wait(LINGERS)
            yield from sorted(found & held())
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        found = cursor.fetchone()[0]
        if found != "ok":
            yield f"integrity_check says {found}"


RULES: tuple[Callable[[], Faults], ...] = (sums, histories, roll_ups, operations, effects, lengths, nothing_held)


# --- What clients were told -----------------------------------------------------------------------------------------
def settled(ledger: Ledger, send: Send) -> Faults:
    """Every request whose end nobody knows is sent again under its key, and so comes to one."""
    for entry in list(ledger.entries()):
        if entry.answer is None and ledger.post(send, entry.path, entry.body, entry.key) is None:
            yield f"{entry.key} gets no answer"


def replayed(entry: Entry, send: Send) -> Faults:
    """The same key and body give the same answer, byte for byte."""
    again = send(entry.path, entry.body, entry.key)
    if entry.answer and (again.status, again.body) != (entry.answer.status, entry.answer.body):
        yield f"{entry.key} was answered {entry.answer.body[:200]!r} and is answered {again.body[:200]!r}"


def orders_of(entry: Entry) -> list[str]:
    """The ids of the orders that an answer acknowledges."""
    said = entry.answer.said if entry.answer and entry.path.endswith("/orders/bulk") else {}
    return [order["id"] for order in said.get("orders", ())]


def promises(ledger: Ledger, send: Send) -> Faults:
    """What was acknowledged exists once, and nothing of what was refused does."""
    yield from settled(ledger, send)
    entries = list(ledger.entries())
    for entry in entries:
        if entry.is_acknowledged:
            yield from replayed(entry, send)
    promised = Counter(order for entry in entries if entry.is_acknowledged for order in orders_of(entry))
    yield from (f"{order} was promised {times} times" for order, times in promised.items() if times > 1)
    there = {order.reference for order in Order.objects.only("pk")}
    yield from (f"{order} was promised and is not there" for order in promised.keys() - there)
    wanted: Counter[str] = Counter()
    for entry in entries:
        wanted.update({one["externalId"]: int(is_promised(entry, one)) for one in externally(entry)})
    found = Counter(Order.objects.filter(external_id__in=wanted).values_list("external_id", flat=True))
    for external_id, times in wanted.items():
        if found[external_id] != times:
            yield f"{external_id} exists {found[external_id]} times, not {times}"


def is_promised(entry: Entry, order: dict[str, Any]) -> bool:
    return entry.is_acknowledged and order["externalId"] not in refused_in(entry)


def externally(entry: Entry) -> list[dict[str, Any]]:
    """The orders of a request that have a name of the client's own."""
    orders = entry.body.get("orders", []) if entry.path.endswith("/orders/bulk") else []
    return [order for order in orders if isinstance(order, dict) and order.get("externalId")]


def refused_in(entry: Entry) -> set[str]:
    """What an answer refuses of a request that was acknowledged in part."""
    errors = entry.answer.said.get("errors", ()) if entry.answer else ()
    return {entry.body["orders"][error["index"]].get("externalId") for error in errors if "index" in error}


def judge(*ledgers: Ledger, send: Send | None = None) -> list[str]:
    """Everything that is not as it must be."""
    told = [fault for ledger in ledgers if send for fault in promises(ledger, send)]
    return told + [fault for rule in RULES for fault in rule()]
