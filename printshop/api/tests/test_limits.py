"""How often: per account and minute, told in three headers, and over when it says so."""

import time

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from printshop.api import limits
from printshop.api.actors import Role
from printshop.api.counters import ALIAS, TABLE
from printshop.api.models import Account
from printshop.settings import database
from printshop.testing import NOON, KeyClient, key_client, make_orders, statements

pytestmark = pytest.mark.django_db(databases="__all__")
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def test_only_counts_may_be_forgotten_by_a_power_cut() -> None:
    kept, counted = (database("sqlite:///any", *how)["OPTIONS"]["init_command"] for how in ((), ("NORMAL",)))
    assert ("synchronous=FULL" in kept, "synchronous=NORMAL" in counted) == (True, True)
    if ALIAS != "default":
        assert settings.DATABASES[ALIAS]["OPTIONS"]["init_command"].startswith(counted)
        assert settings.DATABASES["default"]["OPTIONS"]["init_command"].startswith(kept)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON.timestamp()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Clock:
    """Limits are on, the standard ones are small, and time stands still."""
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": 3, "standard": 4, "admin": 6}
    clock = Clock()
    monkeypatch.setattr(time, "time", clock.time)
    limits.floods.clear()
    return clock


def told(answer: object) -> tuple[int, int, int]:
    return tuple(int(answer[name]) for name in HEADERS)  # type: ignore[index, return-value]


def test_it_limits_as_the_contract_says(settings: Settings) -> None:
    assert settings.RATE_LIMITS == {
        "anonymous": 20,
        "standard": 300,
        "admin": 1_000,
        "orders-bulk": 10,
        "jobs-bulk": 20,
        "skus-bulk": 5,
    }


def test_it_counts_down_in_the_headers(clock: Clock, operator: KeyClient) -> None:
    counted = [told(operator.get("/api/orders")) for _ in range(4)]
    assert [(limit, remaining) for limit, remaining, _ in counted] == [(4, 3), (4, 2), (4, 1), (4, 0)]
    assert len({reset for _, _, reset in counted}) == 1
    assert clock.now < counted[0][2] <= clock.now + 61


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/api/orders", {}, 200),
        ("POST", "/api/customers", {}, 201),
        ("GET", "/api/orders?limit=0", {}, 400),
        ("GET", "/api/orders", {"x_api_key": "wrong.key"}, 401),
        ("DELETE", "/api/skus/sku-0001", {}, 403),
        ("GET", "/api/orders/ord-999", {}, 404),
        ("GET", "/api/nothing", {}, 404),
        ("DELETE", "/api/orders", {}, 405),
        ("GET", "/api/orders", {"accept": "text/html"}, 406),
    ],
)
def test_it_tells_them_on_every_answer(
    method: str, path: str, headers: dict[str, str], status: int, clock: Clock, operator: KeyClient
) -> None:
    answer = operator.send(method, path, {} if method == "POST" else None, **headers)
    assert answer.status_code == status, answer.content
    limit, remaining, _ = told(answer)
    assert (limit, remaining) == ((3, 2) if status == 401 else (4, 3))


def test_it_refuses_what_is_too_much_until_waiting_is_over(clock: Clock, operator: KeyClient) -> None:
    for _ in range(4):
        assert operator.get("/api/orders").status_code == 200
    refused = operator.get("/api/orders")
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    wait = int(refused["Retry-After"])
    assert told(refused) == (4, 0, int(clock.now) + wait)
    clock.now += wait - 1
    assert operator.get("/api/orders").status_code == 429
    clock.now += 1
    assert operator.get("/api/orders").status_code == 200


def test_it_counts_an_account_whatever_key_it_shows(clock: Clock) -> None:
    first, second = key_client(Role.OPERATOR), key_client(Role.OPERATOR)
    stranger = key_client(Role.OPERATOR, account=Account.objects.create(code="partner", name="Partner"))
    for client in first, second, first, second:
        assert client.get("/api/orders").status_code == 200
    assert first.get("/api/orders").status_code == 429
    assert second.get("/api/orders").status_code == 429
    assert stranger.get("/api/orders").status_code == 200


