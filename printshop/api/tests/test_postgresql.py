"""The pool of connections to PostgreSQL."""

import pytest
from django.db import connections

from printshop.api.postgresql.base import DatabaseWrapper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def test_the_connection_that_was_given_back_last_is_handed_out_first() -> None:
    mine = connections["default"]
    assert isinstance(mine, DatabaseWrapper)
    pool = mine.pool
    assert pool
    first, last = pool.getconn(), pool.getconn()
    assert first is not last
    pool.putconn(first)
    pool.putconn(last)
    for _ in range(3):
        with pool.connection() as again:
            assert again is last
    # Those below it are there for whoever comes meanwhile.
    with pool.connection() as one, pool.connection() as other:
        assert (one, other) == (last, first)
