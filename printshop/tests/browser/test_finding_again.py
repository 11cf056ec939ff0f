"""Long work is left and found again, and pages that cannot be had speak to everybody."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from jobs.services import PRIORITIZE
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.native import request_for
from printshop.testing import NOON, make_actor, make_jobs
from printshop.tests.browser.screens import Screen, assert_readable

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_it_leads_back_to_work_until_it_is_done(admin_screen: Screen) -> None:
    accept(request_for(PRIORITIZE, {"jobIds": make_jobs(1), "priority": 5}, make_actor(), NOON))
    page = admin_screen.page
    page.goto(reverse("admin:jobs_job_board"))
    at_work = page.get_by_role("link", name="1 at work")
    for look in admin_screen.looks():
        expect(at_work, look).to_be_visible()
    assert_readable(admin_screen)
    while carry_out_next():
        pass
    expect(page.get_by_role("link", name="Work done")).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("link", name="Work done").click()
    page.wait_for_url(f"**{reverse('admin:bulk_bulkoperation_changelist')}")


def test_it_speaks_to_everybody_when_a_page_cannot_be_had(admin_screen: Screen) -> None:
    page = admin_screen.page
    page.goto("/admin/nothing/")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("link", name="To the dashboard").click()
    page.wait_for_url(f"**{reverse('admin:index')}")
