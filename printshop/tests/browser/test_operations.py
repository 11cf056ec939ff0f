"""An operation from the queue to its undo: how far it has got, what came of each item, what can be done about it."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from jobs.models import Job
from jobs.services import ADVANCE
from jobs.states import JobStatus
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.native import request_for
from printshop.testing import NOON, make_actor, make_jobs
from printshop.tests.browser.screens import Screen, assert_readable

# What a browser shows of a page is the same on both databases.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]


def run_queue() -> None:
    while carry_out_next():
        pass


def test_it_is_followed_retried_and_undone(admin_screen: Screen) -> None:
    page = admin_screen.page
    jobs = [*make_jobs(2, JobStatus.QUEUED), *make_jobs(1, JobStatus.SHIPPED)]
    body = {"jobIds": jobs, "targetStatus": "PRINTING", "errorPolicy": "partial"}
    address = reverse("admin:bulk_bulkoperation_change", args=[accept(request_for(ADVANCE, body, make_actor(), NOON))])
    page.goto(address)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel what has not begun")).to_be_visible()
    assert_readable(admin_screen)
    run_queue()
    retry = page.get_by_role("button", name="Retry 1 failed")
    expect(retry).to_be_visible()
    expect(page.get_by_text("A SHIPPED job cannot become PRINTING.").first).to_be_visible()
    assert_readable(admin_screen)
    retry.click()
    expect(page.get_by_text(re.compile("retries"))).to_be_visible()
    run_queue()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.goto(address)
    page.get_by_role("link", name="Undo…").click()
    expect(page.get_by_text(re.compile("will be undone"))).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect(page.get_by_text("Undone.", exact=True)).to_be_visible()
    assert Job.objects.filter(status=JobStatus.QUEUED).count() == 2
    page.goto(reverse("admin:bulk_bulkoperation_changelist"))
    assert_readable(admin_screen)
