"""Looks at the demo shop through Chromium and keeps what it sees: `_screenshots.py FOLDER`.

The shop is the one that PRINTSHOP_VAR holds; it is served for as long as this takes.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.ports import answers, free_port

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SHEET = """SKU;Title;Preis
sku-pla-black-cube;Cube, black;9,90
vase-12;Vase, 12 cm;14,50
vase-18;Vase, 18 cm;19,00
vase 24;Vase, 24 cm;dear
"""


@contextmanager
def served() -> Iterator[str]:
    """The shop, web server and worker; its address."""
    port = free_port()
    shop = subprocess.Popen([sys.executable, "bin/_demo.py", "127.0.0.1", str(port)], stderr=subprocess.DEVNULL)
    try:
        while not answers(port):
            if shop.poll() is not None:
                raise RuntimeError("The shop did not start.")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/admin/"
    finally:
        shop.send_signal(signal.SIGTERM)
        shop.wait(timeout=60)


# --- What is looked at ------------------------------------------------------------------------------------------------
def dashboard(page: Page, admin: str) -> None:
    page.goto(admin)
    page.wait_for_timeout(1_000)  # the charts draw themselves slowly


def board(page: Page, admin: str) -> None:
    page.goto(f"{admin}jobs/job/board/")
    page.locator("main input[type=checkbox], #content-main input[type=checkbox]").nth(1).wait_for()


def plan(page: Page, admin: str) -> None:
    """What cancelling some jobs would do, some of which cannot be cancelled any more."""
    page.goto(f"{admin}jobs/job/?o=-3")
    for row in range(12):
        page.locator("input.action-select").nth(row).check()
    page.locator("select[name=action]").select_option("cancel")
    page.locator("button[name=index]").click()


def scan(page: Page, admin: str) -> None:
    page.goto(f"{admin}jobs/job/scan/?target=POST_PROCESS")
    for ticket in ("job-001", "job-002", "job-003", "job-003", "job-999999"):
        page.locator("#ticket").fill(ticket)
        page.keyboard.press("Enter")
    page.wait_for_timeout(500)  # the last answer


def upload(page: Page, admin: str) -> None:
    page.goto(f"{admin}catalog/sku/upload/")
    page.set_input_files("input[type=file]", {"name": "spring.csv", "mimeType": "text/csv", "buffer": SHEET.encode()})
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Nothing has been changed yet").wait_for()


def operation(page: Page, admin: str) -> None:
    page.goto(f"{admin}bulk/bulkoperation/")
    page.locator("#result_list tbody a").first.click()


def ship(page: Page, admin: str) -> None:
    page.goto(f"{admin}orders/order/ship/")


PICTURES: dict[str, tuple[Callable[[Page, str], None], dict[str, int], str]] = {
    "dashboard": (dashboard, DESKTOP, "light"),
    "board": (board, DESKTOP, "light"),
    "board-dark": (board, DESKTOP, "dark"),
    "plan": (plan, DESKTOP, "light"),
    "scan-phone": (scan, PHONE, "dark"),
    "upload": (upload, DESKTOP, "light"),
    "operation": (operation, DESKTOP, "light"),
    "ship": (ship, DESKTOP, "light"),
}


def take(browser: Browser, admin: str, name: str, folder: Path) -> None:
    show, size, light = PICTURES[name]
    context = browser.new_context(viewport=size, color_scheme=light, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{admin}login/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", os.environ["PRINTSHOP_DEMO_PASSWORD"])
    page.press("#id_password", "Enter")
    page.wait_for_url(admin)
    show(page, admin)
    page.screenshot(path=folder / f"{name}.png")
    context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with served() as admin, sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        for name in PICTURES:
            take(browser, admin, name, folder)
            print(folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
