"""Many operations from their list: what failed is retried, what has not begun called off, once the plan was seen."""

from typing import Any

import pytest

from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from printshop.api.models import Account
from printshop.bulk.admin import actions
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.models import BulkOperation, Policy, State
from printshop.bulk.tests.test_admin_operations import a_mixed_operation, newest, queue_advance, run_queue
from printshop.testing import NOON, make_actor, make_jobs, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, text_of

pytestmark = pytest.mark.django_db(databases="__all__")
S = JobStatus


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "change_job", "view_bulkoperation", "view_bulkitem"))


def tick(desk: Desk, action: str, *operations: BulkOperation) -> Any:
    return desk.tick(BulkOperation, [one.pk for one in operations], action)


def fates(page: Any) -> dict[str, list[str]]:
    """The names of the operations by what awaits them."""
    return {one.name: [row.reference for row in one.rows] for one in page.context["sections"]}


# --- Retrying --------------------------------------------------------------------------------------------------------
def test_it_retries_what_failed_of_several_and_says_why_not_of_the_others(desk: Desk) -> None:
    first, second = a_mixed_operation(), a_mixed_operation()
    fine = queue_advance(make_jobs(1))
    run_queue()
    waiting = queue_advance(make_jobs(1))
    page = tick(desk, "retry", first, second, fine, waiting)
    assert fates(page) == {
        "refused": [str(waiting)], "changing": [str(first), str(second)], "unchanged": [str(fine)]
    }  # fmt: skip
    assert "Sent again: 1 of 3 items." in text_of(page)
    assert "what has failed of it can be retried then" in text_of(page)
    before = BulkOperation.objects.count()
    desk.press(BulkOperation, page)
    assert BulkOperation.objects.count() == before + 2
    assert {one.parent_id for one in BulkOperation.objects.exclude(parent=None)} == {first.pk, second.pk}
    assert newest().user == desk.user
    assert "In the queue again: 2. See what is under way" in text_of(desk.get(BulkOperation))


def test_it_retries_nothing_twice_from_the_list(desk: Desk) -> None:
    """New orders would be made twice by it."""
    operation = a_mixed_operation()
    page = tick(desk, "retry", operation)
    desk.press(BulkOperation, page)
    before = snapshot()
    again = desk.press(BulkOperation, page)
    assert "This is not the plan that you were shown" in text_of(again)
    assert fates(again) == {"refused": [str(operation)]}
    assert "It was retried before" in text_of(again)
    assert snapshot() == before


def test_it_retries_nothing_of_which_nothing_was_kept(desk: Desk) -> None:
    ids = make_jobs(1, S.QUEUED) + make_jobs(1, S.SHIPPED)
    done = change_jobs(ADVANCE, ids, actor=make_actor(), at=NOON, policy=Policy.PARTIAL, target_status=S.PRINTING)
    operation = BulkOperation.objects.get(pk=str(done.operation_id))
    operation.items.update(payload=None)
    page = tick(desk, "retry", operation)
    assert "Of 1 of its failed items nothing was kept to be sent again." in text_of(page)


# --- Calling off -----------------------------------------------------------------------------------------------------
def test_it_calls_off_what_has_not_begun_of_several(desk: Desk) -> None:
    begun, waiting = queue_advance(make_jobs(5)), queue_advance(make_jobs(3))
    carry_out_next()
    off = queue_advance(make_jobs(1))
    desk.press(BulkOperation, tick(desk, "cancel", off))
    done = change_jobs(ADVANCE, make_jobs(1), actor=make_actor(), at=NOON, target_status=S.VALIDATED)
    finished = BulkOperation.objects.get(pk=str(done.operation_id))
    page = tick(desk, "cancel", begun, waiting, finished, off)
    text = text_of(page)
    assert "2 will be called off, 2 refused" in text
    assert "This operation is finished; what it did can be undone." in text
    # Meanwhile the worker goes on: that makes no other plan.
    carry_out_next()
    desk.press(BulkOperation, page)
    states = BulkOperation.objects.filter(pk__in=[begun.pk, waiting.pk]).values_list("state", flat=True)
    assert set(states) == {State.CANCELLED}
    assert "items of 2 operations" in text_of(desk.get(BulkOperation))
    assert not carry_out_next()


# --- Who may ---------------------------------------------------------------------------------------------------------
def test_it_leaves_alone_what_the_role_may_not_run(desk: Desk) -> None:
    operation = a_mixed_operation()
    BulkOperation.objects.filter(pk=operation.pk).update(name="skus.import")
    page = tick(desk, "retry", operation)
    assert "Only an administrator may do this to skus.import." in text_of(page)
    before = snapshot()
    desk.press(BulkOperation, page)
    assert snapshot() == before


def test_it_knows_no_operation_of_another_account(desk: Desk) -> None:
    partner = Account.objects.create(code="partner", name="Partner")
    foreign, own = queue_advance(make_jobs(1), account=partner), queue_advance(make_jobs(1))
    page = tick(desk, "cancel", own)
    before = snapshot()
    sent = {"action": "cancel", "_selected_action": own.pk, "rows": f'["{foreign.pk}"]', "step": "confirm"}
    assert fates(desk.post(BulkOperation, "changelist", {**sent, "plan": page.context["plan"]})) == {}
    assert snapshot() == before


def test_a_retry_is_made_for_the_account_whose_operation_it_was() -> None:
    partner = Account.objects.create(code="partner", name="Partner")
    operation = queue_advance([*make_jobs(1, S.QUEUED), "job-9999"], S.PRINTING, account=partner)
    run_queue()
    boss = Desk(make_boss())
    boss.press(BulkOperation, tick(boss, "retry", operation))
    assert newest().account == partner


# --- How much --------------------------------------------------------------------------------------------------------
def test_it_takes_so_many_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.CANCEL, "most", 1)
    tick(desk, "cancel", queue_advance(make_jobs(1)), queue_advance(make_jobs(1)))
    assert "At most 1 can be called off from here at once" in text_of(desk.get(BulkOperation))
    assert not BulkOperation.objects.exclude(cancelled_at=None).exists()


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_it_plans_for_8_in_as_many_statements_as_for_2(desk: Desk, action: str) -> None:
    operations = [queue_advance([job]) for job in make_jobs(8)]
    if action == "retry":
        run_queue()

    def sent(count: int) -> int:
        with statements() as found:
            assert tick(desk, action, *operations[:count]).status_code == 200
        return len(found)

    sent(1)
    assert sent(2) == sent(8)
