"""The job board: every open job is counted, and what is done there is what the list would do."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone

from catalog.models import SKU
from jobs.board import columns as board
from jobs.board import forms as board_forms
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, CANCEL, change_jobs
from jobs.states import JobStatus
from orders.models import Customer, Order
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, make_actor, make_customers, make_jobs, make_skus, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, text_of, url

pytestmark = pytest.mark.django_db
S = JobStatus


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "change_job", "view_bulkoperation"))


def columns(desk: Desk, **asked: Any) -> dict[str, tuple[int, list[str]]]:
    """By status: the count, and the ids of the cards."""
    answer = desk.client.get(url(Job, "board_columns"), asked)
    assert answer.status_code == 200
    found = {}
    for section in answer.content.decode().split("<section")[1:]:
        count = re.search(r'class="count">([\d,]+)', section)
        status = re.search(r'data-status="(\w+)"', section)
        assert count is not None
        assert status is not None
        found[status[1]] = (int(count[1].replace(",", "")), re.findall(r'data-id="([\w-]+)"', section))
    return found


def cards(desk: Desk, **asked: Any) -> list[str]:
    return sorted(card for _, found in columns(desk, **asked).values() for card in found)


def page_text(desk: Desk, **asked: Any) -> str:
    return text_of(desk.client.get(url(Job, "board"), asked))


def change(desk: Desk, jobs: Any, action: str = "advance", **fields: str) -> Any:
    return desk.client.post(url(Job, "board_change"), {"jobs": orjson.dumps(jobs).decode(), "action": action, **fields})


def plan_in(answer: Any) -> str:
    found = re.search(r'name="plan" value="(\w+)"', answer.content.decode())
    assert found is not None
    return found[1]


def confirm(desk: Desk, jobs: Sequence[str], action: str = "advance", **fields: str) -> Any:
    """Ask for the plan and press its button."""
    shown = change(desk, jobs, action, step="plan", **fields)
    return change(desk, jobs, action, step="confirm", plan=plan_in(shown), **fields)


def statuses(jobs: Sequence[str]) -> list[str]:
    return [Job.objects.get(pk=number).status for number in numbers(jobs)]


# --- Columns ----------------------------------------------------------------------------------------------------------
def test_it_has_a_column_for_each_status_in_the_order_of_the_work(desk: Desk) -> None:
    found = columns(desk)
    assert list(found) == [
        "CREATED", "VALIDATED", "SLICED", "QUEUED", "PRINTING", "POST_PROCESS", "READY", "FAILED",
    ]  # fmt: skip
    assert list(found.values()) == [(0, [])] * 8


def test_it_counts_all_and_shows_the_most_urgent_first(desk: Desk) -> None:
    jobs = make_jobs(board.FIRST_SHOWN + 3, S.QUEUED)
    (failed,) = make_jobs(1, S.FAILED)
    Job.objects.filter(pk=numbers(jobs)[-1]).update(priority=9)
    found = columns(desk)
    assert found["QUEUED"] == (len(jobs), [jobs[-1], *jobs[: board.FIRST_SHOWN - 1]])
    assert found["FAILED"] == (1, [failed])
    assert "3 more." in page_text(desk)


def test_it_shows_more_where_it_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "FIRST_SHOWN", 2)
    monkeypatch.setattr(board, "MOST_SHOWN", 4)
    queued, ready = make_jobs(6, S.QUEUED), make_jobs(3, S.READY)
    assert [len(columns(desk)[status][1]) for status in ("QUEUED", "READY")] == [2, 2]
    found = columns(desk, QUEUED="1000")
    assert found["QUEUED"] == (6, queued[:4])
    assert found["READY"] == (3, ready[:2])
    assert "All on the list" in text_of(desk.client.get(url(Job, "board_columns"), {"QUEUED": "4"}))


def test_it_counts_what_was_done_today(desk: Desk) -> None:
    today, yesterday, cancelled = make_jobs(2, S.SHIPPED), make_jobs(1, S.SHIPPED), make_jobs(1)
    change_jobs(CANCEL, cancelled, actor=make_actor(), at=NOON, reason="no")
    Job.objects.filter(pk__in=numbers(yesterday)).update(updated_at=NOON - timedelta(days=1))
    assert "Done today: 2 SHIPPED , 1 CANCELLED" in page_text(desk)
    assert cards(desk) == []
    link = re.search(r'href="([^"]+)" class="text-link">2 SHIPPED', desk.get(Job, "board").content.decode())
    assert link is not None
    listed = desk.client.get(link[1].replace("&amp;", "&")).context["cl"]
    assert sorted(listed.queryset.values_list("pk", flat=True)) == sorted(numbers(today))


def test_it_says_who_did_what_last_and_what_is_overdue(desk: Desk) -> None:
    make_skus(1, name="A dragon")
    jobs = make_jobs(2, S.PRINTING, quantity=3)
    boss = make_actor()
    change_jobs(
        ADVANCE, jobs[:1], actor=boss, at=NOON - timedelta(hours=2), target_status=S.FAILED, reason="nozzle <clogged>"
    )
    Order.objects.filter(jobs=numbers(jobs)[0]).update(due_date="2026-02-27")
    page = desk.get(Job, "board")
    text = text_of(page)
    assert f"{boss.name}: PRINTING → FAILED, 2 hours ago (“nozzle <clogged>”)" in text.replace("\xa0", " ")
    assert "3 × sku-0001" in text
    assert "overdue since 27 Feb" in text
    assert b"<clogged>" not in page.content


def test_it_says_when_nobody_moved_a_job_yet(desk: Desk) -> None:
    make_jobs(1)
    assert "Nobody has moved it yet." in page_text(desk)


def test_it_says_what_to_do_when_there_are_no_jobs(desk: Desk) -> None:
    assert "They appear here when an order with printable lines is paid." in page_text(desk)


# --- Filters ----------------------------------------------------------------------------------------------------------
def test_it_is_narrowed_down_by_material_machine_order_customer_age_and_lateness(desk: Desk) -> None:
    make_skus(1, prefix="pla", material="PLA", machine_type="fdm_standard")
    make_skus(1, prefix="resin", material="Resin", machine_type="resin")
    make_customers(1, prefix="ann")
    Customer.objects.filter(pk="ann-001").update(name="Ann Oak", email="ann@shop.example")
    (one,) = make_jobs(1, sku="pla-0001", customer="ann-001")
    (other,) = make_jobs(1, sku="resin-0001", customer="bob-001")
    make_jobs(1, S.SHIPPED, sku="pla-0001", customer="ann-001")
    Job.objects.filter(pk__in=numbers([other])).update(created_at=NOON - timedelta(days=4))
    late = Job.objects.get(pk=numbers([one])[0]).order
    Order.objects.filter(pk=late.pk).update(due_date="2026-03-01")
    assert cards(desk) == [one, other]
    assert cards(desk, material="PLA") == cards(desk, machine="fdm_standard") == [one]
    assert cards(desk, material="PLA", machine="resin") == []
    assert cards(desk, order=late.reference) == cards(desk, order=f" {late.reference.upper()} ") == [one]
    assert cards(desk, order=str(late.pk)) == cards(desk, order=f"Ord-{late.pk}") == cards(desk, late="on") == [one]
    for customer in ("ann-001", "oak", "Ann@Shop.example"):
        assert cards(desk, customer=customer) == [one], customer
    assert cards(desk, customer="nobody") == []
    assert cards(desk, age="3") == [other]
    assert cards(desk, age="7") == []


def test_it_counts_what_it_is_narrowed_down_to(desk: Desk) -> None:
    make_skus(1, prefix="resin", material="Resin")
    make_jobs(3, S.QUEUED), make_jobs(2, S.QUEUED, sku="resin-0001"), make_jobs(1, S.SHIPPED, sku="resin-0001")
    assert columns(desk, material="Resin")["QUEUED"][0] == 2
    assert "Done today: 1 SHIPPED" in page_text(desk, material="Resin")
    assert "No open job is like that." in page_text(desk, material="Gold")


def test_it_offers_the_materials_of_what_is_sold(desk: Desk) -> None:
    make_skus(2, prefix="cube"), make_skus(1, prefix="glue", material="")
    make_skus(1, prefix="wood", material="Ply"), make_skus(1, prefix="gone", material="Tin", active=False)
    page = desk.get(Job, "board").content.decode()
    assert re.findall('<option value="(PLA|Ply|Tin)"', page) == ["PLA", "Ply"]
    assert SKU.objects.materials() == ["PLA", "Ply"]


@pytest.mark.parametrize("asked", [{"order": "job-1"}, {"order": "-5"}, {"age": "2"}, {"machine": "loom"}])
def test_it_shows_nothing_rather_than_all_for_what_it_cannot_read(desk: Desk, asked: dict[str, str]) -> None:
    make_jobs(1)
    assert columns(desk, **asked) == {}
    assert 'class="complaint" role="alert"' in desk.client.get(url(Job, "board"), asked).content.decode()


def test_it_asks_for_more_of_a_name_that_too_many_have(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST_CUSTOMERS", 2)
    make_customers(3)
    Customer.objects.update(name="Ann")
    assert "type more of the name" in page_text(desk, customer="ann")


# --- Cost -------------------------------------------------------------------------------------------------------------
def sent_by(desk: Desk, name: str, **asked: Any) -> int:
    with statements() as sent:
        assert desk.client.get(url(Job, name), asked).status_code == 200
    return len(sent)


def test_its_statements_do_not_grow_with_the_jobs(desk: Desk) -> None:
    for status in board.COLUMNS:
        make_jobs(1, status)
    asked = {"material": "PLA", "customer": "cust-001", "late": "on", "age": "1"}
    few = [sent_by(desk, "board"), sent_by(desk, "board_columns"), sent_by(desk, "board_columns", **asked)]
    make_skus(5, prefix="more", material="ABS")
    for status in board.COLUMNS:
        make_jobs(4, status, sku="more-0003", customer="more-001")
    many = [sent_by(desk, "board"), sent_by(desk, "board_columns"), sent_by(desk, "board_columns", **asked)]
    assert many == few
    assert max(many) <= 13


# --- Who may ----------------------------------------------------------------------------------------------------------
def test_it_lets_those_look_who_may_see_jobs_and_those_act_who_may_change_them() -> None:
    jobs = make_jobs(1, S.QUEUED)
    viewer, stranger = Desk(make_operator("view_job", username="vera")), Desk(make_operator(username="sam"))
    assert cards(viewer) == jobs
    assert "data-pick" not in viewer.get(Job, "board").content.decode()
    assert change(viewer, jobs).status_code == 403
    assert [stranger.get(Job, page).status_code for page in ("board", "board_columns")] == [403, 403]
    assert change(stranger, jobs).status_code == 403
    assert "Job board" in text_of(viewer.get(Job))
    assert statuses(jobs) == [S.QUEUED]


def test_it_sends_strangers_to_the_login(client: Any) -> None:
    assert client.get(url(Job, "board")).status_code == 302


# --- Doing ------------------------------------------------------------------------------------------------------------
def test_it_shows_the_plan_and_writes_nothing(desk: Desk) -> None:
    jobs = [*make_jobs(2, S.QUEUED), *make_jobs(1, S.READY)]
    before = snapshot()
    answer = change(desk, jobs)
    text = text_of(answer)
    assert answer.status_code == 200
    assert "2 will be advanced, 1 refused. Nothing has been done yet." in text
    assert "status: QUEUED → PRINTING" in text
    assert "A READY job cannot become PRINTING." in text
    assert "SHIPPED – 1 can" in text
    assert snapshot() == before


def test_it_does_what_was_confirmed_and_names_what_was_refused(desk: Desk) -> None:
    good, ready = make_jobs(2, S.QUEUED), make_jobs(1, S.READY)
    answer = confirm(desk, [*good, *ready], target_status=S.PRINTING, reason="Monday's run")
    operation = BulkOperation.objects.get(actor="olga")
    assert answer.json() == {
        "says": "2 advanced, 1 refused.",
        "done": good,
        "refused": [{"id": ready[0], "says": "A READY job cannot become PRINTING."}],
        "record": url(BulkOperation, "change", operation.pk),
    }
    assert statuses([*good, *ready]) == [S.PRINTING, S.PRINTING, S.READY]
    assert operation.terms == {"targetStatus": "PRINTING", "reason": "Monday's run"}
    moves = JobMove.objects.filter(operation=operation)
    assert set(moves.values_list("actor", "reason")) == {("olga", "Monday's run")}


def test_it_keeps_the_record_from_those_who_may_not_see_it() -> None:
    desk = Desk(make_operator("view_job", "change_job"))
    assert confirm(desk, make_jobs(1, S.QUEUED), target_status=S.PRINTING).json()["record"] == ""


def test_it_cancels_with_a_reason_and_not_without(desk: Desk) -> None:
    jobs = make_jobs(1, S.QUEUED)
    missing = confirm(desk, jobs, "cancel")
    assert missing.status_code == 400
    assert "This field is required." in text_of(missing)
    assert statuses(jobs) == [S.QUEUED]
    assert confirm(desk, jobs, "cancel", reason="not wanted").json()["says"] == "1 cancelled."
    assert statuses(jobs) == [S.CANCELLED]
    assert Job.objects.get().reason == "not wanted"


def test_it_does_nothing_when_the_plan_has_changed(desk: Desk) -> None:
    jobs = make_jobs(2, S.QUEUED)
    plan = plan_in(change(desk, jobs))
    change_jobs(CANCEL, jobs[:1], actor=make_actor(), at=NOON, reason="by somebody else")
    answer = change(desk, jobs, step="confirm", plan=plan, target_status=S.PRINTING)
    assert answer.status_code == 409
    text = text_of(answer)
    assert "Nothing was done; here is the plan now." in text
    assert "A CANCELLED job cannot become PRINTING." in text
    assert statuses(jobs) == [S.CANCELLED, S.QUEUED]
    again = change(desk, jobs, step="confirm", plan=plan_in(answer), target_status=S.PRINTING)
    assert again.json()["says"] == "1 advanced, 1 refused."


def test_it_offers_nothing_to_confirm_when_all_is_refused(desk: Desk) -> None:
    jobs = make_jobs(1, S.SHIPPED)
    shown = change(desk, jobs, "cancel", step="plan", reason="late")
    assert 'value="confirm"' not in shown.content.decode()
    answer = change(desk, jobs, "cancel", step="confirm", plan=plan_in(shown), reason="late")
    assert answer.status_code == 409
    assert "A SHIPPED job cannot become CANCELLED." in text_of(answer)


@pytest.mark.parametrize("jobs", [[], "job-001", [7], ["ord-001"], None, ["job-1", None]])
def test_it_refuses_what_no_page_sends(desk: Desk, jobs: Any) -> None:
    answer = change(desk, jobs)
    assert (answer.status_code, list(answer.json())) == (400, ["says"])


def test_it_takes_so_many_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_forms, "MOST_CHOSEN", 2)
    answer = change(desk, ["job-001", "job-002", "job-003"])
    assert answer.status_code == 400
    assert "At most 2 jobs" in answer.json()["says"]


def test_it_offers_no_other_action_of_the_list(desk: Desk) -> None:
    assert change(desk, make_jobs(1), "delete_selected").status_code == 403


def test_its_plan_takes_as_many_statements_for_many_as_for_few() -> None:
    desk = Desk(make_boss())
    jobs = make_jobs(12, S.QUEUED)
    counts = []
    for chosen in (jobs[:2], jobs[2:]):
        with statements() as sent:
            confirm(desk, chosen, target_status=S.PRINTING)
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert set(statuses(jobs)) == {S.PRINTING}


def test_it_knows_skus_that_are_no_longer_sold(desk: Desk) -> None:
    jobs = make_jobs(1)
    SKU.objects.update(active=False)
    assert cards(desk, material="PLA") == jobs


def test_a_card_says_how_long_ago_it_was_moved_in_one_unit() -> None:
    told = [board.ago(NOON, NOON + timedelta(seconds=seconds)).replace("\xa0", " ") for seconds in (0, 59, 60, 9_000)]
    assert told == ["just now", "just now", "1 minute ago", "2 hours ago"]
