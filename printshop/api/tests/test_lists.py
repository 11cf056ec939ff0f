"""Lists: pages, filters and orders that mean what they say, or a 400 that names the parameter."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.models import SKU
from printshop.api.models import APIKey
from printshop.api.tests.addresses import LISTS, named
from printshop.testing import NOON, KeyClient, make_customers, make_orders, make_skus

pytestmark = pytest.mark.django_db
ODD = ("%00", "%ff", "%ed%a0%80", "9" * 400, "-1", "NaN", "'", "%25", "\\", "null", ",", "%20", "a" * 300)
PAGES = ("page", "limit")
MADE = ("createdAfter", "createdBefore", "ordering")
PARAMETERS = {
    "/api/orders": (*PAGES, *MADE, "status", "customerId", "externalId", "skuId", "overdue"),
    "/api/jobs": (*PAGES, *MADE, "status", "orderId", "skuId", "customerId", "externalId"),
    "/api/jobs/{printed}/history": PAGES,
    "/api/skus": (*PAGES, *MADE, "includeInactive", "machineType", "kind", "material", "search"),
    "/api/customers": (*PAGES, *MADE, "externalId", "email", "search"),
    "/api/bulk-operations": (*PAGES, *MADE, "name"),
    "/api/bulk-operations/{operation}/items": (*PAGES, "result"),
    "/api/auth/api-keys": PAGES,
}


def test_it_knows_every_list() -> None:
    assert set(PARAMETERS) == set(LISTS)


@pytest.mark.parametrize("path", LISTS)
def test_it_answers_odd_values_with_200_or_400(path: str, admin: KeyClient, names: dict[str, str]) -> None:
    for parameter in PARAMETERS[path]:
        for odd in ODD:
            answer = admin.get(f"{named(path, names)}?{parameter}={odd}")
            assert answer.status_code in {200, 400}, (parameter, odd, answer.content)
            if answer.status_code == 400:
                (fault,) = answer.json()["details"]["errors"]
                assert (answer.json()["code"], fault["path"]) == ("INVALID_FILTER", parameter)
                assert fault["message"].startswith(f"{parameter} must be ")


@pytest.mark.parametrize("path", ["/api/skus", "/api/jobs/{printed}/history"])
def test_it_minds_no_parameter_it_does_not_know(path: str, admin: KeyClient, names: dict[str, str]) -> None:
    plain = admin.get(named(path, names))
    for query in "format=xml", "callback=f", "%00=%00", "__proto__=1", "id__gt=0", "=", "&&&":
        assert admin.get(f"{named(path, names)}?{query}").content == plain.content


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("name", "most"), [("limit", 500), ("page", 10**9)])
def test_it_takes_whole_numbers_for_pages(
    path: str, name: str, most: int, admin: KeyClient, names: dict[str, str]
) -> None:
    address = named(path, names)
    for good in 1, 2, most:
        assert admin.get(f"{address}?{name}={good}").status_code == 200
    for bad in "0", str(most + 1), "-1", "1.0", "", "x", "٣", "1 ", "0x1":
        answer = admin.get(f"{address}?{name}={bad}")
        assert answer.status_code == 400, bad
        assert answer.json()["details"]["errors"][0]["path"] == name


@pytest.fixture
def catalogue(db: None) -> list[str]:
    return make_skus(45)


def test_it_walks_through_pages_by_their_links(catalogue: list[str], admin: KeyClient) -> None:
    seen, address = [], "/api/skus?limit=10&ordering=name"
    while address:
        body = admin.get(address).json()
        assert body["count"] == 45
        seen += [sku["id"] for sku in body["results"]]
        address = body["next"]
    # All have one name: the id decides, so none is shown twice and none is left out.
    assert seen == catalogue


def test_it_links_back(catalogue: list[str], admin: KeyClient) -> None:
    body = admin.get("/api/skus?limit=10&page=3&material=PLA").json()
    assert body["previous"] == "http://testserver/api/skus?limit=10&material=PLA&page=2"
    assert body["next"] == "http://testserver/api/skus?limit=10&material=PLA&page=4"


def test_it_shows_twenty_unless_told(catalogue: list[str], admin: KeyClient) -> None:
    assert len(admin.get("/api/skus").json()["results"]) == 20
    assert len(admin.get("/api/skus?limit=500").json()["results"]) == 45


def test_it_shows_nothing_past_the_end(catalogue: list[str], admin: KeyClient) -> None:
    body = admin.get("/api/skus?page=999").json()
    assert (body["count"], body["results"], body["next"]) == (45, [], None)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("createdAfter=2026-03-02T12:00:00Z", [1, 2]),
        ("createdAfter=2026-03-02T12:00:01Z", [2]),
        ("createdBefore=2026-03-02T12:00:00Z", [0]),
        ("createdBefore=2026-03-02T12:00:00.000001Z", [0, 1]),
        ("createdAfter=2026-03-02", [1, 2]),
        ("createdBefore=2026-03-02", [0]),
        ("createdBefore=2026-03-03", [0, 1]),
        ("createdAfter=2026-03-02T13:00:00%2B01:00", [1, 2]),
        ("createdAfter=2026-03-02T13:00:00+01:00", [1, 2]),
        ("createdAfter=2026-03-02T12:00:00", [1, 2]),
        ("createdAfter=2026-03-02T12:00:00Z&createdBefore=2026-03-02T12:00:00Z", []),
        ("createdAfter=0001-01-01T00:00:00%2B14:00", [0, 1, 2]),
        ("createdBefore=9999-12-31T23:59:59-14:00", [0, 1, 2]),
        ("createdAfter=", [0, 1, 2]),
    ],
)
def test_it_filters_by_time(query: str, shown: list[int], admin: KeyClient) -> None:
    ids = make_skus(3)
    for days, sku in zip((-1, 0, 1), ids, strict=True):
        SKU.objects.filter(pk=sku).update(created_at=NOON + timedelta(days=days))
    assert [sku["id"] for sku in admin.get(f"/api/skus?{query}").json()["results"]] == [ids[index] for index in shown]


def test_it_names_every_parameter_that_cannot_be_meant(admin: KeyClient) -> None:
    answer = admin.get("/api/orders?createdAfter=soon&status=paid,gone&overdue=maybe&ordering=price")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FILTER")
    told = {fault["path"]: fault["message"] for fault in answer.json()["details"]["errors"]}
    assert told["createdAfter"] == "createdAfter must be a time in ISO 8601."
    assert told["overdue"] == "overdue must be true or false."
    assert told["status"].startswith("status must be among pending_payment, paid,")
    assert told["ordering"].startswith("ordering must be among id, createdAt,")


def test_it_puts_what_has_no_value_last(admin: KeyClient) -> None:
    late, early, none = make_orders(3)
    for order, day in (late, "2026-05-01"), (early, "2026-04-01"):
        admin.patch(f"/api/orders/{order}", {"dueDate": day})
    for ordering, expected in ("dueDate", [early, late, none]), ("-dueDate", [late, early, none]):
        body = admin.get(f"/api/orders?ordering={ordering}").json()
        assert [order["id"] for order in body["results"]] == expected


def test_it_orders_by_many_columns_however_often_they_are_named(admin: KeyClient) -> None:
    make_skus(3)
    SKU.objects.filter(pk="sku-0002").update(name="A ball")
    endless = ",".join(["name", "-id"] * 3_000)
    for ordering in "name,-id", endless:
        body = admin.get(f"/api/skus?ordering={ordering}").json()
        assert [sku["id"] for sku in body["results"]] == ["sku-0002", "sku-0003", "sku-0001"]


def test_it_finds_a_customer_by_address_in_any_case(admin: KeyClient) -> None:
    made = admin.post("/api/customers", {"email": "Ärger@Mill.example"}).json()
    make_customers(2)
    for spelling in "ärger@mill.example", "ÄRGER@MILL.EXAMPLE":
        assert [one["id"] for one in admin.get(f"/api/customers?email={spelling}").json()["results"]] == [made["id"]]


def test_it_lists_the_newest_keys_first_and_only_its_own(admin: KeyClient, operator: KeyClient) -> None:
    APIKey.objects.update(created=NOON)
    shown: list[Any] = admin.get("/api/auth/api-keys").json()["results"]
    assert [key["name"] for key in shown] == ["a operator key", "a admin key"]
