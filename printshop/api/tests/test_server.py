"""The same over a socket, with the server that the shop runs on: what a test client cannot send."""

import http.client
import socket
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from waitress import wasyncore
from waitress.server import create_server

from printshop.api.tests.addresses import open_shop
from printshop.testing import KeyClient, Role, key_client

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def admin(transactional_db: None) -> KeyClient:
    return key_client(Role.ADMIN)


@pytest.fixture
def port(admin: KeyClient) -> Iterator[int]:
    """Where the shop listens."""
    sockets: dict[int, Any] = {}
    server = create_server(get_wsgi_application(), map=sockets, host="127.0.0.1", port=0, threads=1)
    ended = Event()
    thread = Thread(target=listen, args=(sockets, ended))
    thread.start()
    yield server.effective_port
    # Whoever closes a socket that another thread waits for gets an error there: the loop ends first.
    ended.set()
    thread.join()
    server.task_dispatcher.add_task(Farewell())
    server.task_dispatcher.shutdown()
    server.close()


def listen(sockets: dict[int, Any], ended: Event) -> None:
    """The server's loop, until it is told to end."""
    while not ended.is_set():
        wasyncore.loop(timeout=0.05, map=sockets, count=1)


class Farewell:
    """The last task of the server's one thread: it hands its database connections back."""

    def service(self) -> None:
        connections.close_all()

    def cancel(self) -> None:
        connections.close_all()


def post(port: int, path: str, body: Any, key: KeyClient, **options: Any) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"X-API-Key": str(key.key), "Content-Type": "application/json"}
    connection.request("POST", path, body, headers, **options)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def raw(port: int, request: bytes) -> bytes:
    """The first line of the answer to any bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sent:
        sent.sendall(request)
        return sent.makefile("rb").readline()


def test_it_reads_a_body_in_pieces(port: int, admin: KeyClient) -> None:
    status, _ = post(port, "/api/customers", iter([b'{"name": ', b'"Ada"}']), admin, encode_chunked=True)
    assert status == 201
    assert admin.get("/api/customers?search=Ada").json()["count"] == 1


def test_it_counts_the_bytes_of_a_body_in_pieces(port: int, admin: KeyClient) -> None:
    status, content = post(port, "/api/customers", (b" " * 100_000 for _ in range(21)), admin, encode_chunked=True)
    assert (status, b"BODY_TOO_LARGE" in content) == (413, True)


def test_it_never_fails_on_a_request_it_does_not_understand(port: int, admin: KeyClient) -> None:
    names = open_shop(admin)
    key = b"X-API-Key: %s\r\nHost: localhost\r\nConnection: close\r\n" % str(admin.key).encode()
    pay = b"/api/orders/%s/pay" % names["unpaid"].encode()
    for request, statuses in (
        (b"POST %s HTTP/1.1\r\n%s\r\n" % (pay, key), {200}),
        (b"POST %s HTTP/1.1\r\n%sContent-Length: abc\r\n\r\n{}" % (pay, key), {400}),
        (b"POST %s HTTP/1.1\r\n%sContent-Length: -1\r\n\r\n{}" % (pay, key), {400}),
        (b"GET /api/orders/%%00 HTTP/1.1\r\n%s\r\n" % key, {404}),
        (b"GET /api/orders/\xff\xfe HTTP/1.1\r\n%s\r\n" % key, {400, 404}),
        (b"GET /api/orders?skuId=\xff%%00 HTTP/1.1\r\n%s\r\n" % key, {400}),
        (b"GET /api/orders HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \xff\xfe.\xfd\r\n\r\n", {401}),
        (b"POST %s HTTP/1.1\r\n%sIdempotency-Key: \xff\r\n\r\n" % (pay, key), {400}),
        (b"GET /api/orders HTTP/1.1\r\n%sAccept: \xff/\xff\r\n\r\n" % key, {200, 406}),
        (b"GET /api/orders HTTP/1.1\r\n%sX-Forwarded-For: \xff, ,\r\n\r\n" % key, {200}),
    ):
        line = raw(port, request)
        assert int(line.split()[1]) in statuses, (request, line)
