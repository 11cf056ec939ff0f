"""Tickets, slips and labels on their paper, and read back by the scan page."""

import re
from base64 import b64decode, b64encode
from math import ceil

import pytest
import zxingcpp
from django.urls import reverse
from playwright.sync_api import expect

from catalog.models import SKU
from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.testing import make_jobs, numbers
from printshop.tests.browser.screens import Screen, assert_readable

# On one database: what is behind these pages is asked on both without a browser.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]
S = JobStatus
MM = 72 / 25.4
GREYS = """async picture => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
    const greys = Uint8Array.from({ length: width * height }, (_, at) => data[4 * at + 1]);
    return { width, height, greys: greys.toBase64() };
}"""


def codes_on(screen: Screen) -> list[str]:
    """What a reader of codes finds on the page as it is seen."""
    screen.page.wait_for_load_state()
    picture = b64encode(screen.page.screenshot(full_page=True)).decode()
    blank = screen.context.new_page()
    seen = blank.evaluate(GREYS, picture)
    blank.close()
    greys = memoryview(b64decode(seen["greys"])).cast("B", (seen["height"], seen["width"]))
    return [found.text for found in zxingcpp.read_barcodes(greys)]


def order_of(job: str) -> str:
    return Job.objects.get(pk=numbers([job])[0]).order.reference


def sheets(screen: Screen) -> list[tuple[int, int]]:
    """Width and height in millimetres of each page that comes out of the printer."""
    pdf = screen.page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(width) / MM), round(float(height) / MM)) for width, height in boxes]


def paper(screen: Screen, kind: str, keys: list[int], model: type[Job] | type[Order] = Job) -> None:
    """Tick rows on their list and run the action, as a person does."""
    page = screen.page
    page.goto(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    for key in keys:
        page.locator(f"input[name=_selected_action][value='{key}']").check()
    page.locator("select[name=action]").select_option(f"print_{kind}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("main .piece")).to_have_count(len(keys))


def test_it_prints_tickets_that_the_scan_page_reads(operator_screen: Screen) -> None:
    jobs = make_jobs(10, S.QUEUED)
    paper(operator_screen, "tickets", numbers(jobs))
    read = codes_on(operator_screen)
    assert sorted(read) == jobs
    operator_screen.page.goto(reverse("admin:jobs_job_scan"))
    for code in read:
        operator_screen.page.keyboard.type(code)
        operator_screen.page.keyboard.press("Enter")
    expect(operator_screen.page.locator("[data-count=good] dd")).to_have_text("10")


@pytest.mark.parametrize(
    ("kind", "a_sheet", "label"), [("tickets", 8, (100, 62)), ("bins", 24, (62, 29)), ("slips", 1, (100, 150))]
)
def test_it_fits_the_paper_that_is_chosen(
    operator_screen: Screen, kind: str, a_sheet: int, label: tuple[int, int]
) -> None:
    jobs = make_jobs(10)
    SKU.objects.update(name="A very long name of a thing " * 9)
    Order.objects.update(notes="Handle with care. " * 60)
    page = operator_screen.page
    paper(operator_screen, kind, numbers(jobs))
    assert sheets(operator_screen) == [(210, 297)] * ceil(10 / a_sheet)
    page.get_by_role("radio", name="Labels").check()
    assert sheets(operator_screen) == [label] * 10
    page.go_back()
    paper(operator_screen, kind, numbers(jobs))
    expect(page.get_by_role("radio", name="Labels")).to_be_checked()
    read = codes_on(operator_screen)
    assert sorted(read) == sorted(jobs if kind != "slips" else [one.reference for one in Order.objects.all()])


def test_it_labels_the_bin_of_an_order(operator_screen: Screen) -> None:
    (job,) = make_jobs(1, S.READY)
    paper(operator_screen, "bins", numbers([order_of(job)]), Order)
    assert codes_on(operator_screen) == [order_of(job)]
    operator_screen.page.get_by_role("link", name="Back").click()
    operator_screen.page.wait_for_url(f"**{reverse('admin:orders_order_changelist')}")


def test_it_prints_from_the_page_of_a_job(operator_screen: Screen) -> None:
    job, _ = make_jobs(2)
    page = operator_screen.page
    page.goto(reverse("admin:jobs_job_change", args=numbers([job])))
    page.locator("a[href$='/print/tickets/']").click()
    expect(page.locator("main .piece")).to_have_count(1)
    assert codes_on(operator_screen) == [job]
    page.get_by_role("link", name="Packing slips").click()
    expect(page.locator("h2")).to_have_text(f"Packing slip {order_of(job)}")
    assert codes_on(operator_screen) == [order_of(job)]
    # A headless browser has no printer: that the dialog is asked for is what the button does.
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")


@pytest.mark.parametrize("kind", ["tickets", "slips", "bins"])
def test_it_is_read_by_everybody_before_it_is_printed(operator_screen: Screen, kind: str) -> None:
    make_jobs(2)
    paper(operator_screen, kind, [job.pk for job in Job.objects.all()])
    assert_readable(operator_screen)
