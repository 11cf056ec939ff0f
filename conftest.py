"""What every test run shares: quick settings, databases in files of their own, and a record of what was skipped.

``bin/test`` runs everything on SQLite and on PostgreSQL. A test marked ``postgresql`` or ``sqlite`` runs on that one
only, and a test that uses no database runs once, on the first; on the other it is not chosen, which is not a skip. With
``REQUIRE_ALL=1`` a skip is a failure.
"""

import os
import threading
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connections

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from printshop.testing import KeyClient

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
# Set for the second database: what uses none would only be repeated.
ONLY_DATABASE = os.environ.get("ONLY_DATABASE") == "1"
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}
ENGINES = {"postgresql": "printshop.api.postgresql", "sqlite": "django.db.backends.sqlite3"}


def pytest_configure(config: pytest.Config) -> None:
    # A browser keeps an event loop in the thread of its tests, by which Django would tell connections apart: those
    # opened before would be out of reach while it runs, and a process forked from there would write into them.
    setattr(connections, "_connections", threading.local())  # noqa: B010 (mypy forbids the assignment)
    settings.RATELIMIT_ENABLE = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Hashed file names would need collectstatic before the first test.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def empty_quickly(django_test_environment: None) -> None:
    from django.test import TransactionTestCase

    from printshop.tests.emptying import empty_databases

    setattr(TransactionTestCase, "_fixture_teardown", empty_databases)  # noqa: B010 (mypy forbids the assignment)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: "DjangoDbBlocker") -> None:
    from printshop.tests.emptying import furnished

    with django_db_blocker.unblock():
        furnished()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Give SQLite files in place of memory: threads, locks and the write-ahead log work in files only."""
    folder = tmp_path_factory.mktemp("databases")
    for alias, database in settings.DATABASES.items():
        if database["ENGINE"] == ENGINES["sqlite"]:
            options = database.get("OPTIONS", {})
            # A test database need not survive a power cut.
            pragmas = options.get("init_command", "") + "PRAGMA synchronous=OFF;"
            database["OPTIONS"] = {**options, "init_command": pragmas}
            database["TEST"]["NAME"] = str(folder / f"{alias}.sqlite3")


@pytest.fixture(autouse=True)
def calm() -> None:
    """No address is remembered for what another test did from it."""
    from printshop.api.limits import floods

    floods.clear()


# --- A client for each role; `customer` is bound to cust-001 ----------------------------------------------------------
@pytest.fixture
def admin(db: None) -> "KeyClient":
    from printshop.testing import Role, key_client

    return key_client(Role.ADMIN)


@pytest.fixture
def operator(db: None) -> "KeyClient":
    from printshop.testing import Role, key_client

    return key_client(Role.OPERATOR)


@pytest.fixture
def customer(db: None) -> "KeyClient":
    from printshop.testing import Customer, Role, key_client, make_customers

    Customer.objects.filter(pk="cust-001").exists() or make_customers()
    return key_client(Role.CUSTOMER, "cust-001")


def uses_database(item: pytest.Item) -> bool:
    """pytest-django lets no other test near it."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(DATABASE_FIXTURES & fixtures) or item.get_closest_marker("django_db") is not None


def runs_elsewhere(item: pytest.Item) -> bool:
    """Whether the run on the other database is the place for it."""
    engine = settings.DATABASES["default"]["ENGINE"]
    others = [marker for marker, needed in ENGINES.items() if needed != engine]
    return any(item.get_closest_marker(marker) for marker in others) or (ONLY_DATABASE and not uses_database(item))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    elsewhere = [item for item in items if runs_elsewhere(item)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        left_out = set(elsewhere)
        items[:] = [item for item in items if item not in left_out]


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    from printshop.tests.trust.reliability import record

    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"REQUIRE_ALL=1 forbids: {reason_of(report)}"
    record(item, report, uses_database(item))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome, report.longrepr = "failed", f"REQUIRE_ALL=1 forbids: {reason_of(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Leave the skipped tests and their reasons for ``bin/test``, which lists them for both databases together."""
    if path := os.environ.get("SKIPPED_LIST"):
        with Path(path).open("a") as skipped:
            skipped.writelines(
                f"{report.nodeid}: {reason_of(report)}\n" for report in terminalreporter.stats.get("skipped", [])
            )
