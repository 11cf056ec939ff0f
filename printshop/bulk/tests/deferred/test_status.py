"""What the person on call is told of the queue."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.heartbeats import Totals, beat, leave
from printshop.bulk.models import BulkChunk, BulkOperation, Worker
from printshop.bulk.tests.deferred.workers import queue_skus
from printshop.testing import statements

pytestmark = pytest.mark.django_db(databases="__all__")


def told(code: int = 0) -> str:
    """What the command says, which ends with this exit code."""
    out, err = StringIO(), StringIO()
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command("queue_status", stdout=out, stderr=err)
        assert ended.value.code == code
    else:
        call_command("queue_status", stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_it_says_when_there_is_nothing():
    assert told() == "Workers: none\nUnfinished operations: none\nPut back: none\n"


def test_it_shows_who_works_and_what_waits():
    operation = queue_skus(600)
    carry_out_next()
    BulkOperation.objects.update(created_at=timezone.now() - timedelta(minutes=90))
    beat("a-machine:7", Totals(chunks=3))
    said = told()
    assert "  a-machine:7: heard of 0 s ago, 3 chunks\n" in said
    assert f"  {operation} skus.import of shop: running, 100 of 600 items open, asked for 1.5 h ago\n" in said


def test_it_says_why_work_was_put_back():
    queue_skus(600)
    beat("a-machine:7", Totals())
    first = BulkChunk.objects.earliest("number")
    BulkChunk.objects.filter(pk=first.pk).update(tries=2, lost=1, error="LockNotAvailable()")
    said = told()
    assert "put back 2 times, lost its worker 1 times" in said
    assert f"  {first.operation_id}, chunk 0: LockNotAvailable()" in said


def test_it_fails_when_work_waits_for_nobody():
    queue_skus(1)
    assert "no worker was heard of lately" in told(code=1)
    beat("a-machine:7", Totals())
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert "heard of 5.0 min ago, SILENT" in told(code=1)
    leave("a-machine:7")
    assert "Workers: none" in told(code=1)


def test_it_shows_the_oldest_and_counts_the_others():
    beat("a-machine:7", Totals())
    queue_skus(1)
    with statements() as few:
        told()
    oldest = BulkOperation.objects.get().pk
    for number in range(24):
        queue_skus(1, f"more-{number}")
    with statements() as many:
        said = told()
    assert "Unfinished operations: 25" in said
    assert "… and 5 more" in said
    assert str(oldest) in said
    assert len(many) == len(few)
