"""Operations at the admin: how far they have got, what came of each item, and what can be done about them."""

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import SKU
from catalog.services.imports import import_skus
from jobs.models import Job
from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from orders.services.changes import EDIT
from printshop.api.models import Account
from printshop.api.reading import Item
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.native import request_for
from printshop.bulk.engine import Batch, run
from printshop.bulk.models import BulkItem, BulkOperation, State, Worker
from printshop.testing import NOON, make_actor, make_jobs, make_orders, make_skus, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, text_of, url

pytestmark = pytest.mark.django_db(databases="__all__")
S = JobStatus


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "change_job", "view_bulkoperation", "view_bulkitem"))


@pytest.fixture
def boss() -> Desk:
    return Desk(make_boss())


def queue_advance(ids: list[str], target: str = S.VALIDATED, account: Account | None = None, chunk: int = 2) -> Any:
    """Jobs to be advanced by the queue, that many in a chunk; the operation."""
    body = {"jobIds": ids, "targetStatus": target, "errorPolicy": "partial"}
    request = request_for(ADVANCE, body, make_actor(account=account), NOON)
    return BulkOperation.objects.get(pk=accept(type(request)(**{**fields_of(request), "chunk": chunk})))


def fields_of(request: Any) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}


def run_queue() -> None:
    while carry_out_next():
        pass


def page(desk: Desk, operation: BulkOperation, query: str = "") -> Any:
    return desk.client.get(url(BulkOperation, "change", operation.pk) + query)


def press(desk: Desk, operation: BulkOperation, step: str, **fields: str) -> Any:
    return desk.client.post(url(BulkOperation, step, operation.pk), fields)


def step_offered(page: Any, operation: BulkOperation, step: str) -> bool:
    return url(BulkOperation, step, operation.pk) in page.content.decode()


def newest() -> BulkOperation:
    return BulkOperation.objects.order_by("-pk")[0]


# --- How far it has got ----------------------------------------------------------------------------------------------
def test_it_counts_live_and_the_counts_add_up(desk: Desk) -> None:
    operation = queue_advance(make_jobs(5))
    assert "Queued" in text_of(page(desk, operation)) or "no worker" in text_of(page(desk, operation))
    carry_out_next()
    text = text_of(page(desk, operation))
    assert "2 of 5 done" in text
    assert "2 updated, 3 open; 5 in all" in text
    run_queue()
    text = text_of(page(desk, operation))
    assert "Finished" in text
    assert "5 updated; 5 in all" in text


def test_it_says_that_it_waits_for_a_worker_and_stops_saying_so_when_one_lives(desk: Desk) -> None:
    from django.utils import timezone

    operation = queue_advance(make_jobs(1))
    assert "Waiting: no worker" in text_of(page(desk, operation))
    assert "waiting: no worker" in text_of(desk.get(BulkOperation))
    Worker.objects.create(name="here:1", started_at=timezone.now(), seen_at=timezone.now())
    assert "Queued: 0 of 1 done" in text_of(page(desk, operation))


def test_it_refreshes_itself_while_it_is_unfinished_and_no_longer(desk: Desk) -> None:
    operation = queue_advance(make_jobs(3))
    address = url(BulkOperation, "progress", operation.pk)
    body = page(desk, operation).content.decode()
    assert f'hx-get="{address}"' in body
    assert '<noscript><meta http-equiv="refresh"' in body
    piece = desk.client.get(address)
    assert f'hx-get="{address}"' in piece.content.decode()
    assert "HX-Refresh" not in piece
    run_queue()
    piece = desk.client.get(address)
    assert piece["HX-Refresh"] == "true"
    assert "hx-get" not in piece.content.decode()
    assert '<noscript><meta http-equiv="refresh"' not in page(desk, operation).content.decode()


def test_it_shows_state_and_progress_in_the_list(desk: Desk) -> None:
    queue_advance(make_jobs(3))
    carry_out_next()
    listed = text_of(desk.get(BulkOperation))
    assert "2 of 3" in listed
    assert "2 updated, 1 open" in listed


def test_it_lists_operations_of_one_state(desk: Desk) -> None:
    done = queue_advance(make_jobs(1))
    run_queue()
    open_one = queue_advance(make_jobs(1))
    page = desk.client.get(url(BulkOperation, "changelist"), {"state": "finished"}).content.decode()
    listed = page[page.index('id="result_list"') :]
    assert str(done.pk) in listed
    assert str(open_one.pk) not in listed


