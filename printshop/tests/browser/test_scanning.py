"""The scan page as a bench uses it: a scanner that types and sends Enter, a phone, a bad network."""

import re
from collections.abc import Callable, Iterable

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Locator, expect

from jobs.models import Job, JobMove
from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, house, make_actor, make_jobs, numbers
from printshop.tests.browser.screens import PHONE, Screen, assert_readable
from printshop.tests.desk import make_boss

# On one database: what is behind these pages is asked on both without a browser.
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.sqlite]
S = JobStatus


def bench(screen: Screen, target: str = S.PRINTING) -> Screen:
    screen.page.goto(f"{reverse('admin:jobs_job_scan')}?target={target}")
    return screen


def scan(screen: Screen, codes: Iterable[str]) -> None:
    """As a keyboard wedge does: keystrokes wherever the cursor stands, Enter after each code, no waiting."""
    for code in codes:
        screen.page.keyboard.type(code)
        screen.page.keyboard.press("Enter")


def aim(screen: Screen, target: str) -> None:
    screen.page.get_by_role("radio", name=target).check()


def count(screen: Screen, fate: str) -> Locator:
    return screen.page.locator(f"[data-count={fate}] dd")


def ticket(screen: Screen, name: str) -> Locator:
    return screen.page.locator(f"section[data-fate] li[data-id='{name}']")


def settled(screen: Screen, **counts: int) -> None:
    """Wait until the tray shows these counts and nothing is being checked."""
    expect(screen.page.locator("[data-count=waiting]")).to_be_hidden()
    for fate, number in counts.items():
        expect(count(screen, fate)).to_have_text(str(number))


def last(screen: Screen) -> Locator:
    return screen.page.locator("#last")


def order_of(job: str) -> str:
    return Job.objects.get(pk=numbers([job])[0]).order.reference


def test_it_loses_nothing_of_a_burst_and_advances_it_once(operator_screen: Screen) -> None:
    good, done = make_jobs(37, S.QUEUED), make_jobs(3, S.SHIPPED)
    screen = bench(operator_screen)
    scan(screen, [*good[:20], *done, *good[20:]])
    settled(screen, good=37, already=0, refused=3, unknown=0)
    screen.page.get_by_label("Reason").fill("Monday's run")
    screen.page.get_by_role("button", name="Advance 37 jobs to PRINTING").click()
    expect(screen.page.locator("#done-title")).to_have_text("Done: 37 moved.")
    settled(screen, good=0, refused=3)
    assert Job.objects.filter(status=S.PRINTING).count() == 37
    operation = BulkOperation.objects.get(actor="olga")
    assert (operation.total, operation.terms["reason"]) == (37, "Monday's run")
    assert set(JobMove.objects.filter(operation=operation).values_list("reason", flat=True)) == {"Monday's run"}
    screen.page.get_by_role("link", name="See the record of it").click()
    screen.page.wait_for_url(f"**{reverse('admin:bulk_bulkoperation_change', args=[operation.pk])}")


def test_it_says_what_each_scan_is_and_forgives_the_second(operator_screen: Screen) -> None:
    (queued,), (shipped,), (there,) = make_jobs(1, S.QUEUED), make_jobs(1, S.SHIPPED), make_jobs(1, S.PRINTING)
    screen = bench(operator_screen)
    steps = (
        (queued.upper(), f"✓ Good. {queued}: QUEUED → PRINTING"),
        (queued, f"= Again. {queued}: in the tray already, nothing was added."),
        (shipped, f"✗ No. {shipped}: A SHIPPED job cannot become PRINTING."),
        (there, f"= Nothing to do. {there}: Already PRINTING."),
        (order_of(queued), f"= Again. {queued}: in the tray already, nothing was added."),
        ("job-9999", "✗ No. There is no job job-9999."),
        ("4006381333931", "✗ No. “4006381333931” is no ticket of this shop."),
        (f"{screen.home}/api/jobs/{queued}", f"= Again. {queued}: in the tray already, nothing was added."),
    )
    for code, said in steps:
        scan(screen, [code])
        expect(last(screen)).to_have_text(said)
    settled(screen, good=1, already=1, refused=1, unknown=2)
    expect(ticket(screen, shipped)).to_contain_text("✗ Cannot move")
    expect(ticket(screen, shipped)).to_contain_text("A SHIPPED job cannot become PRINTING.")
    assert JobMove.objects.filter(actor="olga").count() == 0


