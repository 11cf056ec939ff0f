"""The demo shop: what is in it, that all of it is lawful, and that loading it again changes nothing."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.models import SKU, Page, Store
from jobs.models import Job, JobMove
from jobs.states import NEXT, JobStatus, rolled_up
from orders.models import Customer, Order, Payment
from orders.states import OrderStatus
from printshop.api.authentication import key_from
from printshop.api.models import Account
from printshop.bulk.models import BulkOperation
from printshop.demo.events import LAST, calendar
from printshop.demo.load import KEYS
from printshop.demo.people import customers
from printshop.demo.story import story
from printshop.testing import NOON, make_customers, make_skus

NAMED_ON_THE_PAGES = {
    "sku-pla-black-cube": "print",
    "sku-pla-white-panel": "print",
    "EBOOK-001": "content",
    "EBOOK-002": "content",
    "9781234567890": "content",
    "FREE-SAMPLE-CHAPTER": "content",
    "PREMIUM-PLAN": "subscription",
    "PREMIUM-MONTHLY": "subscription",
    "ENTERPRISE-PLAN": "subscription",
}


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    """A folder for files, of this test alone."""
    settings.VAR = tmp_path
    return tmp_path


def told(command: str = "load_demo") -> str:
    """What the command prints."""
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


# --- The story, without a database -----------------------------------------------------------------------------------
def test_the_story_is_the_same_on_every_telling():
    assert story() == story()


def test_its_ticks_are_working_hours_that_are_over():
    ticks = calendar(NOON)
    assert len(ticks) == LAST + 1
    assert ticks == sorted(set(ticks))
    assert all(at.weekday() < 5 and at.hour in (8, 13) for at in ticks)
    assert NOON - timedelta(days=4) < ticks[-1] < NOON


def test_nobody_has_an_address_that_could_belong_to_somebody():
    domains = {one["email"].partition("@")[2] for one in customers() if one["email"]}
    assert all(domain.endswith((".example.org", ".example.com")) for domain in domains)


# --- The shop --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(databases="__all__")
def test_it_sells_what_the_three_pages_name(demo):
    assert dict(SKU.objects.filter(active=True, pk__in=NAMED_ON_THE_PAGES).values_list("pk", "kind")) == (
        NAMED_ON_THE_PAGES
    )
    assert SKU.objects.get(pk="FREE-SAMPLE-CHAPTER").base_price == 0


@pytest.mark.django_db(databases="__all__")
def test_it_has_customers_pages_and_stores(demo):
    assert set(Customer.objects.values_list("pk", flat=True)) == {f"cust-{n:03d}" for n in range(1, 41)}
    assert list(Page.objects.values_list("pk", flat=True)) == [1, 2]
    assert dict(Store.objects.values_list("code", "default")) == {"default": True, "de": False, "fr": False}


@pytest.mark.django_db(databases="__all__")
def test_its_first_three_jobs_are_printing(demo):
    first = Job.objects.order_by("pk")[:3]
    assert [(job.reference, job.status) for job in first] == [(f"job-00{n}", "PRINTING") for n in (1, 2, 3)]


@pytest.mark.django_db(databases="__all__")
def test_it_has_jobs_and_orders_in_every_status_that_people_bring_them_to(demo):
    jobs = Counter(Job.objects.values_list("status", flat=True))
    orders = Counter(Order.objects.values_list("status", flat=True))
    assert set(jobs) == set(JobStatus)
    # Only a storefront of digital goods pauses an order.
    assert set(orders) | {OrderStatus.PAUSED} == set(OrderStatus)
    assert orders.total() >= 250


@pytest.mark.django_db(databases="__all__")
def test_it_shows_what_a_shop_has_to_deal_with(demo):
    assert Order.objects.overdue(NOON.date()).count() >= 3
    assert Payment.objects.filter(kind="refund").count() >= 3
    assert Job.objects.filter(reprint_of__isnull=False).exists()
    assert Job.objects.exclude(priority=0).exists()
    assert JobMove.objects.filter(target="FAILED").exclude(reason="").exists()
    shipped = Order.objects.filter(status="shipped")
    assert not shipped.filter(tracking_number="").exists()
    assert not shipped.filter(carrier="").exists()


@pytest.mark.django_db(databases="__all__")
def test_every_job_has_come_by_lawful_moves_in_the_order_of_time(demo):
    moves: dict[int, list[JobMove]] = {}
    for move in JobMove.objects.order_by("pk"):
        moves.setdefault(move.job_id, []).append(move)
    for job in Job.objects.all():
        path = moves.get(job.pk, [])
        assert [JobStatus(move.source) for move in path] == [JobStatus.CREATED, *[move.target for move in path[:-1]]][
            : len(path)
        ]
        assert all(JobStatus(move.target) in NEXT[JobStatus(move.source)] for move in path)
        times = [job.created_at, *(move.at for move in path)]
        assert times == sorted(times)
        assert job.status == (path[-1].target if path else JobStatus.CREATED)


@pytest.mark.django_db(databases="__all__")
def test_every_order_stands_where_its_jobs_are(demo):
    for order in Order.objects.prefetch_related("jobs"):
        statuses = [JobStatus(job.status) for job in order.jobs.all()]
        if order.status == OrderStatus.CANCELLED:
            assert set(statuses) <= {JobStatus.CANCELLED}
        else:
            assert rolled_up(OrderStatus(order.status), statuses, digital=order.digital) == order.status


@pytest.mark.django_db(databases="__all__")
def test_nothing_in_it_happened_in_the_future_or_long_ago(demo):
    times = list(BulkOperation.objects.order_by("created_at").values_list("created_at", flat=True))
    assert NOON - timedelta(days=120) < times[0] < times[-1] < NOON
    assert not JobMove.objects.filter(at__gt=NOON).exists()
    assert not Order.objects.filter(due_date__lt=NOON.date() - timedelta(days=120)).exists()


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize(("text", "name", "role", "account"), KEYS)
def test_its_keys_work_and_are_stored_hashed(demo, text, name, role, account):
    key = key_from(text)
    assert key is not None
    assert (key.role, key.account.code) == (role, account)
    assert text not in key.hashed_key


# --- Loading it ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(databases="__all__")
def test_it_changes_nothing_the_second_time(demo, var):
    (var / "demo_password").write_text("the admin's password")
    before = row_counts()
    said = told()
    assert "nothing was changed" in said
    assert "as admin, password the admin's password" in said
    assert row_counts() == before


@pytest.mark.django_db(databases="__all__")
def test_it_does_not_print_a_password_that_is_not_the_admins_any_more(demo, var):
    (var / "demo_password").write_text("an earlier one")
    assert "an earlier one" not in told()


@pytest.mark.django_db(databases="__all__")
def test_it_is_content_with_what_people_made_of_it(demo, var):
    make_skus(2)
    make_customers(1, prefix="new")
    User.objects.create_user("somebody")
    assert "nothing was changed" in told()


@pytest.mark.django_db(databases="__all__")
def test_it_refuses_a_demo_shop_that_somebody_took_into_business(demo, var):
    Account.objects.create(code="acme", name="A real customer")
    with pytest.raises(CommandError, match="the account acme"):
        told()
