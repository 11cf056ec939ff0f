"""Erasing a customer leaves their orders and nothing of them, anywhere."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db.models import CharField, JSONField, TextField
from django.db.models.functions import Cast
from django.test import Client

from jobs.models import Job, JobMove
from orders.models import Customer, Order, Quote
from orders.plans.customers import REDACTED
from orders.services import holding
from orders.services.changes import CANCEL, change_orders
from orders.services.erasing import ERASE
from orders.states import DONE
from orders.v3.tests.storefront import make_catalogue, order_of, permission, storefront
from printshop.api.reading import Item
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.engine import Batch, run
from printshop.bulk.models import BulkItem, Selection
from printshop.magento.tests.asking import AsyncClient, drain
from printshop.testing import (
    NOON,
    KeyClient,
    Role,
    house,
    key_client,
    make_actor,
    make_customers,
    make_orders,
    make_skus,
    snapshot,
    statements,
)
from printshop.webhooks.endpoints import create
from printshop.webhooks.models import Message

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


@pytest.mark.trust(case="customer erased", expects="nothing of them in any table, log or file; orders and sums stay")
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


def test_a_dry_run_says_what_would_be_blanked_and_blanks_nothing(known: str, admin: KeyClient):
    key_client(Role.CUSTOMER, known)
    before = snapshot()
    answer = admin.post(f"/api/customers/{known}/erase", {"dryRun": True}, idempotency_key="dry")
    assert answer.status_code == 200, answer.content
    assert snapshot() == before
    assert "X-Bulk-Operation" not in answer
    body = answer.json()
    assert (body["dryRun"], body["erased"], body["unchanged"], body["failed"]) == (True, 1, 0, 0)
    assert body["items"][0]["changes"] == {
        **{name: [REDACTED, None] for name in ("email", "externalId", "firstname", "lastname", "name")},
        "erased": [None, True],
    }
    (effect,) = body["items"][0]["effects"]
    orders = [order.reference for order in Order.objects.all()]
    assert (effect["kind"], effect["orders"], effect["keys"]) == ("erased", 2, 2)
    # Of their orders and themselves; and an order that was refused, which they had sent.
    assert effect["items"] == BulkItem.objects.filter(reference__in=[known, *orders]).count() + 1
    assert not any(marker in answer.content.decode() for marker in MARKERS)
    admin.post(f"/api/customers/{known}/erase")
    again = admin.post(f"/api/customers/{known}/erase", {"dryRun": True}).json()
    assert (again["erased"], again["unchanged"], again["items"][0]["changes"]) == (0, 1, {})


def test_a_dry_run_is_refused_as_the_call_would_be(known: str, admin: KeyClient, operator: KeyClient):
    address = f"/api/customers/{known}/erase"
    assert operator.post(address, {"dryRun": True}).status_code == 403
    assert admin.post("/api/customers/nobody/erase", {"dryRun": True}).status_code == 404
    for body in ({"dryRun": "yes"}, {"dryRun": None}, {"dry_run": True}, [True]):
        assert admin.post(address, body).status_code == 400, body
    admin.post("/api/orders", {"customerId": known, "lineItems": [{"skuId": "sku-0001", "quantity": 1}]})
    refused = [admin.post(address, body).json() for body in ({"dryRun": True}, {})]
    assert refused[0] == refused[1]
    assert refused[0]["code"] == "CUSTOMER_HAS_OPEN_ORDERS"
    assert found()


def test_what_was_queued_about_a_person_goes_as_well(admin: KeyClient):
    """Sent, sealed and told of: by an ERP system that makes them with a password, twice, and by the outbox."""
    create(house(), {"url": "https://shop.example/hooks"}, NOON)
    erp = AsyncClient(admin.key)
    person = {"email": MARKERS[2], "firstname": MARKERS[0], "lastname": MARKERS[1], "externalId": MARKERS[4]}
    sent = [{"customer": person, "password": "Mirabelle-7"}] * 2 + [{"customer": {**person, "email": "nobody"}}]
    uuid = erp.later("POST", "/rest/async/bulk/V1/customers", sent)
    drain()
    assert erp.statuses(uuid) == [1, 3, 3]
    made = Customer.objects.get()
    erp.later("PUT", "/rest/async/bulk/V1/customers/byCustomerId", [
        {"customerId": made.pk, "customer": {"lastname": f"{MARKERS[1]}-{MARKERS[1]}"}, "password": "Quittenbaum-8"},
        {"customerId": made.pk, "customer": {"email": "none", "lastname": MARKERS[1]}, "password": "Quittenbaum-9"},
    ])  # fmt: skip
    drain()
    assert BulkItem.objects.exclude(sealed=None).exists()
    assert Message.objects.filter(body__contains=made.pk).exists()
    assert {model for model, _, _ in found()} >= {"Customer", "BulkItem"}
    erased = admin.post(f"/api/customers/{made.pk}/erase")
    assert erased.status_code == 200, erased.content
    assert found() == set()
    assert not BulkItem.objects.exclude(sealed=None).exists()
    assert MARKERS[1] not in str(erp.details(uuid))


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


def test_it_says_of_which_kinds_there_is_more(admin: KeyClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(holding, "MOST", 2)
    for total, truncated in ((2, []), (3, ["orders"])):
        make_orders(total - Order.objects.count(), customer="cust-001")
        BulkItem.objects.all().delete()
        body = admin.get("/api/customers/cust-001/export").json()
        assert (body["truncated"], len(body["orders"])) == (truncated, 2)


def test_a_person_is_erased_from_their_page(known: str, admin_client: Client):
    page = admin_client.get(f"/admin/orders/customer/{known}/plan/erase/").content.decode()
    assert "Erase" in page
    assert page.count(MARKERS[2]) == 1


def ended(count: int, customer: str) -> list[str]:
    """Orders of a customer that are over."""
    made = make_orders(count, customer=customer)
    change_orders(CANCEL, made, actor=make_actor(), at=NOON, reason="Mirabelle called")
    return made


def test_what_waits_about_a_person_comes_first(known: str, admin: KeyClient):
    """And once a queued order has failed, what was sent for it goes, with what staff typed to find them."""
    line = {"skuId": "nothing", "quantity": 1}
    order = {"customerId": known, "lineItems": [line], "shippingAddress": ADDRESS, "notes": MARKERS[5]}
    assert admin.post("/api/orders/bulk", {"orders": [order]}, prefer="respond-async").status_code == 202
    refused = admin.post(f"/api/customers/{known}/erase")
    assert (refused.status_code, refused.json()["code"]) == (409, "OPERATION_UNFINISHED")
    while carry_out_next():
        pass
    assert any(MARKERS[5] in str(payload) for payload in BulkItem.objects.values_list("payload", flat=True))
    choice = {"query": "q=Quittenbaum", "wording": "Search: Quittenbaum", "created_at": NOON}
    owner = User.objects.create(username="clerk")
    Selection.objects.create(owner=owner, model="orders.order", count=1, packed=b"", **choice)
    assert admin.post(f"/api/customers/{known}/erase").status_code == 200
    assert found() == set()


def test_what_waits_about_their_orders_comes_first(known: str, admin: KeyClient):
    """It would write down a reason about somebody who is forgotten by then."""
    asked = {"orderIds": ended(1, known), "reason": f"{MARKERS[0]} moved"}
    assert admin.post("/api/orders/bulk/cancel", asked, prefer="respond-async").status_code == 202
    refused = admin.post(f"/api/customers/{known}/erase")
    assert (refused.status_code, refused.json()["code"]) == (409, "OPERATION_UNFINISHED")
    drain()
    assert admin.post(f"/api/customers/{known}/erase").status_code == 200
    assert found() == set()


@pytest.mark.parametrize("external_id", ['say "Quitte"', "Quitte\\77", "Quitté 77"])
def test_a_refusal_of_another_that_names_their_external_id_goes(external_id: str, admin: KeyClient):
    admin.post("/api/customers", {"id": "cust-77", "externalId": external_id})
    another = [{"customer": {"email": "a@shop.example", "firstname": "A", "lastname": "B", "externalId": external_id}}]
    AsyncClient(admin.key).later("POST", "/rest/async/bulk/V1/customers", another)
    drain()
    assert BulkItem.objects.filter(payload__isnull=False).count() == 1
    assert admin.post("/api/customers/cust-77/erase").status_code == 200
    assert not BulkItem.objects.filter(payload__isnull=False).exists()


def test_a_customer_with_a_thousand_orders_is_erased(known: str, admin: KeyClient):
    pattern = Order.objects.filter(customer=known).values()[0]
    Order.objects.bulk_create(Order(**pattern | {"id": 10_000 + more, "uuid": uuid4()}) for more in range(1_000))
    assert admin.post(f"/api/customers/{known}/erase").status_code == 200
    assert found() == set()


def test_the_orders_of_several_customers_are_locked_in_one_order():
    """One by one they would be locked customer by customer, and meet others who lock by number."""
    make_customers(2)
    for customer in ("cust-001", "cust-002", "cust-001"):
        ended(1, customer)
    items = [Item(index, {"id": customer}) for index, customer in enumerate(("cust-002", "cust-001"))]
    with statements() as sent:
        run(ERASE, Batch(items, {}, make_actor(), NOON))
    assert sum("orders_order" in sql and "ORDER BY" in sql and "SELECT" in sql for sql in sent) == 1


def test_what_a_storefront_sent_goes_as_well(admin: KeyClient):
    """Their own orders, and the refusal of another's that names their address."""
    make_catalogue()
    user = {"id": MARKERS[4], "email": MARKERS[2], "firstname": "Mirabelle", "lastname": "Quittenbaum"}
    shop = storefront()
    known = order_of(shop.make(user=user)).customer_id
    claimed = permission(user={"id": "another", "email": MARKERS[2]})
    assert shop.bulk(permission(user=user), claimed)["failed"] == 1
    made = [order.reference for order in Order.objects.filter(customer=known).exclude(status__in=DONE)]
    if made:
        change_orders(CANCEL, made, actor=make_actor(), at=NOON, reason="over")
    assert {model for model, _, _ in found()} >= {"Customer", "BulkItem"}
    response = admin.post(f"/api/customers/{known}/erase")
    assert response.status_code == 200, response.content
    assert found() == set()


