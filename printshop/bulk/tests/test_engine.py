"""Look, plan, admit, write: what the policies let through, and what is left behind, seen on real operations."""

from typing import Any
from uuid import UUID

import pytest

from catalog.services.imports import IMPORT, import_skus
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, REPRINT, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from orders.services.changes import CANCEL as CANCEL_ORDERS
from orders.services.changes import PAY, change_orders
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind, Refused
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk import registry
from printshop.bulk.engine import Batch, Operation, Result, preview, run
from printshop.bulk.models import BulkItem, BulkOperation, Policy
from printshop.bulk.outcomes import Outcome, Verdict, tally
from printshop.testing import NOON, make_actor, make_jobs, make_orders, make_skus, numbers, snapshot

pytestmark = pytest.mark.django_db


def advance(*jobs: str, target: str = "VALIDATED", **more: Any) -> Result:
    return change_jobs(ADVANCE, jobs, actor=make_actor(), at=NOON, target_status=target, **more)


def refusal_of(*jobs: str, **more: Any) -> Refused:
    """What is said of a batch that is refused whole; it leaves no trace."""
    before = snapshot()
    with pytest.raises(Refused) as refused:
        advance(*jobs, **more)
    assert snapshot() == before
    return refused.value


# --- Policies --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("policy", Policy)
def test_it_carries_out_a_batch_without_faults(policy: Policy):
    result = advance(*make_jobs(3), policy=policy)
    assert result.counts == {**dict.fromkeys(Verdict, 0), Verdict.UPDATED: 3}
    assert set(Job.objects.values_list("status", flat=True)) == {"VALIDATED"}


def test_it_refuses_the_lot_for_one_fault_when_atomic():
    jobs = make_jobs(2)
    refused = refusal_of(*jobs, "job-999")
    assert [(index, fault.code) for index, fault in refused.faults] == [(2, "JOB_NOT_FOUND")]
    assert (refused.failed, refused.total, refused.kind) == (1, 3, Kind.UNKNOWN)


def test_it_keeps_the_good_ones_when_partial():
    jobs = make_jobs(2)
    result = advance("job-999", *jobs, policy=Policy.PARTIAL)
    assert [outcome.verdict for outcome in result.outcomes] == ["refused", "updated", "updated"]
    assert set(Job.objects.values_list("status", flat=True)) == {"VALIDATED"}


def test_it_refuses_a_partial_batch_without_one_good_item_as_invalid():
    refused = refusal_of("job-998", "job-999", policy=Policy.PARTIAL)
    assert (refused.kind, refused.failed) == (Kind.INVALID, 2)


def test_it_counts_what_is_so_already_among_the_good():
    [job] = make_jobs(1, JobStatus.VALIDATED)
    result = advance(job, "job-999", policy=Policy.PARTIAL)
    assert [outcome.verdict for outcome in result.outcomes] == ["unchanged", "refused"]


@pytest.mark.parametrize(
    ("kinds", "decides"),
    [("conflict", Kind.CONFLICT), ("conflict unknown", Kind.UNKNOWN), ("unknown conflict invalid", Kind.INVALID)],
)
def test_it_lets_the_first_kind_that_applies_decide(kinds: str, decides: Kind):
    jobs = {
        "conflict": Item(0, make_jobs()[0]),
        "unknown": Item(1, "job-999"),
        "invalid": Item(2, None, [Fault("X", "x")]),
    }
    batch = Batch([jobs[kind] for kind in kinds.split()], {"target_status": "PRINTING"}, make_actor(), NOON)
    with pytest.raises(Refused) as refused:
        run(ADVANCE, batch)
    assert refused.value.kind is decides
    assert refused.value.failed == len(kinds.split())


@pytest.mark.parametrize("policy", Policy)
def test_it_refuses_everything_for_a_fault_of_the_envelope(policy: Policy):
    items = [Item(index, job) for index, job in enumerate(make_jobs(2))]
    fault = Fault("UNKNOWN_FIELD", "colour is not a known field.", "colour")
    batch = Batch(items, {"target_status": "VALIDATED"}, make_actor(), NOON, policy, faults=[fault])
    before = snapshot()
    with pytest.raises(Refused) as refused:
        run(ADVANCE, batch)
    assert refused.value.faults == [(None, fault)]
    assert refused.value.failed == 2
    assert snapshot() == before


