"""The dashboard: every number is the number of rows on the list that it links to."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.models import SKU
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, change_jobs
from jobs.states import JobStatus
from orders.models import Order
from printshop.api.models import Account, APIKey
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.heartbeats import Totals, beat
from printshop.bulk.deferred.native import request_for
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.undoing import undo
from printshop.dashboard import counting
from printshop.dashboard.words import Chart, Section, Tile
from printshop.testing import NOON, house, make_actor, make_jobs, make_orders, make_skus, numbers, statements
from printshop.tests.desk import make_boss, make_operator, text_of

pytestmark = pytest.mark.django_db(databases="__all__")
S = JobStatus


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    house()
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss() -> Client:
    return signed_in(make_boss())


def sections(client: Client) -> dict[str, Section]:
    return {one.title: one for one in client.get("/admin/").context["sections"]}


def tiles(client: Client) -> dict[str, Tile]:
    return {tile.name: tile for section in sections(client).values() for tile in section.tiles}


def charts(client: Client) -> dict[str, Chart]:
    return {chart.id: chart for section in sections(client).values() for chart in section.charts}


def drawn(client: Client, name: str) -> dict[str, list[int]]:
    return {row.label: [cell.number for cell in row.cells] for row in charts(client)[name].rows}


def work(days: int, jobs: list[str], target: JobStatus, reason: str = "") -> None:
    """Moves that were made so many days ago."""
    at = NOON - timedelta(days=days)
    change_jobs(ADVANCE, jobs, actor=make_actor(), at=at, target_status=target, reason=reason)


def linked(client: Client) -> Iterator[tuple[str, int, str]]:
    """Each number with its name and address."""
    for tile in tiles(client).values():
        if tile.number.replace(",", "").isdigit():
            yield tile.name, int(tile.number.replace(",", "")), tile.url
    for chart in charts(client).values():
        for row in chart.rows:
            yield from ((f"{chart.id}, {row.label}", cell.number, cell.url) for cell in row.cells)


def a_busy_shop() -> None:
    """Something of everything that is counted, and of what must not be."""
    make_skus(1)
    make_jobs(2, S.QUEUED), make_jobs(1, S.SHIPPED)
    for days, count in ((0, 2), (3, 1), (13, 1), (14, 1)):
        work(days, make_jobs(count, S.POST_PROCESS), S.READY)
    for days, reason in ((0, "nozzle clogged"), (1, "nozzle clogged"), (2, ""), (5, "a <b> & c"), (20, "long ago")):
        work(days, make_jobs(1, S.PRINTING), S.FAILED, reason)
    late, later, done = numbers(make_orders(3))
    Order.objects.filter(pk__in=[late, done]).update(due_date=NOON.date() - timedelta(days=1))
    Order.objects.filter(pk=later).update(due_date=NOON.date(), created_at=NOON - timedelta(days=1))
    Order.objects.filter(pk=done).update(status="shipped")
    accept(request_for(PRIORITIZE, {"jobIds": ["job-001", "job-002"], "priority": 3}, make_actor(), NOON))
    some = [*make_jobs(1), *make_jobs(1, S.SHIPPED)]
    change_jobs(CANCEL, some, actor=make_actor(), at=NOON, policy=Policy.PARTIAL, reason="half of it")
    beat("worker-1", Totals())


def test_it_links_every_number_to_the_list_behind_it(boss: Client) -> None:
    a_busy_shop()
    found = list(linked(boss))
    assert len(found) > 45
    for name, number, address in found:
        answer = boss.get(address)
        assert answer.status_code == 200, (name, address)
        assert answer.context["cl"].result_count == number, (name, address)
        assert answer.request["QUERY_STRING"], name
    for tile in tiles(boss).values():
        assert boss.get(tile.url).status_code == 200, tile


def test_it_counts_jobs_by_status(boss: Client) -> None:
    make_jobs(3, S.QUEUED), make_jobs(1, S.FAILED), make_jobs(2, S.SHIPPED)
    assert drawn(boss, "statuses") == {
        status: [{S.QUEUED: 3, S.FAILED: 1, S.SHIPPED: 2}.get(status, 0)] for status in S
    }
    chart = charts(boss)["statuses"]
    assert chart.says == "4 jobs to do, 1 of them failed."
    assert S.SHIPPED not in chart.drawn()["labels"]


def test_it_counts_orders_of_today_and_those_overdue(boss: Client) -> None:
    early, today, shipped = numbers(make_orders(3))
    Order.objects.filter(pk=early).update(created_at=NOON - timedelta(hours=13), due_date="2026-03-01")
    Order.objects.filter(pk=today).update(due_date="2026-03-02")
    Order.objects.filter(pk=shipped).update(due_date="2026-03-01", status="shipped")
    found = tiles(boss)
    assert (found["Orders today"].number, found["Orders overdue"].number) == ("2", "1")
    assert (found["Orders today"].alarm, found["Orders overdue"].alarm) == (False, True)


def test_it_counts_the_days_of_the_last_two_weeks(boss: Client) -> None:
    for days, count in ((0, 2), (13, 1), (14, 5)):
        work(days, make_jobs(count, S.POST_PROCESS), S.READY)
    found = drawn(boss, "throughput")
    assert len(found) == 14
    assert list(found)[-1] == "Mon 2 Mar"
    assert (found["Mon 2 Mar"], found["Tue 17 Feb"], found["Sun 1 Mar"]) == ([2, 0], [1, 0], [0, 0])
    assert charts(boss)["throughput"].says == "3 became READY and 0 became SHIPPED."


def test_it_does_not_count_what_was_taken_back(boss: Client) -> None:
    jobs = make_jobs(2, S.POST_PROCESS)
    work(1, jobs, S.READY)
    recorded = BulkOperation.objects.get(total=2, created_at=NOON - timedelta(days=1))
    undo(recorded, actor=make_actor(), at=NOON)
    assert JobMove.objects.filter(target=S.READY).count() == 2
    assert drawn(boss, "throughput")["Sun 1 Mar"] == [0, 0]
    work(0, jobs[:1], S.READY)
    assert drawn(boss, "throughput")["Mon 2 Mar"] == [1, 0]
    assert all(boss.get(url).context["cl"].result_count == number for _, number, url in linked(boss))


def test_it_names_the_reasons_of_failures_most_frequent_first(boss: Client) -> None:
    for reason, count in (("warped", 1), ("nozzle clogged", 2), ("", 1)):
        work(0, make_jobs(count, S.PRINTING), S.FAILED, reason)
    assert list(drawn(boss, "failures").items()) == [
        ("nozzle clogged", [2]), ("no reason given", [1]), ("warped", [1]), ("all reasons", [4]),
    ]  # fmt: skip


def test_it_draws_a_long_reason_short_and_tells_it_whole(boss: Client) -> None:
    story = "the nozzle clogged " * 20
    work(0, make_jobs(1, S.PRINTING), S.FAILED, story.strip())
    chart = charts(boss)["failures"]
    assert chart.drawn()["labels"] == ["the nozzle clogged the …"]
    assert chart.rows[0].label == story.strip()


def test_it_tells_few_reasons_and_the_sum_of_all(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_REASONS", 1)
    for reason in ("one", "other"):
        work(0, make_jobs(1, S.PRINTING), S.FAILED, reason)
    assert drawn(boss, "failures") == {"one": [1], "all reasons": [2]}


def test_it_names_the_job_that_has_waited_longest_to_be_printed(boss: Client) -> None:
    make_jobs(1, S.PRINTING)
    first, _ = make_jobs(2, S.QUEUED)
    Job.objects.filter(pk=numbers([first])[0]).update(created_at=NOON - timedelta(days=3))
    tile = tiles(boss)["Oldest waiting job"]
    assert tile.number.replace("\xa0", " ") == "3 days"
    assert tile.note == f"{first}, QUEUED: 1 × A cube"


def test_it_shows_how_the_queue_fares(boss: Client) -> None:
    accept(request_for(PRIORITIZE, {"jobIds": ["job-001", "job-002"], "priority": 3}, make_actor(), NOON))
    found = tiles(boss)
    assert [found[name].number for name in ("Operations unfinished", "Open items", "Workers alive")] == ["1", "2", "0"]
    assert "No worker is alive" in sections(boss)["Operations"].warning
    beat("worker-1", Totals())
    assert tiles(boss)["Workers alive"].number == "1"
    assert not sections(boss)["Operations"].warning


def test_it_counts_operations_that_failed_today(boss: Client) -> None:
    for days in (0, 1):
        jobs = [*make_jobs(1), *make_jobs(1, S.SHIPPED)]
        at = NOON - timedelta(days=days)
        change_jobs(CANCEL, jobs, actor=make_actor(), at=at, policy=Policy.PARTIAL, reason="no")
    assert tiles(boss)["With failures today"].number == "1"


# --- Who sees what ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("allowed", "shown"),
    [
        ((), []),
        (("view_job",), ["statuses"]),
        (("view_job", "view_jobmove"), ["statuses", "throughput", "failures"]),
        (("view_order",), []),
    ],
)
def test_it_shows_no_chart_that_a_role_may_not_see(allowed: tuple[str, ...], shown: list[str]) -> None:
    a_busy_shop()
    assert list(charts(signed_in(make_operator(*allowed)))) == shown


def test_it_shows_no_number_that_a_role_may_not_see() -> None:
    a_busy_shop()
    assert list(tiles(signed_in(make_operator("view_order", username="o")))) == ["Orders today", "Orders overdue"]
    assert list(tiles(signed_in(make_operator("view_job", username="j")))) == ["Oldest waiting job"]
    found = tiles(signed_in(make_operator("view_bulkoperation", "view_bulkitem", username="q")))
    assert list(found) == ["Operations unfinished", "With failures today", "Open items", "Oldest unfinished"]
    page = signed_in(make_operator(username="n")).get("/admin/")
    assert "There is nothing here for you yet." in text_of(page)


def test_it_counts_for_operators_what_their_lists_hold() -> None:
    a_busy_shop()
    partner = Account.objects.create(code="partner", name="A partner")
    theirs = make_actor(account=partner)
    accept(request_for(PRIORITIZE, {"jobIds": ["job-001"], "priority": 3}, theirs, NOON))
    operator = signed_in(
        make_operator("view_job", "view_order", "view_jobmove", "view_bulkoperation", "view_bulkitem", "view_worker")
    )
    assert tiles(operator)["Operations unfinished"].number == "1"
    for name, number, address in linked(operator):
        assert operator.get(address).context["cl"].result_count == number, name


# --- The new shop -----------------------------------------------------------------------------------------------------
def test_it_says_what_to_do_first(boss: Client) -> None:
    steps = sections(boss)["What to do first"].steps
    assert [(bool(step.url), step.done) for step in steps] == [(True, False), (True, False), (True, False)]
    assert all(boss.get(step.url).status_code == 200 for step in steps)
    make_skus(1)
    APIKey.objects.create_key(account=house(), name="a storefront", role="operator")
    assert [step.done for step in sections(boss)["What to do first"].steps] == [True, True, False]
    make_orders()
    assert "What to do first" not in sections(boss)


def test_it_tells_an_operator_who_does_it() -> None:
    steps = sections(signed_in(make_operator("view_job")))["What to do first"].steps
    assert [bool(step.url) for step in steps] == [False, False, True]


# --- Cost and form ----------------------------------------------------------------------------------------------------
def sent_by(client: Client) -> int:
    with statements() as sent:
        assert client.get("/admin/").status_code == 200
    return len(sent)


def test_its_statements_do_not_grow_with_the_shop(boss: Client) -> None:
    a_busy_shop()
    few = sent_by(boss)
    for _ in range(3):
        tag = uuid4().hex[:6]
        make_skus(3, prefix=f"sku{tag}")
        work(0, make_jobs(2, S.PRINTING, sku=f"sku{tag}-0001"), S.FAILED, f"reason {tag}")
        accept(request_for(PRIORITIZE, {"jobIds": ["job-001"], "priority": 3}, make_actor(), NOON))
        beat(f"worker-{tag}", Totals())
    assert sent_by(boss) == few <= 20


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda: counting.arrivals(NOON.date()), "job_move_counted"),
        (lambda: counting.failures(NOON.date()), "job_move_counted"),
        (lambda: counting.orders_made(NOON.date()), "order_created"),
        (lambda: counting.failed_operations(make_actor(), NOON.date()), "bulk_operation_failures"),
        (lambda: Job.objects.ended_since(S.SHIPPED, NOON).count(), "job_done"),
    ],
)
def test_it_counts_by_an_index(ask: Callable[[], Any], index: str) -> None:
    """Whatever the tables hold: what an index can answer must be asked in the words of the index."""
    ask()
    with statements() as sent:
        ask()
    assert index in "".join(plan_of(sent[-1]))


def plan_of(sql: str) -> Iterator[str]:
    """How the database would find it, were the table a long one."""
    lite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if not lite:
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if lite else ''}{sql}".replace("%", "%%"))
        yield from (str(row) for row in cursor.fetchall())


def test_it_has_a_title_and_a_table_for_each_drawing(boss: Client) -> None:
    a_busy_shop()
    page = boss.get("/admin/")
    body = page.content.decode()
    assert "<title> Dashboard | Printshop</title>" in body
    assert body.count("<canvas") == body.count("<caption") == len(page.context["charts"]) == 3
    assert "a &lt;b&gt; &amp; c" in body
    assert "a <b> & c" not in body


def test_it_has_as_many_days_as_it_says() -> None:
    days = counting.days_until(date(2026, 3, 2))
    assert (len(days), days[0], days[-1]) == (14, date(2026, 2, 17), date(2026, 3, 2))
    assert SKU.objects.count() == 0
