"""Lists of orders, customers and jobs as files."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import SKU
from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Customer, Order
from printshop.testing import make_jobs, make_orders, numbers

pytestmark = pytest.mark.django_db
LISTS = ["orders/order", "orders/customer", "jobs/job"]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def ada() -> Client:
    return client_of(User.objects.create_superuser("ada"))


def exported(client: Client, which: str, query: str = "") -> list[dict[str, str]]:
    answer: Any = client.get(f"/admin/{which}/export.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline="")))


def test_orders_are_exported_as_the_filters_find_them(ada):
    first, second = make_orders(2)
    address = {"name": "A", "line1": "B"}
    changed = {"notes": "=1+1", "due_date": date(2026, 3, 9), "shipping_address": address}
    Order.objects.filter(pk=numbers([first])[0]).update(**changed)
    assert [row["id"] for row in exported(ada, "orders/order")] == [second, first]
    (row,) = exported(ada, "orders/order", f"?q={first}")
    del row["updatedAt"], row["createdAt"]
    assert row == {
        "id": first, "type": "sale", "status": "pending_payment", "customerId": "cust-001", "externalId": "",
        "subtotal": "12.5", "shipping": "0", "tax": "0", "total": "12.5", "currency": "USD", "dueDate": "2026-03-09",
        "carrier": "", "trackingNumber": "", "shippingAddress": '{"name":"A","line1":"B"}', "notes": "'=1+1",
        "paidAt": "",
    }  # fmt: skip


def test_jobs_are_exported_with_what_is_printed(ada):
    make_jobs(1, JobStatus.SLICED)
    (queued,) = make_jobs(1, JobStatus.QUEUED)
    order = Job.objects.get(status="QUEUED").order.reference
    SKU.objects.update(name="@cube", machine_type="resin")
    (row,) = exported(ada, "jobs/job", "?status__exact=QUEUED")
    assert row["createdAt"] == "2026-03-02T12:00:00Z"
    assert row.items() >= {
        "id": queued, "orderId": order, "skuId": "sku-0001", "skuName": "'@cube", "machineType": "resin",
        "material": "PLA", "quantity": "1", "status": "QUEUED", "reprintOf": "", "priority": "0",
    }.items()  # fmt: skip


def test_customers_are_exported_without_their_passwords(ada):
    make_orders(1)
    Customer.objects.update(name="Würfel, Ada", email="ada@example.com", password="hashed")
    (row,) = exported(ada, "orders/customer", "?q=cust")
    assert row == {
        "id": "cust-001", "externalId": "", "email": "ada@example.com", "firstname": "", "lastname": "",
        "name": "Würfel, Ada", "account": "shop", "createdAt": "2026-03-02T12:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize("which", LISTS)
def test_a_list_offers_its_export_with_its_filters(ada, which):
    make_jobs(1)
    assert f'href="/admin/{which}/export.csv?q=x"' in ada.get(f"/admin/{which}/?q=x").content.decode()
    assert ada.get(f"/admin/{which}/export.xlsx").status_code == 404


@pytest.mark.parametrize("query", ["created_at__gte=yesterday", "nothing=1"])
@pytest.mark.parametrize("which", LISTS)
def test_a_filter_that_the_list_does_not_have_leads_back_to_it(ada, which, query):
    page = ada.get(f"/admin/{which}/export.csv?{query}", follow=True)
    assert page.redirect_chain == [(f"/admin/{which}/", 302)]
    assert "This list has no such filter" in page.content.decode()


@pytest.mark.parametrize("which", LISTS)
def test_ticked_rows_are_exported_alone(ada, which):
    make_jobs(3)
    model = {"orders/order": Order, "orders/customer": Customer, "jobs/job": Job}[which]
    key = model._default_manager.order_by("pk").values_list("pk", flat=True)[0]
    answer: Any = ada.post(f"/admin/{which}/", {"action": "export_csv", "_selected_action": [key]})
    assert len(b"".join(answer.streaming_content).splitlines()) == 2


@pytest.mark.parametrize("which", LISTS)
def test_queries_do_not_grow_with_the_rows(ada, which):
    counts = []
    for _ in range(2):
        make_jobs(2)
        with CaptureQueriesContext(connection) as queries:
            exported(ada, which)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("which", LISTS)
def test_only_who_may_see_a_list_may_export_it(which):
    bob = User.objects.create_user("bob", is_staff=True)
    assert client_of(bob).get(f"/admin/{which}/export.csv").status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename=f"view_{which.partition('/')[2]}"))
    assert client_of(bob).get(f"/admin/{which}/export.csv").status_code == 200