def test_it_names_faults_of_the_envelope_of_shape_and_of_business_in_one_go():
    [job] = make_jobs()
    shape, envelope = Fault("NOT_TEXT", "must be text.", "jobIds.1"), Fault("REQUIRED", "reason is required.", "reason")
    items = [Item(0, job), Item(1, None, [shape]), Item(2, "job-999")]
    batch = Batch(items, {"target_status": "SHIPPED"}, make_actor(), NOON, faults=[envelope])
    with pytest.raises(Refused) as refused:
        run(ADVANCE, batch)
    found = [(index, fault.code) for index, fault in refused.value.faults]
    assert found == [(None, "REQUIRED"), (0, "ILLEGAL_TRANSITION"), (1, "NOT_TEXT"), (2, "JOB_NOT_FOUND")]


def test_it_refuses_whole_what_no_item_asked_for():
    make_skus(3)
    with pytest.raises(Refused) as refused:
        import_skus([{"id": "new", "name": "New"}], actor=make_actor(), at=NOON, mode="replace",
                    max_deactivate=2, policy=Policy.PARTIAL)  # fmt: skip
    [(index, fault)] = refused.value.faults
    assert (index, fault.code) == (None, "TOO_MANY_DEACTIVATIONS")
    # No item is at fault, so this is the conflict that it would be under `atomic`.
    assert refused.value.kind is Kind.CONFLICT


# --- Dry runs --------------------------------------------------------------------------------------------------------
def test_it_writes_nothing_in_a_dry_run_and_says_what_it_would():
    jobs = make_jobs(2, JobStatus.QUEUED)
    before = snapshot()
    dry = advance(*jobs, target="PRINTING", dry_run=True)
    assert snapshot() == before
    assert dry.operation_id is None
    live = advance(*jobs, target="PRINTING")
    assert [(one.verdict, one.changes, one.effects) for one in dry.outcomes] == [
        (one.verdict, one.changes, one.effects) for one in live.outcomes
    ]
    assert [effect["to"] for one in dry.outcomes for effect in one.effects] == ["printing", "printing"]


def test_it_fails_in_a_dry_run_exactly_when_the_live_call_would():
    jobs = make_jobs()
    said = [refusal_of(*jobs, target="SHIPPED", dry_run=dry_run).faults for dry_run in (True, False)]
    assert said[0] == said[1]


def test_it_previews_a_batch_that_would_be_refused():
    jobs = make_jobs()
    batch = Batch([Item(0, jobs[0]), Item(1, "job-999")], {"target_status": "VALIDATED"}, make_actor(), NOON)
    before = snapshot()
    assert [outcome.verdict for outcome in preview(ADVANCE, batch).outcomes] == ["updated", "refused"]
    assert snapshot() == before


# --- Consequences ----------------------------------------------------------------------------------------------------
def test_it_lists_the_jobs_that_a_payment_makes_in_a_dry_run():
    orders = make_orders(2)
    result = change_orders(PAY, orders, actor=make_actor(), at=NOON, dry_run=True)
    assert [effect["kind"] for outcome in result.outcomes for effect in outcome.effects] == ["job_created"] * 2
    assert not Job.objects.exists()


def test_it_lets_a_consequence_refuse_before_the_policy_judges():
    shipped, fresh = (make_jobs(1, status)[0] for status in (JobStatus.SHIPPED, JobStatus.CREATED))
    orders = [Job.objects.get(pk=number).order.reference for number in numbers([shipped, fresh])]
    # The order of a shipped job is `shipped`; with a reprint at work it is not, and only its jobs know better.
    batch = Batch([Item(0, {"job_id": shipped})], {"reason": "Warped"}, make_actor(), NOON)
    run(REPRINT, batch)
    result = change_orders(
        CANCEL_ORDERS, orders, actor=make_actor(), at=NOON, policy=Policy.PARTIAL, reason="Called off"
    )
    assert [outcome.verdict for outcome in result.outcomes] == ["refused", "updated"]
    refused = BulkItem.objects.get(operation=result.operation_id, verdict="refused")
    assert (refused.before, refused.after, refused.effects) == (None, None, None)
    assert list(Job.objects.order_by("pk").values_list("status", flat=True)) == ["SHIPPED", "CANCELLED", "CREATED"]
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["printing", "cancelled"]


# --- Records ---------------------------------------------------------------------------------------------------------
def recorded(result: Result) -> BulkOperation:
    assert result.operation_id
    return BulkOperation.objects.get(pk=result.operation_id)


