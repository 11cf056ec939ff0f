"""Shops with a web server of their own, on the database of the tests or behind a door."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.bulk.tests.deferred.workers import broker_url, database_url, remove_queue
from printshop.testing import house, make_customers, make_skus
from printshop.tests.trust.faults.shops import Shop
from printshop.tests.trust.ledger import Ledger

Shops = Callable[..., Shop]


@pytest.fixture(scope="module")
def shops(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """Makes shops whose processes end with the module: `shops(broker=…, VARIABLE=…)`."""
    made: list[Shop] = []

    def make(broker: str = "filesystem", **variables: str) -> Shop:
        folder = tmp_path_factory.mktemp("shop")
        made.append(Shop(folder, broker_url(broker), **{"DATABASE_URL": database_url(), **variables}))
        return made[-1]

    yield make
    for one in made:
        one.close()
    for one in made:
        remove_queue(one)


def furnish() -> str:
    """A shop with a SKU and a customer to order for; the key of an admin."""
    make_skus()
    make_customers()
    return issue(house(), "a key", Role.ADMIN)[1]


@pytest.fixture
def key(transactional_db: None) -> str:
    return furnish()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")
