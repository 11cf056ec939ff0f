"""A shop as it is deployed: two web servers and a worker at one database, with a broker behind a door."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import connection

from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.bulk.tests.deferred.workers import broker_url, database_url, remove_queue
from printshop.testing import house, make_customers, make_skus
from printshop.tests.trust.faults.doors import Door
from printshop.tests.trust.faults.shops import Shop
from printshop.tests.trust.load.buying import SOLD
from printshop.tests.trust.load.watching import SESSIONS

WEB_SERVERS = 2
# Counted as ever, and never reached: eight clients of one account call far more often than an account may.
PLENTY = "1000000"
LIMITS = ("ANONYMOUS", "STANDARD", "ADMIN", "ORDERS_BULK", "JOBS_BULK", "SKUS_BULK")


class Street:
    """The processes, and what befalls them."""

    def __init__(self, folder: Path) -> None:
        url = urlsplit(broker_url("amqp" if connection.vendor == "postgresql" else "redis"))
        self.broker = Door((str(url.hostname), int(url.port or 0)))
        through = url._replace(netloc=url.netloc.replace(f":{url.port}", f":{self.broker.port}")).geturl()
        variables = {
            "DATABASE_URL": database_url(),
            "QUEUE_NAME": f"printshop-test-{uuid4().hex}",
            "QUEUE_LEASE_SECONDS": "10",
            "QUEUE_HEARTBEAT_SECONDS": "2",
            "PGAPPNAME": SESSIONS,
            "RATE_LIMITS": "on",
            **{f"RATE_LIMIT_{name}": PLENTY for name in LIMITS},
        }
        folders = [folder / f"shop-{number}" for number in range(WEB_SERVERS)]
        for one in folders:
            one.mkdir()
        self.shops = [Shop(one, through, **variables) for one in folders]
        key = issue(house(), "a client", Role.ADMIN)[1]
        for shop in self.shops:
            shop.key = key

    def open(self) -> None:
        with ThreadPoolExecutor() as pool:
            served = [pool.submit(shop.serve) for shop in self.shops]
            self.worker = self.shops[0].start_listening()
            for one in served:
                one.result()

    def restart_web(self, rng: random.Random) -> None:
        shop = rng.choice(self.shops)
        shop.kill()
        shop.serve()

    def restart_worker(self) -> None:
        self.worker.kill()
        self.worker.wait()
        self.worker = self.shops[0].start_listening()

    def close(self) -> None:
        for shop in self.shops:
            shop.close()
        remove_queue(self.shops[0])
        self.broker.shut()


@contextmanager
def street(folder: Path) -> Iterator[Street]:
    """An open street at the database of the test, with something to sell and somebody to buy."""
    make_skus(SOLD, "sold")
    make_customers()
    made = Street(folder)
    try:
        made.open()
        yield made
    finally:
        made.close()
