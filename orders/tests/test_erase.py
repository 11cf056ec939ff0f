"""Erasing a customer leaves their orders and nothing of them, anywhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, JSONField, TextField
from django.db.models.functions import Cast
from django.test import Client

from jobs.models import Job, JobMove
from orders.models import Customer, Order
from printshop.testing import NOON, KeyClient, Role, house, key_client, make_skus
from printshop.webhooks.endpoints import create

pytestmark = pytest.mark.django_db(databases="__all__")
MARKERS = ["Mirabelle", "Quittenbaum", "mirabelle@quittenbaum.example", "Holunderweg", "crm-quitte-77", "555-0199-4711"]
ADDRESS = {"name": "Mirabelle Quittenbaum", "line1": "Holunderweg 5", "city": "Town", "zip": "12345", "country": "DE"}


def places() -> Iterator[tuple[str, Any, str]]:
    """Every column of every table that can hold text, in every database."""
    for alias in settings.DATABASES:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, (CharField, TextField, JSONField)) and model._meta.managed:
                    yield alias, model, field.attname


def found() -> set[tuple[str, str, str]]:
    """Where a marker stands."""
    hits = set()
    tables = {alias: settings_tables(alias) for alias in settings.DATABASES}
    for alias, model, column in places():
        if model._meta.db_table not in tables[alias]:
            continue
        rows = model._base_manager.using(alias).annotate(as_text=Cast(column, TextField()))
        hits |= {(model.__name__, column, one) for one in MARKERS if rows.filter(as_text__icontains=one).exists()}
    return hits


def settings_tables(alias: str) -> set[str]:
    from django.db import connections

    return set(connections[alias].introspection.table_names())


@pytest.fixture
def known(admin: KeyClient) -> str:
    """A customer who has left traces in every way that there is, and whose orders are over."""
    make_skus()
    create(house(), {"url": "https://shop.example/hooks"}, NOON)
    given = {"id": "cust-77", "email": MARKERS[2], "externalId": MARKERS[4]}
    given |= {"firstname": "Mirabelle", "lastname": "Quittenbaum"}
    assert admin.post("/api/customers", given, idempotency_key="a").status_code == 201
    line = [{"skuId": "sku-0001", "quantity": 1}]
    order = {"customerId": "cust-77", "lineItems": line, "shippingAddress": ADDRESS, "notes": f"Call {MARKERS[5]}"}
    bad = {**order, "lineItems": [{"skuId": "nothing", "quantity": 1}]}
    sent = {"orders": [order, bad, order], "errorPolicy": "partial"}
    made = admin.post("/api/orders/bulk", sent, idempotency_key="b").json()["orders"]
    first, second = [one["id"] for one in made if one.get("id")]
    admin.patch(f"/api/orders/{first}", {"notes": f"Mirabelle, {MARKERS[5]}", "trackingNumber": "Quittenbaum-1"})
    admin.post("/api/customers", {"email": MARKERS[2], "name": "Another"})
    admin.post(f"/api/orders/{first}/pay", {}, idempotency_key="c")
    job = Job.objects.get().reference
    admin.post(f"/api/jobs/{job}/advance", {"targetStatus": "VALIDATED", "reason": "Mirabelle called"})
    admin.post(f"/api/orders/{first}/cancel", {"reason": "Quittenbaum moved to Holunderweg"})
    admin.post("/api/orders/bulk/cancel", {"orderIds": [second], "reason": "Mirabelle changed her mind"})
    key_client(Role.CUSTOMER, "cust-77")
    return "cust-77"


def test_it_leaves_nothing_of_a_person(known: str, admin: KeyClient, admin_client: Client):
    admin_client.post(f"/admin/orders/customer/{known}/change/", {"name": "Mirabelle Q", "firstname": "Mirabelle",
                      "lastname": "Quittenbaum", "email": MARKERS[2], "external_id": MARKERS[4]})  # fmt: skip
    sums = list(Order.objects.order_by("pk").values_list("total", "status"))
    moves = list(JobMove.objects.order_by("pk").values_list("source", "target", "at"))
    assert len(found()) > 10
    response = admin.post(f"/api/customers/{known}/erase", {}, idempotency_key="erase")
    assert response.status_code == 200, response.content
    assert found() == set()
    assert list(Order.objects.order_by("pk").values_list("total", "status")) == sums
    assert list(JobMove.objects.order_by("pk").values_list("source", "target", "at")) == moves


def test_twice_is_once(known: str, admin: KeyClient):
    admin.post(f"/api/customers/{known}/erase")
    at = Customer.objects.get(pk=known).erased_at
    assert admin.post(f"/api/customers/{known}/erase").status_code == 200
    assert Customer.objects.get(pk=known).erased_at == at


def test_a_key_of_the_person_is_revoked(known: str, admin: KeyClient):
    theirs = key_client(Role.CUSTOMER, known)
    assert theirs.get("/api/orders").status_code == 200
    admin.post(f"/api/customers/{known}/erase")
    assert theirs.get("/api/orders").status_code == 401


def test_open_orders_come_first(known: str, admin: KeyClient):
    order = {"customerId": known, "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}
    admin.post("/api/orders", order)
    response = admin.post(f"/api/customers/{known}/erase")
    assert (response.status_code, response.json()["code"]) == (409, "CUSTOMER_HAS_OPEN_ORDERS")
    assert found()


def test_it_is_for_admins(known: str, operator: KeyClient, admin: KeyClient):
    assert operator.post(f"/api/customers/{known}/erase").status_code == 403
    assert operator.get(f"/api/customers/{known}/export").status_code == 403
    assert admin.post("/api/customers/nobody/erase").status_code == 404


def test_it_exports_what_is_held(known: str, admin: KeyClient):
    body = admin.get(f"/api/customers/{known}/export").json()
    assert body["customer"]["email"] == MARKERS[2]
    assert [order["shippingAddress"] for order in body["orders"]] == [ADDRESS, ADDRESS]
    assert {one["name"] for one in body["operations"]} >= {"customers.create", "orders.create", "orders.cancel"}
    assert body["jobs"][0]["moves"][0]["reason"] == "Mirabelle called"
    assert body["truncated"] == []


def test_a_person_is_erased_from_their_page(known: str, admin_client: Client):
    page = admin_client.get(f"/admin/orders/customer/{known}/plan/erase/").content.decode()
    assert "Erase" in page
    assert MARKERS[2] not in page.split("Will be erased")[1]
