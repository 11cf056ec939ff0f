"""The native dialect's edge, shared by every native view: key, role, rate limit, body size, headers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
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

__all__ = ["ADMINS", "EVERYBODY", "STAFF", "NativeViewSet"]


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
        super().initial(request, *args, **kwargs)
        if (
            int(request.META.get("CONTENT_LENGTH") or 0) > self.body_limit
            or len(request._request.body) > self.body_limit
        ):
            raise BodyTooLarge

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
            usage = count_anonymous(self.request._request)
            self.request._request.usage = usage  # type: ignore[attr-defined]
            if usage is not None and usage.exceeded:
                exc = Throttled(usage.reset - int(self.at.timestamp()))
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in headers_of(request._request).items():
            response[name] = value
        return response

    def once(self, act: Callable[[], HttpResponse]) -> HttpResponse:
        """`act` in one transaction, replayed instead when its Idempotency-Key is known."""
        return once(self.request._request, self.actor.account_id, self.at, act)

    def body(self, shape: Any) -> Any:
        """The request's body as `shape`. Raises `Refused` with every fault."""
        value, faults = read(shape, self.request.data or {})
        if faults:
            raise refuse(*faults)
        return value


def as_single(refused: Refused) -> Refused:
    """A refusal of a batch of one, worded as one of a request."""
    return refuse(*(fault for _, fault in refused.faults))
