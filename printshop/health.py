"""Is the process alive, and can it serve? Asked by load balancers and supervisors: no key, no limit, no secrets."""

import logging
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from printshop.api.answers import answer
from printshop.bulk.deferred.heartbeats import a_worker_is_alive

log = logging.getLogger(__name__)
Check = Callable[[], None]


class UnappliedMigrations(Exception):
    """The database is older than the code; `manage.py migrate` brings it up to date."""


def check_database() -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")


# The cache remembers success alone: it keeps nothing when this raises.
@cache
def check_migrations() -> None:
    """Each migration on disk is recorded in each database."""
    for alias in settings.DATABASES:
        loader = MigrationLoader(connections[alias])
        if loader.graph.nodes.keys() - loader.applied_migrations.keys():
            raise UnappliedMigrations


def check_counters() -> None:
    caches[settings.RATELIMIT_USE_CACHE].get("ready")


class NoWorker(Exception):
    """No worker was heard of lately: what is accepted for later waits."""


def check_worker() -> None:
    if not a_worker_is_alive():
        raise NoWorker


CHECKS: dict[str, Check] = {
    "database": check_database,
    "migrations": check_migrations,
    "counters": check_counters,
}
# Without these the web server serves all the same: what comes in for later is accepted and waits.
BESIDE: dict[str, Check] = {"worker": check_worker}


def passes(name: str, check: Check) -> bool:
    """Whether a check passes; why it does not stands in the log, not in the answer."""
    try:
        check()
    except NoWorker:
        return False
    except Exception:
        log.exception("Not ready: %s", name)
        return False
    return True


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all; asks nobody else."""
    return answer({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 `{status, checks: {name: "ok" | "failed"}}`, or 503 when a check failed without which nothing can be served.

    `status` is "ok", "degraded" (200: no worker is heard of) or "unavailable" (503). With `?require=worker` a missing
    worker is 503 too, for whoever watches the queue and not the web server.
    """
    checks = {name: passes(name, check) for name, check in {**CHECKS, **BESIDE}.items()}
    needed = CHECKS.keys() | (BESIDE.keys() & set(request.GET.getlist("require")))
    serves = all(checks[name] for name in needed)
    status = "ok" if all(checks.values()) else "degraded" if serves else "unavailable"
    worded = {name: "ok" if passed else "failed" for name, passed in checks.items()}
    return answer({"status": status, "checks": worded}, 200 if serves else 503)