def test_it_judges_the_tray_anew_for_another_status(operator_screen: Screen) -> None:
    (job,) = make_jobs(1, S.QUEUED)
    screen = bench(operator_screen)
    scan(screen, [job])
    settled(screen, good=1)
    aim(screen, S.READY)
    settled(screen, good=0, refused=1)
    expect(ticket(screen, job)).to_contain_text("A QUEUED job cannot become READY.")
    aim(screen, S.QUEUED)
    settled(screen, already=1, refused=0)


def test_it_keeps_the_tray_over_a_reload(operator_screen: Screen) -> None:
    jobs = make_jobs(3, S.QUEUED)
    screen = bench(operator_screen)
    aim(screen, S.CANCELLED)
    scan(screen, [*jobs, "nonsense"])
    settled(screen, good=3, unknown=1)
    change_jobs(ADVANCE, jobs[:1], actor=make_actor(), at=NOON, target_status=S.CANCELLED, reason="elsewhere")
    screen.page.goto(reverse("admin:jobs_job_scan"))
    settled(screen, good=2, already=1, unknown=1)
    expect(screen.page.get_by_role("radio", name=S.CANCELLED)).to_be_checked()


def test_it_keeps_scans_while_the_shop_cannot_be_reached(operator_screen: Screen) -> None:
    jobs = make_jobs(5, S.QUEUED)
    screen = bench(operator_screen)
    with screen.offline():
        scan(screen, jobs)
        expect(last(screen)).to_contain_text("The shop cannot be reached. Nothing is lost")
        expect(count(screen, "waiting")).to_have_text("5")
    settled(screen, good=5)


def test_it_asks_for_a_reason_to_cancel(operator_screen: Screen) -> None:
    (job,) = make_jobs(1, S.QUEUED)
    screen = bench(operator_screen, S.CANCELLED)
    scan(screen, [job])
    settled(screen, good=1)
    screen.page.get_by_role("button", name="Advance 1 job to CANCELLED").click()
    expect(screen.page.get_by_role("alert")).to_have_text("A reason is required to cancel a job.")
    expect(screen.page.get_by_label("Reason")).to_be_focused()
    assert not JobMove.objects.filter(target=S.CANCELLED).exists()
    screen.page.keyboard.type("Nozzle broke")
    screen.page.get_by_role("button", name="Advance 1 job to CANCELLED").click()
    expect(screen.page.locator("#done-title")).to_have_text("Done: 1 moved.")
    assert JobMove.objects.get(target=S.CANCELLED).reason == "Nozzle broke"


def test_it_is_worked_by_keyboard_alone(operator_screen: Screen) -> None:
    first, second = make_jobs(2, S.QUEUED)
    screen = bench(operator_screen)
    keys = screen.page.keyboard
    expect(screen.page.locator("#ticket")).to_be_focused()
    # This browser cannot read codes by itself, so no camera is offered.
    expect(screen.page.locator("#camera")).to_be_hidden()
    scan(screen, [first, second])
    settled(screen, good=2)
    screen.page.get_by_role("button", name=f"Remove {first}").focus()
    keys.press("Enter")
    settled(screen, good=1)
    expect(screen.page.get_by_role("button", name=f"Remove {second}")).to_be_focused()
    screen.page.locator("#go").focus()
    keys.press("Enter")
    expect(screen.page.locator("#done-title")).to_have_text("Done: 1 moved.")
    expect(screen.page.locator("#ticket")).to_be_focused()
    assert list(JobMove.objects.filter(actor="olga").values_list("job", flat=True)) == numbers([second])


def test_it_takes_a_scan_wherever_the_cursor_stands(operator_screen: Screen) -> None:
    places = ("body", "#go", "#empty", "#id_reason", "#sound", "input[value=PRINTING]")
    screen = bench(operator_screen)
    for number, job in enumerate(make_jobs(len(places), S.QUEUED)):
        place = "place => { document.activeElement.blur(); document.querySelector(place).focus(); }"
        screen.page.evaluate(place, places[number])
        scan(screen, [job])
        settled(screen, good=number + 1)
        expect(screen.page.locator("#ticket")).to_be_focused()
    expect(screen.page.get_by_label("Reason")).to_have_value("")
    assert not JobMove.objects.filter(actor="olga").exists()


