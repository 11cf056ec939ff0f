"""JSON out: one encoder for every answer."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def encode(body: Any) -> bytes:
    """UTF-8 JSON; times are ISO 8601 in UTC with a Z."""
    return orjson.dumps(body, option=OPTIONS)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A finished JSON response, its bytes known at once so that they can be stored in the same commit."""
    return HttpResponse(encode(body), status=status, content_type="application/json", headers=headers)


class ORJSONRenderer(BaseRenderer):
    """For what Django REST framework renders itself: lists, errors."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else encode(data)


class Negotiation(DefaultContentNegotiation):
    """As upstream, less the search for what nearly everybody takes."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        if request.META.get("HTTP_ACCEPT", "*/*") in {"*/*", first.media_type} and not format_suffix:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)
