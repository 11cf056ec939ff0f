"""RabbitMQ and Redis are cut off under a shop at work: what is accepted happens, and limits are no open door."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from catalog.models import SKU
from printshop.bulk.models import BulkOperation
from printshop.bulk.tests.deferred.workers import broker_url, eventually, unfinished
from printshop.tests.trust.faults.conftest import Shops
from printshop.tests.trust.faults.doors import Door
from printshop.tests.trust.faults.shops import Shop
from printshop.tests.trust.ledger import Answer, Ledger
from printshop.tests.trust.oracle import judge

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SKUS, CHUNKED = "/api/skus/bulk", 600


def through(door: Door, url: str) -> str:
    """The same server by way of a door."""
    parts = urlsplit(url)
    who, _, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{who}@127.0.0.1:{door.port}" if who else f"127.0.0.1:{door.port}").geturl()


@pytest.fixture(scope="module")
def door_to() -> Iterator[Callable[[str], Door]]:
    """Makes doors to servers. They stand open when the shops clear up what they leave there."""
    made: list[Door] = []

    def make(url: str) -> Door:
        parts = urlsplit(url)
        made.append(Door((str(parts.hostname), int(parts.port or 0))))
        return made[-1]

    yield make
    for one in made:
        one.shut()


def import_later(shop: Shop, ledger: Ledger, prefix: str) -> Answer:
    """Ask for an import that a worker carries out, in more than one chunk."""
    body = {"skus": [{"id": f"{prefix}-{at}", "name": "A cube"} for at in range(CHUNKED)], "errorPolicy": "partial"}
    answer = ledger.post(lambda path, body, key: shop.send(path, body, key, Prefer="respond-async"), SKUS, body, prefix)
    assert answer is not None
    return answer


def is_done(count: int) -> Callable[[], bool]:
    return lambda: not unfinished() and SKU.objects.filter(name="A cube", pk__contains="new").count() == count


@pytest.mark.trust(
    case="RabbitMQ or Redis stopped under web server and worker",
    expects="202 all the while; what was accepted is carried out once it is back, though nobody starts anything anew",
)
@pytest.mark.parametrize(
    "broker",
    [pytest.param("amqp", marks=pytest.mark.postgresql), pytest.param("redis", marks=pytest.mark.sqlite)],
)
def test_a_broker_that_stops_loses_nothing(
    door_to: Callable[[str], Door], shops: Shops, key: str, ledger: Ledger, broker: str
) -> None:
    door = door_to(broker_url(broker))
    shop = shops(BROKER_URL=through(door, broker_url(broker)))
    shop.key = key
    shop.serve()
    worker = shop.start_listening()
    assert import_later(shop, ledger, "new-before").status == 202
    eventually(is_done(CHUNKED), what="work by way of the broker")
    door.shut()
    assert import_later(shop, ledger, "new-meanwhile").status == 202
    door.open()
    eventually(is_done(2 * CHUNKED), what="work that was accepted meanwhile")
    assert import_later(shop, ledger, "new-after").status == 202
    eventually(is_done(3 * CHUNKED), what="work that was accepted afterwards")
    assert (worker.poll(), shop.web.poll()) == (None, None)
    assert set(BulkOperation.objects.values_list("state", flat=True)) == {"finished"}
    assert judge() == []
    shop.close()


@pytest.mark.trust(
    case="Redis of the rate limits stopped and back",
    expects="503 with Retry-After meanwhile, nothing written; then counted and answered without a restart",
)
@pytest.mark.sqlite
def test_limits_are_no_open_door_while_redis_is_away(door_to: Callable[[str], Door], shops: Shops, key: str) -> None:
    url = broker_url("redis")
    door = door_to(url)
    shop = shops(REDIS_URL=through(door, url), RATE_LIMITS="on")
    shop.key = key
    shop.serve()
    customer = {"name": "Ada"}
    answer, headers = shop.call("POST", "/api/customers", customer)
    assert (answer.status, headers["X-RateLimit-Limit"]) == (201, str(settings.RATE_LIMITS["admin"]))
    remaining = int(headers["X-RateLimit-Remaining"])
    door.shut()
    for _ in range(3):
        answer, headers = shop.call("POST", "/api/customers", customer)
        assert (answer.status, answer.said["code"], headers["Retry-After"]) == (503, "UNAVAILABLE", "1")
    door.open()
    answer, headers = shop.call("GET", "/api/customers?search=Ada")
    assert (answer.status, answer.said["count"]) == (200, 1)
    # A new minute may have begun.
    assert int(headers["X-RateLimit-Remaining"]) in (remaining - 1, settings.RATE_LIMITS["admin"] - 1)
    shop.close()
