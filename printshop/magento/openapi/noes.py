"""How the dialect says no, for the reference: put together by the code that says it."""

from dataclasses import replace
from typing import Any

import orjson
from rest_framework.exceptions import NotAuthenticated

from printshop.api.openapi.shared import NATIVE, UNREADABLE, Dialect, No
from printshop.api.refusals import refuse
from printshop.magento.edge import worded
from printshop.magento.words import AsyncError


def body_of(error: Exception) -> Any:
    """The body that an exception is answered with."""
    return orjson.loads(worded(error).content)


def spoken(no: No) -> No:
    """A no of the native dialect in this one."""
    native = no.example
    example = {"message": native["error"], "parameters": {"code": native["code"], **native["details"]}}
    return replace(no, name=f"Async{no.name}", example=example, shape=AsyncError)


SPOKEN = {status: spoken(no) for status, no in NATIVE.noes.items() if status != 405}
ASYNC = Dialect(
    "bearer",
    SPOKEN
    | {
        400: replace(
            SPOKEN[400],
            description="Something in the request is invalid, exists already, or does not go with the present state.",
            example=body_of(refuse(UNREADABLE)),
        ),
        401: replace(SPOKEN[401], example=body_of(NotAuthenticated())),
        404: replace(SPOKEN[404], description="There is no such thing, or no such store."),
        409: replace(SPOKEN[409], description="A request with this Idempotency-Key is still running."),
    },
    NATIVE.always,
)
