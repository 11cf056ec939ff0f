"""Callers that go away, and somebody else who holds what a call needs."""

import socket
import struct
from pathlib import Path

import orjson
import pytest
from django.db import connection, transaction

from orders.models import Order
from printshop.bulk.models import BulkOperation
from printshop.bulk.tests.deferred.workers import eventually
from printshop.tests.trust.faults.conftest import Shops
from printshop.tests.trust.faults.shops import BULK, Shop, bulk, settle
from printshop.tests.trust.ledger import Ledger
from printshop.tests.trust.oracle import judge

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
TIMES = 3


@pytest.fixture(scope="module")
def served(shops: Shops) -> Shop:
    shop = shops(LOCK_TIMEOUT_MS="1000")
    shop.serve()
    return shop


@pytest.fixture
def shop(served: Shop, key: str) -> Shop:
    served.key = key
    return served


@pytest.mark.trust(
    case="a lock held longer than LOCK_TIMEOUT_MS",
    expects="503 with Retry-After, nothing written; the same key later succeeds",
)
def test_a_lock_that_is_held_too_long_refuses_a_call_and_leaves_nothing(shop: Shop, ledger: Ledger) -> None:
    # SQLite's one writer holds everything as soon as it begins.
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE orders_order IN EXCLUSIVE MODE")
        answer = ledger.post(shop.send, BULK, bulk("a"), "held")
        assert answer is not None
        assert (answer.status, answer.said["code"]) == (503, "UNAVAILABLE")
        assert not Order.objects.exists()
    assert not BulkOperation.objects.exists()
    settle(shop, ledger, bulk("a"), "held")
    assert Order.objects.count() == 50
    assert judge(ledger, send=shop.send) == []


def request_of(shop: Shop, key: str) -> tuple[bytes, bytes]:
    """Head and body of a bulk call as they travel."""
    body = orjson.dumps(bulk(key))
    lines = [f"POST {BULK} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", f"Idempotency-Key: {key}"]
    lines += [f"{name}: {value}" for name, value in shop.headers().items()]
    return "\r\n".join([*lines, "", ""]).encode(), body


def leave(shop: Shop, said: bytes, abruptly: bool) -> None:
    """Say it, and be gone before any answer."""
    with socket.create_connection(("127.0.0.1", shop.port)) as caller:
        caller.sendall(said)
        if abruptly:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def connections_at(port: int) -> int:
    """The open connections of a server, those included that only it has not closed."""
    ends = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(state in ("01", "08") for local, _, state in ends if local.endswith(f":{port:04X}"))


@pytest.mark.trust(
    case="client gone mid-request",
    expects="all or nothing, nothing of a body cut short; the same key gives the one true answer; no thread leaks",
)
@pytest.mark.parametrize("abruptly", [False, True], ids=["closes", "resets"])
@pytest.mark.parametrize("part", [0.0, 0.5, 1.0], ids=["within the head", "within the body", "after the body"])
def test_a_client_that_leaves_has_asked_for_all_or_nothing(
    shop: Shop, ledger: Ledger, part: float, abruptly: bool
) -> None:
    settle(shop, ledger, bulk("before"), "before")
    threads = shop.threads()
    for number in range(TIMES):
        head, body = request_of(shop, f"gone-{number}")
        said = head + body[: int(len(body) * part)] if part else head[: len(head) // 2]
        leave(shop, said, abruptly)
    eventually(lambda: connections_at(shop.port) == 0, what="the ends of all connections")
    for number in range(TIMES):
        name = f"gone-{number}"
        happened = Order.objects.filter(external_id__startswith=name).count()
        assert happened in ((0, 50) if part == 1.0 else (0,))
        settle(shop, ledger, bulk(name), name)
    assert Order.objects.count() == 50 * (TIMES + 1)
    assert BulkOperation.objects.count() == TIMES + 1
    assert judge(ledger, send=shop.send) == []
    assert shop.threads() == threads
