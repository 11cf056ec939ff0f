"""A web server that is killed inside a write: all of a call or nothing, and its successor goes on at once.

`test_kills` does the same at every statement and commit, `test_crashes` with the workers of the queue.
"""

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection

from orders.models import Order
from printshop.bulk.models import BulkOperation
from printshop.bulk.tests.deferred.workers import eventually
from printshop.tests.trust.faults.conftest import Shops
from printshop.tests.trust.faults.shops import Shop, order_until
from printshop.tests.trust.ledger import Ledger
from printshop.tests.trust.oracle import judge

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
CLIENTS = 2
KILLS = 10 if os.environ.get("TRUST") == "all" else 1
# A transaction that has written has a number.
WRITERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
"""


def somebody_writes() -> bool:
    """Whether a transaction has begun to write at this moment."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(WRITERS)
            return bool(cursor.fetchone()[0])
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)) as rival:
        try:
            rival.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        rival.execute("ROLLBACK")
        return False


def check_whole() -> None:
    """Nothing half-written is to be seen: orders and operations come fifty to one."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=60)) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with connection.cursor() as cursor:
        # One statement, for the clients go on meanwhile.
        cursor.execute(f"SELECT (SELECT count(*) FROM {table(Order)}), (SELECT count(*) FROM {table(BulkOperation)})")
        orders, operations = cursor.fetchone()
    assert orders == 50 * operations


def more_than(orders: int) -> Callable[[], bool]:
    return lambda: Order.objects.count() > orders


def table(model: Any) -> str:
    return str(model._meta.db_table)


@pytest.mark.trust(
    case="web server killed inside a write",
    expects="0 or all rows, the database whole, the next writer not held up; the same key gives the one true answer",
)
def test_a_server_killed_inside_a_write_leaves_all_or_nothing(shops: Shops, key: str, tmp_path: Path) -> None:
    shop: Shop = shops()
    shop.key = key
    shop.serve()
    over = Event()
    ledgers = [Ledger(tmp_path / f"ledger-{number}") for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(order_until, over, shop, one, f"client-{at}") for at, one in enumerate(ledgers)]
        try:
            for _ in range(KILLS):
                eventually(more_than(Order.objects.count()), what="an order")
                eventually(somebody_writes, what="a writer")
                shop.kill()
                check_whole()
                shop.serve()
        finally:
            over.set()
        assert all(client.result() for client in clients)
    check_whole()
    assert judge(*ledgers, send=shop.send) == []
