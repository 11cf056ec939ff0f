"""The edge of the v3 dialect: its header for keys, and its words for no."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated

from orders.v3 import phrases
from orders.v3.query import invalid
from printshop.api.answers import answer, encode
from printshop.api.authentication import APIKeyAuthentication
from printshop.api.errors import answer_error
from printshop.api.refusals import Kind, Refused, refuse
from printshop.api.views import NativeViewSet, UnknownAddress


class UserToken(APIKeyAuthentication):
    """`X-User-Token: <key>`, the dialect's header for the same keys."""

    header = "X-User-Token"


def answer_v3(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Any exception in the dialect's words: a message, and by path what is wrong with the input."""
    if isinstance(error, Refused) and error.kind is not Kind.UNKNOWN and not is_unreadable(error):
        return answer(phrases.refusal(error, single=context["view"].single), 422)
    response = answer_error(error)
    message = orjson.loads(response.content)["error"]
    if isinstance(error, AuthenticationFailed | NotAuthenticated):
        message, response["WWW-Authenticate"] = "Unauthenticated.", UserToken.header
    response.content = encode({"message": message})
    return response


def is_unreadable(refused: Refused) -> bool:
    """Whether the body is no JSON, so that there are no paths to name: a 400 with a message."""
    return any(fault.code == "INVALID_JSON" for _, fault in refused.faults)


class V3ViewSet(NativeViewSet):
    """The edge of the dialect: its header, its words for no. `single` requests have no index in their paths."""

    authentication_classes = (UserToken,)
    filter_backends = ()
    # The account's own ids may hold dots and slashes.
    lookup_value_regex = ".+"
    single = True

    def external(self) -> bool:
        """Whether the id in the path is the account's own. Raises `Refused` for an `id_type` that is neither."""
        id_type = self.request.query_params.get("id_type", "internal")
        if id_type not in ("internal", "external"):
            raise refuse(invalid("id_type"))
        return id_type == "external"

    def get_exception_handler(self) -> Callable[[Exception, Any], HttpResponse]:
        return answer_v3


class UnknownV3Address(V3ViewSet, UnknownAddress):
    """Every other address under /api/v3/: 404 in the dialect's words."""

    roles = UnknownAddress.roles
