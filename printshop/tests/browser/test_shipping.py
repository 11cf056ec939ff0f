"""Many orders leave from the keyboard: scan, Enter, scan, Enter, read the plan, ship."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Order
from printshop.testing import house, make_jobs, numbers
from printshop.tests.browser.screens import DESKTOP, Screen, assert_readable
from printshop.tests.desk import make_operator

# On one database: what is behind these pages is asked on both without a browser.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]


@pytest.fixture
def screen(open_screen: Callable[..., Screen]) -> Screen:
    """Somebody at the packing table."""
    house()
    return open_screen(make_operator("view_job", "change_job", "view_order", "change_order", "view_bulkoperation"))


def ready(count: int) -> list[int]:
    """The numbers of that many orders that only wait for a carrier."""
    return [Job.objects.get(pk=key).order_id for key in numbers(make_jobs(count, JobStatus.READY))]


def tracking(screen: Screen, key: int) -> Locator:
    return screen.page.get_by_label(f"Tracking number of {Order(pk=key).reference}", exact=True)


def scan(screen: Screen, text: str) -> None:
    """As a scanner types."""
    screen.page.keyboard.type(text)
    screen.page.keyboard.press("Enter")


def test_it_ships_from_the_list_by_keyboard_alone(screen: Screen) -> None:
    first, second, third = ready(3)
    page = screen.page
    page.goto(reverse("admin:orders_order_changelist"))
    for key in (first, second, third):
        page.locator(f"input[name=_selected_action][value='{key}']").check()
    page.locator("select[name=action]").select_option("ship")
    page.get_by_role("button", name="Run").click()
    expect(tracking(screen, first)).to_be_focused()
    scan(screen, "1Z1")
    scan(screen, "1Z2")
    expect(tracking(screen, third)).to_be_focused()
    scan(screen, "1Z3")
    expect(page.get_by_role("button", name="Show the plan")).to_be_focused()
    page.get_by_label("Carrier of all", exact=True).fill("UPS")
    page.get_by_role("button", name="Show the plan").press("Enter")
    expect(page.locator("#plan-summary")).to_contain_text("3 orders and 3 jobs will be shipped.")
    page.get_by_role("button", name="Ship 3 orders").press("Enter")
    expect(page.get_by_text("3 shipped, 0 refused.")).to_be_visible()
    left = Order.objects.order_by("pk").values_list("status", "carrier", "tracking_number")
    assert list(left) == [("shipped", "UPS", number) for number in ("1Z1", "1Z2", "1Z3")]


def test_it_goes_to_the_order_whose_slip_is_scanned(screen: Screen) -> None:
    first, second, third = ready(3)
    screen.page.goto(reverse("admin:orders_order_ship"))
    scan(screen, Order(pk=third).reference)
    expect(tracking(screen, third)).to_be_focused()
    scan(screen, "1Z3")
    tracking(screen, first).focus()
    scan(screen, "ord-999")
    expect(screen.page.get_by_text("ord-999 is not on this page.")).to_be_visible()
    expect(tracking(screen, first)).to_be_focused()
    expect(tracking(screen, first)).to_have_value("")
    expect(screen.page.locator("#count")).to_have_text("1 of 3 to be shipped")
    expect(screen.page.locator(f"input[name=ship][value='{third}']")).to_be_checked()
    expect(screen.page.locator(f"input[name=ship][value='{second}']")).not_to_be_checked()


def test_it_fills_the_rows_from_a_spreadsheet_wherever_it_is_pasted(screen: Screen) -> None:
    first, second = ready(2)
    page = screen.page
    page.goto(reverse("admin:orders_order_ship"))
    copied = f"{Order(pk=second).reference}\t1Z 2\n{Order(pk=first).reference}\t1Z 1"
    tracking(screen, first).evaluate(
        """(field, text) => {
            const copied = new DataTransfer();
            copied.setData("text/plain", text);
            const paste = new ClipboardEvent("paste", { clipboardData: copied, bubbles: true, cancelable: true });
            field.dispatchEvent(paste);
        }""",
        copied,
    )
    expect(tracking(screen, second)).to_have_value("1Z 2")
    expect(tracking(screen, first)).to_have_value("1Z 1")
    expect(page.locator("#count")).to_have_text("2 of 2 to be shipped")


def test_it_is_read_by_everybody_on_every_screen(screen: Screen) -> None:
    first, second = ready(2)
    Order.objects.filter(pk=second).update(due_date="2020-01-01")
    page = screen.page
    page.goto(reverse("admin:orders_order_ship"))
    expect(page.get_by_text("overdue")).to_be_visible()
    page.get_by_text("Paste from a spreadsheet").click()
    expect(page.get_by_label("Paste two columns")).to_be_visible()
    tracking(screen, first).fill("1Z1")
    assert_readable(screen)
    Job.objects.filter(order=second).update(status=JobStatus.PRINTING)
    page.locator(f"input[name=ship][value='{second}']").check()
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#plan-summary")).to_contain_text(re.compile("1 refused"))
    assert_readable(screen)


def test_it_shows_what_is_due_and_noted_of_an_order_to_everybody(screen: Screen) -> None:
    [key] = ready(1)
    page = screen.page
    Order.objects.filter(pk=key).update(due_date="2020-01-01", notes="Ring twice")
    page.goto(reverse("admin:orders_order_changelist"))
    expect(page.get_by_role("img", name="Notes: Ring twice")).to_be_visible()
    assert_readable(screen)
    page.goto(reverse("admin:orders_order_change", args=[key]))
    page.get_by_text("Note something").click()
    page.get_by_label("Add a note").fill("Gate code 7")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("The note was added.")).to_be_visible()
    assert_readable(screen)
    screen.look(size=DESKTOP)
    page.get_by_role("link", name=re.compile("Reprint$")).click()
    expect(page.get_by_label(re.compile("Again of job-"))).to_be_visible()
    assert_readable(screen)
