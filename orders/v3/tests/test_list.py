"""The list: a cursor that meets every order once, what is included and left out, and every filter."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from orders.models import Order
from orders.v3.tests.storefront import (
    CUBE,
    ORDERS,
    PLAN,
    Storefront,
    make_catalogue,
    make_history,
    order_of,
    product,
    report,
    storefront,
)
from printshop.testing import NOON, statements

pytestmark = pytest.mark.django_db


def listed(shop: Storefront, query: str = "") -> dict[str, Any]:
    response = shop.get(f"{ORDERS}?{query}")
    assert response.status_code == 200, response.content.decode()
    return response.json()


def ids(body: dict[str, Any]) -> list[int]:
    return [int(order["id"]) for order in body["data"]]


def follow(shop: Storefront, link: str) -> dict[str, Any]:
    assert link.startswith("http://testserver/api/v3/orders?")
    response = shop.get(link.removeprefix("http://testserver"))
    assert response.status_code == 200
    return response.json()


def pages(shop: Storefront, query: str) -> Iterator[dict[str, Any]]:
    """Every page from the first to the last."""
    page = listed(shop, query)
    yield page
    while page["links"]["next"]:
        page = follow(shop, page["links"]["next"])
        yield page


# --- Paging ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sort", ["created_at", "-created_at", "%2Bupdated_at", "-updated_at"])
def test_it_meets_each_of_10_000_orders_exactly_once_while_new_ones_arrive(db, sort: str):
    shop = storefront()
    make_history(10_000)
    before = set(Order.objects.values_list("pk", flat=True))
    fresh = itertools.count(10_000)
    found: list[int] = []
    for page in pages(shop, f"per_page=500&sort={sort}&fields=id"):
        found += ids(page)
        if len(found) < 10_000:
            make_history(3, start=next(fresh) * 3)
    old = [number for number in found if number in before]
    assert len(found) == len(set(found))
    assert (len(old), set(old)) == (10_000, before)
    assert Order.objects.count() > 10_000
    # Whoever comes from the oldest meets the new ones at the end; whoever comes from the newest has passed them.
    assert len(found) == (10_000 if sort.startswith("-") else Order.objects.count())


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_it_walks_back_the_way_it_came(db, sort: str):
    shop = storefront()
    make_history(10)
    # Several orders of one moment: the number decides.
    Order.objects.filter(pk__lte=Order.objects.earliest("pk").pk + 5).update(created_at=NOON)
    there = list(pages(shop, f"per_page=3&sort={sort}"))
    assert [len(page["data"]) for page in there] == [3, 3, 3, 1]
    assert there[0]["links"]["prev"] is None
    for earlier, later in itertools.pairwise(there):
        back = follow(shop, later["links"]["prev"])
        assert back["data"] == earlier["data"]
        assert (back["links"]["prev"] is None) == (earlier is there[0])
        assert follow(shop, back["links"]["next"])["data"] == later["data"]
        assert back["meta"] == {"has_more": True}


def test_it_shows_100_at_a_time_and_says_whether_there_is_more(db):
    shop = storefront()
    make_history(101)
    first = listed(shop)
    assert (len(first["data"]), first["meta"]) == (100, {"has_more": True})
    last = follow(shop, first["links"]["next"])
    assert (len(last["data"]), last["meta"], last["links"]["next"]) == (1, {"has_more": False}, None)
    assert list(first) == ["data", "links", "meta"]


def test_it_shows_the_newest_first(db):
    shop = storefront()
    make_history(3)
    assert ids(listed(shop)) == sorted(ids(listed(shop)), reverse=True)


def test_it_sorts_by_the_last_change(db):
    shop = storefront()
    make_history(3)
    first = Order.objects.earliest("pk")
    Order.objects.filter(pk=first.pk).update(updated_at=F("updated_at") + timedelta(days=1))
    assert ids(listed(shop, "sort=-updated_at"))[0] == first.pk
    assert ids(listed(shop, "sort=updated_at"))[-1] == first.pk


def test_it_keeps_the_filters_from_page_to_page(db):
    shop = storefront()
    make_history(6)
    Order.objects.filter(pk__in=Order.objects.order_by("pk").values("pk")[:2]).update(type="report")
    found = [ids(page) for page in pages(shop, "per_page=3&filter[type]=sale&include=user&fields=id")]
    assert [len(page) for page in found] == [3, 1]


def test_it_is_empty_where_there_is_nothing(shop: Storefront):
    assert listed(shop) == {"data": [], "links": {"next": None, "prev": None}, "meta": {"has_more": False}}


@pytest.mark.parametrize("per_page", ["0", "501", "-1", "x", "1.5", "9" * 30, "٣", "%00"])
def test_it_names_the_bounds_of_a_page(shop: Storefront, per_page: str):
    response = shop.get(f"{ORDERS}?per_page={per_page}")
    wrong = {"per_page": ["The per_page must be between 1 and 500."]}
    assert (response.status_code, response.json()["errors"]) == (422, wrong)


FOREIGN_CURSORS = [
    "x",
    "e30",
    "WyItY3JlYXRlZF9hdCIsMSwyLHRydWVd",  # a number for a time
    "WyItY3JlYXRlZF9hdCIsIjIwMjYtMDMtMDIiLC0xLHRydWVd",  # a number that no order has
    "WyItY3JlYXRlZF9hdCIsIjAwMDEtMDEtMDFUMDA6MDA6MDArMjM6NTkiLDEsdHJ1ZV0",  # a time before all time
    "%C3%A9",
    "%00",
    "=" * 9,
]


@pytest.mark.parametrize("cursor", FOREIGN_CURSORS)
def test_it_takes_no_cursor_that_it_did_not_make(shop: Storefront, cursor: str):
    response = shop.get(f"{ORDERS}?cursor={cursor}")
    assert (response.status_code, response.json()["errors"]) == (422, {"cursor": ["The selected cursor is invalid."]})


def test_it_takes_no_cursor_of_another_sort(db):
    shop = storefront()
    make_history(3)
    link = listed(shop, "per_page=1&sort=created_at")["links"]["next"].removeprefix("http://testserver")
    assert shop.get(link).status_code == 200
    for sort in ("updated_at", "-created_at"):
        response = shop.get(link.replace("sort=created_at", f"sort={sort}"))
        assert response.json()["errors"] == {"cursor": ["The selected cursor is invalid."]}


# --- What is shown ---------------------------------------------------------------------------------------------------
def test_it_includes_what_is_asked_for_and_no_more(shop: Storefront):
    made = shop.make()
    plain = {name: value for name, value in made.items() if name not in ("user", "products")}
    assert listed(shop)["data"] == [plain]
    assert listed(shop, "include=user")["data"] == [plain | {"user": made["user"]}]
    assert listed(shop, "include=products,user")["data"] == [made]
    assert listed(shop, "fields=uuid,id&include=user")["data"] == [
        {"id": made["id"], "uuid": made["uuid"], "user": made["user"]}
    ]
    assert listed(shop, "fields=&include=")["data"] == [plain]


def test_it_lists_many_orders_in_as_many_statements_as_few(shop: Storefront):
    def count(per_page: int) -> int:
        with statements() as sent:
            assert len(listed(shop, f"per_page={per_page}&include=user,products")["data"]) == per_page
        return len(sent)

    for number in range(12):
        shop.make(user={"id": f"u{number}"})
    assert count(2) == count(12) == 3


# --- Filters ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def three(db: None) -> tuple[Storefront, list[dict[str, Any]]]:
    """A permission, a report and a sale, for three people, an hour apart, and somebody else's order."""
    make_catalogue()
    shop = storefront()
    made = [
        shop.make(external_id="A", user={"id": "u1", "email": "a@mail.example"}),
        shop.make(**report(external_id="B", user={"id": "u2", "email": "b@mail.example"})),
        shop.make(
            type="sale",
            external_id="C",
            user={"id": "u3"},
            products=[product(CUBE, "print"), product(PLAN, "subscription")],
        ),
    ]
    storefront("other").make(external_id="A", user={"id": "u1", "email": "z@mail.example"})
    for index, order in enumerate(made):
        at = NOON + timedelta(hours=index)
        Order.objects.filter(pk=int(order["id"])).update(created_at=at, updated_at=at + timedelta(days=2))
    return shop, made


