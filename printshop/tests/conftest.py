"""Shops made once for all tests of a module: a demo shop takes seconds, and a small one a tenth of a second."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from printshop.demo.load import load
from printshop.testing import NOON


@contextmanager
def undone(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is made in here is there for the tests of a module, each of which runs in a savepoint, and then gone."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def shared(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> AbstractContextManager[None]:
    """In which a fixture of a module makes its shop."""
    return undone(django_db_blocker)


@pytest.fixture(scope="module")
def demo(shared: AbstractContextManager[None]) -> Iterator[None]:
    """A demo shop as it looks at `NOON`."""
    with shared:
        load(lambda: "the admin's password", NOON)
        yield
