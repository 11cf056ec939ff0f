"""The watch that is kept over pages: it must see what it is there for."""

import asyncio

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect

from printshop.tests.browser.screens import EVERY_LOOK, Screen, assert_readable, breaches

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
BAD = """<!DOCTYPE html><html lang="en"><title>Bad</title><body>
    <input id="bare"><p style="color: #bbb; background: #fff">Pale</p>
    <div style="width: 3000px">Wide</div><img alt="" src="http://elsewhere.example/pixel.png">
    <script>console.error("a broken promise"); throw new Error("a broken script")</script>"""


def test_it_sees_what_a_page_must_not_do(admin_screen: Screen) -> None:
    page = admin_screen.page
    page.goto(reverse("admin:index"))
    assert admin_screen.faults == []
    with page.expect_request("http://elsewhere.example/**"):
        page.evaluate("html => { document.open(); document.write(html); document.close(); }", BAD)
    found = "\n".join(admin_screen.faults)
    for fault in ("asked http://elsewhere.example/pixel.png", "a broken promise", "script error: a broken script"):
        assert fault in found
    admin_screen.faults.clear()


def test_it_sees_what_somebody_cannot_read(admin_screen: Screen) -> None:
    admin_screen.page.set_content(BAD.split("<img")[0])
    assert sorted(fault.split(":")[0] for fault in breaches(admin_screen)) == ["color-contrast", "label"]
    with pytest.raises(AssertionError) as found:
        assert_readable(admin_screen, *EVERY_LOOK)
    for look in ("desktop, light", "desktop, dark", "phone, light", "phone, dark"):
        assert f"{look}: color-contrast: p" in str(found.value)
        assert f"{look}: spills" in str(found.value)
    assert str(found.value).count("label: #bare") == 2


def test_it_turns_the_light_off_on_a_page_of_the_admin(admin_screen: Screen) -> None:
    admin_screen.page.goto(reverse("admin:index"))
    shades = {}
    for look in admin_screen.looks():
        shades[look] = admin_screen.page.evaluate("getComputedStyle(document.getElementById('main')).backgroundColor")
    assert shades["desktop, light"] == shades["phone, light"] == "rgb(255, 255, 255)"
    assert shades["desktop, dark"] == shades["phone, dark"] != shades["phone, light"]


def test_it_holds_a_page_still_while_it_is_looked_at(admin_screen: Screen) -> None:
    page = admin_screen.page
    page.goto(reverse("admin:index"))
    renew = "address => htmx.ajax('GET', address, { target: '#main', swap: 'innerHTML' })"
    with admin_screen.still():
        page.evaluate(renew, "/healthz")
        expect(page.locator("#main canvas")).not_to_have_count(0)
    page.evaluate(renew, "/healthz")
    expect(page.locator("#main canvas")).to_have_count(0)


def test_it_leaves_the_connections_of_its_thread_as_they_are(admin_screen: Screen) -> None:
    beside, loop = connections["default"], asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    try:
        assert connections["default"] is beside
    finally:
        asyncio._set_running_loop(loop)
