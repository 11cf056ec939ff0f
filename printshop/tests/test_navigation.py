"""The sidebar marks the one place where a person is, and the tab its shop."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory

from printshop.navigation import sidebar
from printshop.tests.desk import make_boss


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/admin/jobs/job/", ["Jobs"]),
        ("/admin/jobs/job/7/change/", ["Jobs"]),
        ("/admin/jobs/job/board/", ["Job board"]),
        ("/admin/jobs/job/scan/", ["Scan to advance"]),
        ("/admin/jobs/jobmove/", ["Job moves"]),
        ("/admin/orders/order/ship/", ["Ship orders"]),
        ("/admin/", []),
    ],
)
def test_it_marks_one_place(path: str, marked: list[str]):
    request = RequestFactory().get(path)
    request.user = make_boss()
    items = [item for group in sidebar(request) for item in group["items"]]
    assert [item["title"] for item in items if item["active"]] == marked


@pytest.mark.django_db
def test_browsers_find_the_icon_of_a_tab(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/printshop/favicon.svg"
    assert finders.find("printshop/favicon.svg")
    page = client.get("/admin/login/").content.decode()
    assert re.search(r'<link\s+rel="icon"\s+href="/static/printshop/favicon.svg"', page)
