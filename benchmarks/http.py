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
from dataclasses import replace

import orjson
from django.db import connection

from benchmarks.measure import prepare
from benchmarks.options import parse
from benchmarks.ports import answers, free_port

PROCESSES, CLIENTS, CALLS = 2, (1, 2, 4, 8), 60
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


def percentile(seconds: Sequence[float], part: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * part))]


def measure() -> None:
    """One database's part, in a process whose settings name it."""
    options = parse()
    prepare()
    # These need the apps to be there.
    from benchmarks.callers import PATHS, Caller
    from benchmarks.machine import machine_line
    from benchmarks.rounds import timed
    from benchmarks.shop import Shop, one_order, orders
    from benchmarks.stock import fill

    print(machine_line(connection))
    shop = Shop.open()
    fill(shop, options.orders, options.skus)

    def bulk(client: Client) -> float:
        work = orders(shop)
        return client.post("/api/orders/bulk", work.body, work.idempotency_key)

    def singles(client: Client, path: str) -> float:
        works = [one_order(shop) for _ in range(50)]
        if path.startswith("/plain"):
            works = [replace(one, body=orjson.dumps({"orders": [orjson.loads(one.body)]})) for one in works]
        return sum(client.post(path, one.body, one.idempotency_key) for one in works)

    def show_clients(count: int, ports: Sequence[int], in_process: float) -> None:
        clients = [Client(ports[number % len(ports)], shop.secret) for number in range(count)]
        works = [[orders(shop) for _ in range(CALLS)] for _ in clients]
        with ThreadPoolExecutor(count) as pool:
            start = time.perf_counter()
            found = pool.map(
                lambda one, mine: [one.post("/api/orders/bulk", work.body, work.idempotency_key) for work in mine],
                clients,
                works,
            )
            seconds = [each for times in found for each in times]
            rate = len(seconds) / (time.perf_counter() - start)
        p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
        cells = f"{rate:.1f} calls/s", f"{p50 * 1000:.1f} ms", f"{p99 * 1000:.1f} ms", f"{rate * in_process:.0%}"
        print(ROW.format(f"50 orders × 3 lines, {count} client{'s' * (count > 1)}", *cells), flush=True)

    caller = Caller(shop, PATHS)
    for _ in range(options.warmup):
        caller.run(orders(shop))
    in_process = statistics.median(sum(timed(caller, orders(shop))) for _ in range(options.rounds))
    with servers(PROCESSES) as ports:
        clients = [Client(port, shop.secret) for port in ports]
        for client in clients:
            for _ in range(options.warmup):
                bulk(client)
        rounds = max(3, options.rounds // 5)
        ours = statistics.median(bulk(clients[0]) for _ in range(options.rounds))
        print(f"50 orders in one call: {ours * 1000:.1f} ms over HTTP, {in_process * 1000:.1f} ms in process")
        for title, path in (("our own single endpoint", "/api/orders"), ("the plain DRF endpoint", "/plain/orders")):
            taken = statistics.median(singles(clients[0], path) for _ in range(rounds))
            print(f"50 posts to {title}: {taken * 1000:.0f} ms, {taken / ours:.1f}×", flush=True)
        print(ROW.format(f"{PROCESSES} processes", "rate", "p50", "p99", "of one inside"))
        for count in CLIENTS:
            show_clients(count, ports, in_process)


if __name__ == "__main__":
    measure()
