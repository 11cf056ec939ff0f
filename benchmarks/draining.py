"""Draining the queue with real worker processes: SKUs that are really made, in chunks of 500 and one a message."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.accepting import request_of, skus
from benchmarks.machine import two_at_once
from benchmarks.shop import Shop
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.models import BulkChunk, BulkOperation, ChunkState, State, Worker

ROW = "{:<46}{:>22}{:>22}{:>10}"
START_WITHIN, DONE_WITHIN = 30, 300
Drain = tuple[int, int, int]
# Items, chunk size, workers.
IN_CHUNKS, BY_TWO, ONE_EACH = (40_000, 500, 1), (40_000, 500, 2), (500, 1, 1)
# The first that fresh workers do is not counted.
WARMED_BY = 5_000
# Seconds between two looks whether all is done: looking takes from the processors.
LOOKS = 0.02


@contextmanager
def workers(count: int) -> Iterator[None]:
    """That many worker processes, each ready before the clock starts."""
    Worker.objects.all().delete()
    running = [
        subprocess.Popen(
            [sys.executable, "manage.py", "run_worker"],
            env={**os.environ, "QUEUE_SWEEP_SECONDS": "60"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        until(lambda: Worker.objects.count() == count, START_WITHIN, "the workers did not start")
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=30)


def until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait for a condition. Raises RuntimeError when it does not come true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(otherwise)
        time.sleep(LOOKS)


def drained(shop: Shop, items: int, chunk: int) -> float:
    """Items a second, from the commit that took them in to the end of the last."""
    request = request_of(shop, skus(next(shop.serial), items), chunk=chunk)
    recorded = BulkOperation.objects.filter(pk=accept(request))
    unfinished = recorded.unfinished()
    start = time.perf_counter()
    until(lambda: not unfinished.exists(), DONE_WITHIN, "the queue was not drained")
    seconds = time.perf_counter() - start
    if recorded.get().counts != {"created": items}:
        raise RuntimeError(f"not every item was made: {recorded.get().counts}")
    return items / seconds


def clear() -> None:
    """Nothing that waits from other measurements."""
    BulkChunk.objects.filter(state=ChunkState.QUEUED).update(state=ChunkState.CANCELLED)
    BulkOperation.objects.unfinished().update(state=State.CANCELLED)


def show(shop: Shop, rounds: int = 5) -> None:
    """Items a second: in chunks, by two workers, and one a message; the median of five that are taken in turns."""
    clear()
    found: dict[Drain, list[float]] = {drain: [] for drain in (IN_CHUNKS, BY_TWO, ONE_EACH)}
    machine = []
    for _ in range(rounds):
        machine.append(two_at_once())
        for (items, chunk, count), rates in found.items():
            with workers(count):
                drained(shop, min(items, WARMED_BY), chunk)
                rates.append(drained(shop, items, chunk))
    chunks, two, single = (statistics.median(rates) for rates in found.values())
    print(ROW.format("drained, chunks of 500, one worker", f"{chunks:,.0f} items/s", "", ""))
    print(ROW.format("drained, chunks of 500, two workers", f"{two:,.0f} items/s", "", f"{two / chunks:.2f}×"))
    print(ROW.format("two processes that share nothing", "", "", f"{statistics.median(machine):.2f}×"))
    print(ROW.format("drained, one item a message", f"{single:,.0f} items/s", "", f"{chunks / single:.1f}×"))
