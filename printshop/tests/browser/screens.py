"""A browser with somebody signed in: looks, sizes, and what a page must never do."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Request, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
# What a page may take on a machine that has other things to do.
PATIENCE_MS = 30_000
SIZES = {"desktop": DESKTOP, "phone": PHONE}
EVERY_LOOK = tuple(product(SIZES, ("light", "dark")))
LEVEL_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
# Names, roles and labels are the same in every light.
COLOURS = ("color-contrast",)
# What a page looks like is the same on every database.
USUAL_LOOKS = EVERY_LOOK[:1] if os.environ.get("ONLY_DATABASE") == "1" else EVERY_LOOK
LOCAL_SCHEMES = {"data", "blob", "about"}
HOLD = "void addEventListener('htmx:beforeSwap', window.holdStill = event => event.preventDefault())"
LET_GO = "void removeEventListener('htmx:beforeSwap', window.holdStill)"


class Screen:
    """A window of `size` in which `user` has signed in; `faults` lists what its pages did and must not.

    A page of ours asks this shop alone, throws no error and breaks no content policy.
    """

    def __init__(
        self,
        browser: Browser,
        home: str,
        user: Any,
        *,
        size: ViewportSize = DESKTOP,
        dark: bool = False,
        **options: Any,
    ) -> None:
        self.home = home
        self.faults: list[str] = []
        self.context = browser.new_context(
            base_url=home, viewport=size, color_scheme="dark" if dark else "light", **options
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self.watch)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("console", self.listen)
        if user is not None:
            self.sign_in(user)

    def sign_in(self, user: Any) -> None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        self.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.home}])

    def watch(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme not in LOCAL_SCHEMES and asked.netloc != urlsplit(self.home).netloc:
            self.faults.append(f"{self.page.url} asked {request.url}")

    def listen(self, message: ConsoleMessage) -> None:
        # The status of an answer is the test's own matter; what else is an error is the page's.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")

    def look(self, *, dark: bool | None = None, size: ViewportSize | None = None) -> None:
        """Turn the light off or on, or take another screen, with the page as it is."""
        self.page.wait_for_load_state()
        if dark is not None:
            scheme: Literal["dark", "light"] = "dark" if dark else "light"
            self.page.emulate_media(color_scheme=scheme)
            # The admin asks the system for its scheme when a page opens; later only its own switch changes it.
            switch = "scheme => window.Alpine && Alpine.$data(document.documentElement).switchTheme(scheme)"
            self.page.evaluate(switch, scheme)
        if size is not None:
            self.page.set_viewport_size(size)

    def looks(self, *looks: tuple[str, str]) -> Iterator[str]:
        """The page on a desktop and on a phone, in light and dark, or in some of these `looks`; yields which."""
        for device, scheme in looks or EVERY_LOOK:
            self.look(dark=scheme == "dark", size=SIZES[device])
            yield f"{device}, {scheme}"

    @contextmanager
    def offline(self) -> Iterator[None]:
        """The shop cannot be reached meanwhile."""
        self.context.set_offline(True)
        try:
            yield
        finally:
            self.context.set_offline(False)

    @contextmanager
    def still(self) -> Iterator[None]:
        """The page has been read to its end, and nothing on it renews itself meanwhile.

        A click waits for the next page to begin, and a text is found before the page below it is there. What leads to
        another page is followed by an `expect` of what that one shows: until then the old one may be looked at.
        """
        self.page.wait_for_load_state()
        self.page.evaluate(HOLD)
        try:
            yield
        finally:
            self.page.evaluate(LET_GO)

    def spills(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def breaches(screen: Screen, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds at WCAG 2 levels A and AA, or by these `rules` alone, as `rule: element`."""
    wanted = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(LEVEL_AA)}
    with screen.still():
        found = Axe().run(screen.page, options={"runOnly": wanted, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {node['target'][-1]} {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def assert_readable(screen: Screen, *looks: tuple[str, str]) -> None:
    """Everybody can read the page as it stands, in all four looks or in these: no fault and nothing beside the screen.

    The second look at one size asks for its colours alone. Where no looks are named, the second database has one.
    """
    found: list[str] = []
    seen: set[str] = set()
    for look in screen.looks(*(looks or USUAL_LOOKS)):
        device = look.split(",")[0]
        found += [f"{look}: {fault}" for fault in breaches(screen, rules=COLOURS if device in seen else ())]
        seen.add(device)
        if (spilled := screen.spills()) > 0:
            found.append(f"{look}: spills {spilled} px")
    assert not found, "\n".join([screen.page.url, *found])
