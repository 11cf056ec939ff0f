"""The edge of the dialect: its header for keys, its words for no, the store in its paths."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, NotFound
from rest_framework.request import Request

from printshop.api.answers import answer, encode
from printshop.api.authentication import APIKeyAuthentication
from printshop.api.errors import answer_error
from printshop.api.refusals import Kind, Refused
from printshop.api.views import NativeViewSet, UnknownAddress
from printshop.magento.scopes import NONE, is_scope
from printshop.magento.words import error_body

SCHEME = "Bearer"
NEEDED = "An API key is needed: send it as a Bearer token in the Authorization header."
NO_STORE = "There is no store %storeCode."


class UnknownStore(NotFound):
    """The path names a store that there is not."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class BearerToken(APIKeyAuthentication):
    """`Authorization: Bearer <key>`, with the same keys as everywhere."""

    header = "Authorization"

    def shown(self, request: Request) -> str | None:
        scheme, _, text = request.headers.get(self.header, "").partition(" ")
        return text.strip() if scheme.lower() == SCHEME.lower() else None

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


def as_sent(path: str) -> str:
    return path


def answer_refused(refused: Refused, spoken: Callable[[str], str] = as_sent) -> HttpResponse:
    """404 for what is not there; what conflicts is as invalid to this dialect as what is misshapen."""
    body = error_body([fault for _, fault in refused.faults], spoken)
    body["parameters"] |= refused.details
    return answer(body, 404 if refused.kind is Kind.UNKNOWN else 400)


def worded(error: Exception, spoken: Callable[[str], str] = as_sent) -> HttpResponse:
    """Any exception as a message and its parameters."""
    if isinstance(error, Refused):
        return answer_refused(error, spoken)
    response = answer_error(error)
    said = orjson.loads(response.content)
    message, parameters = said["error"], {"code": said["code"], **said["details"]}
    if isinstance(error, AuthenticationFailed | NotAuthenticated):
        response["WWW-Authenticate"] = SCHEME
        message = NEEDED if isinstance(error, NotAuthenticated) else message
    if isinstance(error, UnknownStore):
        message, parameters = NO_STORE, {"code": "STORE_NOT_FOUND", "storeCode": error.code[:64]}
    parameters.pop("errors", None)
    response.content = encode({"message": message, "parameters": parameters})
    return response


class AsyncViewSet(NativeViewSet):
    """A viewset that speaks the dialect. `scope` is the store code of the path."""

    authentication_classes = (BearerToken,)
    filter_backends = ()
    schema = None

    @property
    def scope(self) -> str:
        return self.kwargs.get("store") or NONE

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not is_scope(self.scope):
            raise UnknownStore(self.scope)

    def spoken(self, path: str) -> str:
        """What the client calls a field."""
        return path

    def get_exception_handler(self) -> Callable[[Exception, Any], HttpResponse]:
        return answer_in_dialect


def answer_in_dialect(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The exception handler of Django REST framework."""
    return worded(error, context["view"].spoken)


class UnknownAsyncAddress(AsyncViewSet, UnknownAddress):
    """Every other address of the dialect: counted as any request, then 404."""

    roles = UnknownAddress.roles
