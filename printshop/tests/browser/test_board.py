"""The job board at work: cards chosen by mouse and by keys, a board that renews itself, plans that are confirmed."""

from collections.abc import Sequence

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from jobs.models import Job, JobMove
from jobs.services import ADVANCE, PRIORITIZE, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, make_actor, make_jobs, numbers
from printshop.tests.browser.screens import PHONE, Screen, assert_readable

# On one database: what is behind these pages is asked on both without a browser.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]
S = JobStatus


def board(screen: Screen, query: str = "") -> Screen:
    screen.page.goto(reverse("admin:jobs_job_board") + query)
    return screen


def box(screen: Screen, job: str) -> Locator:
    return screen.page.get_by_role("checkbox", name=f"Choose {job}", exact=True)


def card(screen: Screen, job: str) -> Locator:
    return screen.page.locator(f".card[data-id='{job}']")


def in_column(screen: Screen, status: str) -> Locator:
    return screen.page.locator(f"#column-{status} .card")


def come_back(screen: Screen) -> None:
    """The tab is looked at again, which renews the board at once; wait until it has."""
    with screen.page.expect_response("**/board/columns/**") as waited:
        screen.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    waited.value.finished()


def chosen(screen: Screen) -> list[str]:
    return screen.page.evaluate(
        "[...document.querySelectorAll('[data-pick]:checked')].map(b => b.closest('.card').dataset.id)"
    )


def focused(screen: Screen) -> str:
    return screen.page.evaluate("document.activeElement.closest('.card')?.dataset.id || ''")


def elsewhere(jobs: Sequence[str], target: JobStatus) -> None:
    """Somebody else moves jobs."""
    change_jobs(ADVANCE, jobs, actor=make_actor(), at=NOON, target_status=target)


def advance(screen: Screen) -> Locator:
    screen.page.get_by_role("button", name="Advance…").click()
    dialog = screen.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_it_keeps_choice_focus_and_scrolling_when_it_renews_itself(operator_screen: Screen) -> None:
    jobs = make_jobs(12, S.QUEUED)
    screen = board(operator_screen)
    box(screen, jobs[2]).check()
    box(screen, jobs[9]).check()
    box(screen, jobs[9]).focus()
    screen.page.evaluate("document.querySelector('.columns').scrollLeft = 60")
    screen.page.evaluate("window.scrollTo(0, 150)")
    before = screen.page.evaluate("[window.scrollY, document.querySelector('.columns').scrollLeft]")
    elsewhere([*jobs[:2], jobs[9]], S.PRINTING)
    fresh = make_jobs(1, S.READY)
    change_jobs(PRIORITIZE, jobs[5:6], actor=make_actor(), at=NOON, priority=5)
    come_back(screen)
    expect(in_column(screen, "PRINTING")).to_have_count(3)
    expect(card(screen, fresh[0])).to_be_visible()
    expect(in_column(screen, "QUEUED").first).to_have_attribute("data-id", jobs[5])
    assert sorted(chosen(screen)) == sorted([jobs[2], jobs[9]])
    assert focused(screen) == jobs[9]
    assert screen.page.evaluate("[window.scrollY, document.querySelector('.columns').scrollLeft]") == before
    expect(screen.page.locator("#chosen")).to_have_text("2 jobs chosen")


def test_it_leaves_alone_what_did_not_change(operator_screen: Screen) -> None:
    jobs = make_jobs(3, S.QUEUED)
    screen = board(operator_screen)
    box(screen, jobs[1]).focus()
    screen.page.evaluate("void (window.lost = 0, window.kept = document.activeElement, kept.onblur = () => lost++)")
    elsewhere(jobs[:1], S.PRINTING)
    come_back(screen)
    expect(in_column(screen, "QUEUED")).to_have_count(2)
    assert screen.page.evaluate("document.activeElement === window.kept && window.lost === 0")


def test_it_renews_itself_without_being_asked(operator_screen: Screen) -> None:
    screen = operator_screen
    screen.page.clock.install()
    jobs = make_jobs(1, S.QUEUED)
    board(screen)
    elsewhere(jobs, S.PRINTING)
    screen.page.clock.run_for(11_000)
    expect(in_column(screen, "PRINTING")).to_have_count(1)


