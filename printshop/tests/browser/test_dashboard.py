"""The dashboard in a browser: its charts are drawn, lead somewhere, and can be read by everybody."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from jobs.states import JobStatus
from printshop.testing import make_jobs
from printshop.tests.browser.screens import Screen, assert_readable

# On one database: what is behind these pages is asked on both without a browser.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]

INK = """id => {
    const canvas = document.querySelector(`canvas[data-chart=${id}]`);
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean);
}"""


def test_it_draws_its_charts_and_can_be_read_by_everybody(admin_screen: Screen) -> None:
    make_jobs(3, JobStatus.PRINTING), make_jobs(1, JobStatus.FAILED)
    admin_screen.page.goto(reverse("admin:index"))
    for look in admin_screen.looks():
        for chart in ("statuses", "throughput", "failures"):
            assert admin_screen.page.evaluate(INK, chart), (look, chart)
    assert_readable(admin_screen)


def test_its_bars_lead_where_their_numbers_lead(admin_screen: Screen) -> None:
    make_jobs(4, JobStatus.PRINTING)
    page = admin_screen.page
    page.goto(reverse("admin:index"))
    place = page.evaluate("""() => {
        const bar = Chart.getChart(document.querySelector("canvas[data-chart=statuses]")).getDatasetMeta(0).data[4];
        return { x: bar.x - 4, y: bar.y };
    }""")
    page.locator("canvas[data-chart=statuses]").click(position=place)
    page.wait_for_url("**/admin/jobs/job/?status__exact=PRINTING")


def test_it_tells_an_empty_shop_what_to_do_first(admin_screen: Screen) -> None:
    page = admin_screen.page
    page.goto(reverse("admin:index"))
    assert_readable(admin_screen)
    page.get_by_role("link", name="Say what the shop sells").click()
    expect(page).to_have_url(f"{admin_screen.home}{reverse('admin:catalog_sku_upload')}")
