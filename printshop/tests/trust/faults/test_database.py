"""The database ends, or has no room left, while many order: nothing is lost, and all goes on when it is back."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from django.db import connection

from orders.models import Order
from printshop.bulk.tests.deferred.workers import eventually
from printshop.tests.clusters import Cluster, limit_files, own_cluster, shop_at
from printshop.tests.emptying import delete_rows
from printshop.tests.trust.faults.conftest import Shops, furnish
from printshop.tests.trust.faults.shops import BULK, Shop, bulk, order_until, settle
from printshop.tests.trust.ledger import Ledger
from printshop.tests.trust.oracle import judge

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
CLIENTS = 4


@pytest.fixture(scope="module")
def cluster(shops: Shops) -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped."""
    with own_cluster() as found:
        found.migrate(shops(DATABASE_URL=found.url).environment)
        yield found


@pytest.fixture(scope="module")
def served(cluster: Cluster, shops: Shops) -> Iterator[Shop]:
    shop = shops(DATABASE_URL=cluster.url, DB_POOL_WAIT_SECONDS="2")
    shop.serve()
    yield shop
    shop.close()


@pytest.fixture
def elsewhere(cluster: Cluster, served: Shop, transactional_db: None) -> Iterator[Shop]:
    """A shop on that server; the models are those of its database."""
    with shop_at(cluster.url):
        served.key = furnish()
        yield served
        delete_rows("default")


def told(ledgers: list[Ledger], status: int) -> list[int]:
    """How often each client was answered so."""
    return [one.path.read_bytes().count(b'"status":%d' % status) if one.path.exists() else 0 for one in ledgers]


def all_more(now: list[int], than: list[int]) -> bool:
    return all(one > other for one, other in zip(now, than, strict=True))


@pytest.mark.trust(
    case="PostgreSQL killed and started again under several clients",
    expects="503 with Retry-After or no answer; nothing lost or double; the web server goes on without a restart",
)
@pytest.mark.postgresql
def test_a_database_that_is_killed_and_started_again_loses_nothing(
    elsewhere: Shop, cluster: Cluster, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    over, shop = Event(), elsewhere
    ledgers = [Ledger(tmp_path / f"ledger-{number}") for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(order_until, over, shop, one, f"client-{at}") for at, one in enumerate(ledgers)]
        try:
            eventually(lambda: all_more(told(ledgers, 201), [0] * CLIENTS), what="orders by everybody")
            connection.close()
            cluster.stop()
            eventually(lambda: all_more(told(ledgers, 503), [0] * CLIENTS), what="a 503 to everybody")
            before = told(ledgers, 201)
            cluster.start()
            eventually(lambda: all_more(told(ledgers, 201), before), what="orders by everybody again")
        finally:
            over.set()
        bulks = sum(client.result() for client in clients)
    assert shop.web.poll() is None
    assert Order.objects.count() == 50 * bulks
    assert judge(*ledgers, send=shop.send) == []
    record_property("figures", f"{CLIENTS} clients")


# --- No room left -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Disk:
    """What a shop writes to: whose files, and how to let none grow beyond a size."""

    shop: Shop
    files: Callable[[], Iterator[Path]]
    limit: Callable[[int | None], None]

    def fill(self) -> None:
        """Leave room for little more than there is."""
        give_back_room()
        self.limit(max(1_100_000, *(path.stat().st_size for path in self.files())) + 100_000)

    def clear(self) -> None:
        self.limit(None)


def give_back_room() -> None:
    """What other tests have written and deleted in SQLite's files would be room for hundreds of calls."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Disk:
    if connection.vendor == "postgresql":
        shop, cluster = request.getfixturevalue("elsewhere"), request.getfixturevalue("cluster")
        return Disk(shop, cluster.files, cluster.limit)
    shop = request.getfixturevalue("shops")()
    shop.key = request.getfixturevalue("key")
    web: subprocess.Popen[bytes] = shop.serve()
    main = Path(connection.settings_dict["NAME"])
    return Disk(shop, lambda: main.parent.glob("*.sqlite3*"), lambda size: limit_files(web.pid, size))


def fits(shop: Shop, ledger: Ledger, key: str) -> bool:
    """Whether there was room for a bulk."""
    answer = ledger.post(shop.send, BULK, bulk(key), key)
    assert answer is not None
    assert (answer.status, answer.said.get("code")) in ((201, None), (503, "UNAVAILABLE"))
    return answer.status == 201


@pytest.mark.trust(
    case="disk full",
    expects="503 with Retry-After, nothing half-written; with room again, the same key succeeds",
)
def test_a_full_disk_refuses_what_does_not_fit_and_spoils_nothing(disk: Disk, ledger: Ledger) -> None:
    shop = disk.shop
    settle(shop, ledger, bulk("before"), "before")
    disk.fill()
    number = next(number for number in range(200) if not fits(shop, ledger, f"bulk-{number}"))
    # It says no again, and still answers what only reads.
    assert shop.send(BULK, bulk("another"), "another").status == 503
    assert shop.call("GET", "/api/orders")[0].status == 200
    assert Order.objects.count() == 50 * (1 + number)
    disk.clear()
    settle(shop, ledger, bulk(f"bulk-{number}"), f"bulk-{number}")
    settle(shop, ledger, bulk("after"), "after")
    assert Order.objects.count() == 50 * (3 + number)
    assert judge(ledger, send=shop.send) == []
