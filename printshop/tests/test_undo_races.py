"""Undoing while others are at the same rows: every row has one story, and nothing is undone twice."""

from datetime import timedelta

import pytest

from catalog.models import SKU
from catalog.services.imports import import_skus
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.refusals import Refused
from printshop.bulk.deferred.acceptance import Request
from printshop.bulk.engine import Result
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.outcomes import Verdict
from printshop.bulk.undoing import undo
from printshop.testing import NOON, make_actor, make_jobs, make_skus
from printshop.tests.test_races import at_once, is_one_story, only, succeeded

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.trust(
        case="undo while others are at the same rows", expects="every row has one story; nothing is undone twice"
    ),
]
LATER = NOON + timedelta(hours=1)


def undoing(operation_id: object, number: int) -> Result | Request:
    recorded = BulkOperation.objects.get(pk=str(operation_id))
    return undo(recorded, actor=make_actor(), at=LATER + timedelta(minutes=number))


def test_it_undoes_the_advance_of_50_jobs_once_though_four_ask_and_two_advance_them_meanwhile():
    jobs = make_jobs(50, JobStatus.QUEUED)
    actor = make_actor()
    first = change_jobs(ADVANCE, jobs, actor=actor, at=NOON + timedelta(minutes=1), target_status="PRINTING")
    before = JobMove.objects.count()

    def advance(number: int) -> Result:
        part = jobs[number::2]
        return change_jobs(ADVANCE, part, actor=actor, at=LATER, policy=Policy.PARTIAL, target_status="POST_PROCESS")

    acts = [lambda number=number: undoing(first.operation_id, number) for number in range(4)]
    results = at_once([*acts, lambda: advance(0), lambda: advance(1)])
    only(results, Result, Refused)
    assert succeeded(results) == JobMove.objects.count() - before == 50
    assert all(is_one_story(job) for job in Job.objects.prefetch_related("moves"))
    compensating = set(JobMove.objects.filter(undoes__isnull=False).values_list("job_id", flat=True))
    assert set(Job.objects.filter(status="QUEUED").values_list("pk", flat=True)) == compensating
    of_orders = dict(Order.objects.values_list("jobs__status", "status"))
    assert of_orders.items() <= {"QUEUED": "processing", "POST_PROCESS": "post_processing"}.items()


def test_it_leaves_a_catalogue_that_is_either_undone_or_replaced():
    make_skus(100)
    actor = make_actor()
    renamed = [{"id": f"sku-{number:04d}", "name": "Renamed"} for number in range(1, 101)]
    first = import_skus(renamed, actor=actor, at=NOON + timedelta(minutes=1))
    again = [{"id": f"sku-{number:04d}", "name": "Replaced"} for number in range(1, 101)]
    results = at_once(
        [
            lambda: undoing(first.operation_id, 0),
            lambda: import_skus(again, actor=actor, at=LATER, mode="replace"),
            lambda: undoing(first.operation_id, 1),
        ]
    )
    only(results, Result, Refused)
    assert set(SKU.objects.values_list("name", flat=True)) == {"Replaced"}
    undone = BulkOperation.objects.filter(undoes=first.operation_id)
    assert sum(one.counts.get(Verdict.UPDATED, 0) for one in undone) in (0, 100)
