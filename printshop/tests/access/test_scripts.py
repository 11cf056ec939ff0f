"""A script in any text of the shop is shown as text: on every page, in every file, in every answer."""

import pytest
from django.test import Client

from printshop.api.actors import Role
from printshop.testing import key_client
from printshop.tests.access.callers import everywhere, people
from printshop.tests.access.probes import PROBE, pages, probed_shop

# What is escaped does not depend on the database.
pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(databases="__all__")]
RUNS = PROBE[PROBE.index("<img") :]
INERT = ("application/json", "text/csv", "application/x-ndjson", "image/png", "application/vnd",
         "application/javascript", "text/javascript", "text/plain")  # fmt: skip


def test_no_page_and_no_answer_holds_it_as_code() -> None:
    boss, names = people()["boss"], probed_shop()
    shown = {**boss, **everywhere(key_client(Role.ADMIN).key or "")}
    probed = 0
    for address in pages():
        answer = Client(raise_request_exception=False).get(address.path(names), headers=shown, follow=False)
        media, body = answer.headers.get("Content-Type", ""), answer.getvalue().decode(errors="replace")
        assert answer.status_code < 500, address
        if media.startswith("text/html"):
            assert RUNS not in body, address
            assert '"></script><' not in body.replace(" ", ""), address
        elif answer.status_code == 200:
            assert media.startswith(INERT), (address, media)
        probed += "alert(1)" in body
    assert probed > 40
