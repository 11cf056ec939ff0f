"""What Prometheus is told, and to whom."""

import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import RequestFactory
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from catalog.services.imports import IMPORT
from printshop.bulk.deferred.acceptance import accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.chunks import claim
from printshop.bulk.deferred.endings import call_off_leftovers, settle_forgotten
from printshop.bulk.deferred.heartbeats import Totals, beat, bury_the_forgotten, leave
from printshop.bulk.deferred.native import request_for
from printshop.bulk.deferred.presence import Presence
from printshop.bulk.deferred.waking import wake_overdue
from printshop.bulk.models import BulkChunk, Worker
from printshop.metrics import depth, metrics, operations
from printshop.testing import NOON, make_actor, statements

TOKEN = "a-token-for-scrapers"
pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scraped(client) -> dict[str, float]:
    """Samples by name and labels."""
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def queue_skus(count: int, bad: int = 0) -> None:
    good = [{"id": f"new-{number}", "name": "New"} for number in range(count - bad)]
    body = {"skus": good + [{"id": f"bad-{number}"} for number in range(bad)], "errorPolicy": "partial"}
    accept(request_for(IMPORT, body, make_actor(), NOON))


# --- Who is answered -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shown", [None, "", TOKEN, "Bearer", "Bearer ", "Bearer wrong", f"bearer-{TOKEN}"])
def test_it_is_unknown_to_whoever_does_not_show_the_token(client, shown):
    headers = {} if shown is None else {"Authorization": shown}
    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize("shown", ["Bearer ", "Bearer", f"Bearer {TOKEN}"])
def test_it_is_unknown_to_everybody_where_no_token_is_set(client, settings: Settings, shown):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_it_is_only_read_and_never_kept(client):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert client.post("/metrics", headers=headers).status_code == 405
    assert "no-store" in client.get("/metrics", headers=headers)["Cache-Control"]


# --- What it says ----------------------------------------------------------------------------------------------------
def test_it_tells_how_deep_the_queue_is(client):
    empty = scraped(client)
    assert (empty["printshop_queue_items queued"], empty["printshop_queue_oldest_seconds"]) == (0, 0)
    queue_skus(600)
    told = scraped(client)
    assert (told["printshop_queue_chunks queued"], told["printshop_queue_items queued"]) == (2, 600)
    assert (told["printshop_operations queued"], told["printshop_operations running"]) == (1, 0)
    # Asked for at NOON.
    assert told["printshop_queue_oldest_seconds"] > 0
    carry_out_next()
    told = scraped(client)
    assert (told["printshop_queue_items queued"], told["printshop_operations running"]) == (100, 1)
    carry_out_next()
    told = scraped(client)
    assert (told["printshop_queue_chunks queued"], told["printshop_operations running"]) == (0, 0)


def test_it_tells_what_a_worker_has_done(client):
    queue_skus(503, bad=3)
    presence = Presence()
    while carry_out_next(presence.keeping):
        beat("a-machine:1", presence.summary())
    told = scraped(client)
    assert told["printshop_workers"] == 1
    assert told["printshop_chunk_seconds_count"] == told["printshop_chunk_seconds_bucket +Inf"] == 2
    assert 0 < told["printshop_chunk_seconds_sum"] < 60
    assert told["printshop_items_failed_total REQUIRED"] == 3


def test_its_histogram_counts_each_bucket_with_those_below(client):
    done = Totals()
    for seconds in (0.004, 0.2, 0.2, 100):
        done.add_chunk(seconds, {})
    beat("a-machine:1", done)
    told = scraped(client)
    buckets = [told[f"printshop_chunk_seconds_bucket {bound}"] for bound in ("0.01", "0.1", "0.25", "60", "+Inf")]
    assert buckets == [1, 1, 3, 3, 4]


def test_its_sums_never_fall_when_workers_come_and_go(client):
    for number in range(3):
        beat(f"a-machine:{number}", Totals(2, 1.5, Counter({"1": 2}), Counter({"SKU_NOT_FOUND": 1})))
    before = scraped(client)
    leave("a-machine:0")
    Worker.objects.filter(pk="a-machine:1").update(seen_at=Now() - timedelta(hours=2))
    assert bury_the_forgotten() == 1
    after = scraped(client)
    assert set(Worker.objects.values_list("pk", flat=True)) == {"gone", "a-machine:2"}
    assert (before.pop("printshop_workers"), after.pop("printshop_workers")) == (3, 1)
    told = ("printshop_chunk", "printshop_items")
    assert {key: after[key] for key in after if key.startswith(told)} == {
        key: before[key] for key in before if key.startswith(told)
    }
    assert after["printshop_items_failed_total SKU_NOT_FOUND"] == 3


