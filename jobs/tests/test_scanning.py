"""Scan to advance, as the page's script asks for it."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from jobs.models import Job, JobMove
from jobs.scanning import tray
from jobs.services import ADVANCE, change_jobs
from jobs.states import NEXT, JobStatus
from orders.models import Order
from printshop.api.models import Account
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import NOON, make_actor, make_jobs, make_orders, make_skus, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_boss, make_operator, url

pytestmark = pytest.mark.django_db
S = JobStatus


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "change_job"))


def check(desk: Desk, codes: Any, target: str = S.PRINTING) -> Any:
    return desk.client.post(url(Job, "scan_check"), {"codes": orjson.dumps(codes).decode(), "target": target})


def advance(desk: Desk, jobs: Sequence[str], target: str = S.PRINTING, reason: str = "") -> Any:
    sent = {"codes": orjson.dumps(jobs).decode(), "target": target, "reason": reason}
    return desk.client.post(url(Job, "scan_advance"), sent)


def fates(answer: Any) -> dict[str, tuple[str, str]]:
    assert answer.status_code == 200, answer.content
    return {ticket["id"]: (ticket["fate"], ticket["says"]) for ticket in answer.json()["tickets"]}


def order_of(job: str) -> str:
    return Job.objects.get(pk=numbers([job])[0]).order.reference


# --- Checking ---------------------------------------------------------------------------------------------------------
def test_it_tells_the_fate_of_each_ticket_and_writes_nothing(desk: Desk) -> None:
    (queued,), (printing,), (shipped,) = make_jobs(1, S.QUEUED), make_jobs(1, S.PRINTING), make_jobs(1, S.SHIPPED)
    before = snapshot()
    assert fates(check(desk, [queued, printing, shipped])) == {
        queued: ("good", "QUEUED → PRINTING"),
        printing: ("already", "Already PRINTING."),
        shipped: ("refused", "A SHIPPED job cannot become PRINTING."),
    }
    assert snapshot() == before


def test_it_says_what_a_ticket_is_for(desk: Desk) -> None:
    (job,) = make_jobs(1, S.QUEUED, quantity=3)
    (ticket,) = check(desk, [job]).json()["tickets"]
    assert ticket["about"] == f"3 × A cube, {order_of(job)}"
    assert ticket["url"] == url(Job, "change", *numbers([job]))


def test_it_takes_an_order_for_all_its_jobs(desk: Desk) -> None:
    (job,) = make_jobs(1, S.QUEUED)
    first = Job.objects.get(pk=numbers([job])[0])
    second = Job.objects.create(
        order=first.order, line_item=first.line_item, sku=first.sku, quantity=1, reprint_of=first, created_at=NOON,
        updated_at=NOON,
    ).reference  # fmt: skip
    (scan,) = check(desk, [order_of(job).upper()]).json()["scans"]
    assert scan == {"code": order_of(job).upper(), "jobs": [job, second], "says": ""}


def test_it_reads_one_ticket_however_it_is_written(desk: Desk) -> None:
    (job,) = make_jobs(1, S.QUEUED)
    written = [job, job.upper(), f"http://testserver/api/jobs/{job}", job.replace("-", "ß")]
    answer = check(desk, written)
    assert [scan["jobs"] for scan in answer.json()["scans"]] == [[job]] * 4
    assert list(fates(answer)) == [job]


def test_it_names_what_it_does_not_know(desk: Desk) -> None:
    (unpaid,) = make_orders()
    scans = check(desk, ["job-999", "ord-999", unpaid, "4006381333931", "http://elsewhere.example/job-1"]).json()
    assert scans["tickets"] == []
    assert [scan["says"] for scan in scans["scans"]] == [
        "There is no job job-999.",
        "There is no order ord-999.",
        f"{unpaid} has no jobs: it is not paid, or nothing in it is printed.",
        "“4006381333931” is no ticket of this shop.",
        "“http://elsewhere.example/job-1” is no ticket of this shop.",
    ]


def test_it_quotes_the_beginning_of_a_long_text(desk: Desk) -> None:
    (scan,) = check(desk, ["x" * 4_000]).json()["scans"]
    assert scan["code"] == "x" * 4_000
    assert len(scan["says"]) < 100


def test_it_checks_in_as_many_statements_whatever_the_tray(desk: Desk) -> None:
    jobs = make_jobs(12, S.QUEUED)
    codes = [*jobs[:6], *map(order_of, jobs[6:])]
    check(desk, codes[:1])
    with statements() as few:
        check(desk, [codes[0], codes[6], "nonsense"])
    with statements() as many:
        check(desk, [*codes, *(f"nonsense {number}" for number in range(9))])
    assert len(few) == len(many)


def test_it_refuses_more_tickets_than_a_tray_holds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tray, "MOST_TICKETS", 2)
    answer = check(desk, make_jobs(3, S.QUEUED))
    assert answer.status_code == 400
    assert "at most 1,000 tickets" in answer.json()["says"]


def test_it_takes_a_thousand_tickets(desk: Desk) -> None:
    jobs = make_jobs(1000)
    assert {fate for fate, _ in fates(check(desk, jobs, S.VALIDATED)).values()} == {"good"}
    assert {fate for fate, _ in fates(advance(desk, jobs, S.VALIDATED)).values()} == {"moved"}
    assert Job.objects.filter(status=S.VALIDATED).count() == 1000
    assert check(desk, [f"job-{number}" for number in range(1001)]).status_code == 400


# --- Advancing --------------------------------------------------------------------------------------------------------
def test_it_advances_the_good_ones_and_records_who_and_why(desk: Desk) -> None:
    (queued,), (shipped,) = make_jobs(1, S.QUEUED), make_jobs(1, S.SHIPPED)
    answer = advance(desk, [queued, shipped], reason="Monday")
    assert fates(answer) == {
        queued: ("moved", "QUEUED → PRINTING"),
        shipped: ("refused", "A SHIPPED job cannot become PRINTING."),
    }
    operation = BulkOperation.objects.get(user=desk.user)
    assert answer.json()["record"] == url(BulkOperation, "change", operation.pk)
    assert (operation.name, operation.actor, operation.policy) == ("jobs.advance", "olga", "partial")
    assert operation.terms == {"targetStatus": "PRINTING", "reason": "Monday"}
    move = JobMove.objects.get(operation=operation)
    assert (move.job.reference, move.target, move.actor, move.reason) == (queued, S.PRINTING, "olga", "Monday")


def test_it_tells_what_becomes_of_the_order(desk: Desk) -> None:
    (job,) = make_jobs(1, S.QUEUED)
    (ticket,) = advance(desk, [job]).json()["tickets"]
    assert ticket["effects"] == [f"order status {order_of(job)}: processing → printing"]
    assert Order.objects.get(pk=numbers([order_of(job)])[0]).status == "printing"


def test_it_moves_once_when_it_is_asked_twice(desk: Desk) -> None:
    jobs = make_jobs(2, S.QUEUED)
    advance(desk, jobs)
    moves = JobMove.objects.count()
    again = advance(desk, jobs)
    assert {fate for fate, _ in fates(again).values()} == {"already"}
    assert JobMove.objects.count() == moves


def test_it_leaves_no_trace_when_none_can_move(desk: Desk) -> None:
    jobs = [*make_jobs(2, S.SHIPPED), "job-99999"]
    before = snapshot()
    answer = advance(desk, jobs)
    assert {fate for fate, _ in fates(answer).values()} == {"refused"}
    assert fates(answer)["job-99999"] == ("refused", "There is no job job-99999.")
    assert answer.json()["record"] == ""
    assert snapshot() == before


def test_it_does_the_good_ones_when_others_moved_on_meanwhile(desk: Desk) -> None:
    stays, goes = make_jobs(2, S.QUEUED)
    assert {fate for fate, _ in fates(check(desk, [stays, goes])).values()} == {"good"}
    change_jobs(ADVANCE, [goes], actor=make_actor(), at=NOON, target_status=S.CANCELLED, reason="gone")
    assert fates(advance(desk, [stays, goes])) == {
        stays: ("moved", "QUEUED → PRINTING"),
        goes: ("refused", "A CANCELLED job cannot become PRINTING."),
    }


def test_it_asks_for_a_reason_to_cancel(desk: Desk) -> None:
    jobs = make_jobs(2, S.QUEUED)
    before = snapshot()
    answer = advance(desk, jobs, S.CANCELLED, reason="  ")
    assert (answer.status_code, answer.json()) == (400, {"says": "A reason is required to cancel a job."})
    assert snapshot() == before
    assert {fate for fate, _ in fates(advance(desk, jobs, S.CANCELLED, "Nozzle broke")).values()} == {"moved"}


def test_it_advances_in_as_many_statements_whatever_the_tray(desk: Desk) -> None:
    jobs = make_jobs(12, S.QUEUED)
    advance(desk, jobs[:1])
    with statements() as few:
        advance(desk, jobs[1:3])
    with statements() as many:
        advance(desk, jobs[3:])
    assert len(few) == len(many)


@pytest.mark.parametrize("codes", ["", "x", "{}", "[1]", "[null]", '"job-001"', "[[]]"])
@pytest.mark.parametrize("page", ["scan_check", "scan_advance"])
def test_it_answers_400_to_what_its_page_never_sends(desk: Desk, page: str, codes: str) -> None:
    before = snapshot()
    answer = desk.client.post(url(Job, page), {"codes": codes, "target": S.PRINTING})
    assert answer.status_code == 400
    assert answer.json()["says"]
    assert snapshot() == before


@pytest.mark.parametrize("target", ["", "CREATED", "printing", "x"])
def test_it_refuses_a_status_that_no_job_can_be_moved_to(desk: Desk, target: str) -> None:
    assert check(desk, [], S.READY).status_code == 200
    assert check(desk, [], target).status_code == 400


def test_it_advances_nothing_without_tickets(desk: Desk) -> None:
    assert advance(desk, []).json() == {"says": "There is nothing to advance."}
    assert BulkItem.objects.count() == 0


# --- The page ---------------------------------------------------------------------------------------------------------
def test_it_offers_every_status_that_a_job_can_reach(desk: Desk) -> None:
    page = desk.get(Job, "scan").content.decode()
    reachable = {target for targets in NEXT.values() for target in targets}
    assert {status for status in S if f'value="{status}"' in page} == reachable


def test_it_opens_with_the_status_that_is_asked_for(desk: Desk) -> None:
    page = desk.client.get(url(Job, "scan"), {"target": "ready"}).content.decode()
    assert "data-asked" in page
    assert 'value="READY"' in page.split("checked")[0].rpartition("<input")[2]


def test_it_is_found_in_the_sidebar_by_those_who_may_advance(desk: Desk) -> None:
    assert url(Job, "scan") in desk.get(Job).content.decode()
    looker = Desk(make_operator("view_job", username="leo"))
    assert url(Job, "scan") not in looker.get(Job).content.decode()


def test_it_lets_nobody_scan_who_may_not_advance() -> None:
    jobs = make_jobs(1, S.QUEUED)
    looker = Desk(make_operator("view_job", username="leo"))
    before = snapshot()
    assert looker.get(Job, "scan").status_code == 403
    assert check(looker, jobs).status_code == 403
    assert advance(looker, jobs).status_code == 403
    assert snapshot() == before


def test_it_sends_strangers_to_the_login(desk: Desk) -> None:
    jobs = make_jobs(1, S.QUEUED)
    desk.client.logout()
    for answer in (desk.get(Job, "scan"), check(desk, jobs), advance(desk, jobs)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_it_changes_nothing_by_a_link(desk: Desk) -> None:
    assert desk.get(Job, "scan_check").status_code == 405
    assert desk.get(Job, "scan_advance").status_code == 405


def test_it_lets_an_administrator_scan_without_single_permissions() -> None:
    assert Account.objects.filter(code=Account.HOUSE).exists() or make_actor()
    assert fates(check(Desk(make_boss()), make_jobs(1, S.QUEUED)))


def test_it_hands_names_to_the_script_as_they_are(desk: Desk) -> None:
    make_skus(1, prefix="sku", name="<script>alert(1)</script>")
    (job,) = make_jobs(1, S.QUEUED)
    answer = check(desk, [job, "<script>alert(2)</script>"])
    assert answer["Content-Type"] == "application/json"
    assert "<script>alert(1)</script>" in answer.json()["tickets"][0]["about"]
