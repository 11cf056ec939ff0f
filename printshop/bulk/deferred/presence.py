"""This process as a worker: the chunk that it is at, and what it has done so far."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from printshop.bulk.deferred.chunks import Claim
from printshop.bulk.deferred.errands import Held
from printshop.bulk.deferred.heartbeats import Totals

log = logging.getLogger(__name__)


class StopAtOnce(KeyboardInterrupt):
    """Asked a second time to stop: what is being carried out is broken off.

    A KeyboardInterrupt, since that is what database drivers let through at once.
    """


class Presence:
    """Shared by the worker's threads: one carries out chunks, one keeps up the lease, one tells of it all."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.done = Totals()
        self.held: list[Held] = []

    @contextmanager
    def holding(self, held: Held) -> Iterator[None]:
        """What is held meanwhile is renewed, and given back when it is broken off. Errands may hold a chunk besides."""
        self.held.append(held)
        try:
            yield
        except StopAtOnce:
            held.give_back("The worker was stopped.")
            raise
        finally:
            self.held.remove(held)

    @contextmanager
    def keeping(self, held: Claim) -> Iterator[Counter[str]]:
        """For `carry_out_next`: a chunk is held, and counted once it is over."""
        failures: Counter[str] = Counter()
        began = time.monotonic()
        with self.holding(held):
            yield failures
        seconds = time.monotonic() - began
        log.info("Chunk %s: %s items, %s failed, %.3f s", held.chunk, held.chunk.size, failures.total(), seconds)
        with self.lock:
            self.done.add_chunk(seconds, failures)

    def keep_up(self) -> None:
        """Renew the lease of what is being carried out, if there is something."""
        for held in tuple(self.held):
            held.renew()

    def summary(self) -> Totals:
        """What was done so far, in one piece."""
        with self.lock:
            summed = Totals()
            summed.add(self.done)
            return summed


presence = Presence()
