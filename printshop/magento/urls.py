"""The addresses of the dialect, made of the table: each route in three forms, each under any store, `/rest` or not."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, re_path

from printshop.magento.edge import UnknownAsyncAddress
from printshop.magento.following import BulkStatusViewSet, SearchViewSet
from printshop.magento.routes import PARAM, ROUTES, Route
from printshop.magento.views import BulkViewSet, LaterViewSet, NowViewSet

# No store has one of these codes, and some are the first segments of other addresses.
PREFIX = r"^(?:rest/)?(?:(?P<store>(?!(?:async|rest|api|admin|V1)/)[^/]+)/)?"
METHODS = ("get", "post", "put", "patch", "delete")
ACTIONS = {"GET": "show", "HEAD": "show"}
BULK: dict[str, dict[str, Any]] = {
    "status": {"get": "status"},
    "detailed-status": {"get": "detailed"},
    r"operation-status/(?P<code>[^/]+)": {"get": "count"},
    "retry": {"post": "retry"},
    "cancel": {"post": "cancel"},
}


def pattern(path: str) -> str:
    """`products/:sku` as a regular expression."""
    return PARAM.sub(lambda match: f"(?P<{match[1]}>[^/]+)", re.escape(path).replace(r"\:", ":"))


def of_route(route: Route) -> Iterator[URLPattern]:
    """The addresses of a route: what changes something exists three times."""
    now: dict[str, Any] = {method.lower(): ACTIONS.get(method, "act") for method in route.calls}
    yield re_path(rf"{PREFIX}V1/{pattern(route.path)}$", NowViewSet.as_view(now, route=route))
    later: dict[str, Any] = {method.lower(): "act" for method in route.changes}
    if later:
        yield re_path(rf"{PREFIX}async/V1/{pattern(route.path)}$", LaterViewSet.as_view(later, route=route))
        yield re_path(rf"{PREFIX}async/bulk/V1/{pattern(route.bulk_path)}$", BulkViewSet.as_view(later, route=route))


def of_bulks() -> Iterator[URLPattern]:
    """The addresses at which bulks are followed."""
    yield re_path(rf"{PREFIX}V1/bulk$", SearchViewSet.as_view({"get": "search"}))
    one = rf"{PREFIX}V1/bulk/(?P<uuid>[^/]+)"
    yield re_path(rf"{one}$", BulkStatusViewSet.as_view({"delete": "remove"}))
    for path, actions in BULK.items():
        yield re_path(rf"{one}/{path}$", BulkStatusViewSet.as_view(actions))


nothing = UnknownAsyncAddress.as_view(dict.fromkeys(METHODS, "nothing"))
urlpatterns = [
    *(address for route in ROUTES for address in of_route(route)),
    *of_bulks(),
    re_path(rf"{PREFIX}(?:async/(?:bulk/)?)?V1(?:/|$)", nothing),
    re_path(r"^rest(?:/|$)", nothing),
    re_path(rf"{PREFIX}async(?:/|$)", nothing),
]
