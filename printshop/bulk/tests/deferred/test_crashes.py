"""Workers that are killed, frozen or cut off from the database: whatever was accepted happens, and happens once."""

import random
import signal
import time
from collections import Counter

import pytest
from django.db.models import Count, Q

from catalog.models import SKU
from orders.models import Order
from printshop.bulk.models import UNFINISHED, BulkChunk, BulkItem, BulkOperation
from printshop.bulk.outcomes import Verdict
from printshop.bulk.tests.deferred.workers import House, codes, eventually, queue, queue_skus, unfinished
from printshop.testing import make_customers, make_skus
from printshop.tests.clusters import Cluster, own_cluster

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
OPERATIONS, ITEMS, CHUNK, KILLS, SAMPLES = 20, 100, 25, 8, 1000


def queue_everything() -> None:
    """Half of it imports, half orders: an order made twice would be two orders."""
    make_skus(1, "sold")
    make_customers()
    order = {"customerId": "cust-001", "lineItems": [{"skuId": "sold-0001", "quantity": 1}]}
    for number in range(0, OPERATIONS, 2):
        queue_skus(ITEMS, f"new-{number}", chunk=CHUNK)
        queue("orders.create", [order] * ITEMS, chunk=CHUNK)


def sample() -> None:
    """One look at one moment: an operation's items are all there, and none of them is open once it has finished."""
    items = {"listed": Count("items"), "open": Count("items", filter=Q(items__verdict=Verdict.OPEN))}
    chosen = random.choice(list(BulkOperation.objects.values_list("pk", flat=True)))
    found = BulkOperation.objects.annotate(**items).values("state", "total", "counts", *items)
    seen = found.get(pk=chosen)
    assert seen["listed"] == seen["total"] == ITEMS
    if seen["state"] not in UNFINISHED:
        assert (seen["open"], sum(seen["counts"].values())) == (0, ITEMS)


def happened_once() -> None:
    """The recorded outcomes are the rows, one for one."""
    recorded = BulkItem.objects.filter(verdict=Verdict.CREATED).values_list("operation__name", "reference")
    found = [("skus.import", pk) for pk in SKU.objects.filter(pk__startswith="new-").values_list("pk", flat=True)]
    found += [("orders.create", order.reference) for order in Order.objects.all()]
    assert Counter(recorded) == Counter(found)
    assert len(found) == OPERATIONS * ITEMS
    assert set(BulkOperation.objects.values_list("state", flat=True)) == {"finished"}
    assert all(one.counts == {"created": ITEMS} for one in BulkOperation.objects.all())


@pytest.mark.trust(
    case="workers killed at random",
    expects="everything accepted happens, and happens once; counts are the items at every moment",
)
@pytest.mark.parametrize(
    "broker",
    [
        pytest.param("filesystem", marks=pytest.mark.sqlite),
        pytest.param("amqp", marks=pytest.mark.postgresql),
        pytest.param("redis", marks=pytest.mark.postgresql),
    ],
)
def test_it_does_everything_once_however_often_workers_are_killed(house, broker):
    random.seed(8)
    shop = house(broker, EVERY_CHUNK_TAKES="0.1")
    queue_everything()
    workers = [shop.start() for _ in range(3)]
    eventually(lambda: BulkChunk.objects.filter(state="running").exists(), within=60)
    samples = kills = 0
    next_kill = time.monotonic() + 0.2
    while unfinished() or kills < KILLS or samples < SAMPLES:
        sample()
        samples += 1
        if kills < KILLS and time.monotonic() > next_kill:
            victim = random.randrange(3)
            workers[victim].kill()
            workers[victim].wait()
            workers[victim] = shop.start()
            kills += 1
            next_kill = time.monotonic() + random.uniform(0.1, 0.4)
        assert samples < 100 * SAMPLES
    happened_once()


@pytest.mark.trust(
    case="worker frozen past its lease", expects="what it wakes up to write is refused; nothing happens twice"
)
def test_it_changes_nothing_a_second_time_when_a_frozen_worker_wakes(house):
    shop = house()
    frozen = shop.start_listening()
    operation_id = queue_skus(10)
    BulkOperation.objects.filter(pk=operation_id).update(dialect="lingering")
    eventually(lambda: shop.has("read"))
    # It has read its items, and writes them as soon as it may go on.
    frozen.send_signal(signal.SIGSTOP)
    shop.start()
    eventually(lambda: not unfinished())
    before = list(SKU.objects.values_list("pk", "updated_at"))
    frozen.send_signal(signal.SIGCONT)
    eventually(lambda: "lease ran out" in shop.log(), what="the frozen worker sees that it came late")
    assert list(SKU.objects.values_list("pk", "updated_at")) == before
    operation = BulkOperation.objects.get()
    assert (operation.state, operation.counts, len(before)) == ("finished", {"created": 10}, 10)


@pytest.mark.trust(case="item that kills its worker", expects="it alone fails; the others happen")
def test_it_fails_an_item_that_kills_its_worker_and_does_the_others(house):
    shop = house(QUEUE_LEASE_SECONDS="0.5")
    names = ["A cube", "kills", "A cube", "A cube"]
    queue("skus.import", [{"id": f"new-{place}", "name": name} for place, name in enumerate(names)])
    workers = [shop.start() for _ in range(3)]

    def is_over() -> bool:
        for place, worker in enumerate(workers):
            if worker.poll() is not None:
                workers[place] = shop.start()
        return not unfinished()

    eventually(is_over, within=60)
    found = BulkItem.objects.order_by("index")
    assert [item.verdict for item in found] == ["created", "failed", "created", "created"]
    assert codes(found[1]) == ["WORKER_LOST"]
    assert set(SKU.objects.values_list("pk", flat=True)) == {"new-0", "new-2", "new-3"}
    assert BulkOperation.objects.get().state == "finished_with_failures"


# --- The database itself ---------------------------------------------------------------------------------------------
@pytest.mark.trust(case="PostgreSQL restarted under a worker", expects="it goes on by itself; everything happens once")
@pytest.mark.postgresql
def test_it_goes_on_by_itself_when_the_database_was_restarted(tmp_path):
    with own_cluster() as cluster:
        shop = House(tmp_path, DATABASE_URL=cluster.url, EVERY_CHUNK_TAKES="0.3", DB_POOL_SIZE="4")
        cluster.migrate(shop.environment)
        try:
            restarted_under(shop, cluster)
            operations, skus = eventually(lambda: settled(shop), within=120)
        finally:
            shop.close()
    assert (operations, skus) == ([["finished", {"created": 6000}]], 6000)


def restarted_under(shop: House, cluster: Cluster) -> None:
    shop.run("accept", "6000", "new")
    shop.start()
    eventually(lambda: shop.log().count("Chunk") >= 3, what="some chunks done")
    cluster.stop()
    eventually(lambda: "trouble" in shop.log() or "away" in shop.log() or "failed" in shop.log())
    time.sleep(1)
    cluster.start()


def settled(shop: House) -> list[object] | None:
    told = shop.run("outcome", "new")
    return told if told[0][0][0] == "finished" else None
