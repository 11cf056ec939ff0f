"""What befalls a busy shop in a soak: one thing after another, drawn from a seed."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from django.db import OperationalError, connection, transaction

from printshop.tests.trust.load.street import Street
from printshop.tests.trust.load.watching import SESSIONS

TABLES = ("orders_order", "jobs_job", "catalog_sku", "bulk_bulkoperation")
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()
ORDER BY random() LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls a street; what is held or away stays so for `held` seconds."""

    street: Street
    rng: random.Random
    held: float

    def kill_web(self) -> str:
        self.street.restart_web(self.rng)
        return "web server killed"

    def kill_worker(self) -> str:
        self.street.restart_worker()
        return "worker killed"

    def end_session(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute(TERMINATE, [SESSIONS])
        return "session of the database ended"

    def hold_lock(self) -> str:
        held = False
        while not held:
            # Those who wait are not served in turn on SQLite: this one may have waited in vain.
            with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
                # SQLite has one lock, and a transaction begins with it.
                if connection.vendor == "postgresql":
                    cursor.execute(f"LOCK TABLE {self.rng.choice(TABLES)} IN SHARE ROW EXCLUSIVE MODE")
                Event().wait(self.held)
                held = True
        return "lock held"

    def send_broker_away(self) -> str:
        self.street.broker.shut()
        Event().wait(self.held)
        self.street.broker.open()
        return "broker away"

    def drawn(self) -> list[Callable[[], str]]:
        """Each trouble once, in an order of its own."""
        known = [self.kill_web, self.kill_worker, self.hold_lock, self.send_broker_away]
        if connection.vendor == "postgresql":
            known.append(self.end_session)
        return self.rng.sample(known, len(known))
