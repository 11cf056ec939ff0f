"""A file of SKUs on its way through the browser: chosen or dropped, mapped, looked at, imported, undone."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from catalog.models import SKU
from catalog.uploads import work
from printshop.bulk.deferred.errands import run_next
from printshop.testing import make_jobs, make_skus
from printshop.tests.browser.screens import Screen, assert_readable

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SHEET = "Artikelnummer;Bezeichnung;Preis;Farbe\nsku-0001;A cube;14,50;red\nnew;A ball;3,00;blue\nbad one;A rod;1;red\n"
DROP = """([name, text]) => {
    const moved = new DataTransfer();
    moved.items.add(new File([text], name, { type: "text/csv" }));
    document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: moved, bubbles: true }));
}"""


@pytest.fixture(autouse=True)
def catalogue(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    make_skus(2)


def drop(page: Page, name: str, text: str, mode: str = "upsert") -> None:
    """Let a file fall on its place, and send it."""
    page.goto(reverse("admin:catalog_sku_upload"))
    page.evaluate(DROP, [name, text])
    page.locator(f"input[name=mode][value={mode}]").check()
    page.get_by_role("button", name="Check the file").click()


def test_it_goes_from_the_file_to_the_catalogue_and_back(admin_screen: Screen) -> None:
    page = admin_screen.page
    drop(page, "skus.csv", SHEET)
    expect(page.get_by_label("C: Preis")).to_have_value("basePrice")
    expect(page.get_by_label("D: Farbe")).to_have_value("")
    assert_readable(admin_screen)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name=re.compile("skus.csv: 3 rows"))).to_be_visible()
    expect(page.get_by_text("SKU: id must start with").or_(page.get_by_text("Artikelnummer: id must"))).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("link", name="1 updated").click()
    expect(page.get_by_text("basePrice: 12.50 → 14.50")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="1 refused").click()
        page.get_by_role("link", name="Download the refused rows").click()
    assert Path(download.value.path()).read_text(encoding="utf-8-sig").startswith("Artikelnummer;Bezeichnung;Preis")
    page.get_by_label("import the good rows, leave out the refused ones").check()
    page.get_by_role("button", name="Import: change 2 SKUs").click()
    expect(page.get_by_role("heading", name="skus.csv was imported: 2 SKUs changed.")).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("link", name="Undo…").click()
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect(page.get_by_text("Undone.", exact=True)).to_be_visible()
    assert SKU.objects.get(pk="sku-0001").base_price == 1250
    assert not SKU.objects.get(pk="new").active


def test_a_replace_shows_what_it_would_hit_and_takes_the_typed_number(admin_screen: Screen, settings: Any) -> None:
    settings.UPLOAD_TYPE_IN_ABOVE = 1
    make_jobs(1)
    page = admin_screen.page
    drop(page, "all.csv", "id,name\nnew,A ball\n", "replace")
    expect(page.get_by_text(re.compile("still needed by open jobs"))).to_be_visible()
    assert_readable(admin_screen)
    number = SKU.objects.active().count()
    page.get_by_role("button", name=re.compile("^Import")).click()
    expect(page.get_by_text(f"Type {number} to say that so many SKUs are to be switched off.").first).to_be_visible()
    page.get_by_label(re.compile(f"Type {number}")).fill(str(number))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("all.csv was imported"))).to_be_visible()
    assert list(SKU.objects.active().values_list("pk", flat=True)) == ["new"]


def test_a_large_file_shows_how_far_it_has_got_and_is_found_again(
    admin_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BYTES_AT_ONCE", 0)
    page = admin_screen.page
    drop(page, "large.csv", "id,name\na,A ball\n")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("link", name="Upload SKUs").last.click()
    expect(page.get_by_role("button", name="Check the file")).to_be_visible()
    assert_readable(admin_screen)
    page.get_by_role("link", name="large.csv").click()
    assert run_next("a worker")
    expect(page.get_by_role("heading", name=re.compile("large.csv: 1 row"))).to_be_visible()