def test_it_is_worked_by_keys_alone(operator_screen: Screen) -> None:
    jobs = make_jobs(4, S.QUEUED)
    (printing,) = make_jobs(1, S.PRINTING)
    screen = board(operator_screen)
    keys = screen.page.keyboard
    box(screen, jobs[0]).focus()
    keys.press("Space")
    keys.press("Shift+ArrowDown")
    assert chosen(screen) == jobs[:2]
    keys.press("ArrowRight")
    assert focused(screen) == printing
    keys.press("ArrowLeft")
    keys.press("End")
    assert focused(screen) == jobs[3]
    keys.press("Space")
    assert chosen(screen) == [*jobs[:2], jobs[3]]
    screen.page.get_by_role("button", name="Advance…").focus()
    keys.press("Enter")
    dialog = screen.page.get_by_role("dialog")
    expect(dialog.get_by_label("New status")).to_be_focused()
    expect(dialog.get_by_text("3 will be advanced. Nothing has been done yet.")).to_be_visible()
    dialog.get_by_role("button", name="Advance 3 jobs").focus()
    keys.press("Enter")
    expect(screen.page.locator("#outcome")).to_contain_text("3 advanced.")
    assert set(Job.objects.filter(pk__in=numbers([*jobs[:2], jobs[3]])).values_list("status", flat=True)) == {
        S.PRINTING
    }
    assert Job.objects.get(pk=numbers(jobs)[2]).status == S.QUEUED
    assert chosen(screen) == []


def test_it_lets_tab_pass_a_long_column(operator_screen: Screen) -> None:
    jobs, (printing,) = make_jobs(9, S.QUEUED), make_jobs(1, S.PRINTING)
    screen = board(operator_screen)
    box(screen, jobs[0]).focus()
    seen = []
    for _ in range(6):
        screen.page.keyboard.press("Tab")
        seen.append(focused(screen))
    assert printing in seen


def test_it_chooses_a_column_and_a_range_by_mouse(operator_screen: Screen) -> None:
    jobs = make_jobs(5, S.QUEUED)
    screen = board(operator_screen)
    whole = screen.page.get_by_role("checkbox", name="Choose all 5 shown at QUEUED")
    whole.check()
    assert chosen(screen) == jobs
    whole.uncheck()
    assert chosen(screen) == []
    card(screen, jobs[1]).click(position={"x": 120, "y": 40})
    card(screen, jobs[3]).click(position={"x": 120, "y": 40}, modifiers=["Shift"])
    assert chosen(screen) == jobs[1:4]
    screen.page.get_by_role("button", name="Choose none").click()
    assert chosen(screen) == []
    expect(screen.page.locator("#bar")).to_be_hidden()


def test_it_leaves_the_refused_chosen_and_says_why(operator_screen: Screen) -> None:
    (queued,), (ready,) = make_jobs(1, S.QUEUED), make_jobs(1, S.READY)
    screen = board(operator_screen)
    box(screen, queued).check()
    box(screen, ready).check()
    dialog = advance(screen)
    dialog.get_by_label("New status").select_option("SHIPPED")
    expect(dialog.get_by_text("A QUEUED job cannot become SHIPPED.")).to_be_visible()
    dialog.get_by_label("Reason").fill("picked up")
    dialog.get_by_role("button", name="Advance 1 job").click()
    expect(screen.page.locator("#outcome")).to_contain_text(f"{queued}: A QUEUED job cannot become SHIPPED.")
    expect(card(screen, ready)).to_have_count(0)
    expect(card(screen, queued).locator(".refused")).to_have_text("A QUEUED job cannot become SHIPPED.")
    assert chosen(screen) == [queued]
    assert JobMove.objects.get(job=numbers([ready])[0], target=S.SHIPPED).reason == "picked up"
    screen.page.get_by_role("link", name="See what happened to each").click()
    screen.page.wait_for_url(
        f"**{reverse('admin:bulk_bulkoperation_change', args=[BulkOperation.objects.get(actor='olga').pk])}"
    )


