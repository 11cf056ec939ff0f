"""The native dialect's edge, shared by every native view: key, role, rate limit, body size, headers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, NotFound, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Empty, Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from printshop.api.actors import ADMINS, EVERYBODY, STAFF, Actor, Role
from printshop.api.authentication import APIKeyAuthentication
from printshop.api.errors import BodyTooLarge
from printshop.api.idempotency import once
from printshop.api.limits import AccountThrottle, count_anonymous, headers_of
from printshop.api.paging import Pages
from printshop.api.reading import read
from printshop.api.refusals import Refused, refuse
from printshop.api.transactions import Unavailable

__all__ = ["ADMINS", "EVERYBODY", "STAFF", "NativeViewSet"]


def declared_length(request: HttpRequest) -> int:
    """The length of the body by its header, 0 where there is none. Raises `BadRequest` for nonsense."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BadRequest
    return int(text)


class RolePermission(BasePermission):
    """A key is needed, and its role must be among those the view names for the action."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, Actor):
            raise NotAuthenticated
        roles: frozenset[Role] = view.roles.get(getattr(view, "action", None), view.roles["*"])  # type: ignore[attr-defined]
        return request.user.role in roles


class NativeViewSet(GenericViewSet):
    """A viewset that speaks the native dialect.

    `roles` says who may call which action, `"*"` standing for the others. Writing actions wrap themselves in `once`.
    """

    authentication_classes = (APIKeyAuthentication,)
    permission_classes = (RolePermission,)
    throttle_classes = (AccountThrottle,)
    pagination_class = Pages
    # OPTIONS is no method that an address takes.
    http_method_names = ("get", "post", "put", "patch", "delete", "head")
    body_limit = settings.BODY_LIMIT_BYTES
    throttle_scope: str | None = None
    roles: Mapping[str | None, frozenset[Role]] = {"*": STAFF}

    @property
    def actor(self) -> Actor:
        """Who asks."""
        actor: Actor = self.request.user  # type: ignore[assignment]
        return actor

    @property
    def at(self) -> datetime:
        """The request's clock: read once, so that everything it writes carries one time."""
        if not hasattr(self, "_at"):
            self._at = timezone.now()
        return self._at

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As upstream, but who asks, and how often, comes first: whatever is refused after that was counted."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        self.format_kwarg = self.get_format_suffix(**kwargs)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        request.version, request.versioning_scheme = self.determine_version(request, *args, **kwargs)
        if declared_length(request._request) > self.body_limit or len(request._request.body) > self.body_limit:
            raise BodyTooLarge
        # No id holds a NUL, and PostgreSQL takes no text that does.
        if any("\0" in value for value in kwargs.values()):
            raise NotFound

    def check_throttles(self, request: Request) -> None:
        """As upstream, but the usage is remembered for the headers of the answer."""
        for throttle in self.get_throttles():
            if not throttle.allow_request(request, self):
                raise Throttled(throttle.wait())

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> None:  # type: ignore[override]
        # A refused call is counted too: nobody tries doors for free.
        self.check_throttles(request)
        raise PermissionDenied

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        if isinstance(exc, NotAuthenticated | AuthenticationFailed):
            try:
                self.count_stranger()
            except (Throttled, Unavailable, DatabaseError) as refusal:
                exc = refusal
        return super().handle_exception(exc)

    def count_stranger(self) -> None:
        """Count a request without a valid key. Raises `Throttled`."""
        usage = count_anonymous(self.request._request)
        self.request._request.usage = usage  # type: ignore[attr-defined]
        if usage is not None and usage.exceeded:
            raise Throttled(usage.wait)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in headers_of(request._request).items():
            response[name] = value
        forget_body(request)
        return response

    def once(self, act: Callable[[], HttpResponse], ahead: Callable[[], Any] = lambda: None) -> HttpResponse:
        """`act` in one transaction, replayed instead when its Idempotency-Key is known; `ahead` comes before."""
        return once(self.request._request, self.actor.account_id, self.at, act, ahead)

    def body(self, shape: Any) -> Any:
        """The request's body as `shape`. Raises `Refused` with every fault."""
        value, faults = read(shape, self.request.data)
        if faults:
            raise refuse(*faults)
        return value


def as_single(refused: Refused) -> Refused:
    """A refusal of a batch of one, worded as one of a request."""
    return refuse(*(fault for _, fault in refused.faults))


def take_body(request: Request) -> Any:
    """What was sent, of which only the caller knows then: it goes as soon as it has been dealt with.

    Whoever has to try again takes it once more, read anew from its bytes.
    """
    body = request.data
    request._data = request._full_data = request._stream = Empty  # type: ignore[attr-defined,assignment]
    return body


def forget_body(request: Request) -> None:
    """Let go of what was sent. Requests refer to themselves, so a batch would stay until garbage is looked for, which
    took a tenth of a second after some forty batches."""
    request._data = request._full_data = {}  # type: ignore[attr-defined]
    request._request._body = b""


class UnknownAddress(NativeViewSet):
    """Every other address: counted as any request, then 404."""

    roles = {"*": EVERYBODY}
    schema = None

    def nothing(self, request: Request) -> HttpResponse:
        raise NotFound
