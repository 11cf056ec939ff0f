"""Pages full of other people's scripts run none of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Dialog

from printshop.tests.access.probes import pages, probed_shop, upload_pages
from printshop.tests.browser.screens import Screen

# What is escaped does not depend on the database.
pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True, databases="__all__")]
# Each kind of page once for each model; the forms to add and to delete show less of the same.
LEFT_OUT = ("/add/", "/delete/", "/history/", "export.", "/password", "/axes/", "/auth/", "/progress/", "/results/",
            "{object_id}/", "/jsi18n/", "/autocomplete/", "/r/", "/files/")  # fmt: skip


def paths(names: Mapping[str, str]) -> Iterator[str]:
    """The pages that there are in this shop."""
    client = Client()
    client.force_login(User.objects.get(username="berta"))
    for address in pages():
        template = address.template.replace("{object_id}/change/", "change")
        if template.startswith("/admin/") and not any(part in template for part in LEFT_OUT):
            answer = client.get(address.path(names))
            if (answer.status_code, answer["Content-Type"][:9]) == (200, "text/html"):
                yield address.path(names)


def test_it_runs_no_script_that_stands_in_a_text(admin_screen: Screen, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    ran: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        ran.append(admin_screen.page.url)
        dialog.dismiss()

    admin_screen.page.on("dialog", dismiss)
    files = upload_pages(User.objects.get(username="berta"))
    found = [*paths(probed_shop()), *(path for path in files if not any(part in path for part in (".csv", *LEFT_OUT)))]
    for path in found:
        admin_screen.page.goto(path, wait_until="load")
    assert ran == []
    assert len(found) > 25
