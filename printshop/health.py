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

log = logging.getLogger(__name__)


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


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "counters": check_counters,
}


def passes(name: str) -> bool:
    """Whether a check passes; why it does not stands in the log, not in the answer."""
    try:
        CHECKS[name]()
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
    """200 `{status: "ok", checks: {name: "ok"}}`, or 503 with `"failed"` beside each check that failed."""
    checks = {name: "ok" if passes(name) else "failed" for name in CHECKS}
    ready = "failed" not in checks.values()
    return answer({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)
