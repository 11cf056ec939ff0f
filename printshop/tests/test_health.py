"""What load balancers and supervisors ask."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import Settings

from printshop.bulk.deferred.heartbeats import Totals, beat
from printshop.bulk.models import Worker
from printshop.health import check_migrations

CHECKS = {"database": "ok", "migrations": "ok", "counters": "ok", "worker": "ok"}
READY = {"status": "ok", "checks": CHECKS}


@pytest.fixture(autouse=True)
def not_asked_before() -> None:
    check_migrations.cache_clear()


@pytest.fixture
def worker(db: None) -> None:
    """A worker that was heard of just now."""
    beat("a-machine:1", Totals())


@pytest.fixture
def database_away(tmp_path: Path) -> Iterator[None]:
    """A connection to a database that is not there: a folder in place of a file, or a port that nobody listens at."""
    away = connection.copy()
    # The pool would go on trying for ten seconds.
    options = {name: value for name, value in away.settings_dict["OPTIONS"].items() if name != "pool"}
    nowhere = {"NAME": str(tmp_path)} if connection.vendor == "sqlite" else {"HOST": "127.0.0.1", "PORT": "1"}
    away.settings_dict = {**away.settings_dict, **nowhere, "OPTIONS": options}
    usual = connections["default"]
    connections["default"] = away
    yield
    connections["default"] = usual


def test_it_is_alive_without_asking_the_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(databases="__all__")
def test_it_is_alive_while_the_database_is_away(client, database_away):
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db(databases="__all__")
def test_it_is_ready_when_all_is_well(client, worker):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, READY)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db(databases="__all__")
def test_it_is_not_ready_when_a_migration_is_missing(client, worker):
    MigrationRecorder(connection).record_unapplied("jobs", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "checks": {**CHECKS, "migrations": "failed"}}


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("seen", [None, timedelta(seconds=60)])
def test_it_serves_without_a_worker_but_says_so(client, seen):
    if seen:
        beat("a-machine:1", Totals())
        Worker.objects.update(seen_at=timezone.now() - seen)
    answer = {"status": "degraded", "checks": {**CHECKS, "worker": "failed"}}
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, answer)
    response = client.get("/readyz?require=worker")
    assert (response.status_code, response.json()) == (503, {**answer, "status": "unavailable"})


@pytest.mark.django_db(databases="__all__")
def test_it_is_ready_for_whoever_needs_a_worker_when_there_is_one(client, worker):
    assert client.get("/readyz?require=worker&require=nonsense").status_code == 200


@pytest.mark.django_db(databases="__all__")
def test_it_becomes_ready_once_the_migration_is_applied(client):
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("jobs", "0001_initial")
    assert client.get("/readyz").status_code == 503
    recorder.record_applied("jobs", "0001_initial")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(databases="__all__")
def test_it_is_not_ready_while_the_database_is_away_and_says_no_more_than_that(client, database_away, tmp_path):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "failed"
    assert str(tmp_path) not in response.content.decode()
    assert "127.0.0.1" not in response.content.decode()


@pytest.mark.django_db(databases="__all__")
def test_it_looks_for_migrations_once_and_then_knows(client):
    client.get("/readyz")
    MigrationRecorder(connection).record_unapplied("jobs", "0001_initial")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(databases="__all__")
def test_it_is_not_ready_when_the_counters_do_not_answer(client, settings: Settings):
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "counters": redis}
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["counters"] == "failed"


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_is_never_counted_and_only_read(client, settings: Settings, path):
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1)
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/admin/"])
def test_it_is_asked_without_tls_even_where_everything_else_needs_it(client, settings: Settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == (200 if path == "/healthz" else 301)
