"""Over HTTP: real servers, real connections. One bulk call against as many single ones, and what several clients get.

The section `http` of the command. Servers, clients and database share this machine: with more clients than
processors the figures tell how they take turns.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import orjson
from django.db import connection

from benchmarks.clocks import percentile
from benchmarks.measure import prepare
from benchmarks.options import parse
from benchmarks.ports import answers, free_port

PROCESSES, CLIENTS = 2, (1, 2, 4, 8)
# Blocks of so many calls, in turns with the others: the speed of the machine wanders.
BLOCKS, CALLS = 5, 12
SINGLES = {"/api/orders": "our own single endpoint", "/plain/orders": "the plain DRF endpoint"}
START_WITHIN = 60
ROW = "{:<46}{:>16}{:>14}{:>14}{:>12}"


def serve(port: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serving", str(port)],
        env={**os.environ, "DB_POOL_SIZE": "8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def servers(count: int) -> Iterator[list[int]]:
    """The ports of that many server processes, each listening."""
    ports = [free_port() for _ in range(count)]
    running = [serve(port) for port in ports]
    try:
        end = time.monotonic() + START_WITHIN
        while not all(map(answers, ports)):
            if time.monotonic() > end:
                raise RuntimeError("the servers did not start")
            time.sleep(0.1)
        yield ports
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=30)


class Client:
    """A connection that is kept open. It adds as little as can be: it shares the processors with the servers."""

    def __init__(self, port: int, secret: str) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.connection.makefile("rb")
        self.headers = f"Host: 127.0.0.1:{port}\r\nX-API-Key: {secret}\r\nContent-Type: application/json"

    def post(self, path: str, body: bytes, key: str) -> float:
        """Seconds. Raises RuntimeError unless it is a success."""
        head = f"POST {path} HTTP/1.1\r\n{self.headers}\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}"
        request = head.encode() + b"\r\n\r\n" + body
        start = time.perf_counter()
        self.connection.sendall(request)
        status = self.answers.readline()
        headers = dict(line.lower().split(b": ", 1) for line in iter(self.answers.readline, b"\r\n"))
        answer = self.answers.read(int(headers[b"content-length"]))
        seconds = time.perf_counter() - start
        if status.split()[1] not in (b"200", b"201"):
            raise RuntimeError(f"{path} answered {status!r}: {answer[:300]!r}")
        return seconds


@dataclass
class Times:
    """What calls took: each by itself, and from the first to the last."""

    each: list[float] = field(default_factory=list)
    whole: float = 0.0

    def rate(self) -> float:
        """Calls a second."""
        return len(self.each) / self.whole

    def row(self, title: str, inside: float) -> str:
        p50, p99 = (f"{percentile(self.each, part) * 1000:.1f} ms" for part in (0.5, 0.99))
        return ROW.format(title, f"{self.rate():.1f} calls/s", p50, p99, f"{self.rate() / inside:.0%}")


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks.callers import PATHS, Caller
    from benchmarks.machine import machine_line, two_at_once
    from benchmarks.rounds import timed
    from benchmarks.shop import Shop, Work, one_order, orders
    from benchmarks.stock import fill

    print(machine_line(connection))
    shop = Shop.open()
    fill(shop, options.orders, options.skus)
    caller = Caller(shop, PATHS)

    def post(client: Client, work: Work) -> float:
        return client.post("/api/orders/bulk", work.body, work.idempotency_key)

    def singles(client: Client, path: str) -> float:
        works = [one_order(shop) for _ in range(50)]
        if path.startswith("/plain"):
            works = [replace(one, body=orjson.dumps({"orders": [orjson.loads(one.body)]})) for one in works]
        return sum(client.post(path, one.body, one.idempotency_key) for one in works)

    def inside(times: Times, calls: int = CALLS) -> None:
        for work in [orders(shop) for _ in range(calls)]:
            times.each.append(sum(timed(caller, work)))
            times.whole += times.each[-1]

    def outside(times: Times, clients: Sequence[Client], calls: int = CALLS) -> None:
        works = [[orders(shop) for _ in range(calls)] for _ in clients]
        with ThreadPoolExecutor(len(clients)) as pool:
            start = time.perf_counter()
            for found in pool.map(lambda client, mine: [post(client, one) for one in mine], clients, works):
                times.each += found
            times.whole += time.perf_counter() - start

    def show_singles(client: Client) -> None:
        """One call of fifty beside fifty of one, in turns."""
        bulk: list[float] = []
        taken: dict[str, list[float]] = {path: [] for path in SINGLES}
        for _ in range(max(3, options.rounds // 5)):
            bulk += [post(client, orders(shop)) for _ in range(5)]
            for path, found in taken.items():
                found.append(singles(client, path))
        ours = statistics.median(bulk)
        print(f"50 orders in one call: {ours * 1000:.1f} ms")
        for path, found in taken.items():
            seconds = statistics.median(found)
            print(f"50 posts to {SINGLES[path]}: {seconds * 1000:.0f} ms, {seconds / ours:.1f}×")

    def show_clients(clients: Sequence[Client]) -> None:
        """The same call inside this process, and by so many clients at once, in turns."""
        found = {count: Times() for count in CLIENTS}
        within, machine = Times(), []
        for _ in range(BLOCKS):
            machine.append(two_at_once())
            inside(within)
            for count, times in found.items():
                outside(times, clients[:count])
        print(ROW.format(f"50 orders × 3 lines, {PROCESSES} processes", "rate", "p50", "p99", "of inside"))
        print(within.row("inside one process", within.rate()))
        for count, times in found.items():
            print(times.row(f"{count} client{'s' * (count > 1)}", within.rate()), flush=True)
        print(f"two processes that share nothing: {statistics.median(machine):.0%} of one")

    inside(Times(), options.warmup)
    with servers(PROCESSES) as ports:
        clients = [Client(ports[number % PROCESSES], shop.secret) for number in range(max(CLIENTS))]
        for client in clients[:PROCESSES]:
            outside(Times(), [client], options.warmup)
        show_singles(clients[0])
        show_clients(clients)


if __name__ == "__main__":
    measure()
