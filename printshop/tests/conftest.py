"""The demo shop, loaded once for all tests of a module: it takes seconds."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from printshop.demo.load import load
from printshop.testing import NOON


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A demo shop as it looks at `NOON`. Each test runs in a savepoint and leaves it as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(lambda: "the admin's password", NOON)
        yield
        transaction.set_rollback(True)
