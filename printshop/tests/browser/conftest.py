"""Real pages in real Chromium: a shop served on the test's own database, and somebody signed in at a screen.

Chromium is the machine's (`apt-get install chromium`), or the one that `CHROMIUM` names; without it these tests are
skipped. Nothing is downloaded.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from printshop.testing import house
from printshop.tests.browser.screens import PATIENCE_MS, Screen
from printshop.tests.desk import make_boss, make_operator

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# A camera that shows a test picture and asks nobody; root may not use the sandbox.
SWITCHES = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}: apt-get install chromium, or set CHROMIUM")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as started:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
    yield started
    started.close()


@pytest.fixture
def open_screen(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Screen]]:
    """Open a `Screen` for a user; at the end none of them may have asked another host or met an error."""
    opened: list[Screen] = []

    def open_one(user: Any, **look: Any) -> Screen:
        opened.append(Screen(browser, live_server.url, user, **look))
        return opened[-1]

    yield open_one
    for screen in opened:
        screen.context.close()
    assert [fault for screen in opened for fault in screen.faults] == []


@pytest.fixture
def admin_screen(open_screen: Callable[..., Screen]) -> Screen:
    """An administrator at a desktop, in light."""
    house()
    return open_screen(make_boss())


@pytest.fixture
def operator_screen(open_screen: Callable[..., Screen]) -> Screen:
    """Somebody of the shop floor at a desktop, in light."""
    house()
    return open_screen(make_operator("view_job", "change_job", "view_order", "view_bulkoperation"))
