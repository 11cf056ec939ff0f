"""What workers hear."""

import logging

from celery.exceptions import Reject
from celery.worker import state
from django.db import InterfaceError, OperationalError

from printshop.api.transactions import Unavailable
from printshop.bulk.deferred.broker import app
from printshop.bulk.deferred.carrying import carry_out_next, worker_name
from printshop.bulk.deferred.errands import run_next
from printshop.bulk.deferred.presence import presence
from printshop.bulk.deferred.waking import WAKE

log = logging.getLogger(__name__)


@app.task(name=WAKE)
def wake() -> None:
    """Run the errand that waits, or carry out the chunk whose turn it is, if there is one.

    Errands go first: there are few, and somebody sits before a page that waits for one.
    """
    if state.should_stop is not None:
        # Celery hands out one more after it was told to stop.
        raise Reject("This worker is stopping.", requeue=True)
    try:
        run_next(worker_name(), presence.holding) or carry_out_next(presence.keeping)
    except (Unavailable, OperationalError, InterfaceError) as error:
        # Nothing is lost: the sweep sends for what is still due once the database is back.
        log.warning("The database is away: %r", error.__cause__ or error)
