"""`/api/skus` and `/api/skus/{id}`."""

import pytest

from printshop.testing import KeyClient, make_skus, snapshot

pytestmark = pytest.mark.django_db


def test_it_creates_one(admin: KeyClient) -> None:
    answer = admin.post("/api/skus", {"id": "vase", "name": "A vase", "basePrice": 12.5})
    body = answer.json()
    assert answer.status_code == 201
    assert list(body) == ["id", "name", "description", "kind", "machineType", "material", "estimatedPrintTime",
                          "estimatedMaterialGrams", "basePrice", "currency", "qualityTiers", "options", "active",
                          "createdAt", "updatedAt"]  # fmt: skip
    assert (body["kind"], body["basePrice"], body["currency"], body["active"]) == ("print", 12.5, "USD", True)
    assert admin.get("/api/skus/vase").json() == body


def test_it_creates_no_second_one_of_an_id(admin: KeyClient) -> None:
    make_skus()
    before = snapshot()
    answer = admin.post("/api/skus", {"id": "sku-0001", "name": "Another"})
    assert (answer.status_code, answer.json()["code"]) == (409, "SKU_EXISTS")
    assert snapshot() == before


def test_it_edits_what_is_named(admin: KeyClient) -> None:
    make_skus()
    before = admin.get("/api/skus/sku-0001").json()
    body = admin.patch("/api/skus/sku-0001", {"basePrice": 99.99, "material": None}).json()
    assert body == {**before, "basePrice": 99.99, "material": None, "updatedAt": body["updatedAt"]}
    assert admin.patch("/api/skus/sku-0001", {"id": "other"}).status_code == 400


def test_it_switches_off_and_on(admin: KeyClient) -> None:
    make_skus()
    for _ in range(2):
        answer = admin.delete("/api/skus/sku-0001")
        assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert admin.get("/api/skus/sku-0001").json()["active"] is False
    assert admin.get("/api/skus").json()["count"] == 0
    assert admin.patch("/api/skus/sku-0001", {"active": True}).json()["active"] is True


def test_it_answers_404_to_the_unknown_and_suggests(admin: KeyClient) -> None:
    make_skus()
    for answer in admin.get("/api/skus/sku-0002"), admin.delete("/api/skus/nothing"), admin.patch("/api/skus/x", {}):
        assert (answer.status_code, answer.json()["code"]) == (404, "SKU_NOT_FOUND")
    fault = admin.patch("/api/skus/sku-001", {}).json()["details"]["errors"][0]
    assert fault["suggestion"] == "sku-0001"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["book", "cube", "vase"]),
        ("includeInactive=true", ["book", "cube", "old", "vase"]),
        ("includeInactive=TRUE", ["book", "cube", "old", "vase"]),
        ("includeInactive=false", ["book", "cube", "vase"]),
        ("machineType=resin", ["vase"]),
        ("machineType=RESIN,laser", ["cube", "vase"]),
        ("kind=content", ["book"]),
        ("material=petg", ["vase"]),
        ("material=PET", []),
        ("search=TALL", ["vase"]),
        ("search=ube", ["cube"]),
        ("search=100%25", ["book"]),
        ("search=_", []),
        ("search=%20cube%20", ["cube"]),
        ("ordering=-basePrice", ["vase", "cube", "book"]),
        ("ordering=name", ["cube", "vase", "book"]),
        ("search=e&kind=print&ordering=-id", ["vase", "cube"]),
    ],
)
def test_it_filters_and_orders(query: str, expected: list[str], admin: KeyClient) -> None:
    catalogue = [
        {"id": "cube", "name": "A cube", "machineType": "laser", "basePrice": 2},
        {
            "id": "vase",
            "name": "A vase",
            "machineType": "resin",
            "material": "PETG",
            "description": "Tall",
            "basePrice": 3,
        },
        {"id": "book", "name": "The 100% book", "kind": "content", "basePrice": 1},
        {"id": "old", "name": "Old", "active": False},
    ]
    assert admin.post("/api/skus/bulk", {"skus": catalogue}).status_code == 200
    assert [sku["id"] for sku in admin.get(f"/api/skus?{query}").json()["results"]] == expected


def test_it_is_read_by_all_and_written_by_admins(operator: KeyClient, customer: KeyClient) -> None:
    make_skus()
    before = snapshot()
    for client in operator, customer:
        assert client.get("/api/skus").json()["count"] == 1
        assert client.get("/api/skus/sku-0001").status_code == 200
        calls = (
            client.post("/api/skus", {"id": "a", "name": "A"}),
            client.patch("/api/skus/sku-0001", {"name": "B"}),
            client.delete("/api/skus/sku-0001"),
        )
        assert [answer.status_code for answer in calls] == [403] * 3
    assert snapshot() == before
