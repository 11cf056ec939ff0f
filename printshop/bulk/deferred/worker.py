"""The worker process: Celery hears the wake-ups, three threads keep up what must go on meanwhile.

Celery's own program is left out on purpose: it would take over logging, signals and the command line.
"""

import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from types import FrameType

from celery.worker import WorkController, state
from celery.worker.consumer import Consumer
from django.conf import settings
from django.db import connections
from kombu.asynchronous import Hub

from printshop.bulk.deferred.broker import app
from printshop.bulk.deferred.carrying import worker_name
from printshop.bulk.deferred.heartbeats import beat, bury_the_forgotten, leave
from printshop.bulk.deferred.presence import StopAtOnce, presence
from printshop.bulk.deferred.rhythm import Rhythm
from printshop.bulk.deferred.sweeping import sweep

log = logging.getLogger(__name__)
STOPPING = (signal.SIGTERM, signal.SIGINT)
# Seconds that an end may take: that of a chunk broken off, or of the talk with a broker that does not answer.
GRACE = 3
# Workers need not know of each other.
ALONE = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}


class Listener(Consumer):
    """Hears wake-ups. Nothing is ever sent for later, for which Celery would make 28 queues in RabbitMQ."""

    class Blueprint(Consumer.Blueprint):
        default_steps = [step for step in Consumer.Blueprint.default_steps if "DelayedDelivery" not in str(step)]

    def register_with_event_loop(self, hub: Hub) -> None:
        """Let the loop look up now and then: it would notice that it is to stop with the next message only."""
        super().register_with_event_loop(hub)
        hub.timer.call_repeatedly(0.3, bool)


# What apps above add to them.
further: list[Callable[[], Rhythm]] = []


def rhythms() -> list[Rhythm]:
    """What goes on beside the work. Of several leases that could run out, each is renewed twice before."""
    name = worker_name()
    return [
        Rhythm("heartbeat", settings.QUEUE_HEARTBEAT_SECONDS, lambda: beat(name, presence.summary())),
        Rhythm("lease", settings.QUEUE_LEASE_SECONDS / 3, presence.keep_up),
        Rhythm("sweep", settings.QUEUE_SWEEP_SECONDS, sweep),
        Rhythm("burial", 3600, bury_the_forgotten),
        *(make() for make in further),
    ]


def asked_to_stop(number: int, frame: FrameType | None) -> None:
    """The first time the chunk is finished before the worker ends; the second time it is broken off."""
    if state.should_stop is None:
        state.should_stop = os.EX_OK
        log.info("Stopping; what is being carried out is finished first.")
    elif presence.held:
        raise StopAtOnce
    else:
        os._exit(os.EX_OK)


def watch_signals(reader: int) -> None:
    """End the process where the main thread cannot: it may be in a query, or wait for a broker that is silent."""
    os.read(reader, 1)
    idle = 0
    while idle < GRACE:
        if select.select([reader], [], [], 1)[0]:
            time.sleep(GRACE)
            break
        idle = 0 if presence.held else idle + 1
    os._exit(os.EX_OK)


@contextmanager
def signals_heard() -> Iterator[None]:
    """SIGTERM and, unless it is ignored as in a shell's background, SIGINT."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, asked_to_stop)
    Thread(target=watch_signals, args=(reader,), name="signals", daemon=True).start()
    yield


@contextmanager
def going(threads: list[Rhythm]) -> Iterator[None]:
    """The threads run meanwhile; afterwards each has ended, or soon will."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.end()
        for thread in threads:
            thread.join(timeout=1)


def work() -> int:
    """Work until told to stop; the exit code."""
    with signals_heard(), going(rhythms()):
        log.info("Worker %s is at work.", worker_name())
        name = f"printshop@{worker_name()}"
        listener = WorkController(app, name, pool="solo", concurrency=1, consumer_cls=Listener, **ALONE)
        try:
            listener.start()
        except StopAtOnce:
            listener.exitcode = os.EX_OK
    leave(worker_name())
    connections.close_all()
    return os.EX_OK if state.should_stop is not None else listener.exitcode or os.EX_SOFTWARE