def test_it_asks_why_before_it_cancels(operator_screen: Screen) -> None:
    jobs = make_jobs(2, S.QUEUED)
    screen = board(operator_screen)
    box(screen, jobs[0]).check()
    screen.page.get_by_role("button", name="Cancel…").click()
    dialog = screen.page.get_by_role("dialog")
    screen.page.evaluate("document.getElementById('change').noValidate = true")
    dialog.get_by_role("button", name="Cancel 1 job").click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()
    dialog.get_by_label("Reason").fill("not wanted")
    dialog.get_by_role("button", name="Cancel 1 job").click()
    expect(dialog).to_be_hidden()
    expect(card(screen, jobs[0])).to_have_count(0)
    assert Job.objects.get(pk=numbers(jobs)[0]).reason == "not wanted"


def test_it_waits_while_a_plan_is_read_and_shows_it_anew_when_it_is_old(operator_screen: Screen) -> None:
    jobs = make_jobs(2, S.QUEUED)
    screen = board(operator_screen)
    for job in jobs:
        box(screen, job).check()
    dialog = advance(screen)
    elsewhere(jobs[:1], S.PRINTING)
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    dialog.get_by_role("button", name="Advance 2 jobs").click()
    expect(dialog.get_by_role("alert")).to_contain_text("something changed meanwhile")
    assert not [address for address in asked if "/columns/" in address]
    dialog.get_by_role("button", name="Advance 1 job").click()
    expect(dialog).to_be_hidden()
    expect(in_column(screen, "PRINTING")).to_have_count(2)


def test_it_closes_the_plan_with_escape_and_does_nothing(operator_screen: Screen) -> None:
    jobs = make_jobs(1, S.QUEUED)
    screen = board(operator_screen)
    box(screen, jobs[0]).check()
    dialog = advance(screen)
    screen.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(screen.page.get_by_role("button", name="Advance…")).to_be_focused()
    assert chosen(screen) == jobs
    assert Job.objects.get().status == S.QUEUED


def test_it_shows_more_of_a_column_and_goes_on_showing_it(operator_screen: Screen) -> None:
    jobs = make_jobs(23, S.QUEUED)
    screen = board(operator_screen)
    expect(in_column(screen, "QUEUED")).to_have_count(20)
    screen.page.get_by_role("button", name="Show more at QUEUED").click()
    expect(in_column(screen, "QUEUED")).to_have_count(23)
    expect(box(screen, jobs[20])).to_be_focused()
    come_back(screen)
    expect(in_column(screen, "QUEUED")).to_have_count(23)


def test_it_says_when_the_shop_cannot_be_reached(operator_screen: Screen) -> None:
    jobs = make_jobs(1, S.QUEUED)
    screen = board(operator_screen)
    box(screen, jobs[0]).check()
    with screen.offline():
        screen.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(screen.page.locator("#trouble")).to_have_text("The shop cannot be reached. What is shown may be old.")
    assert chosen(screen) == jobs
    come_back(screen)
    expect(screen.page.locator("#trouble")).to_be_empty()


def test_it_can_be_read_by_everybody(operator_screen: Screen) -> None:
    (failed,), queued = make_jobs(1, S.FAILED), make_jobs(2, S.QUEUED)
    Order.objects.update(due_date="2020-01-01")
    screen = board(operator_screen, "?material=PLA")
    box(screen, queued[0]).check()
    box(screen, failed).check()
    assert_readable(screen)
    dialog = advance(screen)
    dialog.get_by_label("New status").select_option("PRINTING")
    expect(dialog.get_by_text("A FAILED job cannot become PRINTING.")).to_be_visible()
    assert_readable(screen)
    dialog.get_by_role("button", name="Advance 1 job").click()
    expect(card(screen, failed).locator(".refused")).to_be_visible()
    assert_readable(screen)


def test_it_works_on_a_phone(operator_screen: Screen) -> None:
    jobs = make_jobs(2, S.QUEUED)
    operator_screen.look(size=PHONE, dark=True)
    screen = board(operator_screen)
    screen.page.get_by_role("link", name="QUEUED 2").click()
    expect(card(screen, jobs[0])).to_be_in_viewport()
    box(screen, jobs[0]).check()
    dialog = advance(screen)
    dialog.get_by_role("button", name="Advance 1 job").click()
    expect(in_column(screen, "PRINTING")).to_have_count(1)
    assert screen.spills() <= 0
