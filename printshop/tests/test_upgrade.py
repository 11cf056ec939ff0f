"""A shop of the first tables is brought up to date with everything in it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from printshop.backup.tests.shops import Elsewhere, new_database, opened

pytestmark = pytest.mark.trust(case="shop of the first tables upgraded", expects="every row is kept")

# Loads the demo shop and takes its tables back to the oldest state that a database can have.
AGE = """
from django.core.management import call_command
from printshop.demo.load import load
from printshop.testing import NOON
call_command("migrate", verbosity=0)
load(lambda: "a password", NOON)
for app in ("bulk", "catalog", "orders", "jobs"):
    call_command("migrate", app, "0001", verbosity=0)
"""
KEPT = (
    *(
        "api_account",
        "api_apikey",
        "auth_user",
        "bulk_bulkoperation",
        "bulk_bulkitem",
        "catalog_sku",
        "orders_customer",
    ),
    *("orders_order", "orders_lineitem", "orders_payment", "jobs_job", "jobs_jobmove"),
)


@pytest.fixture
def aged(django_db_setup: None, tmp_path: Path) -> Iterator[Elsewhere]:
    with new_database(tmp_path) as url:
        shop = Elsewhere(tmp_path, url)
        done = shop.manage("shell", "-c", AGE)
        assert done.returncode == 0, done.stderr
        yield shop


def columns(shop: Elsewhere) -> dict[str, str]:
    """The columns of each table, as SQL."""
    with opened(shop.url) as database:
        looks = {table: database.execute(f"SELECT * FROM {table} LIMIT 0").description for table in KEPT}
    return {table: ", ".join(f'"{column[0]}"' for column in described) for table, described in looks.items()}


def rows(shop: Elsewhere, columns: dict[str, str]) -> dict[str, Counter[str]]:
    return {table: Counter(map(repr, shop.query(f"SELECT {names} FROM {table}"))) for table, names in columns.items()}


@pytest.mark.django_db
def test_it_keeps_every_row_of_an_older_shop(aged):
    before = columns(aged)
    kept = rows(aged, before)
    assert all(kept.values())
    done = aged.manage("migrate")
    assert done.returncode == 0, done.stderr
    assert "Applying bulk.0002_queue... OK" in done.stdout
    assert rows(aged, before) == kept
    assert aged.manage("migrate", "--check").returncode == 0
    # What came with the new columns is what the old rows were.
    assert aged.query("SELECT DISTINCT state, deferred, dialect FROM bulk_bulkoperation") in (
        [("finished", 0, "native")],
        [("finished", False, "native")],
    )