def test_it_lists_unfinished_operations_in_as_many_statements_whatever_their_number(boss: Desk) -> None:
    ids = make_jobs(8)
    boss.get(BulkOperation)

    def sent() -> int:
        with statements() as found:
            boss.get(BulkOperation)
        return len(found)

    queue_advance(ids[:2])
    few = sent()
    for job in ids[2:]:
        queue_advance([job])
    assert sent() == few


# --- What came of each item ------------------------------------------------------------------------------------------
def a_mixed_operation() -> BulkOperation:
    """Of three jobs one is refused."""
    operation = queue_advance([*make_jobs(2, S.QUEUED), *make_jobs(1, S.SHIPPED)], S.PRINTING)
    run_queue()
    operation.refresh_from_db()
    return operation


def test_it_shows_items_by_result(desk: Desk) -> None:
    operation = a_mixed_operation()
    assert operation.state == State.FINISHED_WITH_FAILURES
    text = text_of(page(desk, operation))
    assert "All 3 1 failed 2 updated" in text
    failed = text_of(page(desk, operation, "?result=failed"))
    assert "A SHIPPED job cannot become PRINTING." in failed
    assert "QUEUED → PRINTING" not in failed
    assert "A SHIPPED job" not in text_of(page(desk, operation, "?result=updated"))
    assert page(desk, operation, "?result=nonsense").status_code == 200


def test_it_shows_the_items_to_whoever_sees_the_operation() -> None:
    operation = a_mixed_operation()
    shown = page(Desk(make_operator("view_job", "view_bulkoperation", username="nora")), operation)
    assert "A SHIPPED job cannot become PRINTING." in text_of(shown)
    assert "as a list that can be filtered" not in text_of(shown)


def test_it_gives_results_and_failed_rows_as_files(desk: Desk) -> None:
    operation = a_mixed_operation()

    def rows(query: str = "") -> list[dict[str, str]]:
        answer: Any = desk.client.get(url(BulkOperation, "results", operation.pk) + query)
        assert "attachment" in answer["Content-Disposition"]
        return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert [row["result"] for row in rows()] == ["updated", "updated", "refused"]
    (failed,) = rows("?result=failed")
    assert failed["jobId"] == BulkItem.objects.get(operation=operation, verdict="refused").payload
    assert "A SHIPPED job cannot become PRINTING." in failed["errors"]


def test_it_names_the_things_that_wait(desk: Desk) -> None:
    (job,) = make_jobs(1)
    assert f"0 {job} open" in text_of(page(desk, queue_advance([job])))


# --- Cancel ----------------------------------------------------------------------------------------------------------
def test_it_calls_off_what_has_not_begun(desk: Desk) -> None:
    operation = queue_advance(make_jobs(5))
    carry_out_next()
    assert step_offered(page(desk, operation), operation, "cancel")
    answer = press(desk, operation, "cancel")
    assert answer["Location"] == url(BulkOperation, "change", operation.pk)
    text = text_of(page(desk, operation))
    assert "Called off: 3 of 5 items." in text
    assert "2 updated, 3 cancelled; 5 in all" in text
    assert not step_offered(page(desk, operation), operation, "cancel")
    assert not carry_out_next()


def test_it_calls_nothing_off_of_what_is_finished(desk: Desk) -> None:
    operation = queue_advance(make_jobs(1))
    run_queue()
    before = snapshot()
    press(desk, operation, "cancel")
    assert "what it did can be undone" in text_of(page(desk, operation))
    assert snapshot() == before


# --- Retry -----------------------------------------------------------------------------------------------------------
def test_it_retries_what_failed_as_an_operation_that_names_its_parent(desk: Desk) -> None:
    operation = a_mixed_operation()
    assert step_offered(page(desk, operation), operation, "retry")
    answer = press(desk, operation, "retry")
    retried = newest()
    assert answer["Location"] == url(BulkOperation, "change", retried.pk)
    assert (retried.parent_id, retried.total, retried.user) == (operation.pk, 1, desk.user)
    assert f"retries {operation.name}" in text_of(page(desk, retried))
    assert f"retried by {operation.name}" in text_of(page(desk, operation))
    run_queue()
    retried.refresh_from_db()
    assert retried.counts == {"refused": 1}