def test_it_counts_requests_by_pattern_not_by_address(client, operator):
    before = scraped(client)
    for number in range(3):
        operator.get(f"/api/orders/ord-{number}")
    client.generic("BREW", "/healthz")
    told = scraped(client)
    routes = {key for key in told if key.startswith("printshop_requests_total") and "ord-" in key}
    assert not routes
    grown = {key: told[key] - before.get(key, 0) for key in told if re.match("printshop_requests_total GET .*404", key)}
    assert 3 in grown.values()
    assert any(key.startswith("printshop_requests_total other") for key in told)


# --- What it costs ---------------------------------------------------------------------------------------------------
def plans_of(act: Callable[[], Any]) -> tuple[int, str]:
    """How many statements are sent, and how the database means to carry them out, with parameters as they are sent."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        act()
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    lines = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Few rows are always read as they lie; what matters is whether an index would do.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in sent:
            cursor.execute(f"{explain} {sql}", params)
            lines += [str(row[-1]) for row in cursor.fetchall()]
    return len(sent), "\n".join(lines)


def test_it_reads_open_rows_by_their_indexes_however_long_the_history_is():
    count, plan = plans_of(lambda: [*depth(), *operations()])
    assert count == 3
    assert "bulk_chunk_open" in plan
    assert plan.count("bulk_operation_unfinished") == 2


@pytest.mark.parametrize("act", [call_off_leftovers, settle_forgotten, wake_overdue, lambda: claim("a-machine:1")])
def test_what_workers_do_all_the_time_reads_no_history_either(act):
    _, plan = plans_of(act)
    assert "bulk_chunk_open" in plan or "bulk_operation_unfinished" in plan
    assert not re.search(r"SCAN bulk_bulkchunk(?! USING (COVERING )?INDEX bulk_chunk_open)", plan)
    assert not re.search(r"SCAN bulk_bulkoperation(?! USING (COVERING )?INDEX bulk_operation_unfinished)", plan)


def test_it_asks_as_much_of_a_long_queue_as_of_an_empty_one():
    request = RequestFactory().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    with statements() as few:
        metrics(request)
    for _ in range(3):
        queue_skus(600)
    with statements() as many:
        metrics(request)
    assert len(few) == len(many) == 5 + count_aside()


def count_aside() -> int:
    """The statements about workers: on SQLite they go to the counters' database, which is not listened to."""
    return 0 if connection.vendor == "sqlite" else 2


# --- What the person on call needs beside it -------------------------------------------------------------------------
def test_it_tells_of_chunks_that_went_wrong_and_wait_for_another_try(client):
    queue_skus(600)
    assert scraped(client)["printshop_queue_troubled"] == 0
    chunk = BulkChunk.objects.earliest("number")
    BulkChunk.objects.filter(pk=chunk.pk).update(tries=2)
    assert scraped(client)["printshop_queue_troubled"] == 1


def test_it_tells_how_many_connections_are_in_use(client):
    told = scraped(client)
    used, waiting = told["printshop_database_connections used"], told["printshop_database_waiting"]
    assert (used >= 1, waiting) == (connection.vendor == "postgresql", 0)


def test_it_tells_when_the_last_backup_was_made(client, settings: Settings, tmp_path):
    settings.VAR = tmp_path
    assert scraped(client)["printshop_backup_timestamp_seconds"] == 0
    (tmp_path / "backups").mkdir()
    for day in (1, 2):
        archive = tmp_path / "backups" / f"printshop-2026010{day}T023000Z.tar.gz"
        archive.touch()
        os.utime(archive, (day, day))
    # A name without a file is what is left of an archive that is deleted while the folder is read.
    (tmp_path / "backups/printshop-20260103T023000Z.tar.gz").symlink_to("gone")
    assert scraped(client)["printshop_backup_timestamp_seconds"] == 2
