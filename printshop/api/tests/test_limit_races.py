"""Limits are exact while sixty requests come at once over two servers, whatever addresses they make up."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from printshop.api.actors import Role
from printshop.api.models import Account
from printshop.bulk.tests.deferred.workers import House, broker_url, database_url
from printshop.testing import key_client
from printshop.tests.serving import Answer, WebServer

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
AT_ONCE, LIMIT, WINDOW = 60, 20, 60
Servers = list[WebServer]


# Counted in Redis, the database has no part in it.
@pytest.fixture(scope="module", params=["database", pytest.param("redis", marks=pytest.mark.sqlite)])
def servers(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """Two servers that share their counters."""
    limits = {"RATE_LIMITS": "on", "RATE_LIMIT_ANONYMOUS": str(LIMIT), "RATE_LIMIT_STANDARD": str(LIMIT)}
    redis = broker_url("redis") if request.param == "redis" else ""
    house = House(tmp_path_factory.mktemp("shop"), DATABASE_URL=database_url(), REDIS_URL=redis, **limits)
    yield [WebServer(house), WebServer(house)]
    house.close()


def own_address() -> str:
    """An address of this machine that nobody else has come from."""
    return f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"


def own_key() -> str:
    """The key of an account that nobody else has counted."""
    account = Account.objects.create(pk=random.randrange(10**6, 10**9), code="own", name="Own")
    return str(key_client(Role.OPERATOR, account=account).key)


def flood(servers: Servers, source: str, keys: list[str]) -> list[Answer]:
    """The answers to as many requests at once as there are keys, each said to be forwarded from somewhere else."""

    def ask(number: int) -> Answer:
        shown: dict[str, Any] = {"x_api_key": keys[number]} if keys[number] else {}
        made_up = f"198.51.100.{number}"
        return servers[number % 2].send("GET", "/api/orders", source=source, x_forwarded_for=made_up, **shown)

    with ThreadPoolExecutor(len(keys)) as crowd:
        return list(crowd.map(ask, range(len(keys))))


def by_window(answers: list[Answer]) -> list[list[Answer]]:
    """Each minute by itself, where one has passed meanwhile; a window's end may be told a second late."""
    ends = [int(answer.headers["x-ratelimit-reset"]) for answer in answers]
    places = [(end - min(ends) + 2) // WINDOW for end in ends]
    return [[answer for answer, at in zip(answers, places, strict=True) if at == place] for place in set(places)]


@pytest.mark.trust(
    case="60 requests at once over two servers, each from a made-up address",
    expects="exactly as many are let in as the limit says, counted in the database or in Redis",
)
@pytest.mark.parametrize("shown", ["no key", "wrong keys", "one key"])
def test_as_many_are_let_in_as_the_limit_says(servers: Servers, shown: str) -> None:
    good = 200 if shown == "one key" else 401
    keys = {"no key": [""] * AT_ONCE, "wrong keys": [f"wrong.{n}" for n in range(AT_ONCE)]}.get(shown)
    answers = flood(servers, own_address(), keys or [own_key()] * AT_ONCE)
    assert {answer.status for answer in answers} == {good, 429}
    for window in by_window(answers):
        let_in = sorted(int(one.headers["x-ratelimit-remaining"]) for one in window if one.status == good)
        assert let_in == list(range(LIMIT))[-min(LIMIT, len(window)) :]
        assert all(int(one.headers["retry-after"]) <= WINDOW for one in window if one.status == 429)
