"""The admin's main pages in a browser: readable by everybody, in light and dark, at a desk and on a phone."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.testing import make_jobs, make_skus
from printshop.tests.browser.screens import Screen, assert_readable

# On one database: what a browser shows of a page is the same on both.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]
# What an empty shop is told to do first stands on its lists.
LISTS = ("jobs_job", "orders_order", "catalog_sku", "bulk_bulkoperation")


def addresses() -> dict[str, str]:
    """The pages that people see most, with rows in them."""
    job = Job.objects.order_by("pk")[0]
    return {
        "jobs": reverse("admin:jobs_job_changelist"),
        "orders": reverse("admin:orders_order_changelist"),
        "SKUs": reverse("admin:catalog_sku_changelist"),
        "a job": reverse("admin:jobs_job_change", args=[job.pk]),
        "an order": reverse("admin:orders_order_change", args=[job.order_id]),
        "a refund": reverse("admin:orders_order_plan", args=[job.order_id, "refund"]),
    }


def shop() -> None:
    make_skus(3, prefix="sku")
    make_jobs(3, JobStatus.PRINTING)
    for status in (JobStatus.QUEUED, JobStatus.READY, JobStatus.FAILED, JobStatus.CANCELLED):
        make_jobs(1, status)
    Order.objects.filter(pk=Order.objects.order_by("pk")[0].pk).update(due_date="2020-01-01")


def test_it_shows_the_main_pages_to_everybody(admin_screen: Screen) -> None:
    shop()
    for name, address in addresses().items():
        answer = admin_screen.page.goto(address)
        assert answer is not None, name
        assert answer.status == 200, name
        assert_readable(admin_screen)


def test_it_shows_everybody_what_to_do_first_where_there_is_nothing_yet(admin_screen: Screen) -> None:
    for name in LISTS:
        admin_screen.page.goto(reverse(f"admin:{name}_changelist"))
        expect(admin_screen.page.get_by_role("heading", name=re.compile("^No .* yet$"))).to_be_visible()
        assert_readable(admin_screen)


def test_it_shows_ticked_rows_and_their_actions_to_everybody(admin_screen: Screen) -> None:
    shop()
    page = admin_screen.page
    page.goto(reverse("admin:jobs_job_changelist"))
    for box in page.locator("input[name=_selected_action]").all():
        box.check()
    page.locator("select[name=action]").select_option("advance")
    assert_readable(admin_screen)
