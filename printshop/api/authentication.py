"""Who asks, from the key that came with the request. Each dialect has a header; the keys are the same."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from printshop.api.actors import Actor
from printshop.api.limits import flood_from
from printshop.api.models import APIKey
from printshop.api.prepared import prepared

LONGEST_KEY = 200


@prepared
def usable_keys(prefix: Any) -> QuerySet[APIKey]:
    return APIKey.objects.filter(prefix=prefix, revoked=False).order_by()


def key_from(text: str) -> APIKey | None:
    """The live key behind its full text, with its account; one query, compared in constant time."""
    prefix = text.partition(".")[0]
    if not prefix or len(text) > LONGEST_KEY or "\0" in text:
        return None
    return next((key for key in usable_keys(prefix) if key.is_valid(text) and not key.has_expired), None)


# Hashes, salted by the process, of keys that were good when they were last shown: who works behind the same address as
# a flood is not shut out with it.
recent: set[int] = set()
MOST_RECENT = 10_000


def refuse_flood(request: Request, text: str) -> None:
    """Look no key up for an address that has shown too many bad ones. Raises `Throttled`."""
    usage = flood_from(request._request)
    if usage is not None and hash(text) not in recent:
        request._request.usage = usage  # type: ignore[attr-defined]
        raise Throttled(usage.wait)


class APIKeyAuthentication(BaseAuthentication):
    """`X-API-Key: <key>`, the native dialect's header."""

    header = "X-API-Key"

    def shown(self, request: Request) -> str | None:
        """The key as it stands in the header of the dialect."""
        return request.headers.get(self.header)

    def authenticate(self, request: Request) -> tuple[Actor, APIKey] | None:
        text = self.shown(request)
        if text is None:
            return None
        refuse_flood(request, text)
        key = key_from(text)
        if key is None:
            raise AuthenticationFailed("This API key is unknown, revoked or expired.")
        if len(recent) >= MOST_RECENT:
            recent.clear()
        recent.add(hash(text))
        return key.actor(), key

    def authenticate_header(self, request: Request) -> str:
        return self.header
