"""All rows that match a list's filters, chosen in a browser: with scripts, and where none run."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from jobs.models import Job
from jobs.states import JobStatus
from printshop.bulk.confirm import pages
from printshop.testing import house, make_jobs
from printshop.tests.browser.screens import PHONE, Screen, assert_readable
from printshop.tests.desk import make_boss

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
MATCHING = "All 60 jobs matching: status QUEUED"


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """More jobs than a page of the list, some of which cannot go on, and more than are done at once."""
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 50)
    house()
    make_jobs(60, JobStatus.QUEUED)
    make_jobs(2, JobStatus.SHIPPED)


def run_advance(page: Page) -> None:
    page.locator("select[name=action]").select_option("advance")
    page.locator("button[name=index]").click()


def test_it_goes_from_the_filtered_list_to_the_progress_of_the_operation(admin_screen: Screen) -> None:
    page = admin_screen.page
    page.goto(reverse("admin:jobs_job_changelist") + "?status__exact=QUEUED")
    page.locator("#action-toggle").check()
    page.get_by_role("link", name=re.compile("Select all 60 jobs")).click()
    run_advance(page)
    expect(page.get_by_text(MATCHING)).to_be_visible()
    page.get_by_role("button", name="Advance 60 jobs").click()
    expect(page.get_by_text("It is in the queue")).to_be_visible()
    expect(page.get_by_text(re.compile("0 of 60|60"))).not_to_have_count(0)


# What a browser shows of a page is the same on both databases.
@pytest.mark.sqlite
def test_everybody_can_read_the_confirmation_of_a_large_selection(admin_screen: Screen) -> None:
    page = admin_screen.page
    page.goto(reverse("admin:jobs_job_changelist"))
    page.locator("#action-toggle").check()
    page.get_by_role("link", name=re.compile("Select all 62 jobs")).click()
    run_advance(page)
    expect(page.get_by_role("heading", name=re.compile("A SHIPPED job cannot become PRINTING: 2"))).to_be_visible()
    assert_readable(admin_screen)


def test_it_works_where_no_script_runs(open_screen: Callable[..., Screen]) -> None:
    page: Any = open_screen(make_boss(), java_script_enabled=False, size=PHONE).page
    page.goto(reverse("admin:jobs_job_changelist") + "?status__exact=QUEUED")
    page.locator("input[name=_selected_action]").first.check()
    page.get_by_label("All 60 jobs of this list").check()
    run_advance(page)
    expect(page.get_by_text(MATCHING)).to_be_visible()
    page.get_by_role("button", name="Advance 60 jobs").click()
    expect(page.get_by_text("It is in the queue")).to_be_visible()
    assert Job.objects.filter(status=JobStatus.QUEUED).count() == 60
