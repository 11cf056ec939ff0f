"""A script in any text of the shop is shown as text: on every page, in every file, in every answer."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from catalog.tests.test_uploads import choose, client_of
from printshop.api.actors import Role
from printshop.testing import key_client
from printshop.tests.access.callers import everywhere, people
from printshop.tests.access.probes import PROBE, pages, probed_shop, upload_pages
from printshop.tests.desk import make_boss

# What is escaped does not depend on the database.
pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(
        case="a script in every text of the shop", expects="shown as text on every page and in every file"
    ),
]
RUNS = PROBE[PROBE.index("<img") :]
INERT = ("application/json", "text/csv", "application/x-ndjson", "image/png", "application/vnd",
         "application/javascript", "text/javascript", "text/plain")  # fmt: skip


def check(path: str, answer: Any) -> bool:
    """Whether the script is in an answer, which has to be inert."""
    media, body = answer.headers.get("Content-Type", ""), answer.getvalue().decode(errors="replace")
    assert answer.status_code < 500, path
    if media.startswith("text/html"):
        assert RUNS not in body, path
        assert '"></script><' not in body.replace(" ", ""), path
    elif answer.status_code == 200:
        assert media.startswith(INERT), (path, media)
    return "alert(1)" in body


def test_no_page_and_no_answer_holds_it_as_code() -> None:
    boss, names = people()["boss"], probed_shop()
    shown = {**boss, **everywhere(key_client(Role.ADMIN).key or "")}
    client = Client(raise_request_exception=False)
    paths = [address.path(names) for address in pages()]
    assert sum(check(path, client.get(path, headers=shown)) for path in paths) > 40


def test_no_page_of_a_file_holds_it_as_code(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    boss = make_boss()
    client = client_of(boss)
    for path in upload_pages(boss):
        assert check(path, client.get(path)), path


@pytest.mark.parametrize("name", [f"a{PROBE}", f"{PROBE}.xlsx", f"{PROBE}.json"])
def test_no_complaint_of_a_file_holds_it_as_code(name: str, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    page = choose(client_of(make_boss()), orjson.dumps({PROBE: 1}), name)
    assert page.status_code == 400
    assert check(name, page)
