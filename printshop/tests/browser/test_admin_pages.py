"""The admin's main pages in a browser: readable by everybody, in light and dark, at a desk and on a phone."""

import pytest
from django.urls import reverse

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.bulk.models import BulkOperation
from printshop.testing import make_jobs, make_skus
from printshop.tests.browser.screens import Screen, assert_accessible, breaches

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def addresses() -> dict[str, str]:
    """The pages that people see most, with rows in them."""
    job = Job.objects.order_by("pk")[0]
    return {
        "index": reverse("admin:index"),
        "jobs": reverse("admin:jobs_job_changelist"),
        "orders": reverse("admin:orders_order_changelist"),
        "SKUs": reverse("admin:catalog_sku_changelist"),
        "operations": reverse("admin:bulk_bulkoperation_changelist"),
        "a job": reverse("admin:jobs_job_change", args=[job.pk]),
        "an order": reverse("admin:orders_order_change", args=[job.order_id]),
        "an operation": reverse("admin:bulk_bulkoperation_change", args=[BulkOperation.objects.order_by("pk")[0].pk]),
        "confirmation": reverse("admin:jobs_job_plan", args=[job.pk, "advance"]),
        "upload": reverse("admin:catalog_sku_upload"),
    }


def shop() -> None:
    make_skus(3, prefix="sku")
    make_jobs(3, JobStatus.PRINTING)
    for status in (JobStatus.QUEUED, JobStatus.READY, JobStatus.FAILED, JobStatus.CANCELLED):
        make_jobs(1, status)
    Order.objects.filter(pk=Order.objects.order_by("pk")[0].pk).update(due_date="2020-01-01")


def test_it_shows_the_main_pages_to_everybody(admin_screen: Screen) -> None:
    shop()
    found = []
    for name, address in addresses().items():
        answer = admin_screen.page.goto(address)
        assert answer is not None, name
        assert answer.status == 200, name
        for look in admin_screen.looks(("desktop", "light"), ("phone", "dark")):
            found += [f"{name}, {look}: {fault}" for fault in breaches(admin_screen)]
            if admin_screen.spills() > 0:
                found.append(f"{name}, {look}: spills {admin_screen.spills()} px")
    assert not found, "\n".join(found)


def test_it_shows_ticked_rows_and_their_actions_to_everybody(admin_screen: Screen) -> None:
    shop()
    page = admin_screen.page
    page.goto(reverse("admin:jobs_job_changelist"))
    for box in page.locator("input[name=_selected_action]").all():
        box.check()
    page.locator("select[name=action]").select_option("advance")
    for look in admin_screen.looks(("desktop", "light"), ("phone", "dark")):
        assert_accessible(admin_screen)
        assert admin_screen.spills() <= 0, look
