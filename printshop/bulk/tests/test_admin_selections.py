"""All rows that match a list's filters, frozen on the server: planned, confirmed and carried out, and no row posted."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.models import SKU
from jobs.models import Job
from jobs.services import ADVANCE, CANCEL, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from printshop.bulk.confirm import freezing, pages, plans, surveys
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.models import BulkOperation, Selection
from printshop.testing import NOON, make_actor, make_jobs, make_orders, make_skus, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, text_of, url

pytestmark = pytest.mark.django_db
S = JobStatus
QUEUED = "?status__exact=QUEUED"


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "change_job", "view_bulkoperation"))


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are done at once, more go into the queue; three are planned at a time."""
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 2)
    monkeypatch.setattr("printshop.bulk.confirm.matching.SLICE", 3)


def chosen(desk: Desk, query: str = "", action: str = "advance", model: Any = Job) -> str:
    """The address of the confirmation for all rows of a list."""
    some = model.objects.order_by("pk").values_list("pk", flat=True)[:1]
    answer = desk.tick(model, list(some), action, query, select_across="1")
    assert answer.status_code == 302
    return str(answer["Location"])


def press(desk: Desk, address: str, page: Any, step: str = "confirm", **fields: Any) -> Any:
    """What the page sends: its hidden fields, and `fields` typed in."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
    sent = {name: unescape(value) for name, value in hidden if name == "plan"}
    return desk.client.post(address, {**sent, "policy": "partial", "step": step, **fields})


def confirm(desk: Desk, address: str, **fields: Any) -> Any:
    """Look at the plan for these fields, then confirm it."""
    return press(desk, address, press(desk, address, desk.client.get(address), "plan", **fields), **fields)


def advance(keys: list[int], target: JobStatus) -> None:
    references = [Job(pk=key).reference for key in keys]
    change_jobs(ADVANCE, references, actor=make_actor(), at=NOON, target_status=target)


def newest() -> BulkOperation:
    return BulkOperation.objects.order_by("-pk")[0]


def run_queue() -> None:
    while carry_out_next():
        pass


# --- Freezing --------------------------------------------------------------------------------------------------------
def test_it_keeps_rows_on_the_server_and_posts_only_their_reference(desk: Desk) -> None:
    keys = numbers(make_jobs(3, S.QUEUED))
    page = desk.client.get(chosen(desk))
    kept = Selection.objects.get()
    assert (kept.owner, kept.model, kept.count, kept.keys()) == (desk.user, "jobs.job", 3, keys)
    names = re.findall(r'<(?:input|select|textarea)[^>]*\bname="(\w+)"', page.content.decode().split("<form")[-1])
    assert not {"rows", "_selected_action"} & set(names)
    assert "plan" in names


def test_it_says_which_rows_in_words(desk: Desk) -> None:
    make_jobs(2, S.QUEUED)
    make_jobs(1)
    SKU.objects.update(machine_type="resin")
    for query, said in (
        ("", "All 3 jobs"),
        (QUEUED, "All 2 jobs matching: status QUEUED"),
        (
            "?status__exact=QUEUED&sku__machine_type__exact=resin",
            "All 2 jobs matching: status QUEUED, machine type resin",
        ),
        ("?created_at__year=2026", "All 3 jobs matching: created at year 2026"),
        ("?open=yes&q=cube", "All 3 jobs matching: search “cube”, Still to do"),
        ("?status__in=CREATED,FAILED", "All 1 jobs matching: status in CREATED,FAILED"),
    ):
        assert said in text_of(desk.client.get(chosen(desk, query))), query


def test_it_writes_nothing_of_the_shop_before_it_is_confirmed(desk: Desk) -> None:
    make_jobs(2, S.QUEUED)
    before = snapshot()
    address = chosen(desk)
    press(desk, address, desk.client.get(address), "plan", target_status=S.PRINTING)
    after = snapshot()
    assert {name for name in after if after[name] != before[name]} == {"Selection"}


def test_it_keeps_neighbouring_numbers_in_next_to_nothing_and_texts_as_they_are() -> None:
    many, ids = Selection(model="jobs.job"), Selection(model="catalog.sku")
    many.hold(range(7, 100_007))
    ids.hold(["a-1", "a-2", "β"])
    assert len(many.packed) < 1_000
    assert many.keys() == list(range(7, 100_007))
    assert ids.keys() == ["a-1", "a-2", "β"]
    assert ids.holds(["a-1", "a-2", "β"])
    assert not ids.holds(["a-1", "a-2"])


def test_it_refuses_to_freeze_more_than_can_be_planned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "MOST_SELECTED", 2)
    make_jobs(3)
    assert chosen(desk) == url(Job, "changelist")
    assert "At most 2 rows can be changed at once" in text_of(desk.get(Job))
    assert not Selection.objects.exists()


def test_it_forgets_a_selection_after_a_day(desk: Desk) -> None:
    make_jobs(1)
    address = chosen(desk)
    Selection.objects.update(created_at=timezone.now() - timedelta(hours=25))
    answer = desk.client.get(address)
    assert answer["Location"] == url(Job, "changelist")
    assert "This selection is not known any more" in text_of(desk.get(Job))
    chosen(desk)
    assert Selection.objects.count() == 1


# --- The plan --------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("few_at_once")
def test_it_counts_every_fate_over_all_slices_and_groups_refusals_by_reason(desk: Desk) -> None:
    make_jobs(4, S.QUEUED)
    make_jobs(2, S.PRINTING)
    make_jobs(3, S.SHIPPED)
    make_jobs(1, S.READY)
    address = chosen(desk)
    text = text_of(press(desk, address, desk.client.get(address), "plan", target_status=S.PRINTING))
    assert "4 will be advanced, 2 stay as they are, 4 refused . Nothing has been done yet." in text
    assert "Refused – A SHIPPED job cannot become PRINTING: 3" in text
    assert "Refused – A READY job cannot become PRINTING: 1" in text
    assert text.index("A SHIPPED job") < text.index("A READY job") < text.index("Will be advanced: 4")
    assert "What is refused is left as it is; the others are done." in text


@pytest.mark.usefixtures("few_at_once")
def test_it_lists_the_first_of_each_and_counts_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_LISTED", 2)
    keys = numbers(make_jobs(7))
    text = text_of(desk.client.get(chosen(desk)))
    assert "Will be advanced: 7" in text
    assert text.count("status: CREATED → VALIDATED") == 2
    assert "and 5 more" in text
    assert Job(pk=keys[0]).reference in text


def test_it_puts_refusals_that_differ_in_a_name_or_number_under_one_heading(desk: Desk) -> None:
    jobs = make_jobs(3, S.QUEUED)
    boss = Desk(make_boss())
    address = chosen(boss, action="refund", model=Order)
    page = press(boss, address, boss.client.get(address), "plan", amount="99.00", reason="x")
    headings = re.findall(r'id="refused\S*-title"[^>]*>([^<]*)<', page.content.decode())
    assert len(headings) == 1
    assert headings[0].endswith(f": {len(jobs)}")


def test_it_gathers_reasons_beyond_the_most_frequent_kinds(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setattr(surveys, "MOST_REASONS", 1)
    make_jobs(1, S.SHIPPED)
    make_jobs(2, S.READY)
    make_jobs(1, S.QUEUED)
    address = chosen(desk)
    text = text_of(press(desk, address, desk.client.get(address), "plan", target_status=S.PRINTING))
    assert "Refused – A SHIPPED job cannot become PRINTING: 1" in text
    assert "Refused – other reasons: 2" in text


def test_it_plans_in_as_many_statements_as_there_are_slices(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    make_jobs(12, S.QUEUED)
    address = chosen(desk)
    desk.client.get(address)

    def sent(rows_at_once: int) -> int:
        monkeypatch.setattr("printshop.bulk.confirm.matching.SLICE", rows_at_once)
        with statements() as found:
            desk.client.get(address)
        return len(found)

    # The names of what is listed are read once, whatever the slices.
    one, two, four = sent(12), sent(6), sent(3)
    assert four - two == 2 * (two - one)
    make_jobs(30, S.QUEUED)
    address = chosen(desk)
    assert sent(42) == one


# --- Confirming ------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("few_at_once")
def test_it_becomes_one_operation_whose_page_shows_the_progress(desk: Desk) -> None:
    keys = numbers(make_jobs(5, S.QUEUED))
    make_jobs(1, S.SHIPPED)
    address = chosen(desk)
    answer = confirm(desk, address, target_status=S.PRINTING, reason="Monday")
    operation = newest()
    assert answer["Location"] == url(BulkOperation, "change", operation.pk)
    assert (operation.total, operation.policy, operation.state, operation.user) == (6, "partial", "queued", desk.user)
    assert operation.terms == {"targetStatus": "PRINTING", "reason": "Monday"}
    assert operation.items.get(index=0).payload == Job(pk=keys[0]).reference
    assert not Job.objects.filter(status=S.PRINTING).exists()
    run_queue()
    operation.refresh_from_db()
    assert operation.counts == {"updated": 5, "refused": 1}
    assert list(Job.objects.filter(pk__in=keys).values_list("status", flat=True)) == [S.PRINTING] * 5


def test_it_is_confirmed_in_as_many_statements_whatever_the_selection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 1)
    make_jobs(3, S.QUEUED)

    def sent() -> int:
        address = chosen(desk, QUEUED)
        shown = desk.client.get(address)
        with statements() as found:
            assert press(desk, address, shown, target_status=S.PRINTING).status_code == 302
        return len(found)

    few = sent()
    make_jobs(40, S.QUEUED)
    assert sent() == few


def test_it_is_cut_into_chunks_of_five_hundred(desk: Desk) -> None:
    make_jobs(1_203)
    assert confirm(desk, chosen(desk), target_status=S.VALIDATED).status_code == 302
    assert sorted(newest().chunks.values_list("size", flat=True)) == [203, 500, 500]
    run_queue()
    assert newest().counts == {"updated": 1_203}


def test_it_does_few_rows_at_once_and_goes_back_to_the_list(desk: Desk) -> None:
    make_jobs(2, S.QUEUED)
    make_jobs(1)
    answer = confirm(desk, chosen(desk, QUEUED), target_status=S.PRINTING)
    assert answer["Location"] == url(Job, "changelist") + QUEUED
    assert Job.objects.filter(status=S.PRINTING).count() == 2
    assert not newest().deferred
    assert "2 advanced" in text_of(desk.get(Job))


def test_it_does_nothing_when_all_or_nothing_was_chosen_for_few_and_one_is_refused(desk: Desk) -> None:
    make_jobs(1, S.QUEUED)
    make_jobs(1, S.SHIPPED)
    before = Job.objects.filter(status=S.QUEUED).count()
    assert "nothing was advanced" in text_of(confirm(desk, chosen(desk), target_status=S.PRINTING, policy="atomic"))
    assert Job.objects.filter(status=S.QUEUED).count() == before


def test_it_asks_for_a_reason_where_one_is_due(desk: Desk) -> None:
    make_jobs(2, S.QUEUED)
    address = chosen(desk, action="cancel")
    assert "This field is required." in text_of(confirm(desk, address, reason=" "))
    assert not Job.objects.filter(status=S.CANCELLED).exists()
    assert confirm(desk, address, reason="Nozzle broke").status_code == 302
    assert Job.objects.filter(status=S.CANCELLED, reason="Nozzle broke").count() == 2


@pytest.mark.parametrize("at_once", [2, 500])
def test_it_does_nothing_when_other_rows_match_by_now_and_shows_which_many(
    desk: Desk, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", at_once)
    keys = numbers(make_jobs(4, S.QUEUED))
    address = chosen(desk, QUEUED)
    shown = desk.client.get(address)
    advance(keys[:1], S.PRINTING)
    make_jobs(2, S.QUEUED)
    operations = BulkOperation.objects.count()
    answer = press(desk, address, shown, target_status=S.PRINTING)
    text = text_of(answer)
    assert "Other jobs match by now than you were shown: 2 came, 1 went. Nothing was done" in text
    assert "All 5 jobs matching: status QUEUED" in text
    assert BulkOperation.objects.count() == operations
    assert press(desk, address, answer, target_status=S.PRINTING).status_code == 302
    run_queue()
    assert Job.objects.filter(status=S.PRINTING).count() == 6


def test_it_is_confirmed_though_the_page_of_the_list_is_gone_by_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.admin.JobAdmin.list_per_page", 2)
    keys = numbers(make_jobs(3, S.QUEUED))
    address = chosen(desk, f"{QUEUED}&p=2")
    shown = desk.client.get(address)
    advance(keys[1:], S.PRINTING)
    answer = press(desk, address, shown, target_status=S.PRINTING)
    assert "2 went" in text_of(answer)
    assert press(desk, address, answer, target_status=S.PRINTING)["Location"] == url(Job, "changelist") + QUEUED


@pytest.mark.usefixtures("few_at_once")
def test_it_does_nothing_when_the_plan_is_another_by_now_and_shows_what_moved(desk: Desk) -> None:
    keys = numbers(make_jobs(4, S.QUEUED))
    address = chosen(desk)
    shown = press(desk, address, desk.client.get(address), "plan", target_status=S.PRINTING)
    cancelled = [Job(pk=keys[0]).reference]
    change_jobs(CANCEL, cancelled, actor=make_actor(), at=NOON, reason="lost")
    operations = BulkOperation.objects.count()
    answer = press(desk, address, shown, target_status=S.PRINTING)
    assert "not the plan that you were shown: 4 → 3 advanced, 0 → 1 refused. Nothing was done" in text_of(answer)
    assert BulkOperation.objects.count() == operations
    assert press(desk, address, answer, target_status=S.PRINTING).status_code == 302
    assert newest().total == 4


@pytest.mark.usefixtures("few_at_once")
def test_it_is_not_confirmed_by_a_made_up_plan(desk: Desk) -> None:
    make_jobs(3, S.QUEUED)
    address = chosen(desk)
    desk.client.get(address)
    operations = BulkOperation.objects.count()
    answer = desk.client.post(address, {"step": "confirm", "plan": "0" * 64, "target_status": S.PRINTING})
    assert "not the plan that you were shown" in text_of(answer)
    assert BulkOperation.objects.count() == operations


@pytest.mark.parametrize("at_once", [1, 500])
def test_it_is_used_once_and_leads_to_what_came_of_it(
    desk: Desk, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", at_once)
    make_jobs(2, S.FAILED)
    address = chosen(desk, action="reprint")
    shown = desk.client.get(address)
    press(desk, address, shown, reason="Warped")
    run_queue()
    assert Job.objects.count() == 4
    for again in (press(desk, address, shown, reason="Warped"), desk.client.get(address)):
        assert again["Location"] == url(BulkOperation, "change", newest().pk)
    run_queue()
    assert Job.objects.count() == 4


def test_it_says_the_refusal_of_terms_as_the_engine_words_it(desk: Desk) -> None:
    make_jobs(2, S.QUEUED)
    address = chosen(desk, action="prioritize")
    text = text_of(press(desk, address, desk.client.get(address), priority="5000"))
    assert "less than or equal to 1000" in text
    assert set(Job.objects.values_list("priority", flat=True)) == {0}


# --- Every list ------------------------------------------------------------------------------------------------------
def test_skus_and_orders_are_changed_by_the_filters_of_their_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 1)
    boss = Desk(make_boss())
    make_skus(3, prefix="old", material="ABS")
    make_orders(2, sku="new-0001")
    assert confirm(boss, chosen(boss, "?q=ABS", "deactivate", SKU)).status_code == 302
    assert confirm(boss, chosen(boss, "", "cancel", Order), reason="Fire").status_code == 302
    run_queue()
    assert set(SKU.objects.filter(active=False).values_list("material", flat=True)) == {"ABS"}
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}


# --- Who may ---------------------------------------------------------------------------------------------------------
def test_a_selection_of_somebody_else_is_unknown(desk: Desk) -> None:
    make_jobs(1, S.QUEUED)
    address = chosen(desk)
    page = desk.client.get(address)
    other = Desk(make_operator("view_job", "change_job", username="otto"))
    before = snapshot()
    assert other.client.get(address)["Location"] == url(Job, "changelist")
    assert press(other, address, page, target_status=S.PRINTING)["Location"] == url(Job, "changelist")
    assert "This selection is not known any more" in text_of(other.get(Job))
    assert snapshot() == before


def test_a_selection_of_another_list_is_unknown() -> None:
    boss = Desk(make_boss())
    make_jobs(1, S.QUEUED)
    address = chosen(boss).replace("/jobs/job/", "/orders/order/").replace("/advance/", "/cancel/")
    assert boss.client.get(address)["Location"] == url(Order, "changelist")


def test_it_asks_for_the_permission_at_every_step(desk: Desk) -> None:
    make_jobs(1, S.QUEUED)
    address = chosen(desk)
    page = desk.client.get(address)
    desk.user.user_permissions.set([])
    before = snapshot()
    assert desk.client.get(address).status_code == 403
    assert press(desk, address, page, target_status=S.PRINTING).status_code == 403
    assert snapshot() == before


def test_it_asks_for_the_role_at_every_step() -> None:
    boss = Desk(make_boss())
    make_skus(1)
    address = chosen(boss, "", "deactivate", SKU)
    boss.user.is_superuser = False
    boss.user.save()
    assert boss.client.get(address).status_code == 403
    assert SKU.objects.filter(active=True).exists()


def test_it_freezes_nothing_for_those_who_may_only_look() -> None:
    keys = numbers(make_jobs(1))
    looker = Desk(make_operator("view_job", username="leo"))
    looker.tick(Job, keys, "advance", select_across="1")
    assert not Selection.objects.exists()


def test_it_sends_strangers_to_the_login(desk: Desk) -> None:
    make_jobs(1)
    address = chosen(desk)
    desk.client.logout()
    answer = desk.client.get(address)
    assert urlsplit(answer["Location"]).path == "/admin/login/"
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [address]


def test_it_does_not_keep_its_owner_from_being_deleted(desk: Desk) -> None:
    make_jobs(1)
    chosen(desk)
    boss = Desk(make_boss())
    assert boss.post(User, "delete", {"post": "yes"}, desk.user.pk).status_code == 302
    assert not Selection.objects.exists()
