"""`GET /api/orders` and `GET /api/orders/{id}`."""

import pytest

from printshop.testing import KeyClient, Role, key_client, make_customers, make_orders, make_skus

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(db: None) -> dict[str, str]:
    """Three orders by name."""
    make_customers(2)
    make_skus(2)
    (first,) = make_orders()
    (second,) = make_orders(sku="sku-0002", customer="cust-002", quantity=3, paid=True)
    (third,) = make_orders(quantity=2)
    admin = key_client(Role.ADMIN)
    admin.patch(f"/api/orders/{first}", {"dueDate": "2020-01-01"})
    admin.post(f"/api/orders/{third}/cancel", {"reason": "x"})
    return {"first": first, "second": second, "third": third}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["third", "second", "first"]),
        ("status=paid", ["second"]),
        ("status=PAID,Pending_Payment", ["second", "first"]),
        ("status=cancelled,", ["third"]),
        ("status=", ["third", "second", "first"]),
        ("customerId=cust-002", ["second"]),
        ("customerId=CUST-002", []),
        ("customerId=nobody", []),
        ("skuId=sku-0001", ["third", "first"]),
        ("skuId=sku-0001&status=cancelled", ["third"]),
        ("externalId=none", []),
        ("overdue=true", ["first"]),
        ("overdue=false", ["third", "second"]),
        ("ordering=total", ["first", "third", "second"]),
        ("ordering=-total", ["second", "third", "first"]),
        ("ordering=status,-id", ["third", "second", "first"]),
        ("ordering=createdAt", ["first", "second", "third"]),
        ("createdAfter=2026-03-02T12:00:00Z", ["third", "second", "first"]),
        ("createdBefore=2026-03-02T12:00:00Z", []),
        ("limit=1&page=2", ["second"]),
    ],
)
def test_it_filters_and_orders(query: str, expected: list[str], orders: dict[str, str], operator: KeyClient) -> None:
    body = operator.get(f"/api/orders?{query}").json()
    assert [order["id"] for order in body["results"]] == [orders[name] for name in expected]


def test_it_finds_an_order_by_its_external_id(operator: KeyClient) -> None:
    make_orders()
    wanted = {"customerId": "cust-001", "externalId": "web 1&2", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}
    made = operator.post("/api/orders", wanted).json()
    assert operator.get("/api/orders?externalId=web%201%262").json()["results"] == [made]


def test_it_shows_an_order_whole(orders: dict[str, str], operator: KeyClient) -> None:
    body = operator.get(f"/api/orders/{orders['second']}").json()
    assert {name: body[name] for name in ("type", "status", "customerId", "subtotal", "total", "currency")} == {
        "type": "sale",
        "status": "paid",
        "customerId": "cust-002",
        "subtotal": 37.5,
        "total": 37.5,
        "currency": "USD",
    }
    (line,) = body["lineItems"]
    assert (line["skuId"], line["quantity"], line["unitPrice"], line["total"]) == ("sku-0002", 3, 12.5, 37.5)
    assert body["createdAt"] == "2026-03-02T12:00:00Z"


def test_it_shows_a_customer_its_own_orders_alone(orders: dict[str, str]) -> None:
    mine = key_client(Role.CUSTOMER, "cust-001")
    assert [order["id"] for order in mine.get("/api/orders").json()["results"]] == [orders["third"], orders["first"]]
    for query in "customerId=cust-002", "skuId=sku-0002", "status=paid":
        assert mine.get(f"/api/orders?{query}").json()["count"] == 0
    assert mine.get(f"/api/orders/{orders['first']}").status_code == 200
    foreign, unknown = (mine.get(f"/api/orders/{one}") for one in (orders["second"], "ord-99999"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content.replace(orders["second"].encode(), b"ord-99999") == unknown.content