def test_it_sends_cancelled_items_again_when_that_is_asked_for(desk: Desk) -> None:
    ids = make_jobs(3)
    operation = queue_advance(ids)
    press(desk, operation, "cancel")
    assert "Send 3 cancelled again" in text_of(page(desk, operation))
    press(desk, operation, "retry", cancelled="yes")
    run_queue()
    assert Job.objects.filter(status=S.VALIDATED).count() == 3


def test_it_says_why_nothing_can_be_retried(desk: Desk) -> None:
    operation = queue_advance(make_jobs(1))
    run_queue()
    before = snapshot()
    answer = press(desk, operation, "retry")
    assert answer["Location"] == url(BulkOperation, "change", operation.pk)
    assert "Nothing of this operation has failed." in text_of(page(desk, operation))
    assert snapshot() == before


# --- Undo ------------------------------------------------------------------------------------------------------------
def plan_in(page: Any) -> str:
    found = re.search(r'name="plan" value="(\w+)"', page.content.decode())
    assert found is not None
    return found[1]


def an_import(boss: Desk) -> BulkOperation:
    """Two prices raised, one of them changed again by somebody else since."""
    make_skus(2)
    skus = [{"id": one, "base_price": 1300} for one in ("sku-0001", "sku-0002")]
    result = import_skus(skus, actor=make_actor(), at=NOON)
    later = [{"id": "sku-0002", "base_price": 1400}]
    import_skus(later, actor=make_actor(), at=NOON.replace(hour=13))
    return BulkOperation.objects.get(pk=str(result.operation_id))


def prices() -> list[int]:
    return list(SKU.objects.order_by("pk").values_list("base_price", flat=True))


def test_it_shows_what_an_undo_would_put_back_and_what_it_would_leave_alone(boss: Desk) -> None:
    operation = an_import(boss)
    assert step_offered(page(boss, operation), operation, "undo")
    before = snapshot()
    text = text_of(boss.client.get(url(BulkOperation, "undo", operation.pk)))
    assert "Will be undone: 1" in text
    assert "base price: 13.0 → 12.5" in text
    assert "sku-0002 has been changed since" in text
    assert snapshot() == before


def test_it_undoes_what_it_showed_and_links_both_ways(boss: Desk) -> None:
    operation = an_import(boss)
    plan = plan_in(boss.client.get(url(BulkOperation, "undo", operation.pk)))
    answer = press(boss, operation, "undo", plan=plan, policy="partial")
    undone = newest()
    assert answer["Location"] == url(BulkOperation, "change", undone.pk)
    assert undone.undoes_id == operation.pk
    assert prices() == [1250, 1400]
    assert "undoes skus.import" in text_of(page(boss, undone))
    assert "undone by" in text_of(page(boss, operation))


def test_it_undoes_nothing_when_the_plan_is_another_by_now(boss: Desk) -> None:
    operation = an_import(boss)
    plan = plan_in(boss.client.get(url(BulkOperation, "undo", operation.pk)))
    import_skus([{"id": "sku-0001", "base_price": 1500}], actor=make_actor(), at=NOON.replace(hour=14))
    before = snapshot()
    press(boss, operation, "undo", plan=plan, policy="partial")
    assert snapshot() == before


def test_it_undoes_all_or_nothing_when_that_was_chosen(boss: Desk) -> None:
    operation = an_import(boss)
    plan = plan_in(boss.client.get(url(BulkOperation, "undo", operation.pk)))
    before = snapshot()
    press(boss, operation, "undo", plan=plan, policy="atomic")
    assert snapshot() == before


