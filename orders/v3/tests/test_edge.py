"""The edge of the dialect: keys, roles, accounts, and every no that is not about an order's fields."""

from urllib.parse import quote

import pytest
from django.conf import settings as configured

from orders.models import Order
from orders.v3.tests.storefront import BULK, ORDERS, Storefront, account, make_history, permission, product, storefront
from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.testing import KeyClient, make_customers

pytestmark = pytest.mark.django_db
CALLS = [
    ("GET", ORDERS),
    ("POST", ORDERS),
    ("POST", BULK),
    ("GET", f"{ORDERS}/1"),
    ("PUT", f"{ORDERS}/1"),
    ("DELETE", f"{ORDERS}/1"),
    ("GET", "/api/v3/users/1/entitlements"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("headers", [{}, {"x_user_token": "abc.def"}, {"x_user_token": ""}, {"x_api_key": "{key}"}])
def test_it_wants_a_token_in_its_own_header(shop: Storefront, method: str, path: str, headers: dict[str, str]):
    shown = {name: value.format(key=shop.key) for name, value in headers.items()}
    response = KeyClient(None).send(method, path, {}, **shown)
    assert (response.status_code, response.json()) == (401, {"message": "Unauthenticated."})
    assert response["WWW-Authenticate"] == "X-User-Token"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_it_is_closed_to_keys_of_customers(shop: Storefront, method: str, path: str):
    make_customers()
    key = issue(account(), "a reader", Role.CUSTOMER, customer="cust-001")[1]
    response = Storefront(key).send(method, path, {})
    assert (response.status_code, response.json()) == (403, {"message": "This key may not do that."})


@pytest.mark.parametrize("path", [f"{ORDERS}/1", f"{ORDERS}/nothing", f"{ORDERS}/00000000-0000-0000-0000-000000000000",
                                  f"{ORDERS}/99999999999999999999", f"{ORDERS}/01", f"{ORDERS}/%00",
                                  f"{ORDERS}/x?id_type=external", f"{ORDERS}/%00?id_type=external",
                                  "/api/v3/users/nobody/entitlements", "/api/v3/users/%00/entitlements",
                                  "/api/v3/users/nobody/entitlements?id_type=external",
                                  "/api/v3/", "/api/v3/orders/", "/api/v3/invoices"])  # fmt: skip
def test_it_says_with_a_message_alone_that_there_is_nothing(shop: Storefront, path: str):
    response = shop.get(path)
    assert response.status_code == 404
    assert list(response.json()) == ["message"]


def test_it_refuses_an_id_type_that_it_does_not_know(shop: Storefront):
    refused = {"id_type": ["The selected id_type is invalid."]}
    assert shop.get(f"{ORDERS}/1?id_type=mine").json()["errors"] == refused
    assert shop.get("/api/v3/users/1/entitlements?id_type=mine").json()["errors"] == refused


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ORDERS),
        ("GET", BULK),
        ("PATCH", f"{ORDERS}/1"),
        ("POST", f"{ORDERS}/1"),
        ("POST", "/api/v3/users/1/entitlements"),
    ],
)
def test_it_says_which_methods_an_address_takes(shop: Storefront, method: str, path: str):
    response = shop.send(method, path, {})
    assert (response.status_code, list(response.json())) == (405, ["message"])
    assert response["Allow"]


@pytest.mark.parametrize("body", [b"{", b"nonsense", b'{"orders": [NaN]}', b"\xff", b'{"a": "\\ud800"}', b"[" * 5000])
@pytest.mark.parametrize(("method", "path"), [("POST", BULK), ("POST", ORDERS), ("PUT", f"{ORDERS}/1")])
def test_it_says_what_it_cannot_read(shop: Storefront, method: str, path: str, body: bytes):
    make_history(1)
    path = path.replace("/1", f"/{Order.objects.get().pk}")
    response = shop.send(method, path, body)
    assert (response.status_code, list(response.json())) == (400, ["message"])
    assert response.json()["message"].startswith("The body is not valid JSON")


def test_it_survives_any_depth(shop: Storefront):
    deep = b'{"orders": [{"user": ' + b"[" * 900 + b"]" * 900 + b"}]}"
    assert shop.send("POST", BULK, deep).status_code == 422


def test_it_takes_json_only(shop: Storefront):
    sent = shop.client.generic(
        "POST", BULK, b"orders=1", content_type="text/plain", headers={"X-User-Token": str(shop.key)}
    )
    assert (sent.status_code, list(sent.json())) == (415, ["message"])


def test_it_takes_no_body_over_the_limit(shop: Storefront):
    big = permission(note="x" * configured.BODY_LIMIT_BYTES)
    for path in (BULK, ORDERS):
        response = shop.post(path, big)
        assert (response.status_code, list(response.json())) == (413, ["message"])


@pytest.mark.django_db(databases="__all__")
def test_it_counts_who_shows_no_token_by_address(shop: Storefront, settings):
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": 1}
    stranger = KeyClient(None)
    assert stranger.get(ORDERS).status_code == 401
    response = stranger.get(ORDERS)
    assert (response.status_code, list(response.json()), "Retry-After" in response) == (429, ["message"], True)


def test_it_shows_each_account_its_own_orders_only(shop: Storefront):
    other = storefront("other", Role.ADMIN)
    mine, theirs = shop.make(external_id="A"), other.make(external_id="A", user={"id": "them"})
    assert [order["id"] for order in shop.get(ORDERS).json()["data"]] == [mine["id"]]
    assert shop.get(f"{ORDERS}/A?id_type=external").json()["data"]["id"] == mine["id"]
    for method, body in (("GET", None), ("PUT", {"status": "paused"}), ("DELETE", None)):
        for path in (theirs["id"], theirs["uuid"]):
            assert shop.send(method, f"{ORDERS}/{path}", body).status_code == 404
    assert other.get(f"{ORDERS}/{theirs['id']}").json()["data"]["status"] == "approved"


@pytest.mark.parametrize("own", ["A.1", "a/b", "ü ñ", "bulk.", "5", "x" * 64])
def test_it_finds_an_order_by_any_id_of_the_accounts_own(shop: Storefront, own: str):
    made = shop.make(external_id=own)
    assert shop.get(f"{ORDERS}/{quote(own, safe='')}?id_type=external").json()["data"] == made


def test_it_finds_an_order_by_number_and_by_uuid(shop: Storefront):
    made = shop.make()
    assert shop.get(f"{ORDERS}/{made['id']}").json()["data"] == made
    assert shop.get(f"{ORDERS}/{made['uuid']}?id_type=internal").json()["data"] == made


def test_it_does_not_take_a_query_for_the_address_of_a_new_order(shop: Storefront):
    response = shop.post(f"{ORDERS}?id_type=external", permission(products=[product()]))
    assert response.status_code == 201
