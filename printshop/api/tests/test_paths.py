"""Addresses: what stands in a path is an id spelt exactly, or nothing."""

from typing import Any

import pytest

from printshop.api.tests.addresses import named
from printshop.testing import KeyClient, snapshot

pytestmark = pytest.mark.django_db
ODD = (
    "%00",
    "a%00b",
    "%20",
    "-",
    "..%2f",
    "%ff",
    "%ed%a0%80",
    "a" * 5_000,
    "9" * 40,
    "NaN",
    "null",
    "'",
    "%25",
    "é",
    "\uff11",
)
THINGS = ("/api/orders/{}", "/api/jobs/{}", "/api/jobs/{}/history", "/api/skus/{}", "/api/customers/{}",
          "/api/bulk-operations/{}", "/api/bulk-operations/{}/items")  # fmt: skip
ACTS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/orders/{}/cancel", {"reason": "x"}),
    ("POST", "/api/orders/{}/pay", {}),
    ("POST", "/api/orders/{}/refund", {"reason": "x"}),
    ("PATCH", "/api/orders/{}", {"notes": "x"}),
    ("POST", "/api/jobs/{}/advance", {"targetStatus": "VALIDATED"}),
    ("POST", "/api/jobs/{}/cancel", {"reason": "x"}),
    ("PATCH", "/api/skus/{}", {"name": "x"}),
    ("DELETE", "/api/skus/{}", None),
    ("PATCH", "/api/customers/{}", {"name": "x"}),
    ("POST", "/api/auth/api-keys/{}/rotate", {}),
    ("DELETE", "/api/auth/api-keys/{}", None),
)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_it_knows_nothing_by_an_odd_id(odd: str, admin: KeyClient, names: dict[str, str]) -> None:
    before = snapshot()
    answers = [admin.get(thing.format(odd)) for thing in THINGS]
    answers += [admin.send(method, path.format(odd), body) for method, path, body in ACTS]
    for answer in answers:
        assert answer.status_code == 404, answer.content
        assert set(answer.json()) == {"error", "code", "details"}
    assert snapshot() == before


@pytest.mark.parametrize(
    "spelling", ["ord-0{}", "ord-{}", "ORD-{:03}", "{}", "ord--{}", "ord-+{}", "ord-{} ", "job-{:03}"]
)
def test_it_knows_an_order_by_one_spelling_only(spelling: str, admin: KeyClient, names: dict[str, str]) -> None:
    number = int(names["unpaid"].removeprefix("ord-"))
    text = spelling.format(number)
    if text == names["unpaid"]:
        text = f"ord-00{number:03}"
    assert admin.get(f"/api/orders/{text}").status_code == 404
    answer = admin.post("/api/orders/bulk/pay", {"orderIds": [text]})
    assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_NOT_FOUND")


def test_it_knows_no_digits_but_ours(admin: KeyClient, names: dict[str, str]) -> None:
    wide = names["job"].translate({ord(digit): ord(digit) - ord("0") + 0xFF10 for digit in "0123456789"})
    assert admin.get(f"/api/jobs/{wide}").status_code == 404
    assert admin.post("/api/jobs/bulk/cancel", {"jobIds": [wide], "reason": "x"}).status_code == 404
    assert admin.get(f"/api/jobs?orderId={wide}").json()["count"] == 0


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/orders/", "/api/orders/{unpaid}/", "/api/orders/bulk/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_it_answers_404_at_an_address_it_does_not_have(
    method: str, path: str, admin: KeyClient, names: dict[str, str]
) -> None:
    answer = admin.send(method, named(path, names))
    assert answer.status_code == 404
    assert answer.json() == {"error": "There is nothing at this address.", "code": "NOT_FOUND", "details": {}}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/orders/bulk", "POST"),
        ("DELETE", "/api/orders", "GET, POST, HEAD"),
        ("PUT", "/api/skus/sku-0001", "GET, PATCH, DELETE, HEAD"),
        ("PATCH", "/api/jobs/{job}", "GET, HEAD"),
        ("GET", "/api/jobs/bulk/advance", "POST"),
        ("DELETE", "/api/jobs/{job}/history", "GET, HEAD"),
        ("POST", "/api/bulk-operations", "GET, HEAD"),
        ("OPTIONS", "/api/orders", "GET, POST, HEAD"),
        ("TRACE", "/api/orders", "GET, POST, HEAD"),
    ],
)
def test_it_says_which_methods_an_address_takes(
    method: str, path: str, allowed: str, admin: KeyClient, names: dict[str, str]
) -> None:
    answer = admin.send(method, named(path, names))
    assert answer.status_code == 405
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"
    assert answer["Allow"] == allowed


def test_it_answers_head_as_get_without_the_body(admin: KeyClient, names: dict[str, str]) -> None:
    head, get = admin.send("HEAD", "/api/orders"), admin.get("/api/orders")
    assert head.status_code == 200
    assert head.content == b""
    assert head["Content-Length"] == get["Content-Length"]