FILTERS = {
    "filter[id]={0[id]}": "A",
    "filter[uuid]={1[uuid]}": "B",
    "filter[external_id]=C": "C",
    "filter[external_id]=Z": "",
    "filter[status]=pending": "C",
    "filter[status]=approved": "AB",
    "filter[status]=paused": "",
    "filter[type]=report": "B",
    "filter[user_email]=A@Mail.Example": "A",
    "filter[user_external_id]=u2": "B",
    "filter[product_type]=print": "C",
    "filter[product_type]=content": "AB",
    "filter[product_id]=EBOOK-0001": "AB",
    "filter[product_external_id]=PLAN-0001": "C",
    "filter[product_external_id]=EBOOK-0001&filter[type]=report": "B",
    "filter[created_at][from]=2026-03-02T13:00:00Z": "BC",
    "filter[created_at][to]=2026-03-02T13:00:00Z": "AB",
    "filter[created_at][from]=2026-03-02T14:30:00%2B01:00": "C",
    "filter[created_at][from]=2026-03-02&filter[created_at][to]=2026-03-02": "ABC",
    "filter[created_at][to]=2026-03-01": "",
    "filter[updated_at][from]=2026-03-04T13:00:00": "BC",
    "filter[updated_at][to]=2026-03-04T12:30:00Z": "A",
    "whatever=1": "ABC",
}


