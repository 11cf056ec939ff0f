"""A web server, and workers, in processes of their own: `bin/demo` starts them in the same way."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from itertools import count
from threading import Event
from typing import Any

import orjson
from django.conf import settings

from printshop.bulk.tests.deferred.workers import House, eventually
from printshop.tests.trust.ledger import Answer, Ledger

PATIENCE = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


class Shop(House):
    """A house with a web server. `key` is the API key that its callers show."""

    key = ""

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the web server, and wait until it listens."""
        self.port = free_port()
        options = ["--threads=8", "--connection-limit=800", "--asyncore-use-poll"]
        command = ["-m", "waitress", f"--listen=127.0.0.1:{self.port}", *options, "printshop.wsgi:application"]
        with (self.folder / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                [sys.executable, *command], env=self.environment, cwd=settings.BASE_DIR, stdout=log, stderr=log
            )
        self.processes.append(self.web)
        eventually(self.listens, what="a web server that listens")
        return self.web

    def listens(self) -> bool:
        assert self.web.poll() is None, (self.folder / "web.log").read_text()
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self.web.send_signal(signal.SIGKILL)
        self.web.wait()

    def threads(self) -> int:
        """How many threads the web server has."""
        return len(os.listdir(f"/proc/{self.web.pid}/task"))

    def headers(self, **more: str) -> dict[str, str]:
        return {"X-API-Key": self.key, "Content-Type": "application/json", **more}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[Answer, http.client.HTTPMessage]:
        """An answer and its headers. Raises OSError when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = None if body is None else orjson.dumps(body)
            connection.request(method, path, sent, self.headers(**headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read()), answer.headers
        except http.client.HTTPException as broken:
            raise ConnectionError(broken) from broken
        finally:
            connection.close()

    def send(self, path: str, body: Any, key: str, **more: str) -> Answer:
        """Post it under an idempotency key. Whoever is told to come again is told when."""
        answer, headers = self.call("POST", path, body, **{"Idempotency-Key": key}, **more)
        assert (answer.status in (409, 503)) == ("Retry-After" in headers), (answer, headers.items())
        return answer


BULK = "/api/orders/bulk"


def bulk(prefix: str, count: int = 50) -> dict[str, Any]:
    """A bulk of so many orders, each with an external id of its own."""
    line = {"skuId": "sku-0001", "quantity": 1}
    names = (f"{prefix}-{number}" for number in range(count))
    return {"orders": [{"customerId": "cust-001", "lineItems": [line], "externalId": name} for name in names]}


def settle(shop: Shop, ledger: Ledger, body: Any, key: str, path: str = BULK) -> Answer:
    """Send a request until it is carried out, as a client does that was told to come again or heard nothing."""
    while True:
        answer = ledger.post(shop.send, path, body, key)
        if answer is not None and answer.status < 300:
            return answer
        assert answer is None or answer.status in (409, 503), answer
        time.sleep(0.1)


def order_until(over: Event, shop: Shop, ledger: Ledger, name: str) -> int:
    """One bulk after the other; how many that were."""
    for number in count():
        if over.is_set():
            return number
        settle(shop, ledger, bulk(f"{name}-{number}"), f"{name}-{number}")
    raise AssertionError
