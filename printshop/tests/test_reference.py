"""The reference for people: the interactive page, and docs/api.md and v3.md, which must not lag behind the code."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from jobs.states import NEXT, JobStatus
from printshop.api.actors import Role
from printshop.api.errors import WORDS
from printshop.api.reading import SENTENCES
from printshop.openapi import TABLES
from printshop.tests.documented import Documented, native, v3

ROOT = Path(settings.BASE_DIR)
PAGE, V3_PAGE = ((ROOT / "docs" / name).read_text() for name in ("api.md", "v3.md"))
CODE = re.compile(r"[A-Z]+(?:_[A-Z]+)+|CURRENCY|EMPTY|BLANK|REQUIRED|FORBIDDEN|UNAVAILABLE")


# --- /api/docs/ ------------------------------------------------------------------------------------------------------
class Parts(HTMLParser):
    """What a page loads, and what it carries within itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.inside = tag
        if tag == "script" or (tag == "link" and values.get("rel") in {"stylesheet", "icon"}):
            self.loaded.append(values.get("src") or values.get("href") or "")
        self.inline += [f"{name}={value}" for name, value in attrs if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, text: str) -> None:
        if self.inside in {"script", "style"} and text.strip():
            self.inline.append(text)


def test_it_serves_a_page_without_inline_code_under_the_strict_policy(client: Client):
    response = client.get("/api/docs/")
    assert response.status_code == 200
    assert Parts(response.content.decode()).inline == []
    assert "unsafe" not in response["Content-Security-Policy"]


def test_it_loads_everything_from_here(client: Client):
    loaded = Parts(client.get("/api/docs/").content.decode()).loaded
    assert len(loaded) == 4
    for address in loaded:
        if address.startswith(settings.STATIC_URL):
            assert finders.find(address.removeprefix(settings.STATIC_URL))
        else:
            script = client.get(address)
            assert script["Content-Type"].startswith("application/javascript")
            assert '"/openapi.json"' in script.content.decode().replace("\\u002D", "-")


def test_it_needs_no_key_and_sets_no_cookie(client: Client):
    for address in ("/api/docs/", "/api/docs/?script=", "/openapi.json"):
        assert not client.get(address).cookies


def test_it_finds_the_page_without_its_last_slash(client: Client):
    assert client.get("/api/docs", follow=True).redirect_chain == [("/api/docs/", 302)]


# --- docs/api.md -----------------------------------------------------------------------------------------------------
def sources() -> Iterator[Path]:
    for folder in ("printshop", "catalog", "orders", "jobs"):
        for path in (ROOT / folder).rglob("*.py"):
            if not {"tests", "migrations", "demo", "v3", "magento", "management"} & set(path.parts):
                yield path


def named_in(call: ast.Call) -> Iterator[str]:
    """The code that a call to `Fault`, `unknown` or `PydanticCustomError` names, where it is written out."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name not in {"Fault", "unknown", "PydanticCustomError"} or not call.args:
        return
    first = call.args[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield SENTENCES[first.value][0] if first.value in SENTENCES else first.value.upper()


def codes() -> set[str]:
    """Every code that the native dialect can answer with."""
    trees = [ast.parse(path.read_text()) for path in sources()]
    found = {code for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) for code in named_in(node)}
    found |= {code for _, code in WORDS.values()} | {code for code, _ in SENTENCES.values()}
    reading = ast.parse((ROOT / "printshop/api/reading.py").read_text())
    errors = ast.parse((ROOT / "printshop/api/errors.py").read_text())
    for node in (*ast.walk(reading), *ast.walk(errors)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            found.add(node.value)
    return found | {"ID_TAKEN", "EMAIL_TAKEN", "EXTERNAL_ID_TAKEN"}


def test_it_finds_codes_of_every_kind():
    assert {
        "SKU_NOT_FOUND",
        "RATE_LIMITED",
        "MONEY_DECIMALS",
        "NOT_A_CHOICE",
        "TOO_LONG",
        "NOT_A_DATE",
        "TOO_MANY_ITEMS",
        "INTERNAL_ERROR",
        "API_KEY_NOT_FOUND",
    } <= codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_it_explains_every_code(code: str):
    assert f"| `{code}` |" in PAGE


def test_it_explains_no_code_that_does_not_exist():
    table = PAGE.partition("## Codes")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == codes()


@pytest.mark.parametrize("one", native(), ids=str)
def test_it_lists_every_address_with_the_roles_that_may_call_it(one):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{one.method} {one.path}` |"))
    viewset = next(cls for cls, table in TABLES.items() if table.SUBJECT.tag == one.operation["tags"][0])
    said = one.operation["description"].rpartition("For ")[2].partition(".")[0]
    marks = [cell.strip() for cell in row.split("|")[2:5]]
    named = [role for role, mark in zip(Role, marks, strict=True) if mark]
    assert named == (list(Role) if said == "every role" else said.split(", ")), viewset


def test_it_draws_the_state_machine_as_it_is():
    table = PAGE.partition("### Job statuses")[2].partition("\n##")[0]
    drawn = {
        source: set(re.findall(r"`([A-Z_]+)`", targets))
        for source, targets in re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", table, re.MULTILINE)
    }
    assert drawn == {source: set(targets) for source, targets in NEXT.items() if targets}
    assert {source for source in JobStatus if not NEXT[source]} == {JobStatus.SHIPPED, JobStatus.CANCELLED}


# --- docs/v3.md ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("one", v3(), ids=str)
def test_it_speaks_of_every_address_and_parameter_of_v3(one: Documented):
    assert f"`{one.method} {one.path}`" in V3_PAGE
    for parameter in one.parameters:
        # Both ends of a span of time stand in one line.
        assert parameter["name"].replace("[to]", "[from]") in V3_PAGE


def test_it_leads_from_one_dialect_to_the_other():
    assert "(v3.md)" in PAGE
    assert "(api.md)" in V3_PAGE
