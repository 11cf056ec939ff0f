"""How the v3 dialect says no, for the reference: put together by the code that says it."""

from dataclasses import replace
from typing import Any

import orjson
from rest_framework.exceptions import NotAuthenticated

from orders.v3 import phrases
from orders.v3.answers import V3Invalid, V3Message
from orders.v3.edge import V3ViewSet, answer_v3
from orders.v3.query import invalid
from orders.v3.reading import read_envelope
from printshop.api.idempotency import KeyReused
from printshop.api.openapi.shared import NATIVE, Dialect, No
from printshop.api.refusals import Fault, Refused, refuse


def worded(error: Exception) -> Any:
    """The body that an exception is answered with."""
    return orjson.loads(answer_v3(error, {"view": V3ViewSet}).content)


def spoken(no: No) -> No:
    """A no of the native dialect in this one: its sentence alone."""
    return replace(no, name=f"V3{no.name}", example={"message": no.example["error"]}, shape=V3Message)


def by_code(*faults: Fault) -> dict[str, Any]:
    """Each fault as the answer to a request about one order that has no other."""
    return {fault.code: worded(refuse(fault)) for fault in faults}


def of_batch(*faults: tuple[int | None, Fault]) -> Any:
    """The answer to a bulk request in which no order is good."""
    return phrases.refusal(Refused(faults))


def of_envelope(body: Any) -> Any:
    """The answer to a bulk request that holds no list of orders."""
    try:
        return read_envelope(body)
    except Refused as refused:
        return phrases.refusal(refused)


NOES = {status: spoken(no) for status, no in NATIVE.noes.items()}
INVALID = (
    "Something in the request is wrong: all of it, by path. With a message alone, this Idempotency-Key was used for a"
    " different request."
)
V3 = Dialect(
    "userToken",
    NOES
    | {
        400: replace(NOES[400], description="The body is not JSON."),
        401: replace(NOES[401], example=worded(NotAuthenticated())),
        409: replace(NOES[409], description="A request with this Idempotency-Key is still running."),
        422: No("V3UnprocessableContent", "", INVALID, None, shape=V3Invalid | V3Message),
    },
    NATIVE.always | {422},
)
ID_TYPE = {"ID_TYPE": worded(refuse(invalid("id_type")))}
REUSED = {"IDEMPOTENCY_KEY_REUSED": worded(KeyReused())}
