"""Every nasty value in every text and number that bulk calls write: refused at its place, or given back as it came.

An empty text is no text: it comes back as null.
"""

import json
from typing import Any

import pytest

from printshop.testing import KeyClient, make_customers, make_skus
from printshop.tests import nasty

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(
        case="nasty texts and numbers in every field", expects="refused at their place, or given back as they came"
    ),
]
TEXTS = ("name", "description", "material")
NUMBERS = ("basePrice", "estimatedPrintTime", "estimatedMaterialGrams")
LINES = [{"skuId": "sku-0001", "quantity": 1}]
ADDRESS = {"name": "Ada", "line1": "1 Mill Lane", "city": "Ely", "zip": "CB7", "country": "GB"}


def told(client: KeyClient, path: str, noun: str, items: list[Any], place: str) -> list[tuple[int, str]]:
    """Index and id of each item of a partial batch that was taken; the others are refused at `place`."""
    answer = client.post(path, json.dumps({noun: items, "errorPolicy": "partial"}).encode())
    body = answer.json()
    assert answer.status_code in {200, 201}, body
    faults = body.get("errors", [])
    assert {fault["path"] for fault in faults} <= {place}
    good = [index for index in range(len(items)) if index not in {fault["index"] for fault in faults}]
    return list(zip(good, [one["id"] for one in body[noun]], strict=True))


@pytest.mark.parametrize("field", [*TEXTS, *NUMBERS])
def test_of_skus(field: str, admin: KeyClient) -> None:
    values = nasty.TEXTS if field in TEXTS else nasty.NUMBERS
    items = [{"id": f"sku-{n}", "name": "A cube", "basePrice": 1, field: value} for n, value in enumerate(values)]
    taken = told(admin, "/api/skus/bulk", "skus", items, field)
    assert taken
    for index, sku in taken:
        assert admin.get(f"/api/skus/{sku}").json()[field] == (values[index] if values[index] != "" else None)


@pytest.mark.parametrize("field", ["notes", "externalId", "name", "line1", "city", "zip"])
def test_of_orders(field: str, admin: KeyClient) -> None:
    make_skus()
    make_customers()
    nested = field in ADDRESS
    for start in range(0, len(nasty.TEXTS), 50):
        values = nasty.TEXTS[start : start + 50]
        items: list[Any] = [
            {"customerId": "cust-001", "lineItems": LINES}
            | ({"shippingAddress": {**ADDRESS, field: value}} if nested else {field: value})
            for value in values
        ]
        place = f"shippingAddress.{field}" if nested else field
        for index, order in told(admin, "/api/orders/bulk", "orders", items, place):
            shown = admin.get(f"/api/orders/{order}").json()
            assert (shown["shippingAddress"] if nested else shown)[field] == (values[index] or None)


@pytest.mark.parametrize("field", ["name", "firstname", "lastname", "email", "externalId", "id"])
def test_of_customers(field: str, admin: KeyClient) -> None:
    for value in nasty.TEXTS:
        answer = admin.post("/api/customers", {field: value})
        if answer.status_code == 201:
            shown = admin.get(f"/api/customers/{answer.json()['id']}").json()[field]
            assert shown == ((value.lower() if field == "email" else value) or None)
        else:
            assert [fault["path"] for fault in answer.json()["details"]["errors"]] == [field], value