def test_it_plans_a_large_undo_in_parts_and_what_was_changed_twice_in_one(
    boss: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is planned as the shop stands: of two changes of a row the first would seem to be overtaken."""
    monkeypatch.setattr("printshop.bulk.undoing.PAGE", 2)
    monkeypatch.setattr("printshop.bulk.undoing.AT_ONCE", 3)
    ids = make_orders(5)
    notes = [*((one, "First") for one in ids), (ids[0], "Second")]
    items = [Item(index, {"id": one, "notes": text}) for index, (one, text) in enumerate(notes)]
    operation = BulkOperation.objects.get(pk=str(run(EDIT, Batch(items, {}, make_actor(), NOON)).operation_id))
    shown = boss.client.get(url(BulkOperation, "undo", operation.pk))
    assert (shown.context["changing"], shown.context["refused"]) == (6, 0)
    press(boss, operation, "undo", plan=plan_in(shown), policy="partial")
    run_queue()
    assert set(Order.objects.values_list("notes", flat=True)) == {""}


def test_it_says_that_nothing_was_undone_where_all_or_nothing_was_chosen(boss: Desk) -> None:
    operation = an_import(boss)
    plan = plan_in(boss.client.get(url(BulkOperation, "undo", operation.pk)))
    answer = press(boss, operation, "undo", plan=plan, policy="atomic")
    assert "Nothing was undone" in text_of(boss.client.get(answer["Location"]))


def test_it_shows_why_nothing_at_all_can_be_undone(boss: Desk) -> None:
    operation = an_import(boss)
    import_skus([{"id": "sku-0001", "base_price": 1500}], actor=make_actor(), at=NOON.replace(hour=14))
    shown = boss.client.get(url(BulkOperation, "undo", operation.pk))
    assert (shown.context["changing"], shown.context["refused"]) == (0, 2)
    assert "sku-0001 has been changed since" in text_of(shown)


def test_it_offers_no_undo_of_what_cannot_be_undone(boss: Desk) -> None:
    make_jobs(1)
    operation = BulkOperation.objects.get(name="orders.pay")
    assert not step_offered(page(boss, operation), operation, "undo")


# --- Who may ---------------------------------------------------------------------------------------------------------
STEPS = ("cancel", "retry", "undo")


def foreign(name: str = "partner") -> Account:
    return Account.objects.create(code=name, name="A partner")


@pytest.mark.parametrize("step", [*STEPS, "progress", "results"])
def test_it_knows_operations_of_other_accounts_for_administrators_only(desk: Desk, boss: Desk, step: str) -> None:
    operation = queue_advance(make_jobs(2), account=foreign())
    before = snapshot()
    address = url(BulkOperation, step, operation.pk)
    assert (desk.client.get(address).status_code, desk.client.post(address).status_code) == (404, 404)
    assert snapshot() == before
    assert page(boss, operation).status_code == 200
    press(boss, operation, "cancel")
    operation.refresh_from_db()
    assert operation.state == State.CANCELLED


def test_it_retries_an_operation_for_the_account_that_it_belongs_to(boss: Desk) -> None:
    account = foreign()
    operation = queue_advance(make_jobs(1, S.SHIPPED), S.PRINTING, account=account)
    run_queue()
    press(boss, operation, "retry")
    assert (newest().account, newest().user, newest().parent_id) == (account, boss.user, operation.pk)


@pytest.mark.parametrize("step", STEPS)
def test_it_lets_an_operator_do_nothing_about_what_operators_may_not_run(desk: Desk, step: str) -> None:
    make_skus(1)
    result = import_skus([{"id": "sku-0001", "base_price": 1300}], actor=make_actor(), at=NOON)
    operation = BulkOperation.objects.get(pk=str(result.operation_id))
    before = snapshot()
    shown = page(desk, operation)
    assert shown.status_code == 200
    assert not step_offered(shown, operation, step)
    assert press(desk, operation, step, plan="x").status_code == 403
    assert snapshot() == before


@pytest.mark.parametrize("step", [*STEPS, "progress", "results"])
def test_it_asks_for_permission_and_for_a_person(step: str) -> None:
    operation = queue_advance(make_jobs(1))
    address = url(BulkOperation, step, operation.pk)
    nobody = Desk(User.objects.create_user("nora", password="a", is_staff=True))
    before = snapshot()
    assert nobody.client.get(address).status_code == 403
    assert nobody.client.post(address).status_code == 403
    assert Client().post(address).status_code == 302
    assert snapshot() == before


@pytest.mark.parametrize("step", ["cancel", "retry"])
def test_it_changes_nothing_when_it_is_only_looked_at(boss: Desk, step: str) -> None:
    operation = queue_advance(make_jobs(1))
    before = snapshot()
    assert boss.client.get(url(BulkOperation, step, operation.pk)).status_code == 405
    assert snapshot() == before


def test_it_needs_the_token_of_the_page() -> None:
    operation = queue_advance(make_jobs(1))
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_boss(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(url(BulkOperation, "cancel", operation.pk)).status_code == 403


def test_it_asks_no_other_host_for_anything(boss: Desk) -> None:
    body = page(boss, queue_advance(make_jobs(1))).content.decode()
    assert not re.search(r'(src|href|hx-get)="(http|//)', body)


# --- Large actions ---------------------------------------------------------------------------------------------------
@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are done at once, more go into the queue."""
    monkeypatch.setattr("printshop.bulk.confirm.pages.MOST_AT_ONCE", 2)


def many_jobs() -> list[int]:
    return numbers([*make_jobs(3, S.QUEUED), *make_jobs(1, S.SHIPPED)])


def planned(desk: Desk, keys: list[int]) -> Any:
    return desk.press(Job, desk.tick(Job, keys, "advance"), "plan", target_status=S.PRINTING)


@pytest.mark.usefixtures("few_at_once")
def test_a_large_action_goes_into_the_queue_and_leads_to_its_progress(desk: Desk) -> None:
    keys = many_jobs()
    shown = planned(desk, keys)
    assert "they go into the queue" in text_of(shown)
    answer = desk.press(Job, shown, target_status=S.PRINTING, reason="Monday")
    operation = newest()
    assert answer["Location"] == url(BulkOperation, "change", operation.pk)
    assert (operation.state, operation.deferred, operation.user) == ("queued", True, desk.user)
    assert operation.terms == {"targetStatus": "PRINTING", "reason": "Monday"}
    assert operation.items.get(index=0).payload == Job(pk=keys[0]).reference
    assert Job.objects.filter(status=S.PRINTING).count() == 0
    run_queue()
    operation.refresh_from_db()
    assert operation.counts == {"updated": 3, "refused": 1}
    assert Job.objects.filter(status=S.PRINTING).count() == 3


@pytest.mark.usefixtures("few_at_once")
def test_a_large_action_is_queued_once_when_the_button_is_pressed_twice(desk: Desk) -> None:
    shown = planned(desk, many_jobs())
    first = desk.press(Job, shown, target_status=S.PRINTING)
    count = BulkOperation.objects.count()
    assert desk.press(Job, shown, target_status=S.PRINTING)["Location"] == first["Location"]
    assert BulkOperation.objects.count() == count


@pytest.mark.usefixtures("few_at_once")
def test_a_large_action_is_not_queued_when_the_plan_is_another_by_now(desk: Desk) -> None:
    keys = many_jobs()
    shown = planned(desk, keys)
    change_jobs(ADVANCE, [Job(pk=keys[0]).reference], actor=make_actor(), at=NOON, target_status=S.PRINTING)
    before = snapshot()
    assert "something changed meanwhile" in text_of(desk.press(Job, shown, target_status=S.PRINTING))
    assert snapshot() == before


@pytest.mark.usefixtures("few_at_once")
def test_a_large_action_under_all_or_nothing_is_refused_at_once_or_runs_whole(desk: Desk) -> None:
    shown = planned(desk, many_jobs())
    before = snapshot()
    answer = desk.press(Job, shown, target_status=S.PRINTING, policy="atomic")
    assert "1 of 4 jobs is refused; nothing was advanced." in text_of(answer)
    assert snapshot() == before
    good = list(Job.objects.filter(status=S.QUEUED).order_by("pk").values_list("pk", flat=True))
    desk.press(Job, planned(desk, good), target_status=S.PRINTING, policy="atomic")
    assert newest().chunks.get().whole
    run_queue()
    assert Job.objects.filter(status=S.PRINTING).count() == 3


@pytest.mark.usefixtures("few_at_once")
def test_a_large_action_says_that_it_is_queued_to_those_who_may_not_see_operations() -> None:
    desk = Desk(make_operator("view_job", "change_job"))
    answer = desk.press(Job, planned(desk, many_jobs()), target_status=S.PRINTING)
    assert answer["Location"] == url(Job, "changelist")
    assert "It is in the queue" in text_of(desk.get(Job))


@pytest.mark.usefixtures("few_at_once")
def test_skus_are_deactivated_by_the_queue_too(boss: Desk) -> None:
    keys = make_skus(4)
    boss.press(SKU, boss.tick(SKU, keys, "deactivate"))
    run_queue()
    assert newest().counts == {"updated": 4}
    assert not SKU.objects.filter(active=True).exists()


@pytest.mark.usefixtures("few_at_once")
def test_a_large_action_is_queued_in_as_many_statements_whatever_the_selection(desk: Desk) -> None:
    pages = [planned(desk, numbers(make_jobs(count, S.QUEUED))) for count in (3, 9)]
    desk.press(Job, planned(desk, numbers(make_jobs(3, S.QUEUED))), target_status=S.PRINTING)

    def sent(shown: Any) -> int:
        with statements() as found:
            assert desk.press(Job, shown, target_status=S.PRINTING).status_code == 302
        return len(found)

    assert sent(pages[0]) == sent(pages[1])
