"""Every route in its three forms, from the table: what happens now happens later, and in bulk, just the same."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.urls import resolve

from catalog.models import SKU, Media, Page
from jobs.models import Job
from orders.models import Customer, Order, Quote, QuoteItem
from printshop.api.models import Account
from printshop.magento.routes import PARAM, ROUTES, TOPICS, Route
from printshop.magento.tests.asking import (
    CHANGES,
    CUBE,
    ENTRY,
    LOOKS,
    QUOTE,
    AsyncClient,
    client_of,
    drain,
    here,
    make_quote,
    shop_for,
)
from printshop.tests.documented import Documented, assert_fits

Names = Mapping[str, str]
IDS = [f"{method} {route.path}" for route, method in CHANGES]
FORMS = ("now", "later", "bulk")


def order(names: Names) -> Order:
    return Order.objects.get(pk=Order.number_in(names["ord-001"]) or 0)


def job(names: Names, name: str) -> Job:
    return Job.objects.get(pk=Job.number_in(names[name]) or 0)


def newest(names: Names) -> Order:
    return Order.objects.exclude(pk=order(names).pk).get()


# What each example leaves behind.
EFFECTS: Mapping[str, Callable[[Names], bool]] = {
    "async.products.post": lambda names: SKU.objects.get(pk="sku-pla-clip").base_price == 320,
    "async.products.bySku.put": lambda names: (
        [(v.store_id, v.name, v.base_price) for v in SKU.objects.get(pk="sku-pla-clip").store_values.all()]
        == [("main", "Clip for cables", 360)]
    ),
    "async.products.bySku.delete": lambda names: not SKU.objects.get(pk="sku-pla-clip").active,
    "async.products.bySku.media.post": lambda names: Media.objects.filter(sku=CUBE).count() == 2,
    "async.products.bySku.media.byEntryId.put": lambda names: Media.objects.get(pk=ENTRY).label == "From the front",
    "async.products.bySku.media.byEntryId.delete": lambda names: not Media.objects.exists(),
    "async.customers.post": lambda names: Customer.objects.get(email="mshaw@mail.example.org").password.startswith(
        "md5$"
    ),
    "async.customers.byCustomerId.put": lambda names: Customer.objects.get(pk="cust-001").lastname == "Shaw",
    "async.customers.byCustomerId.delete": lambda names: not Customer.objects.filter(pk=names["cust-001"]).exists(),
    "async.carts.post": lambda names: Quote.objects.filter(customer="cust-001", store="main").exists(),
    "async.carts.byQuoteId.delete": lambda names: not Quote.objects.exists(),
    "async.carts.byQuoteId.items.post": lambda names: QuoteItem.objects.get(quote_id=QUOTE).quantity == 2,
    "async.carts.byQuoteId.order.put": lambda names: Quote.objects.get(pk=QUOTE).order == newest(names),
    "async.orders.post": lambda names: newest(names).line_items.get().quantity == 2,
    "async.orders.byOrderId.cancel.post": lambda names: order(names).status == "cancelled",
    "async.orders.byOrderId.pay.post": lambda names: order(names).status == "paid" and Job.objects.exists(),
    "async.jobs.byJobId.advance.post": lambda names: job(names, "job-001").status == "POST_PROCESS",
    "async.jobs.byJobId.cancel.post": lambda names: job(names, "job-002").reason == "Material out of stock",
    "async.cmsPage.post": lambda names: Page.objects.get(identifier="care").title == "How to care for prints",
    "async.cmsPage.byPageId.put": lambda names: Page.objects.get(pk=1).title == "Caring for prints",
    "async.cmsPage.byPageId.delete": lambda names: not Page.objects.exists(),
}


def happened(topic: str, names: Names) -> bool:
    """Whether the example's effect is there; what it makes may not be."""
    try:
        return EFFECTS[topic](names)
    except ObjectDoesNotExist:
        return False


def path_of(route: Route, item: Mapping[str, Any]) -> str:
    return PARAM.sub(lambda match: str(item[match[1]]), route.path)


def send(client: AsyncClient, route: Route, method: str, form: str, names: Names) -> Any:
    """The example of a call, in one of its forms."""
    item = here(route.changes[method].example, names)
    if form == "bulk":
        return client.send(method, f"/rest/async/bulk/V1/{route.bulk_path}", [item])
    body = {name: value for name, value in item.items() if name not in route.params}
    prefix = "/rest/V1" if form == "now" else "/rest/async/V1"
    return client.send(method, f"{prefix}/{path_of(route, item)}", body)


