"""Nobody writes a field that is not offered: every column of every table is tried in every object of every body."""

import re
from typing import Any

import pytest
from django.apps import apps

from orders.models import Customer, LineItem, Order
from orders.v3.tests.storefront import make_catalogue, permission, product, storefront
from printshop.api.tests.addresses import WRITES, Write, named, open_shop
from printshop.api.tests.test_bodies import inner, places, replaced
from printshop.magento.routes import Route
from printshop.magento.tests.asking import CHANGES, client_of, here, shop_for
from printshop.magento.tests.test_routes import path_of
from printshop.testing import KeyClient, Role, snapshot

# What is read of a body does not depend on the database.
pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(case="every column written into every body", expects="refused by name or without effect"),
]
SHOP = ("api", "bulk", "webhooks", "catalog", "orders", "jobs")
COLUMNS = {
    name
    for label in SHOP
    for model in apps.get_app_config(label).get_models()
    for field in model._meta.concrete_fields
    for name in (field.name, field.attname)
}
ASKED_FOR = {"failed", "errors", "progress", "counts", "isAdmin", "is_superuser", "_state", "__class__", "pk"}


def camel(name: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


FIELDS = sorted(COLUMNS | ASKED_FOR | {camel(name) for name in COLUMNS})
# What may be written though the good body of the tests does without it.
OFFERED = {"POST /api/jobs/bulk/advance": {"reason"}}
CHANGED = [(route, method) for route, method in CHANGES if method != "DELETE"]


def objects(body: Any) -> list[tuple[Any, ...]]:
    """Where objects stand in a body; the options of a line are named by its SKU, not by us."""
    return [path for path, value in places(body) if isinstance(value, dict) and path[-1:] != ("options",)]


def with_everything(body: Any, path: tuple[Any, ...]) -> tuple[Any, set[str]]:
    """The body with every field there is in one of its objects; which of them it had not."""
    there = inner(body, path)
    extra = dict.fromkeys(FIELDS, "injected")
    return replaced(body, path, {**extra, **there}), set(FIELDS) - set(there)


def refused(answer: Any) -> set[str]:
    """The fields that an answer calls unknown."""
    faults = answer.json()["details"]["errors"]
    return {
        fault["path"].rpartition(".")[2] for fault in faults if fault["code"] in ("UNKNOWN_FIELD", "OPTION_NOT_FOUND")
    }


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_the_native_dialect_refuses_each_by_name(write: Write, admin: KeyClient) -> None:
    names = open_shop(admin)
    body, before = named(write.body, names), snapshot()
    for path in objects(body):
        sent, extra = with_everything(body, path)
        answer = admin.send(write.method, named(write.path, names), sent)
        assert answer.status_code == 400
        assert extra - refused(answer) == OFFERED.get(str(write), set()), path
    assert snapshot() == before


OWN = {"id", "uuid", "order_id"}


# What v3 does offer, in one object or another.
V3_OFFERED = {"type", "id", "return_url", "unit_price", "currency_id", "quantity", "expiration_date", "email",
              "firstname", "lastname", "external_id", "user", "products"}  # fmt: skip


def test_v3_ignores_them(db: None) -> None:
    make_catalogue()
    client, extra = storefront(), dict.fromkeys(set(FIELDS) - V3_OFFERED, "injected")
    plain = permission(external_id="", user={"id": "reader-1", "email": "reader@mail.example"}, products=[product()])
    user, [ordered] = plain["user"], plain["products"]
    client.bulk(plain, {**extra, **plain, "user": {**extra, **user}, "products": [{**extra, **ordered}]})
    for rows in (Order.objects.order_by("pk").values(), LineItem.objects.order_by("pk").values()):
        first, second = ({name: value for name, value in row.items() if name not in OWN} for row in rows)
        assert first == second
    assert Customer.objects.count() == 1
    assert "injected" not in str(snapshot())


@pytest.mark.parametrize(("route", "method"), CHANGED, ids=[f"{method} {route.path}" for route, method in CHANGED])
def test_the_async_dialect_refuses_them(db: None, route: Route, method: str) -> None:
    partner, names = client_of(Role.ADMIN), shop_for(route, method)
    item = here(route.changes[method].example, names)
    body, before = {name: value for name, value in item.items() if name not in route.params}, snapshot()
    for path in objects(body):
        answer = partner.send(method, f"/rest/V1/{path_of(route, item)}", with_everything(body, path)[0])
        assert answer.status_code == 400, path
    assert snapshot() == before
