"""Every page of the admin, taken from the table of addresses: readable by everybody, and none asks another host."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from printshop.bulk.admin import ActingAdmin
from printshop.bulk.models import BulkOperation
from printshop.tests.browser.screens import COLOURS, DESKTOP, PHONE, Screen, breaches
from printshop.tests.test_admin_pages import shop

# On one database: what a browser shows of a page is the same on both.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]
ROW = {"object_id", "key", "operation_id", "id"}
# What else an address may need. Pages about a selection, an upload or a file have tests of their own.
CHOICES = {"step": ("reprint", "prioritize")}
# So that processes of tests can share the pages, of which there are many in each part.
PARTS, FEWEST_PAGES = 6, 15


def named(patterns: Sequence[Any]) -> Iterator[URLPattern]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from named(one.url_patterns)
        elif one.name:
            yield one


def model_of(name: str, wanted: set[str]) -> type[Model]:
    label, _, rest = name.partition("_")
    return BulkOperation if "operation_id" in wanted else apps.get_model(label, rest.split("_")[0])


def arguments(pattern: URLPattern) -> Iterator[dict[str, Any]]:
    """What an address is filled in with: of a model's page its first row, of a plan each of its actions."""
    wanted = set(pattern.pattern.regex.groupindex)
    if not wanted & ROW or "content_type_id" in wanted:
        yield from [{}] if not wanted else []
        return
    model = model_of(str(pattern.name), wanted)
    found = admin.site.get_model_admin(model)
    actions = tuple(one.__name__ for one in found.actions or ()) if isinstance(found, ActingAdmin) else ()
    choices = CHOICES | {"action": actions}
    for row in model._default_manager.order_by("pk")[:1]:
        filled = {name: quote(row.pk) if name == "object_id" else row.pk for name in wanted & ROW}
        rest = (wanted - ROW) & set(choices)
        if not wanted - ROW:
            yield filled
        yield from ({**filled, name: one} for name in rest for one in choices[name])


def addresses() -> list[str]:
    """Everything that can be asked for, pages and other answers."""
    patterns = named(admin.site.get_urls())
    return [reverse(f"admin:{one.name}", kwargs=filled) for one in patterns for filled in arguments(one)]


def is_page(client: Client, address: str) -> bool:
    """Whether it answers a plain GET with a document of its own."""
    answer = client.get(address)
    return answer.status_code == 200 and not answer.streaming and b"<html" in answer.content[:2_000]


@pytest.mark.parametrize("part", range(PARTS))
def test_it_is_readable_on_every_page_and_asks_nobody_else(part: int, admin_screen: Screen) -> None:
    """Whoever is asked beside this shop is a fault of `admin_screen`."""
    shop(1)
    client = Client()
    client.force_login(User.objects.get(username="berta"))
    pages = [address for address in addresses()[part::PARTS] if is_page(client, address)]
    assert len(pages) >= FEWEST_PAGES
    found = []
    for address in pages:
        admin_screen.page.goto(address)
        admin_screen.look(dark=False, size=DESKTOP)
        found += [f"{address}: {fault}" for fault in breaches(admin_screen)]
        admin_screen.look(dark=True, size=PHONE)
        found += [f"{address}, phone, dark: {fault}" for fault in breaches(admin_screen, rules=COLOURS)]
        if admin_screen.spills() > 0:
            found.append(f"{address}: spills {admin_screen.spills()} px on a phone")
    assert not found, "\n".join(found)
