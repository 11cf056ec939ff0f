"""Every list and page of the admin: opens with rows in it, and its statements do not grow in number with them."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from catalog.models import SKU, ColumnMapping, Media, Page, StagedRow, StagedSpan, Store, StoreValue, Upload
from jobs.models import Job, JobMove
from jobs.services import PRIORITIZE
from jobs.states import JobStatus
from orders.models import Customer, Entitlement, LineItem, Order, Payment, Quote, QuoteItem
from orders.services.changes import PAY, change_orders
from orders.services.creation import create_orders
from printshop.api.models import Account, APIKey, IdempotencyRecord, Tally
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.native import request_for
from printshop.bulk.models import BulkChunk, BulkItem, BulkOperation, Selection, Worker
from printshop.testing import NOON, house, make_actor, make_jobs, make_orders, make_skus, snapshot, statements
from printshop.webhooks.endpoints import create, ping
from printshop.webhooks.models import Delivery, Endpoint, Message

pytestmark = pytest.mark.django_db(databases="__all__")
OURS = ("api", "bulk", "catalog", "orders", "jobs", "webhooks")


@pytest.fixture
def boss(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def shop(count: int) -> None:
    """So many rows of everything: one order, one job and one refund each, and operations with items."""
    tag = uuid4().hex[:8]
    make_skus(count, prefix=f"sku{tag}")
    make_jobs(count, JobStatus.VALIDATED, sku=f"sku{tag}-0001", customer=f"cust{tag}-001")
    late = Order.objects.order_by("-pk")[:count]
    accounts = [Account(code=f"{tag}-{number}", name="An account") for number in range(count)]
    Account.objects.bulk_create(accounts)
    for number, order in enumerate(late):
        Payment.objects.create(
            order=order, kind="refund", status="settled", amount=1250, currency="USD", created_at=NOON
        )
        Entitlement.objects.create(customer=order.customer, order=order, sku_id=f"sku{tag}-0001", starts_at=NOON)
        offer = Quote.objects.create(
            uuid=uuid4(), account=house(), customer=order.customer, status="ordered", order=order,
            created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        QuoteItem.objects.create(
            uuid=uuid4(), quote=offer, sku_id=f"sku{tag}-0001", quantity=2, name="A cube", unit_price=1250, total=2500
        )
        APIKey.objects.create_key(account=accounts[number], name=f"key {number}", role="operator")
        IdempotencyRecord.objects.create(account=house(), key=f"{tag}-{number}", status=200, body="{}", created_at=NOON)
        store = Store.objects.create(code=f"s{tag}_{number}", name="A store")
        StoreValue.objects.create(sku_id=f"sku{tag}-0001", store=store, name="Ein Würfel", updated_at=NOON)
        Media.objects.create(
            uuid=uuid4(), sku_id=f"sku{tag}-0001", media_type="image", position=1, url="https://pictures.example/1.png",
            created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        Page.objects.create(identifier=f"{tag}-{number}", title="A page", created_at=NOON, updated_at=NOON)
        AccessAttempt.objects.create(username=f"{tag}-{number}", ip_address="127.0.0.1", failures_since_start=1)
        Worker.objects.create(name=f"{tag}-{number}", started_at=NOON, seen_at=NOON)
        accept(request_for(PRIORITIZE, {"jobIds": [f"job-{tag}"], "priority": number}, make_actor(), NOON))
        chooser = User.objects.create(username=f"{tag}-{number}")
        Selection.objects.create(owner=chooser, model="jobs.job", count=1, packed=b"", created_at=NOON)
        Group.objects.create(name=f"{tag}-{number}")
        endpoint, _ = create(accounts[number], {"url": "https://shop.example/hooks", "accounts": "own"}, NOON)
        ping(endpoint, NOON)
        make_orders(sku=f"sku{tag}-0001", customer=f"cust{tag}{number}-001")


SEEN: list[type[Model]] = [
    *(SKU, Media, Store, StoreValue, Page, Job, JobMove, Customer, Order, LineItem, Payment, Entitlement),
    *(Quote, QuoteItem),
    *(Account, APIKey, IdempotencyRecord, BulkOperation, BulkItem, BulkChunk, Worker, Selection),
    *(Endpoint, Delivery),
    *(AccessAttempt, User, Group),
]


# What the upload pages show, each person's to that person alone; messages, which deliveries show; the length of lists.
SHOWN_ELSEWHERE = {ColumnMapping, Upload, StagedRow, StagedSpan, Message, Tally}


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def sent_by(act: Callable[[], Any]) -> int:
    with statements() as sent:
        response = act()
        assert response.status_code == 200
    return len(sent)


def test_it_knows_every_model_of_the_shop() -> None:
    ours = {model for label in OURS for model in apps.get_app_config(label).get_models()} - SHOWN_ELSEWHERE
    assert ours <= set(admin.site._registry)
    assert ours <= set(SEEN)


def sent_by_lists(boss: Client) -> dict[str, int]:
    """How many statements the list of each model takes."""
    return {model.__name__: sent_by(partial(boss.get, address(model, "changelist"))) for model in SEEN}


def test_it_lists_rows_in_a_number_of_statements_that_does_not_grow(boss: Client) -> None:
    shop(2)
    sent_by_lists(boss)  # content types are looked up once
    few = sent_by_lists(boss)
    shop(5)
    assert sent_by_lists(boss) == few


def test_it_opens_rows_of_every_model(boss: Client) -> None:
    shop(2)
    for model in SEEN:
        for row in model._default_manager.all()[:1]:
            assert boss.get(address(model, "change", quote(row.pk))).status_code == 200, model


def test_it_searches_every_list_for_whatever_is_typed(boss: Client) -> None:
    shop(1)
    for model in SEEN:
        for term in ("job-001", "' \x00 \N{SNOWMAN}", "9" * 30):
            assert boss.get(address(model, "changelist"), {"q": term}).status_code == 200, (model, term)


def test_it_shows_an_order_in_as_many_statements_whatever_it_holds(boss: Client) -> None:
    skus = make_skus(9)
    make_orders()
    wanted = [
        {"customer_id": "cust-001", "line_items": [{"sku_id": one, "quantity": 1} for one in skus[:lines]]}
        for lines in (2, 9)
    ]
    made = [one.reference for one in create_orders(wanted, actor=make_actor(), at=NOON).outcomes]
    change_orders(PAY, made, actor=make_actor(), at=NOON)
    pages = [address(Order, "change", Order.number_in(one)) for one in made]
    boss.get(pages[0])
    assert sent_by(lambda: boss.get(pages[0])) == sent_by(lambda: boss.get(pages[1]))


def test_it_pages_the_items_of_an_operation(boss: Client) -> None:
    make_jobs(70)
    operation = BulkOperation.objects.get(name="orders.create")
    page = boss.get(address(BulkOperation, "change", operation.pk)).content.decode()
    assert "items-49-" in page
    assert "items-50-" not in page
    assert f"operation__exact={operation.pk}" in page


def test_it_links_the_operations_that_touched_a_job(boss: Client) -> None:
    make_jobs(2, JobStatus.VALIDATED)
    job = Job.objects.order_by("pk")[0]
    operation = BulkOperation.objects.get(name="jobs.advance")
    assert address(BulkOperation, "change", operation.pk) in boss.get(address(Job, "change", job.pk)).content.decode()
    history = boss.get(address(Job, "history", job.pk), follow=True).content.decode()
    assert "jobs.advance" in history
    assert job.reference in history


HISTORY: list[type[Model]] = [JobMove, Payment, LineItem, Entitlement, BulkOperation, BulkItem, BulkChunk, Worker,
                              IdempotencyRecord, Delivery]  # fmt: skip


def test_it_lets_nobody_rewrite_what_happened(boss: Client) -> None:
    shop(1)
    before = snapshot()
    for model in HISTORY:
        key = quote(model._default_manager.all()[0].pk)
        assert boss.get(address(model, "add")).status_code == 403, model
        assert boss.post(address(model, "change", key), {"_save": "1"}).status_code == 403, model
        assert boss.post(address(model, "delete", key), {"post": "yes"}).status_code == 403, model
        boss.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": key, "post": "yes"})
    assert snapshot() == before


def test_it_deletes_nothing_that_orders_hang_on(boss: Client) -> None:
    shop(1)
    before = snapshot()
    for model in (Job, Order, SKU, Customer, Account, APIKey):
        key = quote(model._default_manager.all()[0].pk)
        assert boss.post(address(model, "delete", key), {"post": "yes"}).status_code == 403, model
    assert snapshot() == before


def test_it_escapes_what_people_typed(boss: Client) -> None:
    evil = "<script>alert(1)</script>"
    make_skus(1, prefix="sku", name=evil)
    make_jobs(1)
    Customer.objects.update(name=evil)
    LineItem.objects.update(name=evil)
    job, order = Job.objects.get(), Order.objects.get()
    pages = [address(model, "changelist") for model in (SKU, Customer, Order, Job, LineItem)]
    pages += [address(Order, "change", order.pk), address(Job, "change", job.pk), address(SKU, "change", "sku-0001")]
    for page in pages:
        body = boss.get(page).content.decode()
        assert evil not in body, page
        assert "&lt;script&gt;alert(1)" in body, page


def test_it_loosens_the_content_policy_for_the_admin_alone(boss: Client, client: Client) -> None:
    loose = boss.get("/admin/")["Content-Security-Policy"]
    strict = client.get("/api/skus")["Content-Security-Policy"]
    assert "'unsafe-eval'" in loose
    assert "unsafe" not in strict
    assert all("frame-ancestors 'none'" in policy for policy in (loose, strict))
    assert "http" not in loose + strict


@pytest.mark.parametrize("address", ["/", "/admin"])
def test_it_leads_from_the_front_door_to_the_desk(client: Client, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
