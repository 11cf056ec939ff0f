"""How often: requests a minute for each account, counted by django-ratelimit."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from printshop.api.actors import Actor, Role
from printshop.api.transactions import Unavailable


@dataclass(frozen=True, slots=True)
class Usage:
    """Where an account stands in its window: `reset` is the UNIX second at which the next one begins."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    @property
    def wait(self) -> int:
        """Seconds until the next window."""
        return max(1, self.reset - int(time.time()))

    @property
    def headers(self) -> dict[str, str]:
        """The three headers of every answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


def client_address(request: HttpRequest) -> str:
    """The peer's address; the last untrusted hop of `X-Forwarded-For` only where the peer is a trusted proxy."""
    address = request.META.get("REMOTE_ADDR", "")
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if address not in settings.TRUSTED_PROXIES or not hop.strip():
            break
        address = hop.strip()
    return address


def away() -> tuple[type[Exception], ...]:
    """What is raised where nothing can be counted. Only who uses Redis loads the client for it, which takes 7 MB."""
    if not settings.REDIS_URL:
        return (OSError,)
    from redis.exceptions import RedisError

    return OSError, RedisError


def count(request: HttpRequest, scope: str, subject: str) -> Usage | None:
    """Count one request of `subject` in `scope`; None where limits are switched off. Raises `Unavailable`."""
    limit = settings.RATE_LIMITS[scope]
    try:
        used = get_usage(request, group=scope, key=lambda *_: subject, rate=(limit, 60), increment=True)
    except away() as error:
        # Redis is away. Answering unlimited would open the door exactly when the house is in trouble.
        raise Unavailable from error
    if used is None:
        return None
    # The window includes its last second, so the next one begins a second later.
    reset = int(time.time()) + used["time_left"] + 1
    return Usage(limit, max(0, limit - used["count"]), reset, used["should_limit"])


# Addresses that have knocked too often without a good key, as far as this process has met them.
floods: dict[str, Usage] = {}
MOST_FLOODS = 10_000


def count_anonymous(request: HttpRequest) -> Usage | None:
    """Count a request that showed no valid key, by the address it came from."""
    address = client_address(request)
    usage = count(request, "anonymous", address)
    if usage is not None and usage.exceeded:
        if len(floods) >= MOST_FLOODS:
            floods.clear()
        floods[address] = usage
    return usage


def flood_from(request: HttpRequest) -> Usage | None:
    """Where an address stands that has knocked too often, until its window ends. Asks no database."""
    if not floods or not settings.RATELIMIT_ENABLE:
        return None
    address = client_address(request)
    usage = floods.get(address)
    if usage is not None and usage.reset <= time.time():
        floods.pop(address, None)
        return None
    return usage


class AccountThrottle(BaseThrottle):
    """Counts by account: in the scope that the action names (`throttle_scope`), else in the role's own."""

    usage: Usage | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        actor: Actor = request.user  # type: ignore[assignment]
        scope = getattr(view, "throttle_scope", None) or ("admin" if actor.role is Role.ADMIN else "standard")
        self.usage = count(request, scope, str(actor.account_id))
        request._request.usage = self.usage  # type: ignore[attr-defined]
        return self.usage is None or not self.usage.exceeded

    def wait(self) -> float | None:
        return None if self.usage is None else self.usage.wait


def headers_of(request: Any) -> dict[str, str]:
    """The limit headers of a request that was counted."""
    usage: Usage | None = getattr(request, "usage", None)
    return usage.headers if usage else {}