def documented(route: Route, method: str, form: str) -> Documented:
    if form == "bulk":
        return Documented(f"/async/bulk/V1/{route.bulk_path}", method)
    return Documented(f"{'/V1' if form == 'now' else '/async/V1'}/{route.template}", method)


def test_it_checks_the_effect_of_every_change():
    assert set(EFFECTS) == set(TOPICS)


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method"), CHANGES, ids=IDS)
def test_it_carries_out_every_change_at_once(partner: AsyncClient, route: Route, method: str):
    names = shop_for(route, method)
    answer = send(partner, route, method, "now", names)
    assert answer.status_code == 200, answer.content
    assert happened(route.topic(method), names)
    assert_fits(answer.json(), documented(route, method, "now").schema(200))
    shown = route.changes[method].answer
    # What the reference shows is what is answered, but for ids, times and what the shop of this test is like.
    assert type(answer.json()) is type(shown)
    if isinstance(shown, dict):
        assert set(answer.json()) == set(shown)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["later", "bulk"])
@pytest.mark.parametrize(("route", "method"), CHANGES, ids=IDS)
def test_it_carries_out_every_change_later(partner: AsyncClient, route: Route, method: str, form: str):
    names = shop_for(route, method)
    answer = send(partner, route, method, form, names)
    assert answer.status_code == 202, answer.content
    assert_fits(answer.json(), documented(route, method, form).schema(202))
    assert not happened(route.topic(method), names)
    assert drain() == 1
    assert happened(route.topic(method), names)
    [done] = partner.details(answer.json()["bulk_uuid"])
    assert (done["status"], done["error_code"], done["topic_name"]) == (1, None, route.topic(method))
    told = orjson.loads(done["result_serialized_data"])
    assert told is True if method == "DELETE" else isinstance(told, int) or told["id" if "id" in told else "item_id"]


@pytest.mark.django_db
@pytest.mark.parametrize("route", LOOKS, ids=lambda route: route.path)
def test_it_shows_what_is_there_and_nothing_else(partner: AsyncClient, route: Route):
    names = shop_for(route, "GET")
    item = {"sku": CUBE, "entryId": ENTRY, "customerId": "cust-001", "quoteId": QUOTE, "pageId": 1,
            "orderId": names["ord-001"]}  # fmt: skip
    answer = partner.get(f"/rest/V1/{path_of(route, item)}")
    assert answer.status_code == 200, answer.content
    assert_fits(answer.json(), Documented(f"/V1/{route.template}", "GET").schema(200))
    nobody = dict.fromkeys(item, "999999") | {"orderId": "ord-999999"}
    if route.params:
        answer = partner.get(f"/rest/V1/{path_of(route, nobody)}")
        assert (answer.status_code, set(answer.json())) == (404, {"message", "parameters"})


@pytest.mark.parametrize("store", ["", "all/", "de/"])
@pytest.mark.parametrize("rest", ["", "rest/"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_it_serves_every_form_under_every_prefix(route: Route, rest: str, store: str):
    example = path_of(route, dict.fromkeys(route.params, "x"))
    forms = {f"V1/{example}": set(route.calls)}
    if route.changes:
        forms |= {f"async/V1/{example}": set(route.changes), f"async/bulk/V1/{route.bulk_path}": set(route.changes)}
    for path, methods in forms.items():
        found: Any = resolve(f"/{rest}{store}{path}")
        assert {method.upper() for method in found.func.actions} - {"HEAD"} == methods
        assert found.kwargs.get("store", "") == store.removesuffix("/")


@pytest.mark.django_db
@pytest.mark.parametrize("route", LOOKS, ids=lambda route: route.path)
def test_it_never_shows_anything_later(partner: AsyncClient, route: Route):
    shop_for(route, "GET")
    for path in (f"async/V1/{path_of(route, dict.fromkeys(route.params, '1'))}", f"async/bulk/V1/{route.bulk_path}"):
        assert partner.get(f"/rest/{path}").status_code in {404, 405}


@pytest.mark.parametrize(("path", "bulk"), [("products/:sku/media/:entryId", "products/bySku/media/byEntryId"),
                                            ("carts/:quoteId/items", "carts/byQuoteId/items")])  # fmt: skip
def test_it_makes_bulk_routes_as_the_page_does(path: str, bulk: str):
    [route] = [route for route in ROUTES if route.path == path]
    assert route.bulk_path == bulk


@pytest.mark.django_db
def test_it_keeps_carts_to_their_account(partner: AsyncClient):
    make_quote(QUOTE)
    other = client_of(account=Account.objects.create(code="other", name="Other"))
    assert other.get(f"/rest/V1/carts/{QUOTE}").status_code == 404
    assert partner.get(f"/rest/V1/carts/{QUOTE}").status_code == 200
