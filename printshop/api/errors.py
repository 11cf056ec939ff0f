"""The native dialect's no: every exception in the one shape `{error, code, details}`.

One table says which exception becomes which status and code; `Refused` brings its faults along.
"""

import logging
import sys
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from printshop.api import error_pages
from printshop.api.answers import answer
from printshop.api.idempotency import KeyInUse, KeyReused
from printshop.api.refusals import ABSENT, Fault, Kind, Refused, Told
from printshop.api.transactions import Unavailable, Undecided

log = logging.getLogger(__name__)
STATUS_OF = {Kind.INVALID: 400, Kind.UNKNOWN: 404, Kind.CONFLICT: 409}
BUSY_SECONDS = "1"


class BodyTooLarge(Exception):
    """The body is larger than this address takes."""


WORDS: dict[type[Exception], tuple[int, str]] = {
    exceptions.NotAuthenticated: (401, "NOT_AUTHENTICATED"),
    exceptions.AuthenticationFailed: (401, "INVALID_API_KEY"),
    exceptions.PermissionDenied: (403, "FORBIDDEN"),
    PermissionDenied: (403, "FORBIDDEN"),
    exceptions.NotFound: (404, "NOT_FOUND"),
    Http404: (404, "NOT_FOUND"),
    exceptions.MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    exceptions.NotAcceptable: (406, "NOT_ACCEPTABLE"),
    exceptions.UnsupportedMediaType: (415, "UNSUPPORTED_MEDIA_TYPE"),
    exceptions.Throttled: (429, "RATE_LIMITED"),
    BodyTooLarge: (413, "BODY_TOO_LARGE"),
    RequestDataTooBig: (413, "BODY_TOO_LARGE"),
    BadRequest: (400, "BAD_REQUEST"),
    SuspiciousOperation: (400, "BAD_REQUEST"),
    KeyInUse: (409, "IDEMPOTENCY_KEY_IN_USE"),
    KeyReused: (422, "IDEMPOTENCY_KEY_REUSED"),
    Undecided: (503, "OUTCOME_UNKNOWN"),
    Unavailable: (503, "UNAVAILABLE"),
    DatabaseError: (503, "UNAVAILABLE"),
}
SENTENCES = {
    400: "This request cannot be read.",
    401: "An API key is needed: send it in the X-API-Key header.",
    403: "This key may not do that.",
    404: "There is nothing at this address.",
    413: "The body is larger than this address takes.",
    503: "The database is busy or away. Nothing was changed; please try again.",
}
SENTENCE_OF_CODE = {
    "INVALID_API_KEY": "This API key is unknown, revoked or expired.",
    "IDEMPOTENCY_KEY_IN_USE": "A request with this Idempotency-Key is still running.",
    "IDEMPOTENCY_KEY_REUSED": "This Idempotency-Key was used for a different request.",
    "METHOD_NOT_ALLOWED": "This address does not take that method.",
    "NOT_ACCEPTABLE": "Answers are application/json.",
    "UNSUPPORTED_MEDIA_TYPE": "Send the body as application/json.",
    "OUTCOME_UNKNOWN": "The database was lost at the last moment, and nobody knows yet whether this was done. Send it"
    " again with the same Idempotency-Key, or look before doing it again.",
    "RATE_LIMITED": "Too many requests; wait as long as Retry-After says.",
}


