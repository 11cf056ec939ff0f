"""The connection to PostgreSQL is cut or falls silent: 503, and the same key gives the one true answer."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import connection

from orders.models import Order
from printshop.bulk.models import BulkOperation
from printshop.bulk.tests.deferred.workers import eventually
from printshop.tests.trust.faults.conftest import Shops
from printshop.tests.trust.faults.doors import Door, Loss
from printshop.tests.trust.faults.shops import BULK, Shop, bulk, settle
from printshop.tests.trust.ledger import Ledger
from printshop.tests.trust.oracle import judge

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.postgresql]
# Silence ends after their sum, a lock after the first second of it.
STATEMENT_MS, SILENCE = 3000, 1


@pytest.fixture(scope="module")
def door(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Door]:
    """A way to the server of the tests."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.ensure_connection()
        server = connection.connection.info
    is_socket = server.host.startswith("/")
    door = Door(f"{server.host}/.s.PGSQL.{server.port}" if is_socket else (server.host, server.port))
    yield door
    door.shut()


@pytest.fixture(scope="module")
def served(door: Door, shops: Shops, django_db_blocker: pytest.FixtureRequest) -> Shop:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.ensure_connection()
        server = connection.connection.info
    who = f"{quote(server.user)}:{quote(server.password)}"
    shop = shops(
        # The door has to read what is said.
        DATABASE_URL=f"postgresql://{who}@127.0.0.1:{door.port}/{server.dbname}?sslmode=disable",
        STATEMENT_TIMEOUT_MS=str(STATEMENT_MS),
        DB_SILENCE_SECONDS=str(SILENCE),
        DB_POOL_WAIT_SECONDS="2",
    )
    shop.serve()
    return shop


@pytest.fixture
def shop(served: Shop, key: str) -> Shop:
    served.key = key
    return served


@pytest.mark.trust(
    case="connection lost at the commit",
    expects="503 OUTCOME_UNKNOWN with Retry-After; the same key gives the one true answer",
)
@pytest.mark.parametrize("loss", Loss)
def test_a_commit_that_is_lost_is_said_to_be_unknown_and_told_by_its_key(shop: Shop, door: Door, loss: Loss) -> None:
    happens = loss is Loss.UNANSWERED
    with door.losing(loss) as lost:
        answer, headers = shop.call("POST", BULK, bulk("a"), **{"Idempotency-Key": "lost"})
        assert lost.is_set()
    assert (answer.status, answer.said["code"], headers["Retry-After"]) == (503, "OUTCOME_UNKNOWN", "1")
    assert Order.objects.count() == (50 if happens else 0)

    def again() -> str | None:
        # The server may need a moment to notice that the one who held the key is gone.
        answer, headers = shop.call("POST", BULK, bulk("a"), **{"Idempotency-Key": "lost"})
        assert answer.status in (201, 409)
        return headers.get("Idempotency-Replayed", "made") if answer.status == 201 else None

    assert eventually(again) == ("true" if happens else "made")
    assert (Order.objects.count(), BulkOperation.objects.count()) == (50, 1)
    assert judge() == []


@pytest.mark.trust(
    case="half-open connections: the database falls silent",
    expects="503 with Retry-After in bounded time, nothing written; afterwards served without a restart",
)
def test_a_server_that_falls_silent_holds_a_call_up_for_a_while_and_no_longer(
    shop: Shop, door: Door, ledger: Ledger
) -> None:
    settle(shop, ledger, bulk("before"), "before")
    with door.silence():
        # It comes to an end at all: the caller waits for a minute.
        answer = ledger.post(shop.send, BULK, bulk("meanwhile"), "meanwhile")
        assert answer is not None
        assert (answer.status, answer.said["code"]) == (503, "UNAVAILABLE")
    assert Order.objects.count() == 50
    settle(shop, ledger, bulk("meanwhile"), "meanwhile")
    settle(shop, ledger, bulk("after"), "after")
    assert Order.objects.count() == 150
    assert judge(ledger, send=shop.send) == []
