"""A worker process, from its first heartbeat to its end."""

import signal
import subprocess
import time

import pytest

from catalog.models import SKU
from printshop.bulk.deferred.heartbeats import a_worker_is_alive, totals
from printshop.bulk.models import BulkChunk, BulkOperation, Worker
from printshop.bulk.tests.deferred.workers import eventually, queue_skus, unfinished

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def ended(worker: subprocess.Popen[bytes], within: float) -> int:
    return worker.wait(timeout=within)


def test_it_tells_that_it_lives_and_what_it_has_done(house):
    shop = house()
    assert not a_worker_is_alive()
    worker = shop.start()
    eventually(a_worker_is_alive, what="a heartbeat")
    queue_skus(700)
    eventually(lambda: not unfinished())
    eventually(lambda: totals().chunks == 2, what="two chunks counted")
    [row] = Worker.objects.all()
    assert row.name.endswith(f":{worker.pid}")
    assert sum(row.buckets.values()) == 2
    assert (SKU.objects.count(), row.failures) == (700, {})
    worker.terminate()
    assert ended(worker, 10) == 0
    # Gone, and what it has done is kept.
    assert not a_worker_is_alive()
    assert totals().chunks == 2


def test_it_finishes_its_chunk_when_it_is_told_to_stop(house):
    shop = house()
    worker = shop.start()
    queue_skus(1, "slow", "takes 2")
    queue_skus(1, "later")
    eventually(lambda: shop.has("begun"))
    worker.terminate()
    assert ended(worker, 20) == 0
    assert list(SKU.objects.values_list("pk", flat=True)) == ["slow-0"]
    assert list(BulkOperation.objects.order_by("pk").values_list("state", flat=True)) == ["finished", "queued"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_breaks_off_when_it_is_told_twice(house, number):
    shop = house(QUEUE_LEASE_SECONDS="60")
    worker = shop.start()
    queue_skus(1, "slow", "takes 60")
    eventually(lambda: shop.has("begun"))
    worker.send_signal(number)
    time.sleep(0.3)
    assert worker.poll() is None
    began = time.monotonic()
    worker.send_signal(number)
    assert ended(worker, 10) == 0
    assert time.monotonic() - began < 6
    # It has not happened, and nobody has to wait for the lease to run out; nor was it the item's fault.
    assert not SKU.objects.exists()
    [chunk] = BulkChunk.objects.all()
    assert (chunk.state, chunk.token, chunk.lost, chunk.tries) == ("queued", None, 0, 0)


def test_it_keeps_up_the_lease_of_a_chunk_that_takes_longer(house):
    shop = house()
    shop.start()
    shop.start()
    queue_skus(1, "slow", "takes 3")
    eventually(lambda: not unfinished())
    [chunk] = BulkChunk.objects.all()
    assert (chunk.state, chunk.lost) == ("done", 0)
    assert "lease ran out" not in shop.log()