def error_body(error: str, code: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The shape of every error."""
    return {"error": error, "code": code, "details": details or {}}


def worded(index: int | None, fault: Fault) -> dict[str, Any]:
    """A fault on the wire."""
    body: dict[str, Any] = {} if index is None else {"index": index}
    body |= {"path": fault.path, "code": fault.code, "message": fault.message}
    if fault.value is not ABSENT:
        body["value"] = fault.value
    if fault.suggestion is not None:
        body["suggestion"] = fault.suggestion
    return body


def sentence(refused: Refused | Told) -> str:
    """What is wrong with the whole request, counted."""
    if isinstance(refused, Told):
        return str(refused)
    if not refused.noun:
        return refused.faults[0][1].message
    if all(index is None for index, _ in refused.faults):
        return f"{refused.faults[0][1].message} Nothing was {refused.done}."
    alike = len({fault.kind for _, fault in refused.faults}) == 1
    rule = {Kind.INVALID: "invalid", Kind.UNKNOWN: "unknown" if alike else "refused"}.get(refused.kind, "refused")
    verb = "is" if refused.failed == 1 else "are"
    noun = refused.noun if refused.total != 1 else refused.noun.removesuffix("s")
    return f"{refused.failed} of {refused.total} {noun} {verb} {rule}; nothing was {refused.done}."


def code_of(refused: Refused) -> str:
    """One code for the request: the faults' own where the kind has one code to give."""
    if refused.kind is Kind.INVALID:
        alike = {fault.code for _, fault in refused.faults}
        return alike.pop() if len(alike) == 1 and alike <= OWN_CODES else "VALIDATION_ERROR"
    codes = {fault.code for _, fault in refused.faults if fault.kind is refused.kind}
    return (
        codes.pop()
        if len(codes) == 1
        else {Kind.UNKNOWN: "NOT_FOUND", Kind.CONFLICT: "ILLEGAL_TRANSITION"}[refused.kind]
    )


# Faults of a whole request that clients tell apart by the code of the answer.
OWN_CODES = {"INVALID_JSON", "TOO_MANY_ITEMS", "BAD_IDEMPOTENCY_KEY", "INVALID_FILTER"}


def answer_refused(refused: Refused) -> HttpResponse:
    """All faults of all items in one answer."""
    faults = [worded(index, fault) for index, fault in refused.faults]
    failed = {"failed": refused.failed} if refused.noun else {}
    details = {**refused.details, **failed, "errors": faults}
    return answer(error_body(sentence(refused), code_of(refused), details), STATUS_OF[refused.kind])


def words_for(error: Exception) -> tuple[int, str]:
    """Status and code of an exception: the nearest of its classes that the table names."""
    return next((WORDS[cls] for cls in type(error).__mro__ if cls in WORDS), (500, "INTERNAL_ERROR"))


def retry_after(error: Exception, status: int) -> str | None:
    """Seconds after which trying again makes sense."""
    if isinstance(error, exceptions.Throttled):
        return str(int(getattr(error, "wait", None) or 1))
    return BUSY_SECONDS if status == HTTPStatus.SERVICE_UNAVAILABLE or isinstance(error, KeyInUse) else None


def answer_error(error: Exception) -> HttpResponse:
    """Any exception in the native dialect's words."""
    if isinstance(error, Refused):
        return answer_refused(error)
    if isinstance(error, exceptions.ParseError):
        return answer(error_body("The body is not valid JSON.", "INVALID_JSON"), 400)
    status, code = words_for(error)
    details = {}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        details = {"reference": uuid.uuid4().hex}
        log.error("%s %s", code, details["reference"], exc_info=error)
    said = (
        SENTENCE_OF_CODE.get(code) or SENTENCES.get(status) or "Something went wrong on our side; nothing was changed."
    )
    headers = {"Retry-After": wait} if (wait := retry_after(error, status)) else {}
    if isinstance(error, exceptions.AuthenticationFailed | exceptions.NotAuthenticated):
        headers["WWW-Authenticate"] = "X-API-Key"
    return answer(error_body(said, code, details), status, headers)


def answer_exception(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The exception handler of Django REST framework."""
    return answer_error(error)


def under_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of what is refused before any view: an unknown Host, for example."""
    return answer_error(exception) if under_api(request) else error_pages.page(words_for(exception)[0])


def answer_server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of what goes wrong outside any view, as when an answer is rendered."""
    error = sys.exception()
    error = error if isinstance(error, Exception) else Exception()
    if under_api(request):
        return answer_error(error)
    if isinstance(error, Undecided):
        return error_pages.page(503, error_pages.UNDECIDED)
    is_busy = words_for(error)[0] == HTTPStatus.SERVICE_UNAVAILABLE
    return error_pages.page(503 if is_busy else 500)
