"""Every no has the one shape: `{error, code, details}`."""

import socket
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from printshop.api.actors import Role
from printshop.api.tests.addresses import named, open_shop
from printshop.api.views import EVERYBODY, NativeViewSet
from printshop.testing import KeyClient, key_client, snapshot
from printshop.urls import handler400, handler500  # noqa: F401  (this module is a URLconf below)
from printshop.urls import urlpatterns as all_of_the_shop

pytestmark = pytest.mark.django_db


class Broken(NativeViewSet):
    """A view with a fault in it, and one whose answer cannot be written."""

    roles = {"*": EVERYBODY}

    def explode(self, request: Any) -> HttpResponse:
        raise RuntimeError("a secret")


def broken_outside(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret")


urlpatterns = [
    path("api/broken", Broken.as_view({"get": "explode"})),
    path("api/broken-outside", broken_outside),
    *all_of_the_shop,
]


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The shape, and JSON by its header."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error", "code", "details"]
    assert body["code"] == code
    assert body["error"].endswith(".")
    return body


def test_it_answers_401_with_a_challenge(names: dict[str, str]) -> None:
    for client, code in (KeyClient(None), "NOT_AUTHENTICATED"), (KeyClient("wrong.key"), "INVALID_API_KEY"):
        answer = client.get("/api/orders")
        check(answer, 401, code)
        assert answer["WWW-Authenticate"] == "X-API-Key"


@pytest.mark.parametrize("key", ["", " ", ".", "a", "\xff.\xff", "\x01.\x02", "é" * 300, "a" * 100_000, "a.b\x00"])
def test_it_answers_401_to_any_odd_key(key: str, names: dict[str, str]) -> None:
    check(KeyClient(key).get("/api/orders"), 401, "INVALID_API_KEY")


def test_it_answers_403_to_a_role_that_may_not(operator: KeyClient, names: dict[str, str]) -> None:
    check(operator.post("/api/skus", {"id": "a", "name": "b"}), 403, "FORBIDDEN")


