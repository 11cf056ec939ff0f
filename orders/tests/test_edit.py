"""`PATCH /api/orders/{id}`: what can change after an order was made."""

import pytest

from printshop.testing import KeyClient, make_orders, snapshot

pytestmark = pytest.mark.django_db
ADDRESS = {"name": "Ada", "line1": "1 Mill Lane", "city": "Ely", "zip": "CB7", "country": "GB"}


@pytest.fixture
def order(db: None) -> str:
    return make_orders()[0]


def test_it_changes_what_is_named_and_nothing_else(order: str, operator: KeyClient) -> None:
    before = operator.get(f"/api/orders/{order}").json()
    edit = {
        "notes": "Ring",
        "shippingAddress": ADDRESS,
        "dueDate": "2026-04-01",
        "carrier": "Post",
        "trackingNumber": "9",
    }
    for name, value in edit.items():
        answer = operator.patch(f"/api/orders/{order}", {name: value})
        assert answer.status_code == 200
        before = {**before, name: value, "updatedAt": answer.json()["updatedAt"]}
        assert answer.json() == before


def test_it_clears_with_null(order: str, operator: KeyClient) -> None:
    operator.patch(f"/api/orders/{order}", {"notes": "x", "dueDate": "2026-04-01", "shippingAddress": ADDRESS})
    cleared = dict.fromkeys(("notes", "dueDate", "shippingAddress", "carrier", "trackingNumber"))
    body = operator.patch(f"/api/orders/{order}", cleared).json()
    assert {name: body[name] for name in cleared} == cleared


def test_it_records_before_and_after(order: str, operator: KeyClient) -> None:
    operator.patch(f"/api/orders/{order}", {"carrier": "Post", "dueDate": "2026-04-01"})
    answer = operator.patch(f"/api/orders/{order}", {"carrier": "Rail", "dueDate": "2026-04-01"})
    (item,) = operator.get(f"/api/bulk-operations/{answer['X-Bulk-Operation']}/items").json()["results"]
    assert (item["id"], item["result"]) == (order, "updated")
    assert (item["before"], item["after"]) == ({"carrier": "Post"}, {"carrier": "Rail"})


def test_it_does_no_harm_when_repeated(order: str, operator: KeyClient) -> None:
    first = operator.patch(f"/api/orders/{order}", {"notes": "x"}).json()
    assert operator.patch(f"/api/orders/{order}", {"notes": "x"}).json() == first
    assert operator.patch(f"/api/orders/{order}", {}).json() == first


@pytest.mark.parametrize("field", ["status", "total", "customerId", "lineItems", "externalId", "id", "createdAt"])
def test_it_changes_nothing_that_is_settled(field: str, order: str, operator: KeyClient) -> None:
    before = snapshot()
    answer = operator.patch(f"/api/orders/{order}", {field: "x", "notes": "y"})
    assert answer.status_code == 400
    assert [(fault["path"], fault["code"]) for fault in answer.json()["details"]["errors"]] == [
        (field, "UNKNOWN_FIELD")
    ]
    assert snapshot() == before


def test_it_answers_404_to_an_unknown_order_and_400_first_to_a_bad_body(order: str, operator: KeyClient) -> None:
    assert operator.patch("/api/orders/ord-99999", {"notes": "x"}).status_code == 404
    answer = operator.patch("/api/orders/ord-99999", {"notes": 7})
    assert answer.status_code == 400
    assert {fault["code"] for fault in answer.json()["details"]["errors"]} == {"NOT_TEXT", "ORDER_NOT_FOUND"}


def test_it_is_not_for_customers(order: str, customer: KeyClient) -> None:
    assert customer.patch(f"/api/orders/{order}", {"notes": "x"}).status_code == 403