def test_it_leaves_a_record_of_who_what_when_and_how():
    jobs = make_jobs(2)
    result = advance(jobs[0], "job-999", policy=Policy.PARTIAL, reason="Checked")
    operation = recorded(result)
    expected = {
        "name": "jobs.advance", "actor": "the admin", "policy": "partial", "total": 2, "failed": 1, "created_at": NOON,
        "counts": {"updated": 1, "refused": 1}, "terms": {"targetStatus": "VALIDATED", "reason": "Checked"},
    }  # fmt: skip
    assert {name: getattr(operation, name) for name in expected} == expected
    good, bad = BulkItem.objects.filter(operation=operation).order_by("index")
    assert (good.index, good.reference, good.verdict) == (0, jobs[0], "updated")
    assert (good.before, good.after, good.errors) == ({"status": "CREATED"}, {"status": "VALIDATED"}, None)
    assert [effect["kind"] for effect in good.effects or ()] == ["order_status"]
    assert (bad.index, bad.reference, bad.verdict, bad.before, bad.after) == (1, "job-999", "refused", None, None)
    assert [error["code"] for error in bad.errors or ()] == ["JOB_NOT_FOUND"]


def test_it_files_what_nobody_asked_for_after_the_last_item():
    old = make_skus(2)
    result = import_skus([{"id": "new", "name": "New"}], actor=make_actor(), at=NOON, mode="replace")
    items = BulkItem.objects.filter(operation=result.operation_id).order_by("index")
    assert list(items.values_list("index", "reference", "verdict")) == [
        (0, "new", "created"), (1, old[0], "deactivated"), (2, old[1], "deactivated"),
    ]  # fmt: skip
    assert recorded(result).counts == {"created": 1, "deactivated": 2}


def test_it_names_its_operation_in_every_move():
    [job] = make_jobs()
    operation_id = advance(job).operation_id
    [move] = JobMove.objects.all()
    assert (move.operation_id, move.actor, move.at) == (operation_id, "the admin", NOON)


def test_it_records_a_batch_in_which_nothing_changes():
    [job] = make_jobs(1, JobStatus.VALIDATED)
    result = advance(job)
    assert recorded(result).counts == {"unchanged": 1}


def test_it_makes_uuids_of_version_7_that_sort_by_time(monkeypatch: pytest.MonkeyPatch):
    made = []
    for second in range(3):
        monkeypatch.setattr("time.time_ns", lambda second=second: int(NOON.timestamp() + second) * 10**9)
        made += [time_ordered_uuid() for _ in range(2)]
    assert all(isinstance(one, UUID) and one.version == 7 and one.variant == "specified in RFC 4122" for one in made)
    assert [one.int >> 80 for one in made] == sorted(one.int >> 80 for one in made)
    assert len(set(made)) == 6
    assert made[0].int >> 80 == int(NOON.timestamp()) * 1000


# --- Words and registry ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("operation", "field", "verb"),
    [(ADVANCE, "jobIds", "advanced"), (CANCEL, "jobIds", "cancelled"), (PRIORITIZE, "jobIds", "prioritized"),
     (PAY, "orderIds", "paid"), (IMPORT, "skus", "created")],
)  # fmt: skip
def test_it_speaks_in_the_words_of_each_operation(operation: Operation, field: str, verb: str):
    assert (operation.field_name, operation.verb) == (field, verb)
    assert operation.item_is_id == field.endswith("Ids")


def test_it_knows_every_operation_by_its_name():
    names = registry.operations()
    assert {"orders.create", "orders.cancel", "orders.pay", "jobs.advance", "jobs.cancel", "skus.import"} <= set(names)
    assert all(operation.name == name for name, operation in names.items())


def test_it_registers_no_name_twice():
    with pytest.raises(ValueError, match=r"jobs\.advance"):
        registry.register(ADVANCE)


def test_it_joins_a_consequence_to_an_operation_once():
    before = list(PAY.consequences)
    registry.register_consequence(PAY, before[0])
    assert before == PAY.consequences


def test_it_tallies_outcomes_by_verdict():
    outcomes = [Outcome(0, verdict=Verdict.CREATED), Outcome(1), Outcome(2, verdict=Verdict.CREATED)]
    assert tally(outcomes) == {**dict.fromkeys(Verdict, 0), Verdict.CREATED: 2, Verdict.UNCHANGED: 1}


def test_it_keeps_nothing_of_an_outcome_that_is_refused_after_all():
    outcome = Outcome(0, verdict=Verdict.UPDATED, before={"a": 1}, after={"a": 2, "b": 3}, effects=[{"kind": "x"}])
    assert outcome.changes == {"a": [1, 2], "b": [None, 3]}
    outcome.refuse(Fault("X", "x"))
    assert (outcome.verdict, outcome.changes, outcome.effects) == (Verdict.REFUSED, {}, [])