def test_a_quote_of_theirs_is_shown_and_names_nobody(known: str, admin: KeyClient):
    quote = {"account": house(), "customer_id": known, "created_at": NOON, "updated_at": NOON}
    Quote.objects.create(uuid=uuid4(), status="open", **quote)
    assert [one["status"] for one in admin.get(f"/api/customers/{known}/export").json()["quotes"]] == ["open"]
    assert admin.post(f"/api/customers/{known}/erase").status_code == 200
    assert found() == set()
    assert Quote.objects.get().customer_id == known


def test_its_statements_do_not_grow_with_the_orders(admin: KeyClient):
    make_customers(2)
    for customer, count in (("cust-001", 2), ("cust-002", 60)):
        ended(count, customer)
    for call in (lambda one: admin.get(f"{one}/export"), lambda one: admin.post(f"{one}/erase")):
        sent = {}
        for customer in ("cust-001", "cust-002"):
            with statements() as sent[customer]:
                assert call(f"/api/customers/{customer}").status_code == 200
        assert len(sent["cust-001"]) == len(sent["cust-002"]) > 5


def test_administrators_get_everything_as_a_file_from_the_page(known: str, admin: KeyClient, admin_client: Client):
    address = f"/admin/orders/customer/{known}/everything/"
    assert address in admin_client.get(f"/admin/orders/customer/{known}/change/").content.decode()
    response = admin_client.get(address)
    assert response["Content-Disposition"] == 'attachment; filename="customer.json"'
    assert response.json() == admin.get(f"/api/customers/{known}/export").json()
    assert admin_client.get("/admin/orders/customer/nobody/everything/").status_code == 404


def test_operators_get_no_such_file(known: str, client: Client):
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="orders"))
    client.force_login(clerk)
    assert client.get(f"/admin/orders/customer/{known}/everything/").status_code == 403
    page = client.get(f"/admin/orders/customer/{known}/change/")
    assert page.status_code == 200
    assert "everything" not in page.content.decode()
