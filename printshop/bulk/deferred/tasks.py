"""What workers hear."""

import logging

from celery.exceptions import Reject
from celery.worker import state
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from printshop.api.transactions import Unavailable
from printshop.bulk.deferred.broker import app
from printshop.bulk.deferred.carrying import carry_out_next, worker_name
from printshop.bulk.deferred.errands import run_next
from printshop.bulk.deferred.presence import presence
from printshop.bulk.deferred.waking import WAKE

log = logging.getLogger(__name__)


def give_way() -> None:
    """Carry out a chunk in the middle of something else, unless the worker is to end."""
    if state.should_stop is None:
        carry_out_next(presence.keeping)


@app.task(name=WAKE)
def wake() -> None:
    """Run the errand that waits, or carry out the chunk whose turn it is, if there is one.

    Errands go first: there are few, and somebody sits before a page that waits for one. A long one gives way to a chunk
    now and then.
    """
    if state.should_stop is not None:
        # Celery hands out one more after it was told to stop.
        raise Reject("This worker is stopping.", requeue=True)
    if not connection.in_atomic_block:
        close_old_connections()
    try:
        run_next(worker_name(), presence.holding, give_way) or carry_out_next(presence.keeping)
    except (Unavailable, OperationalError, InterfaceError) as error:
        # Nothing is lost: the sweep sends for what is still due once the database is back.
        log.warning("The database is away: %r", error.__cause__ or error)
