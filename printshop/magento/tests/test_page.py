"""`docs/async.md` speaks of everything there is, and of nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from printshop.magento.following import SEARCHED
from printshop.magento.orders import SEARCHED as ORDERS
from printshop.magento.routes import ROUTES, Route
from printshop.magento.searched import CONDITIONS

ROOM = Path(__file__).resolve().parents[1]
PAGE = (ROOM.parents[1] / "docs" / "async.md").read_text()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_it_lists_every_route_with_its_methods(route: Route):
    section = PAGE.partition("## Addresses")[2].partition("\n## ")[0]
    [row] = [line for line in section.splitlines() if line.startswith(f"| `{route.path}` |")]
    assert row.split("|")[2].strip() == ", ".join(sorted(route.calls, key=["GET", "POST", "PUT", "DELETE"].index))


def test_it_speaks_of_every_field_and_condition_of_a_search():
    assert all(f"`{word}`" in PAGE for word in (*SEARCHED, *ORDERS, *CONDITIONS))


def codes() -> Iterator[str]:
    """The codes of faults that the dialect itself finds."""
    for path in ROOM.rglob("*.py"):
        if {"tests", "openapi"} & set(path.relative_to(ROOM).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Fault", "unknown"}:
                yield from (str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant))


def test_it_explains_every_code_of_the_dialect():
    table = PAGE.partition("### Codes")[2].partition("\n## ")[0]
    explained = set(re.findall(r"`([A-Z_]{4,})`", table))
    assert set(codes()) <= explained


def test_it_sends_examples_that_are_in_the_table():
    for path in re.findall(r'\$shop/rest/(?:all/)?(?:async/(?:bulk/)?)?V1/([^"?]+)', PAGE):
        plain = path.replace("$cart", "12").replace("$uuid", "x")
        assert plain.startswith("bulk") or any(
            re.fullmatch(re.sub(r":\w+", "[^/]+", route.path), plain) or route.bulk_path == plain for route in ROUTES
        ), path