def test_it_answers_406_to_who_wants_no_json(admin: KeyClient) -> None:
    check(admin.get("/api/orders", accept="text/html"), 406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html, */*;q=0.1", "application/*", ",;,", "a" * 9_000]
)
def test_it_answers_200_or_406_whatever_is_accepted(accept: str, admin: KeyClient) -> None:
    assert admin.get("/api/orders", accept=accept).status_code in {200, 406}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "\xff", "", "a" * 300]
)
def test_it_answers_415_to_a_body_that_is_not_json(content_type: str, admin: KeyClient, names: dict[str, str]) -> None:
    before = snapshot()
    sent = admin.client.generic(
        "POST", "/api/orders/bulk/pay", b"{}", content_type=content_type, headers={"X-API-Key": str(admin.key)}
    )
    check(sent, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert snapshot() == before


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/json;;;=", "APPLICATION/JSON"]
)
def test_it_takes_json_whatever_its_parameters(content_type: str, admin: KeyClient, names: dict[str, str]) -> None:
    address = named("/api/orders/{unpaid}/pay", names)
    sent = admin.client.generic(
        "POST", address, b"{}", content_type=content_type, headers={"X-API-Key": str(admin.key)}
    )
    assert sent.status_code == 200


def test_it_takes_no_body_where_nothing_is_asked(admin: KeyClient, names: dict[str, str]) -> None:
    address = named("/api/orders/{unpaid}/pay", names)
    for content_type in ("application/x-www-form-urlencoded", "application/json", ""):
        sent = admin.client.generic(
            "POST", address, b"", content_type=content_type, headers={"X-API-Key": str(admin.key)}
        )
        assert sent.status_code == 200


@pytest.mark.parametrize("length", ["abc", "-1", "1.5", "٣", "9" * 30])
def test_it_answers_400_to_a_length_that_is_none(length: str, admin: KeyClient) -> None:
    headers = {"X-API-Key": str(admin.key)}
    sent = admin.client.generic(
        "POST", "/api/orders", b"{}", content_type="application/json", headers=headers, CONTENT_LENGTH=length
    )
    check(sent, 400, "BAD_REQUEST")


def test_it_takes_two_megabytes_and_not_a_byte_more(admin: KeyClient, names: dict[str, str]) -> None:
    address, filler = named("/api/orders/{unpaid}/pay", names), b'{"n":"%s"}'
    whole = filler % (b"a" * (2_000_000 - len(filler) + 2))
    assert len(whole) == 2_000_000
    assert admin.send("POST", address, whole).status_code == 400
    before = snapshot()
    for body in whole + b" ", whole * 2, b" " * 21_000_001:
        check(admin.send("POST", address, body), 413, "BODY_TOO_LARGE")
    assert snapshot() == before


def test_it_answers_400_to_a_host_it_is_not(admin: KeyClient) -> None:
    check(admin.get("/api/orders", host="evil.example"), 400, "BAD_REQUEST")


def test_it_answers_400_to_thousands_of_parameters(admin: KeyClient) -> None:
    check(admin.get("/api/orders?" + "&".join(["a"] * 2_100)), 400, "BAD_REQUEST")


def test_it_needs_no_cookie_and_no_token(admin: KeyClient, names: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    headers = {"X-API-Key": str(admin.key)}
    paid = strict.post(named("/api/orders/{unpaid}/pay", names), {}, "application/json", headers=headers)
    assert paid.status_code == 200
    check(strict.post("/api/nothing", headers=headers), 404, "NOT_FOUND")


@pytest.mark.parametrize("address", ["/api/broken", "/api/broken-outside"])
def test_it_answers_500_without_telling_why(
    address: str, admin: KeyClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ROOT_URLCONF = __name__
    answer = admin.get(address)
    body = check(answer, 500, "INTERNAL_ERROR")
    assert b"secret" not in answer.content
    # Who reports it can name it, and the log knows the rest under that name.
    assert body["details"]["reference"] in caplog.text
    assert "a secret" in caplog.text


@pytest.mark.parametrize("code", ["handler400", "handler500"])
def test_it_leaves_other_pages_to_django(code: str) -> None:
    assert getattr(sys.modules["printshop.urls"], code).startswith("printshop.api.errors.")
    answer = Client().get("/admin/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


@pytest.fixture
def held_by_another(transactional_db: None) -> Iterator[KeyClient]:
    """An admin, while another connection holds what every change of an order needs."""
    admin = key_client(Role.ADMIN)
    open_shop(admin)
    if connection.vendor == "sqlite":
        other: Any = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waits = "PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000"
    else:
        connection.ensure_connection()
        other = psycopg.connect(**connection.get_connection_params() | {"context": None, "cursor_factory": None})
        other.execute("SELECT * FROM orders_order FOR UPDATE")
        waits = "SET lock_timeout = 50", "RESET lock_timeout"
    with connection.cursor() as cursor:
        cursor.execute(waits[0])
        yield admin
        cursor.execute(waits[1])
    other.close()


@pytest.mark.trust(case="a lock held by another session", expects="503 with Retry-After")
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_answers_503_when_the_database_is_busy(held_by_another: KeyClient) -> None:
    before = snapshot()
    orders = [order["id"] for order in held_by_another.get("/api/orders").json()["results"]]
    answer = held_by_another.post("/api/orders/bulk/pay", {"orderIds": orders})
    check(answer, 503, "UNAVAILABLE")
    assert answer["Retry-After"] == "1"
    assert snapshot() == before


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.trust(case="Redis of the rate limits away", expects="503 with Retry-After")
def test_it_answers_503_when_the_counters_are_away(admin: KeyClient, settings: Settings) -> None:
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{unused_port()}"}
    settings.CACHES, settings.REDIS_URL = {**settings.CACHES, "counters": redis}, redis["LOCATION"]
    settings.RATELIMIT_ENABLE = True
    for client in admin, KeyClient(None):
        answer = client.get("/api/orders")
        check(answer, 503, "UNAVAILABLE")
        assert answer["Retry-After"] == "1"
