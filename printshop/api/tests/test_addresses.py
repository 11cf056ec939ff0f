"""Every address takes its good body, so that the bad ones of the other tests are bad for one reason."""

import pytest

from printshop.api.tests.addresses import LISTS, WRITES, Write, named
from printshop.testing import KeyClient, snapshot


@pytest.mark.django_db
@pytest.mark.parametrize("write", WRITES, ids=str)
def test_it_takes_the_good_body(write: Write, admin: KeyClient, names: dict[str, str]) -> None:
    before = snapshot()
    answer = admin.send(write.method, named(write.path, names), named(write.body, names))
    assert answer.status_code == write.status, answer.content
    assert snapshot() != before


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_it_lists(path: str, admin: KeyClient, names: dict[str, str]) -> None:
    body = admin.get(named(path, names)).json()
    assert list(body) == ["count", "next", "previous", "results"]
    assert body["count"] == len(body["results"]) > 0
