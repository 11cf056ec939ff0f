"""Lists that are taken along, as people do it."""

import pytest
from django.urls import reverse

from printshop.testing import make_skus
from printshop.tests.browser.screens import Screen, assert_readable

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_list_is_taken_along_by_keyboard_with_its_filters(admin_screen: Screen) -> None:
    make_skus(3)
    page = admin_screen.page
    page.goto(reverse("admin:catalog_sku_changelist") + "?q=0002")
    for suffix in ("CSV", "JSON lines", "XLSX"):
        link = page.get_by_role("link", name=f"Export {suffix}")
        link.focus()
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.startswith("skus-")
    assert download.value.path().read_bytes()[:2] == b"PK"
    assert_readable(admin_screen)


def test_ticked_rows_are_taken_along(admin_screen: Screen) -> None:
    make_skus(3)
    page = admin_screen.page
    page.goto(reverse("admin:catalog_sku_changelist"))
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option(label="Export selected SKUs as CSV")
    with page.expect_download() as download:
        page.get_by_role("button", name="Run").click()
    assert download.value.path().read_text("utf-8-sig").splitlines()[1].startswith("sku-0001,")
