"""`searchCriteria`: filters, sorting and pages, all of it asked of the database."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from printshop.api.uuids import time_ordered_uuid
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.outcomes import Verdict
from printshop.magento.tests.asking import AsyncClient
from printshop.testing import NOON, house, make_customers, make_orders
from printshop.tests.documented import Documented, assert_fits

BULK = "/rest/V1/bulk"
VERDICTS = (Verdict.CREATED, Verdict.FAILED, Verdict.REFUSED, Verdict.OPEN, Verdict.CANCELLED)


def make_bulk(topic: str, days: int) -> str:
    """A bulk of five items, one of each status; asked for so many days after NOON."""
    bulk = BulkOperation.objects.create(
        uuid=time_ordered_uuid(), name="skus.import", account=house(), actor="x", policy="partial", total=5,
        topic=topic, dialect="magento", created_at=NOON + timedelta(days=days),
    )  # fmt: skip
    BulkItem.objects.bulk_create(
        [BulkItem(operation=bulk, index=index, verdict=verdict) for index, verdict in enumerate(VERDICTS)]
    )
    return str(bulk.pk)


@pytest.fixture
def bulks(partner: AsyncClient) -> list[str]:
    """Three bulks on three days, the last of another kind."""
    topics = ("async.products.post", "async.products.post", "async.cmsPage.byPageId.delete")
    return [make_bulk(topic, days) for days, topic in enumerate(topics)]


def query(*groups: list[tuple[str, str, str]], **more: Any) -> str:
    """A query string: groups of (field, value, condition)."""
    found: dict[str, Any] = {}
    for number, group in enumerate(groups):
        for place, (field, value, condition) in enumerate(group):
            one = f"searchCriteria[filter_groups][{number}][filters][{place}]"
            found |= {f"{one}[field]": field, f"{one}[value]": value, f"{one}[condition_type]": condition}
    return urlencode(found | {f"searchCriteria[{name}]": value for name, value in more.items()})


def search(client: AsyncClient, *groups: list[tuple[str, str, str]], **more: Any) -> Any:
    answer = client.get(f"{BULK}?{query(*groups, **more)}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def places(found: Any, bulks: list[str]) -> list[tuple[int, int]]:
    """Which items of which bulks were found."""
    return [(bulks.index(row["bulk_uuid"]), row["status"]) for row in found["items"]]


def test_it_has_a_row_for_each_item_newest_bulks_first(partner: AsyncClient, bulks: list[str]):
    found = search(partner)
    assert places(found, bulks) == [(bulk, status) for bulk in (2, 1, 0) for status in (1, 2, 3, 4, 5)]
    assert found["total_count"] == 15
    assert_fits(found, Documented("/V1/bulk", "GET").schema(200))


@pytest.mark.parametrize(
    ("condition", "value", "statuses"),
    [
        ("eq", "3", {3}), ("neq", "3", {1, 2, 4, 5}), ("gt", "3", {4, 5}), ("lt", "3", {1, 2}),
        ("gteq", "3", {3, 4, 5}),
        ("lteq", "3", {1, 2, 3}), ("from", "3", {3, 4, 5}), ("to", "3", {1, 2, 3}), ("in", "2, 3", {2, 3}),
        ("nin", "2,3", {1, 4, 5}), ("eq", "9", set()),
    ],
)  # fmt: skip
def test_it_finds_by_status(partner: AsyncClient, bulks: list[str], condition: str, value: str, statuses: set[int]):
    found = search(partner, [("status", value, condition)])
    assert {row["status"] for row in found["items"]} == statuses
    assert found["total_count"] == 3 * len(statuses)


@pytest.mark.parametrize(
    ("condition", "day", "expected"),
    [
        ("eq", 1, {1}), ("neq", 1, {0, 2}), ("gt", 1, {2}), ("lt", 1, {0}), ("gteq", 1, {1, 2}), ("lteq", 1, {0, 1}),
        ("from", 1, {1, 2}), ("to", 1, {0, 1}), ("in", 1, {1}), ("nin", 1, {0, 2}),
    ],
)  # fmt: skip
def test_it_finds_by_time(partner: AsyncClient, bulks: list[str], condition: str, day: int, expected: set[int]):
    for text in ((NOON + timedelta(days=day)).isoformat(), f"2026-03-0{2 + day} 12:00:00"):
        found = search(partner, [("start_time", text, condition)])
        assert {bulk for bulk, _ in places(found, bulks)} == expected


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("eq", "async.products.post", {0, 1}), ("neq", "async.products.post", {2}), ("like", "%.CMSPage.%", {2}),
        ("like", "async.products.p_st", {0, 1}), ("like", "%\\%", set()), ("like", "async", set()),
        ("in", "async.products.post,other", {0, 1}), ("nin", "other", {0, 1, 2}), ("gt", "async.d", {0, 1}),
    ],
)  # fmt: skip
def test_it_finds_by_topic(partner: AsyncClient, bulks: list[str], condition: str, value: str, expected: set[int]):
    found = search(partner, [("topic_name", value, condition)])
    assert {bulk for bulk, _ in places(found, bulks)} == expected


def test_it_finds_by_uuid(partner: AsyncClient, bulks: list[str]):
    one, two, _ = bulks
    for condition, value, expected in [
        ("eq", one, {0}), ("neq", one, {1, 2}), ("in", f"{one},{two}", {0, 1}), ("nin", f"{one},{two}", {2}),
        ("like", f"%{one[20:]}", {0}), ("like", f"%{one[20:].replace('-', '').upper()}", {0}), ("gt", one, {1, 2}),
    ]:  # fmt: skip
        found = search(partner, [("bulk_uuid", value, condition)])
        assert {bulk for bulk, _ in places(found, bulks)} == expected, (condition, value)


def test_it_joins_filters_by_or_and_groups_by_and(partner: AsyncClient, bulks: list[str]):
    found = search(
        partner,
        [("status", "3", "eq"), ("status", "5", "eq")],
        [("bulk_uuid", bulks[0], "eq"), ("topic_name", "%cmsPage%", "like")],
    )
    assert places(found, bulks) == [(2, 3), (2, 5), (0, 3), (0, 5)]


def test_it_understands_the_other_spelling(partner: AsyncClient, bulks: list[str]):
    one = "searchCriteria[filterGroups][0][filters][0]"
    answer = partner.get(
        f"{BULK}?{one}[field]=status&{one}[value]=2&{one}[conditionType]=eq&searchCriteria[pageSize]=1"
    )
    assert (answer.json()["total_count"], len(answer.json()["items"])) == (3, 1)


def test_it_sorts_and_pages_in_the_database(partner: AsyncClient, bulks: list[str]):
    sorting = {"sortOrders][0][field": "topic_name", "sortOrders][0][direction": "DESC"}
    sorting |= {"sortOrders][1][field": "start_time", "sortOrders][1][direction": "asc"}
    pages = [search(partner, pageSize=4, currentPage=page, **sorting) for page in range(1, 6)]
    assert [len(page["items"]) for page in pages] == [4, 4, 4, 3, 0]
    assert {page["total_count"] for page in pages} == {15}
    walked = [place for page in pages for place in places(page, bulks)]
    assert walked == [(bulk, status) for bulk in (0, 1, 2) for status in (1, 2, 3, 4, 5)]
    assert pages[0]["search_criteria"] == {
        "filter_groups": [],
        "sort_orders": [{"field": "topic_name", "direction": "DESC"}, {"field": "start_time", "direction": "ASC"}],
        "page_size": 4,
        "current_page": 1,
    }


def test_it_gives_back_what_was_asked(partner: AsyncClient, bulks: list[str]):
    found = search(partner, [("status", "3", "eq")])
    group = {"filters": [{"field": "status", "value": "3", "condition_type": "eq"}]}
    assert found["search_criteria"] == {"filter_groups": [group], "page_size": 100, "current_page": 1}


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (query([("colour", "red", "eq")]), "colour"),
        (query([("status", "3", "about")]), "condition_type"),
        (query([("status", "open", "eq")]), "status"),
        (query([("status", "3", "like")]), "like"),
        (query([("start_time", "yesterday", "gt")]), "start_time"),
        (query([("start_time", "2026", "like")]), "like"),
        (query([("start_time", "", "gt")]), "start_time"),
        (query([("bulk_uuid", "1", "eq")]), "bulk_uuid"),
        (query([("topic_name", ",".join("x" * 1_001), "in")]), "topic_name"),
        (query(pageSize=0), "pageSize"),
        (query(pageSize=1_001), "pageSize"),
        (query(currentPage="x"), "currentPage"),
        (query(colour="red"), "colour"),
        (query(filter_groups="red"), "filter_groups"),
        (query(**{"sortOrders][0][field": "colour"}), "colour"),
        (query(**{"sortOrders][0][field": "status", "sortOrders][0][direction": "up"}), "direction"),
        ("searchCriteria[filter_groups][0][filters][0][value]=3", "field"),
        ("searchCriteria[filter_groups][0][filters][0][field]=status&searchCriteria[filter_groups][0][filters][0][x]=3",
         "x"),
        ("searchCriteria[filter_groups", "searchCriteria[filter_groups"),
        (query([("topic_name", "a\0", "eq")]), None),
    ],
)  # fmt: skip
def test_it_names_what_it_does_not_understand(partner: AsyncClient, bulks: list[str], asked: str, named: str | None):
    answer = partner.get(f"{BULK}?{asked}")
    assert answer.status_code == 400, answer.content
    assert named in (None, answer.json()["parameters"]["fieldName"])


def test_it_limits_how_much_may_be_asked(partner: AsyncClient):
    filters = [("status", "3", "eq")] * 51
    assert partner.get(f"{BULK}?{query(filters)}").status_code == 400


def test_it_takes_a_criterion_that_says_nothing_for_everything(partner: AsyncClient, bulks: list[str]):
    for asked in ("", "searchCriteria=", "searchCriteria", "other=1"):
        assert partner.get(f"{BULK}?{asked}").json()["total_count"] == 15


def test_it_searches_orders_too(partner: AsyncClient):
    make_customers(2)
    first, second, third = [*make_orders(2), *make_orders(customer="cust-002")]
    base = "/rest/V1/orders"
    shown = [one["id"] for one in partner.get(base).json()["items"]]
    assert shown == [third, second, first]
    asked = query([("customer_id", "cust-001", "eq")], [("status", "pending%", "like")], pageSize=1)
    found = partner.get(f"{base}?{asked}").json()
    assert (found["total_count"], [one["id"] for one in found["items"]]) == (2, [second])
    future = (timezone.now() + timedelta(days=1)).isoformat()
    assert partner.get(f"{base}?{query([('created_at', future, 'gt')])}").json()["total_count"] == 0