@pytest.mark.parametrize("query", FILTERS)
def test_it_filters(three: tuple[Storefront, list[dict[str, Any]]], query: str):
    shop, made = three
    found = listed(shop, query.format(*made) + "&sort=created_at")["data"]
    assert "".join(order["external_id"] for order in found) == FILTERS[query]


def test_it_filters_by_the_customers_own_id_and_uuid(three: tuple[Storefront, list[dict[str, Any]]]):
    shop, made = three
    customer = order_of(made[0]).customer
    for who in (customer.pk, customer.uuid):
        assert ids(listed(shop, f"filter[user_id]={who}")) == [int(made[0]["id"])]


def test_it_does_not_filter_by_what_another_account_calls_a_customer(three: tuple[Storefront, list[dict[str, Any]]]):
    shop, _ = three
    storefront("other").make(user={"id": "secret", "email": "shared@mail.example"})
    shop.make(user={"email": "shared@mail.example"})
    assert ids(listed(shop, "filter[user_external_id]=secret")) == []


WRONG = {
    "filter[id]=1,2": "The selected filter[id] is invalid.",
    "filter[id]=-1": "The selected filter[id] is invalid.",
    "filter[uuid]=1": "The selected filter[uuid] is invalid.",
    "filter[status]=done": "The selected filter[status] is invalid.",
    "filter[type]=gift": "The selected filter[type] is invalid.",
    "filter[product_type]=film": "The selected filter[product_type] is invalid.",
    "filter[created_at][from]=yesterday": "The selected filter[created_at][from] is invalid.",
    "filter[created_at][to]=2026-02-30": "The selected filter[created_at][to] is invalid.",
    "filter[updated_at][from]=0001-01-01T00:00:00%2B10:00": "The selected filter[updated_at][from] is invalid.",
    "filter[external_id]=a%00": "The selected filter[external_id] is invalid.",
    "filter[external_id]=": "The filter[external_id] field must have a value.",
    "filter[colour]=red": "There is no filter[colour].",
    "filter=red": "There is no filter.",
    "sort=name": "The selected sort is invalid.",
    "sort=--created_at": "The selected sort is invalid.",
    "include=user,secrets": "The selected include is invalid.",
    "fields=id,password": "The selected fields is invalid.",
}


@pytest.mark.parametrize("query", WRONG)
def test_it_says_what_is_wrong_with_a_query(shop: Storefront, query: str):
    response = shop.get(f"{ORDERS}?{query}")
    assert (response.status_code, response.json()["errors"]) == (422, {query.partition("=")[0]: [WRONG[query]]})


def test_it_says_all_that_is_wrong_with_a_query_at_once(shop: Storefront):
    names = ["sort", "per_page", "cursor", "include", "fields", "filter[type]", "filter[uuid]", "filter[colour]"]
    response = shop.get(f"{ORDERS}?" + "&".join(f"{name}=x" for name in names))
    assert sorted(response.json()["errors"]) == sorted(names)
