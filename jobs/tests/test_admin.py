"""Jobs at the admin: the plan is shown, and then exactly that is done."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from catalog.models import SKU
from jobs.admin import searching
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from orders.models import Customer, Order
from printshop.bulk.confirm import actions, plans
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, make_actor, make_customers, make_jobs, make_skus, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, rows_in, text_of, url

pytestmark = pytest.mark.django_db
S = JobStatus


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "change_job", "view_bulkoperation"))


def a_mixed_lot() -> list[int]:
    """A job at QUEUED, one at PRINTING and one at SHIPPED."""
    return numbers([*make_jobs(1, S.QUEUED), *make_jobs(1, S.PRINTING), *make_jobs(1, S.SHIPPED)])


def statuses(keys: list[int]) -> list[str]:
    return [Job.objects.get(pk=key).status for key in keys]


def test_it_shows_what_will_change_what_stays_and_what_is_refused(desk: Desk) -> None:
    keys = a_mixed_lot()
    page = desk.press(Job, desk.tick(Job, keys, "advance"), "plan", target_status=S.PRINTING)
    text = text_of(page)
    assert "1 will be advanced, 1 stays as it is, 1 refused . Nothing has been done yet." in text
    assert "status: QUEUED → PRINTING" in text
    assert f"order status {Job.objects.get(pk=keys[0]).order.reference}: processing → printing" in text
    assert "A SHIPPED job cannot become PRINTING." in text
    assert "Advance 1 job" in text


def test_it_writes_nothing_before_the_button_is_pressed(desk: Desk) -> None:
    keys = a_mixed_lot()
    before = snapshot()
    page = desk.tick(Job, keys, "advance")
    desk.press(Job, page, "plan", target_status=S.PRINTING)
    desk.client.get(url(Job, "plan", keys[0], "advance"))
    assert snapshot() == before


def test_it_does_exactly_what_it_showed_and_records_who(desk: Desk) -> None:
    keys = a_mixed_lot()
    page = desk.press(Job, desk.tick(Job, keys, "advance"), "plan", target_status=S.PRINTING)
    moves = JobMove.objects.count()
    answer = desk.press(Job, page, target_status=S.PRINTING, reason="Monday")
    assert answer.status_code == 302
    assert statuses(keys) == [S.PRINTING, S.PRINTING, S.SHIPPED]
    assert JobMove.objects.count() == moves + 1
    operation = BulkOperation.objects.filter(user=desk.user).get()
    assert (operation.name, operation.actor, operation.policy) == ("jobs.advance", "olga", "partial")
    assert operation.terms == {"targetStatus": "PRINTING", "reason": "Monday"}
    assert operation.counts == {"updated": 1, "unchanged": 1, "refused": 1}
    assert list(operation.items.values_list("reference", "verdict")) == [
        (Job(pk=keys[0]).reference, "updated"),
        (Job(pk=keys[1]).reference, "unchanged"),
        (Job(pk=keys[2]).reference, "refused"),
    ]


def test_it_says_what_came_of_it_and_links_the_record(desk: Desk) -> None:
    keys = a_mixed_lot()
    page = desk.press(Job, desk.tick(Job, keys, "advance"), "plan", target_status=S.PRINTING)
    desk.press(Job, page, target_status=S.PRINTING)
    listed = desk.get(Job)
    assert "1 advanced, 1 unchanged, 1 refused" in text_of(listed)
    assert url(BulkOperation, "change", BulkOperation.objects.get(user=desk.user).pk) in listed.content.decode()


def test_it_does_nothing_when_all_or_nothing_was_chosen_and_one_is_refused(desk: Desk) -> None:
    keys = a_mixed_lot()
    page = desk.press(Job, desk.tick(Job, keys, "advance"), "plan", target_status=S.PRINTING)
    before = snapshot()
    answer = desk.press(Job, page, target_status=S.PRINTING, policy="atomic")
    assert answer.status_code == 200
    assert "1 of 3 jobs is refused; nothing was advanced." in text_of(answer)
    assert snapshot() == before


def test_it_does_all_when_all_or_nothing_was_chosen_and_all_are_good(desk: Desk) -> None:
    keys = numbers(make_jobs(3, S.QUEUED))
    page = desk.tick(Job, keys, "advance")
    assert desk.press(Job, page, target_status=S.PRINTING, policy="atomic").status_code == 302
    assert statuses(keys) == [S.PRINTING] * 3
    assert BulkOperation.objects.get(user=desk.user).policy == "atomic"


def test_it_offers_the_next_steps_of_the_chosen_jobs_alone(desk: Desk) -> None:
    keys = numbers([*make_jobs(2, S.QUEUED), *make_jobs(1, S.PRINTING)])
    page = desk.tick(Job, keys, "advance").content.decode()
    offered = [status for status in S if f'<option value="{status}"' in page]
    assert offered == [S.PRINTING, S.POST_PROCESS, S.FAILED]
    assert '<option value="PRINTING" selected' in page


def test_it_has_no_button_when_nothing_is_good(desk: Desk) -> None:
    page = desk.tick(Job, numbers(make_jobs(2, S.SHIPPED)), "cancel")
    assert "Nothing will be cancelled, 2 refused" in text_of(page)
    assert 'value="confirm"' not in page.content.decode()


def test_it_asks_for_a_reason_to_cancel(desk: Desk) -> None:
    keys = numbers(make_jobs(2, S.QUEUED))
    page = desk.tick(Job, keys, "cancel")
    before = snapshot()
    assert "This field is required." in text_of(desk.press(Job, page, reason="  "))
    assert snapshot() == before
    assert desk.press(Job, page, reason="Nozzle broke").status_code == 302
    assert statuses(keys) == [S.CANCELLED] * 2
    assert set(JobMove.objects.filter(target=S.CANCELLED).values_list("reason", flat=True)) == {"Nozzle broke"}


def test_it_tells_of_rows_that_changed_since_the_plan_was_shown(desk: Desk) -> None:
    keys = numbers(make_jobs(2, S.QUEUED))
    page = desk.tick(Job, keys, "advance", "?status__exact=QUEUED")
    change_jobs(ADVANCE, [Job(pk=keys[0]).reference], actor=make_actor(), at=NOON, target_status=S.PRINTING)
    before = snapshot()
    answer = desk.press(Job, page, query="?status__exact=QUEUED", target_status=S.PRINTING)
    assert "something changed meanwhile" in text_of(answer)
    assert rows_in(answer) == keys
    assert snapshot() == before
    assert desk.press(Job, answer, query="?status__exact=QUEUED", target_status=S.PRINTING).status_code == 302
    assert statuses(keys) == [S.PRINTING] * 2


def test_it_moves_once_when_the_button_is_pressed_twice(desk: Desk) -> None:
    page = desk.tick(Job, numbers(make_jobs(2, S.QUEUED)), "advance")
    desk.press(Job, page, target_status=S.PRINTING)
    before = snapshot()
    assert desk.press(Job, page, target_status=S.PRINTING)["Location"] == operation_page()
    assert "it was not done a second time" in text_of(desk.client.get(operation_page()))
    assert snapshot() == before


def operation_page() -> str:
    return url(BulkOperation, "change", BulkOperation.objects.order_by("-pk")[0].pk)


def test_it_does_not_reprint_twice_when_the_button_is_pressed_twice(desk: Desk) -> None:
    page = desk.tick(Job, numbers(make_jobs(1, S.FAILED)), "reprint")
    assert desk.press(Job, page, reason="Warped").status_code == 302
    desk.press(Job, page, reason="Warped")
    assert Job.objects.count() == 2


def test_it_reprints_with_a_quantity_for_each(desk: Desk) -> None:
    keys = numbers(make_jobs(2, S.SHIPPED, quantity=5))
    page = desk.press(Job, desk.tick(Job, keys, "reprint"), "plan", quantity="2")
    assert "2 will be printed again" in text_of(page)
    assert "quantity: – → 2" in text_of(page)
    assert desk.press(Job, page, reason="Lost in the post", quantity="2").status_code == 302
    made = Job.objects.exclude(pk__in=keys)
    assert list(made.values_list("reprint_of", "quantity", "reason")) == [(key, 2, "Lost in the post") for key in keys]
    operation = BulkOperation.objects.get(name="jobs.reprint")
    assert (operation.terms, operation.user) == ({"reason": "Lost in the post"}, desk.user)


def test_it_reprints_all_of_each_when_no_quantity_is_given_and_says_why_not(desk: Desk) -> None:
    keys = numbers(make_jobs(1, S.SHIPPED, quantity=5))
    page = desk.tick(Job, keys, "reprint")
    before = snapshot()
    assert "This field is required." in text_of(desk.press(Job, page))
    assert snapshot() == before
    desk.press(Job, page, reason="Lost")
    assert Job.objects.get(reprint_of=keys[0]).quantity == 5


def test_it_prioritizes_after_showing_what_changes(desk: Desk) -> None:
    keys = numbers([*make_jobs(2, S.QUEUED), *make_jobs(1, S.SHIPPED)])
    page = desk.press(Job, desk.tick(Job, keys, "prioritize"), "plan", priority="7")
    assert "priority: 0 → 7" in text_of(page)
    assert "less than or equal to 1000" in text_of(desk.press(Job, page, priority="1001"))
    desk.press(Job, page, priority="7")
    assert list(Job.objects.order_by("pk").values_list("priority", flat=True)[:2]) == [7, 7]
    assert BulkOperation.objects.get(name="jobs.prioritize").terms == {"priority": 7}


def test_it_takes_all_rows_of_a_filtered_list(desk: Desk) -> None:
    queued = numbers(make_jobs(3, S.QUEUED))
    make_jobs(2, S.PRINTING)
    asked = desk.tick(Job, queued[:1], "advance", "?status__exact=QUEUED", select_across="1")
    text = text_of(desk.client.get(asked["Location"]))
    assert "All 3 jobs matching: status QUEUED" in text
    assert "Will be advanced: 3" in text


def test_it_carries_more_rows_than_a_request_of_the_api_may_name(desk: Desk) -> None:
    keys = numbers(make_jobs(ADVANCE.limit + 1))
    page = desk.tick(Job, keys, "advance")
    assert desk.press(Job, page, target_status=S.VALIDATED).status_code == 302
    assert Job.objects.filter(status=S.VALIDATED).count() == len(keys)


def test_it_refuses_more_rows_than_a_page_carries(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_ROWS", 3)
    answer = desk.tick(Job, numbers(make_jobs(4)), "advance")
    assert answer.status_code == 302
    assert "At most 3 rows can be advanced from here at once" in text_of(desk.get(Job))


def test_it_lists_the_first_rows_of_each_kind_and_counts_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_LISTED", 2)
    page = desk.tick(Job, numbers(make_jobs(5)), "advance")
    assert "Will be advanced: 5" in text_of(page)
    assert text_of(page).count("status: CREATED → VALIDATED") == 2
    assert "and 3 more" in text_of(page)


def test_it_plans_in_as_many_statements_whatever_the_selection(desk: Desk) -> None:
    keys = numbers(make_jobs(12, S.QUEUED))
    desk.tick(Job, keys[:1], "advance")

    def sent_for(act: Callable[[], Any]) -> int:
        with statements() as sent:
            act()
        return len(sent)

    assert sent_for(lambda: desk.tick(Job, keys[:2], "advance")) == sent_for(lambda: desk.tick(Job, keys, "advance"))
    pages = [desk.tick(Job, some, "advance") for some in (keys[:2], keys[2:])]
    few, many = (sent_for(partial(desk.press, Job, page, target_status=S.PRINTING)) for page in pages)
    assert few == many


@pytest.mark.parametrize("rows", ["", "x", "{}", "[[1]]", '["1 or 1"]', f"[{10**30}]", "7", "[null]"])
def test_it_answers_400_to_rows_that_no_page_sends(desk: Desk, rows: str) -> None:
    page = desk.tick(Job, numbers(make_jobs(1)), "advance")
    before = snapshot()
    answer = desk.press(Job, page, target_status=S.VALIDATED, rows=rows)
    assert answer.status_code == 400
    assert snapshot() == before


def test_it_counts_a_row_once_however_often_it_is_sent(desk: Desk) -> None:
    key = numbers(make_jobs(1))[0]
    page = desk.tick(Job, [key], "advance")
    assert desk.press(Job, page, target_status=S.VALIDATED, rows=f"[{key}, {key}]").status_code == 302
    assert JobMove.objects.filter(job=key).count() == 1


def test_it_refuses_a_job_that_does_not_exist(desk: Desk) -> None:
    page = desk.tick(Job, numbers(make_jobs(1)), "cancel")
    answer = desk.press(Job, page, "plan", rows="[999999]")
    assert "There is no job job-999999." in text_of(answer)


def test_it_lets_nobody_act_without_the_permission() -> None:
    keys = numbers(make_jobs(1, S.QUEUED))
    page = Desk(make_boss()).tick(Job, keys, "advance")
    looker = Desk(make_operator("view_job", username="leo"))
    before = snapshot()
    looker.tick(Job, keys, "advance")
    looker.press(Job, page, target_status=S.PRINTING)
    assert looker.client.post(url(Job, "plan", keys[0], "advance"), {"step": "confirm"}).status_code == 403
    assert snapshot() == before


def test_it_sends_strangers_to_the_login() -> None:
    keys = numbers(make_jobs(1))
    stranger = Desk(make_operator("view_job", "change_job", username="sven"))
    stranger.client.logout()
    answer = stranger.client.get(url(Job, "plan", keys[0], "advance"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_it_advances_one_job_from_its_own_page_and_goes_back_there(desk: Desk) -> None:
    key = numbers(make_jobs(1, S.QUEUED))[0]
    plan = url(Job, "plan", key, "advance")
    assert plan in desk.get(Job, "change", key).content.decode()
    page = desk.client.get(plan)
    fields = {"step": "confirm", "target_status": S.PRINTING, "plan": page.context["plan"]}
    answer = desk.client.post(plan, fields)
    assert answer["Location"] == url(Job, "change", key)
    assert statuses([key]) == [S.PRINTING]


def test_it_never_edits_a_job_by_hand(desk: Desk) -> None:
    key = numbers(make_jobs(1))[0]
    before = snapshot()
    assert desk.post(Job, "change", {"status": S.SHIPPED, "quantity": 9}, key).status_code == 403
    assert desk.get(Job, "add").status_code == 403
    assert snapshot() == before


def test_it_escapes_names_on_the_confirmation_page(desk: Desk) -> None:
    make_skus(1, prefix="sku", name="<script>alert(1)</script>")
    key = numbers(make_jobs(1))[0]
    SKU.objects.update(name="<script>alert(1)</script>")
    page = desk.tick(Job, [key], "cancel")
    answer = desk.press(Job, page, "plan", reason="<script>alert(2)</script>")
    for body in (page.content.decode(), answer.content.decode()):
        assert "<script>alert(" not in body


def test_it_finds_jobs_by_their_own_and_their_order_s_public_id(desk: Desk) -> None:
    job = Job.objects.get(pk=numbers(make_jobs(3))[1])
    for term in (job.reference, job.order.reference, f" {job.reference.upper()} "):
        found = desk.client.get(url(Job, "changelist"), {"q": term})
        assert "1 match" in text_of(found), term
        assert job.reference in text_of(found)


def test_its_page_says_by_when_and_who_moved_it_to_whoever_sees_it() -> None:
    key = numbers(make_jobs(1, S.QUEUED))[0]
    Order.objects.update(due_date="2020-02-01")
    shown = text_of(Desk(make_operator("view_job", username="nora")).get(Job, "change", key))
    assert "2020" in shown
    assert "overdue" in shown
    assert "Validated" in shown


@pytest.mark.parametrize("most_named", [0, 1, 9])
def test_it_finds_jobs_by_their_sku_and_customer_however_many_are_meant(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most_named: int
) -> None:
    monkeypatch.setattr(searching, "MOST_NAMED", most_named)
    make_skus(2, prefix="cube", name="A cube")
    make_customers(2)
    Customer.objects.filter(pk="cust-001").update(name="Ada Buyer")
    one = make_jobs(1, sku="cube-0001", customer="cust-001")[0]
    two = make_jobs(1, sku="cube-0002", customer="cust-002")[0]
    for term, meant in {"cube": {one, two}, "CUBE-0002": {two}, "buyer ada": {one}, "no such thing": set()}.items():
        found = text_of(desk.client.get(url(Job, "changelist"), {"q": term}))
        assert {job for job in (one, two) if job in found} == meant, term


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_says_that_the_database_is_busy_and_goes_back(desk: Desk) -> None:
    key = numbers(make_jobs(1, S.QUEUED))[0]
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM orders_order FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        answer = desk.tick(Job, [key], "advance")
        assert answer.status_code == 302
        assert "The database is busy or away" in text_of(desk.get(Job))
    finally:
        other.close()
        # The pool hands this connection on: the next test must not find it impatient.
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