def test_it_empties_the_tray_once_that_is_confirmed(operator_screen: Screen) -> None:
    screen = bench(operator_screen)
    scan(screen, [*make_jobs(2, S.QUEUED), "nonsense"])
    settled(screen, good=2, unknown=1)
    screen.page.once("dialog", lambda dialog: dialog.dismiss())
    screen.page.get_by_role("button", name="Empty the tray").click()
    settled(screen, good=2, unknown=1)
    screen.page.once("dialog", lambda dialog: dialog.accept())
    screen.page.get_by_role("button", name="Empty the tray").click()
    settled(screen, good=0, unknown=0)
    screen.page.reload()
    settled(screen, good=0, unknown=0)


def test_it_takes_codes_that_end_with_tab_and_lists_that_are_pasted(operator_screen: Screen) -> None:
    jobs = make_jobs(4, S.QUEUED)
    screen = bench(operator_screen)
    screen.page.keyboard.type(jobs[0])
    screen.page.keyboard.press("Tab")
    screen.page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            const event = new ClipboardEvent("paste", { clipboardData, cancelable: true, bubbles: true });
            document.getElementById("ticket").dispatchEvent(event);
        }""",
        "\n".join(jobs[1:]),
    )
    settled(screen, good=4)


def test_it_tells_of_jobs_that_moved_between_check_and_button(operator_screen: Screen) -> None:
    stays, goes = make_jobs(2, S.QUEUED)
    screen = bench(operator_screen)
    scan(screen, [stays, goes])
    settled(screen, good=2)
    change_jobs(ADVANCE, [goes], actor=make_actor(), at=NOON, target_status=S.CANCELLED, reason="gone")
    screen.page.locator("#go").click()
    expect(screen.page.locator("#done-title")).to_have_text("Done: 1 moved, 1 refused and left in the tray.")
    expect(ticket(screen, goes)).to_contain_text("A CANCELLED job cannot become PRINTING.")


def test_it_keeps_the_tray_of_somebody_who_was_signed_out(operator_screen: Screen) -> None:
    jobs = make_jobs(2, S.QUEUED)
    screen = bench(operator_screen)
    screen.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    scan(screen, jobs)
    expect(last(screen)).to_contain_text("You are signed out.")
    screen.sign_in(User.objects.get(username="olga"))
    screen.page.reload()
    settled(screen, good=2)


# The browser's own reader, which Chromium has on phones and not on Linux: it sees two tickets in turn.
READER = """
    let looks = 0;
    window.BarcodeDetector = class {
        async detect(source) {
            if (!(source instanceof HTMLVideoElement) || !source.videoWidth) return [];
            looks += 1;
            return [{ rawValue: looks < 5 ? "%s" : "%s" }];
        }
    };
"""


def test_it_scans_with_the_camera_of_a_phone(open_screen: Callable[..., Screen]) -> None:
    house()
    jobs = make_jobs(2, S.QUEUED)
    screen = open_screen(make_boss(), size=PHONE, dark=True, has_touch=True, permissions=["camera"])
    screen.page.add_init_script(READER % (jobs[0], jobs[1].upper()))
    bench(screen).page.get_by_role("button", name="Use the camera").click()
    settled(screen, good=2)
    expect(last(screen)).to_have_text(re.compile("^✓ Good"))
    assert screen.spills() == 0
    screen.page.get_by_role("button", name="Close the camera").click()
    expect(screen.page.locator("video")).to_be_hidden()


def test_it_is_read_by_everybody_in_every_light_and_size(operator_screen: Screen) -> None:
    queued, (shipped,), (there,) = make_jobs(2, S.QUEUED), make_jobs(1, S.SHIPPED), make_jobs(1, S.PRINTING)
    screen = bench(operator_screen)
    scan(screen, [queued[0]])
    settled(screen, good=1)
    screen.page.locator("#go").click()
    expect(screen.page.locator("#done-title")).to_be_visible()
    scan(screen, [queued[1], there, shipped, "nonsense"])
    settled(screen, good=1, refused=1, already=1, unknown=1)
    assert_readable(screen)
