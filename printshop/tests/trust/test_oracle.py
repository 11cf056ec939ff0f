"""The oracle itself: it is content with a shop that was only used, and names whatever is broken in one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from jobs.models import Job, JobMove
from jobs.services import ADVANCE, CANCEL, change_jobs
from jobs.states import JobStatus
from orders.models import LineItem, Order
from printshop.api.actors import Role
from printshop.api.models import Tally
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.undoing import undo
from printshop.testing import NOON, KeyClient, key_client, make_actor, make_jobs, make_orders, numbers
from printshop.tests.trust.ledger import Answer, Ledger
from printshop.tests.trust.oracle import judge, nothing_held, standing

pytestmark = pytest.mark.django_db(databases="__all__")


def used_shop() -> list[str]:
    """Orders unpaid, paid, under way, shipped and cancelled; one move of a job taken back."""
    make_orders(2)
    make_orders(1, paid=True)
    make_jobs(1, JobStatus.SHIPPED)
    jobs = make_jobs(2, JobStatus.PRINTING)
    change_jobs(ADVANCE, jobs[:1], actor=make_actor(), at=NOON, target_status="FAILED", reason="warped")
    undo(BulkOperation.objects.latest("created_at", "pk"), actor=make_actor(), at=NOON + timedelta(hours=1))
    change_jobs(CANCEL, jobs[1:], actor=make_actor(), at=NOON, reason="not wanted any more")
    return jobs


def test_it_is_content_with_a_shop_that_was_only_used() -> None:
    used_shop()
    assert judge() == []


def test_moves_that_were_taken_back_drop_out_as_pairs() -> None:
    jobs = used_shop()
    moves = JobMove.objects.filter(job__in=numbers(jobs[:1])).order_by("pk")
    assert [move.target for move in moves][-2:] == ["FAILED", "PRINTING"]
    assert [move.target for move in standing(moves)][-1] == "PRINTING"
    assert len(standing(moves)) == len(moves) - 2


BROKEN: dict[str, tuple[Callable[[], Any], str]] = {
    "a line that is lost": (lambda: LineItem.objects.filter(jobs=None).first().delete(), "its lines add up to 0"),  # type: ignore[union-attr]
    "a sum": (lambda: Order.objects.update(subtotal=F("subtotal") + 1, total=F("total") + 1), "its lines add up to"),
    "a job's status": (lambda: Job.objects.filter(status="SHIPPED").update(status="READY"), "its history ends at"),
    "a move that is lost": (lambda: JobMove.objects.filter(target="SLICED").first().delete(), "and moved"),  # type: ignore[union-attr]
    "a move twice": (lambda: again(JobMove.objects.filter(target="QUEUED")[0]), "and moved"),
    "an order's status": (lambda: Order.objects.filter(status="shipped").update(status="printing"), "its jobs say"),
    "an order without jobs": (lambda: Order.objects.filter(jobs=None).update(status="printing"), "has no jobs"),
    "an item that is lost": (lambda: BulkItem.objects.filter(verdict="created").first().delete(), "its items are"),  # type: ignore[union-attr]
    "counts": (lambda: BulkOperation.objects.filter(total=1).update(total=2), "counts 1 of 2"),
    "an open operation": (lambda: BulkOperation.objects.filter(total=2).update(state="running"), "is running"),
    "an order made twice": (lambda: again(BulkItem.objects.filter(verdict="created")[0], index=99), "created 2 times"),
    "an order never made": (
        lambda: BulkItem.objects.filter(verdict="created").update(reference="ord-999"),
        "not there",
    ),
}


def again(row: Any, **changed: Any) -> None:
    row.pk = None
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)


@pytest.mark.trust(case="a shop broken on purpose", expects="the oracle names what is broken")
@pytest.mark.parametrize("name", BROKEN)
def test_it_names_what_is_broken(name: str) -> None:
    break_it, expected = BROKEN[name]
    used_shop()
    break_it()
    assert any(expected in fault for fault in judge()), judge()


# --- What clients were told -------------------------------------------------------------------------------------------
class Caller:
    """A client whose answers may be lost on the way."""

    def __init__(self, client: KeyClient) -> None:
        self.client, self.loses = client, False

    def __call__(self, path: str, body: Any, key: str) -> Answer:
        response = self.client.post(path, body, idempotency_key=key)
        if self.loses:
            raise ConnectionResetError
        return Answer(response.status_code, response.content)


@pytest.fixture
def caller() -> Caller:
    make_orders(1)
    return Caller(key_client(Role.OPERATOR))


def orders_body(*names: str, **order: Any) -> dict[str, Any]:
    line = {"skuId": "sku-0001", "quantity": 1}
    return {"orders": [{"customerId": "cust-001", "lineItems": [line], "externalId": name, **order} for name in names]}


def test_it_settles_what_nobody_knows_the_end_of(caller: Caller, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.post(caller, "/api/orders/bulk", orders_body("a", "b"), "k1")
    caller.loses = True
    assert ledger.post(caller, "/api/orders/bulk", orders_body("c"), "k2") is None
    caller.loses = False
    ledger.post(caller, "/api/orders/bulk", orders_body("d", customerId="nobody"), "k3")
    ledger.post(caller, "/api/orders/bulk", orders_body("e", "a") | {"errorPolicy": "partial"}, "k4")
    assert judge(ledger, send=caller) == []
    assert [entry.answer and entry.answer.status for entry in ledger.entries()] == [201, 201, 400, 200]
    assert sorted(Order.objects.exclude(external_id="").values_list("external_id", flat=True)) == ["a", "b", "c", "e"]


def test_it_names_an_order_that_was_promised_and_is_gone(caller: Caller, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    answer = ledger.post(caller, "/api/orders/bulk", orders_body("a"), "k1")
    assert answer
    LineItem.objects.filter(order__external_id="a").delete()
    Order.objects.filter(external_id="a").delete()
    faults = judge(ledger, send=caller)
    assert f"{answer.said['orders'][0]['id']} was promised and is not there" in faults
    assert "a exists 0 times, not 1" in faults


def test_it_names_an_order_that_was_refused_and_exists(caller: Caller, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.post(caller, "/api/orders/bulk", orders_body("a", customerId="nobody"), "k1")
    make_orders(1)
    Order.objects.filter(pk=max(Order.objects.values_list("pk", flat=True))).update(external_id="a")
    assert "a exists 1 times, not 0" in judge(ledger, send=caller)


def test_it_names_an_answer_that_is_not_the_first_one(caller: Caller, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.post(caller, "/api/orders/bulk", orders_body("a"), "k1")
    ledger.write({"key": "k1", "status": 201, "answer": "{}"})
    assert any(fault.startswith("k1 was answered b'{}'") for fault in judge(ledger, send=caller))


@pytest.mark.postgresql
def test_it_minds_a_list_that_is_said_to_be_longer_than_it_is() -> None:
    used_shop()
    Tally.objects.filter(name="jobs", is_base=True).update(rows=F("rows") + 1)
    there = Job.objects.count()
    assert judge() == [f"the list jobs is said to have {there + 1} rows, and has {there}"]


@pytest.mark.postgresql
def test_it_minds_a_transaction_and_a_lock_that_somebody_has_left_behind() -> None:
    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(1)")
                left.set()
                looked.wait()
        finally:
            connection.close()

    left, looked = Event(), Event()
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        left.wait()
        found = list(nothing_held())
        looked.set()
        holding.result()
    assert [said.split(" since ")[0].rstrip("0123456789") for said in found] == [
        "a session is idle in transaction",
        "an advisory lock is held by ",
    ]
    assert list(nothing_held()) == []
