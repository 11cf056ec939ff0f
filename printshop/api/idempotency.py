"""`Idempotency-Key`: a request that is sent again gives the answer of the first time, byte for byte.

After the IETF draft "The Idempotency-Key HTTP Header Field". The answer is stored in the transaction that made its
effects: there is never one without the other. Answers that wrote nothing or that show a secret are not kept.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from printshop.api.flights import together
from printshop.api.models import IdempotencyRecord
from printshop.api.prepared import parameter, prepared
from printshop.api.refusals import Fault, refuse
from printshop.api.transactions import transact

KEY = re.compile(r'^(?:"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e][\x21-\x7e]{0,254}))$')
KEPT_HEADERS = ("Location", "X-Bulk-Operation", "Preference-Applied")
STORE = """
INSERT INTO api_idempotencyrecord (account_id, key, fingerprint, status, headers, body, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
    headers = excluded.headers, body = excluded.body, created_at = excluded.created_at
"""
NOT_KEPT = "_not_kept"


class KeyInUse(Exception):
    """A request with this Idempotency-Key is still running."""


class KeyReused(Exception):
    """This Idempotency-Key was used for a different request."""


def key_of(request: HttpRequest) -> str | None:
    """The key of a POST, its quotes taken off. Raises `Refused` for one that is no 1-255 visible ASCII characters."""
    text = request.headers.get("Idempotency-Key")
    # The other methods are harmless when they are repeated.
    if text is None or request.method != "POST":
        return None
    match = KEY.match(text.strip())
    if match is None:
        raise refuse(
            Fault(
                "BAD_IDEMPOTENCY_KEY", "Idempotency-Key must be 1 to 255 visible ASCII characters.", "Idempotency-Key"
            )
        )
    return match[1] or match[2]


def fingerprint_of(request: HttpRequest) -> str:
    """What makes two requests the same: method, path with query, body."""
    return hashlib.sha256(
        b"\0".join([str(request.method).encode(), request.get_full_path().encode(), request.body])
    ).hexdigest()


@prepared
def kept(account_id: Any, key: Any, since: Any) -> QuerySet[IdempotencyRecord]:
    """The answer under a key, if it is not too old."""
    return IdempotencyRecord.objects.filter(account_id=account_id, key=key, created_at__gt=since)


def ask_for(account_id: int, key: str) -> Callable[[], Any]:
    """Try to hold the key until the transaction ends; what says whether that went well.

    SQLite's single writer has already waited for the first request.
    """
    if connection.vendor != "postgresql":
        return lambda: True
    number = int.from_bytes(hashlib.blake2b(f"{account_id}:{key}".encode(), digest_size=8).digest(), signed=True)
    cursor = connection.cursor()
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
    return lambda: cursor.fetchone()[0]


def claim(account_id: int, key: str) -> None:
    """Hold the key until the transaction ends. Raises `KeyInUse`."""
    if not ask_for(account_id, key)():
        raise KeyInUse


def claimed(account_id: int, key: str, since: datetime, meanwhile: Callable[[], Any]) -> IdempotencyRecord | None:
    """Hold the key, and give the answer that is kept under it; do something `meanwhile`. Raises `KeyInUse`."""
    with together():
        held = ask_for(account_id, key)
        # A statement of its own: one snapshot with the lock would be older than the lock.
        answer = kept.send(account_id, key, since)
        meanwhile()
    if not held():
        raise KeyInUse
    return next(iter(answer()), None)


def replay(record: IdempotencyRecord) -> HttpResponse:
    """The stored answer."""
    headers = {**record.headers, "Idempotency-Replayed": "true"}
    return HttpResponse(record.body, status=record.status, content_type="application/json", headers=headers)


def store(account_id: int, key: str, fingerprint: str, response: HttpResponse, at: datetime) -> None:
    """Keep the answer; an expired one under the same key makes room."""
    headers = orjson.dumps({name: response[name] for name in KEPT_HEADERS if name in response}).decode()
    # With what the answer tells of, where that is still under way.
    with together(), connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [account_id, key, fingerprint, response.status_code, headers, response.content.decode(), parameter(at)],
        )


def once(
    request: HttpRequest,
    account_id: int,
    at: datetime,
    act: Callable[[], HttpResponse],
    ahead: Callable[[], Any] = lambda: None,
) -> HttpResponse:
    """`act` in a transaction; with an `Idempotency-Key`, at most once for that key within its lifetime.

    `ahead` comes before it, and may come again: where the key has to be asked for, while that is on its way.
    """
    key = key_of(request)
    if key is None or connection.vendor != "postgresql":
        # Nobody is kept from writing meanwhile.
        ahead()
    if key is None:
        return transact(act)

    def attempt() -> HttpResponse:
        record = claimed(account_id, key, at - timedelta(hours=settings.IDEMPOTENCY_HOURS), ahead)
        if record is not None and record.fingerprint != fingerprint_of(request):
            raise KeyReused
        if record is not None:
            return replay(record)
        response = act()
        if not getattr(response, NOT_KEPT, False):
            store(account_id, key, fingerprint_of(request), response, at)
        return response

    return transact(attempt)