def test_it_gives_admins_more(clock: Clock, admin: KeyClient) -> None:
    assert told(admin.get("/api/orders"))[:2] == (6, 5)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/orders/bulk", 10),
        ("/api/orders/bulk/cancel", 10),
        ("/api/orders/bulk/pay", 10),
        ("/api/jobs/bulk/advance", 20),
        ("/api/jobs/bulk/cancel", 20),
        ("/api/jobs/bulk/prioritize", 20),
        ("/api/jobs/bulk/reprint", 20),
        ("/api/skus/bulk", 5),
    ],
)
def test_it_counts_bulk_calls_by_themselves(path: str, limit: int, clock: Clock, admin: KeyClient) -> None:
    counted = [told(admin.post(path))[:2] for _ in range(limit)]
    assert counted == [(limit, limit - number) for number in range(1, limit + 1)]
    assert admin.post(path).status_code == 429
    assert told(admin.get("/api/orders"))[:2] == (6, 5)


def test_it_writes_nothing_once_the_limit_is_reached(clock: Clock, admin: KeyClient) -> None:
    (order,) = make_orders()
    for _ in range(10):
        admin.post("/api/orders/bulk/pay")
    assert admin.post("/api/orders/bulk/pay", {"orderIds": [order]}).status_code == 429
    assert admin.get(f"/api/orders/{order}").json()["status"] == "pending_payment"


def test_it_asks_the_database_once_and_counts_anew_what_a_crash_forgot(clock: Clock, operator: KeyClient) -> None:
    def counting() -> tuple[int, int]:
        """What remains, and the statements that counted."""
        with CaptureQueriesContext(connections[ALIAS]) as captured:
            remaining = told(operator.get("/api/orders"))[1]
        return remaining, sum(TABLE in query["sql"] for query in captured.captured_queries)

    caches["counters"].clear()
    assert [counting(), counting(), counting()] == [(3, 1), (2, 1), (1, 1)]
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")
    assert [counting()[0], counting()[0]] == [3, 2]


def test_it_counts_strangers_by_their_address(clock: Clock) -> None:
    stranger = KeyClient(None)
    assert [stranger.get("/api/orders").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert KeyClient("wrong.key").get("/api/orders").status_code == 429
    elsewhere = stranger.client.get("/api/orders", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 401


HEADER_OF = {"/api/orders": "x_api_key", "/api/v3/orders": "x_user_token", "/rest/V1/orders": "authorization"}


@pytest.mark.trust(case="flood of wrong keys", expects="refused before any key is looked up")
@pytest.mark.parametrize("path", HEADER_OF)
def test_it_looks_no_key_up_for_an_address_that_has_shown_too_many_bad_ones(clock: Clock, path: str) -> None:
    good, unseen, nobody = key_client(Role.OPERATOR), key_client(Role.OPERATOR), KeyClient(None)

    def show(key: str | None) -> int:
        shown = f"Bearer {key}" if HEADER_OF[path] == "authorization" else str(key)
        return int(nobody.get(path, **{HEADER_OF[path]: shown}).status_code)

    assert show(good.key) == 200
    assert [show(f"wrong.{number}") for number in range(4)] == [401, 401, 401, 429]
    with statements() as sent:
        # Not even the right key is found by trying on.
        assert [show("wrong.5"), show(unseen.key)] == [429, 429]
    assert sent == []
    # Who has worked from there before goes on, and when the minute is over everybody does.
    assert show(good.key) == 200
    clock.now += 61
    assert show(unseen.key) == 200


@pytest.mark.trust(case="X-Forwarded-For from a stranger", expects="limits count the true address")
def test_it_believes_no_forwarded_address(clock: Clock) -> None:
    stranger = KeyClient(None)
    statuses = [stranger.get("/api/orders", x_forwarded_for=f"192.0.2.{number}").status_code for number in range(4)]
    assert statuses == [401, 401, 401, 429]


def test_it_believes_a_trusted_proxy(clock: Clock, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.1"]
    stranger = KeyClient(None)
    for number in range(4):
        # What a client writes stands to the left of what the proxies add.
        forwarded = f"198.51.100.{number}, 192.0.2.1, 10.0.0.1"
        last = stranger.get("/api/orders", x_forwarded_for=forwarded)
    assert last.status_code == 429
    assert stranger.get("/api/orders", x_forwarded_for="192.0.2.2").status_code == 401


def test_it_counts_nothing_when_limits_are_off(settings: Settings, operator: KeyClient) -> None:
    settings.RATELIMIT_ENABLE = False
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "standard": 1}
    answers = [operator.get("/api/orders") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert not any(name in answers[0] for name in HEADERS)
