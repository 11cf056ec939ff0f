"""Clients that take their time: bodies that come a byte now and then, connections on which nothing is said."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import orjson

from printshop.tests.trust.faults.shops import Shop

SLOW, IDLE = 20, 150
EVERY = 0.5


class Sluggard:
    """A connection on which a request comes a byte at a time, or not at all; opened anew when it was closed."""

    def __init__(self, shop: Shop, is_slow: bool) -> None:
        self.shop, self.is_slow = shop, is_slow
        self.end: socket.socket | None = None
        self.rest = b""

    def open(self) -> socket.socket:
        self.end = socket.create_connection(("127.0.0.1", self.shop.port), timeout=5)
        if self.is_slow:
            body = orjson.dumps({"orders": [{"notes": "slow" * 500}]})
            head = "".join(f"{name}: {value}\r\n" for name, value in self.shop.headers().items())
            start = f"POST /api/orders/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{head}\r\n"
            self.end.sendall(start.encode())
            self.rest = body
        self.end.setblocking(False)
        return self.end

    def go_on(self) -> None:
        """A byte more, or a look whether the other side has had enough."""
        try:
            end = self.end or self.open()
            end.sendall(self.rest[:1])
            self.rest = self.rest[1:]
            if not end.recv(1):
                self.close()
        except BlockingIOError:
            return
        except OSError:
            self.close()

    def close(self) -> None:
        if self.end:
            with suppress(OSError):
                self.end.close()
        self.end = None


@contextmanager
def sluggish(shops: list[Shop]) -> Iterator[None]:
    """So many slow and idle clients at each shop."""
    ended = Event()
    all_of_them = [Sluggard(shop, number < SLOW) for shop in shops for number in range(SLOW + IDLE)]

    def dawdle() -> None:
        while not ended.wait(EVERY):
            for one in all_of_them:
                one.go_on()

    for one in all_of_them:
        one.go_on()
    thread = Thread(target=dawdle)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for one in all_of_them:
            one.close()
