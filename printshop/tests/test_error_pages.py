"""Pages that cannot be had say what happened, whether anything was written, and what to do."""

import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from jobs.models import Job
from printshop.api.error_pages import WORDS
from printshop.api.errors import answer_bad_request, answer_server_error
from printshop.api.transactions import Undecided
from printshop.testing import make_jobs, snapshot
from printshop.tests.desk import Desk, make_boss, make_operator, url

pytestmark = pytest.mark.django_db


def sentences(page: Any) -> list[str]:
    """The paragraphs of an error page."""
    body = page.content.decode()
    assert f'href="{settings.STATIC_URL}printshop/error.css"' in body
    assert "<script" not in body
    return [unescape(re.sub("<[^>]+>", "", one)) for one in re.findall("(?s)<p[^>]*>(.*?)</p>", body)]


def assert_says(page: Any, status: int) -> None:
    words = WORDS[status]
    assert page.status_code == status
    assert {words.happened, words.written, words.advice} <= set(sentences(page))


def test_it_says_that_an_address_leads_nowhere() -> None:
    assert_says(Desk(make_boss()).client.get("/admin/nothing/"), 404)
    assert_says(Client().get("/nothing"), 404)


def test_it_says_that_somebody_may_not() -> None:
    make_jobs(1)
    before = snapshot()
    desk = Desk(make_operator("view_job"))
    assert_says(desk.get(Job, "plan", Job.objects.get().pk, "advance"), 403)
    assert snapshot() == before


def test_it_says_that_a_page_has_grown_old() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_boss())
    page = client.post(url(Job, "changelist"), {"action": "advance"})
    assert page.status_code == 403
    assert "Nothing was changed." in sentences(page)
    assert "Go back, reload the page and do it again." in sentences(page)


def test_it_says_that_a_form_is_too_large(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    desk = Desk(make_boss())
    page = desk.client.post(url(Job, "changelist"), "action=advance", content_type="application/x-www-form-urlencoded")
    assert_says(page, 413)
    assert_says(answer_bad_request(RequestFactory().get("/admin/"), RequestDataTooBig()), 413)


def broken(error: Exception) -> HttpResponse:
    """What is answered when `error` went through a view."""
    try:
        raise error
    except type(error):
        return answer_server_error(RequestFactory().get(reverse("admin:index")))


def test_it_tells_a_busy_database_from_a_fault_of_our_own() -> None:
    busy = broken(OperationalError("database is locked"))
    assert_says(busy, 503)
    assert busy["Retry-After"] == "1"
    assert_says(broken(ZeroDivisionError()), 500)


def test_it_does_not_claim_that_nothing_was_changed_when_nobody_knows() -> None:
    page = broken(Undecided())
    assert (page.status_code, page["Retry-After"]) == (503, "1")
    assert "Nothing was changed." not in sentences(page)
    assert "Look there before you do it again." in sentences(page)
