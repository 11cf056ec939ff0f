"""Work that is under way can be left and found again: every page of the admin leads to it."""

import pytest
from django.urls import reverse

from jobs.models import Job
from jobs.services import PRIORITIZE
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.native import request_for
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, make_actor, make_jobs
from printshop.tests.desk import Desk, make_boss, make_operator, text_of

pytestmark = pytest.mark.django_db(databases="__all__")


def queue(jobs: list[str]) -> str:
    """The page of an operation that waits."""
    operation_id = accept(request_for(PRIORITIZE, {"jobIds": jobs, "priority": 5}, make_actor(), NOON))
    return reverse("admin:bulk_bulkoperation_change", args=[operation_id])


def test_it_leads_from_every_page_to_the_one_operation_that_waits() -> None:
    where, desk = queue(make_jobs(1)), Desk(make_boss())
    for page in (desk.client.get(reverse("admin:index")), desk.get(Job), desk.get(Job, "board")):
        body = page.content.decode()
        assert "1 at work" in text_of(page)
        assert f'href="{where}"' in body
        assert f'hx-get="{reverse("admin:bulk_bulkoperation_running")}"' in body


def test_it_leads_to_the_list_of_several() -> None:
    for job in make_jobs(2):
        queue([job])
    page = Desk(make_boss()).get(Job)
    assert "2 at work" in text_of(page)
    assert f'href="{reverse("admin:bulk_bulkoperation_changelist")}?state=unfinished"' in page.content.decode()


def test_it_says_once_that_the_work_is_done_and_asks_no_more() -> None:
    queue(make_jobs(1))
    while carry_out_next():
        pass
    assert not BulkOperation.objects.unfinished().exists()
    desk = Desk(make_boss())
    said = desk.client.get(reverse("admin:bulk_bulkoperation_running"))
    assert "Work done" in text_of(said)
    assert "hx-get" not in said.content.decode()
    assert "Work done" not in text_of(desk.get(Job))


def test_it_tells_nobody_who_may_not_see_operations() -> None:
    queue(make_jobs(1))
    desk = Desk(make_operator("view_job"))
    assert "at work" not in text_of(desk.get(Job))
    assert "at work" not in text_of(desk.client.get(reverse("admin:bulk_bulkoperation_running")))
