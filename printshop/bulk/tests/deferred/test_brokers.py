"""The three brokers: a worker hears at once; one that is away delays work, but loses none and holds up nobody."""

import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.db import connection
from kombu import Connection
from pytest_django import Settings

from catalog.models import SKU
from printshop.bulk.models import BulkChunk, BulkOperation
from printshop.bulk.tests.deferred.workers import eventually, queue_skus, unfinished

on_the_tests_database = pytest.mark.django_db(transaction=True, databases="__all__")


@on_the_tests_database
@pytest.mark.parametrize("broker", ["filesystem", "amqp", "redis"])
def test_it_starts_within_a_moment_of_the_acceptance(house, broker):
    # No sweep but the first: nothing else tells the worker.
    shop = house(broker, QUEUE_SWEEP_SECONDS="3600", QUEUE_LEASE_SECONDS="60")
    shop.start_listening()
    eventually(lambda: shop.run("send")[0][0], what="a broker that takes messages")
    time.sleep(0.5)
    _, seconds = shop.run("accept", "600", "new")
    assert seconds < 3
    eventually(lambda: not unfinished())
    [operation] = BulkOperation.objects.all()
    assert operation.started_at is not None
    assert (operation.started_at - operation.created_at).total_seconds() < 10
    assert SKU.objects.count() == 600


@pytest.mark.trust(case="broker away", expects="calls are accepted at once; the work is done when it is back")
@on_the_tests_database
@pytest.mark.parametrize("broker", ["filesystem", "amqp", "redis"])
def test_it_accepts_while_the_broker_is_away_and_works_once_it_is_back(house, broker):
    shop = house(broker)
    away = {"amqp": "amqp://127.0.0.1:1//", "redis": "redis://127.0.0.1:1/0", "filesystem": "redis://127.0.0.1:1/1"}
    _, seconds = shop.run("accept", "600", "new", BROKER_URL=away[broker])
    assert seconds < 3
    assert list(BulkChunk.objects.values_list("sent_at", "state")) == [(None, "queued")] * 2
    shop.start()
    eventually(lambda: not unfinished())
    assert (SKU.objects.count(), BulkOperation.objects.get().state) == (600, "finished")


@pytest.mark.django_db(transaction=True)
def test_whoever_hears_a_wake_up_finds_the_chunk_unlocked():
    """Workers pass over locked chunks, so the note that one is sent for is committed before it is sent."""
    happened: list[str] = []

    def note(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and "sent_at" in sql:
            happened.append("noted")
        return execute(sql, params, many, context)

    def sent(**told: Any) -> None:
        happened.append("sent in a transaction" if connection.in_atomic_block else "sent")

    before_task_publish.connect(sent)
    try:
        with connection.execute_wrapper(note):
            queue_skus(3)
    finally:
        before_task_publish.disconnect(sent)
    assert happened[:2] == ["noted", "sent"]


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where somebody picks up and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def pick_up() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=pick_up, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.trust(
    case="broker that picks up and says nothing", expects="a request waits a moment once; later ones do not wait"
)
@on_the_tests_database
@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_it_waits_for_a_broker_a_moment_and_then_leaves_it_alone(house, silent, scheme):
    shop = house()
    (first, waited), *later = shop.run("send", BROKER_URL=f"{scheme}://127.0.0.1:{silent}//")
    assert (first, waited < 4) == (False, True)
    assert [sent for sent, _ in later] == [False, False]
    assert all(waited < 0.1 for _, waited in later)


# --- Messages in a folder --------------------------------------------------------------------------------------------
@pytest.fixture
def channel(tmp_path: Path, settings: Settings):
    settings.QUEUE_WAKE_EXPIRES = 60
    with Connection(
        transport="printshop.bulk.deferred.folder:Transport", transport_options={"folder": str(tmp_path)}
    ) as connection:
        yield connection.default_channel


def test_it_gives_the_oldest_message_first_and_each_once(channel, tmp_path):
    for number in range(3):
        channel._put("any", {"number": number})
    assert channel._size("any") == 3
    assert [channel._get("any")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("any")
    assert list(tmp_path.iterdir()) == []


def test_it_gives_each_message_to_one_of_many(channel):
    for number in range(200):
        channel._put("any", {"number": number})
    got: list[int] = []

    def take_all() -> None:
        while channel._size("any"):
            try:
                got.append(channel._get("any")["number"])
            except Empty:
                return

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got += [channel._get("any")["number"] for _ in range(channel._size("any"))]
    assert sorted(got) == list(range(200))


def test_it_passes_over_what_is_still_being_written(channel, tmp_path):
    (tmp_path / "1-half.new").write_text("{")
    assert channel._size("any") == 0


def test_it_forgets_what_is_too_old_to_mean_anything(channel, tmp_path):
    channel._put("any", {})
    (tmp_path / "1-of-a-killed-worker.taken").write_text("{}")
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 61,) * 2)
    assert channel._size("any") == 0
    assert list(tmp_path.iterdir()) == []


@on_the_tests_database
def test_its_folder_is_closed_to_others(house):
    shop = house()
    shop.run("send")
    assert stat.S_IMODE((shop.folder / "queue").stat().st_mode) == 0o700
