"""What many calls share: headers, query parameters, and every no with its status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired

import orjson
from drf_spectacular.plumbing import ComponentRegistry
from rest_framework import exceptions
from typing_extensions import TypedDict

from printshop.api.errors import BodyTooLarge, answer_error
from printshop.api.idempotency import KeyInUse, KeyReused
from printshop.api.openapi.schemas import Schema, keep, refer
from printshop.api.paging import MAX_LIMIT, Pages
from printshop.api.refusals import Fault, refuse


class FaultBody(TypedDict):
    """One thing that is wrong. `index` is the item's place in the request; `path` is dotted, within that item."""

    index: NotRequired[int]
    path: str
    code: str
    message: str
    value: NotRequired[Any]
    suggestion: NotRequired[str]


class ErrorDetails(TypedDict, total=False):
    """What stands beside the sentence. A refused batch also counts what it did, always 0: `created`, `advanced`, …"""

    failed: int
    errors: list[FaultBody]
    limit: int
    received: int
    reference: str


class ErrorBody(TypedDict):
    """Every error has this shape. `code` is stable, `error` is a sentence for people."""

    error: str
    code: str
    details: ErrorDetails


def header(type_: str, description: str, example: Any) -> Schema:
    return {"description": description, "schema": {"type": type_}, "example": example}


COUNTED = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
HEADERS: Mapping[str, Schema] = {
    "X-RateLimit-Limit": header("integer", "Requests that the present minute allows this account.", 300),
    "X-RateLimit-Remaining": header("integer", "How many of them are left.", 299),
    "X-RateLimit-Reset": header("integer", "The UNIX second at which the next minute begins.", 1772452860),
    "Retry-After": header("integer", "Seconds after which the same request may well succeed.", 17),
    "WWW-Authenticate": {"description": "The header that carries the key.", "schema": {"type": "string"}},
    "X-Bulk-Operation": {
        "description": "The recorded operation, to be read at `/api/bulk-operations/{id}`.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55",
    },
    "Location": header(
        "string", "Where the operation can be followed.", "/api/bulk-operations/0195d1e2-7c00-7a41-b5d3-0d6f2c1b9e55"
    ),
    "Preference-Applied": {
        "description": "Sent when the request was queued because its `Prefer` asked for it.",
        "schema": {"const": "respond-async"},
        "example": "respond-async",
    },
    "Content-Disposition": header(
        "string", "The name to keep the file under.", 'attachment; filename="jobs.advance.csv"'
    ),
    "Idempotency-Replayed": {
        "description": "Sent when this is the stored answer to an earlier request with the same Idempotency-Key.",
        "schema": {"const": "true"},
        "example": "true",
    },
}


def query(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    """A query parameter."""
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "1 to 255 visible ASCII characters, bare or quoted. The same key with the same request gives the first answer"
        " again, byte for byte; with another request 422. Kept 24 hours for each account."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 257},
}
PREFER: Schema = {
    "name": "Prefer",
    "in": "header",
    "description": (
        "`respond-async`: take the batch in, answer 202 at once and carry it out later. Up to 10,000 items and 20 MB; a"
        " dry run takes no notice of it."
    ),
    "schema": {"type": "string"},
}
PAGES = (
    query("page", "The page, from 1. One past the end is empty.", {"type": "integer", "minimum": 1, "default": 1}),
    query(
        "limit",
        "How many results a page has.",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": Pages.page_size},
    ),
)


def worded_error(error: Exception) -> tuple[int, Any]:
    """Status and body that the error handler gives an exception: no example is written by hand."""
    response = answer_error(error)
    return response.status_code, orjson.loads(response.content)


@dataclass(frozen=True, slots=True)
class No:
    """An error answer that many calls give; one without an example is only given with examples of the call."""

    name: str
    code: str
    description: str
    example: Any
    headers: tuple[str, ...] = ()
    shape: Any = ErrorBody


# Wording an error of our own would log it: this is what the handler says of it.
BROKEN = {
    "error": "Something went wrong on our side; nothing was changed.",
    "code": "INTERNAL_ERROR",
    "details": {"reference": "5f0c2d6e8a4b4c1f9d3e7a6b5c4d3e2f"},
}
BUSY = {
    "error": "The database is busy or away. Nothing was changed; please try again.",
    "code": "UNAVAILABLE",
    "details": {"reference": "5f0c2d6e8a4b4c1f9d3e7a6b5c4d3e2f"},
}


def no(name: str, description: str, error: Exception, *headers: str) -> No:
    """An error answer whose example is what the handler makes of an exception."""
    body = worded_error(error)[1]
    return No(name, body["code"], description, body, headers)


UNREADABLE = Fault("INVALID_JSON", "The body is not valid JSON: unexpected character: line 1 column 2 (char 1).")
UNAVAILABLE = (
    "The database is busy or away; nothing was changed. `OUTCOME_UNKNOWN` says instead that it was lost at the last"
    " moment: send the call again with the same Idempotency-Key, or look."
)
IN_USE = "It conflicts with the present state, or a request with this Idempotency-Key is still running."
NOES: Mapping[int, No] = {
    400: no("BadRequest", "The request cannot be read, or something in it is invalid.", refuse(UNREADABLE)),
    401: no(
        "Unauthorized",
        "No key, or one that is unknown, revoked or expired.",
        exceptions.NotAuthenticated(),
        "WWW-Authenticate",
    ),
    403: no("Forbidden", "The key's role may not do this.", exceptions.PermissionDenied()),
    404: no("NotFound", "There is no such thing, or it is somebody else's.", exceptions.NotFound()),
    405: no("MethodNotAllowed", "The address does not take this method.", exceptions.MethodNotAllowed("PUT")),
    406: no("NotAcceptable", "`Accept` leaves no room for JSON.", exceptions.NotAcceptable()),
    409: no("Conflict", IN_USE, KeyInUse(), "Retry-After"),
    413: no("ContentTooLarge", "The body is larger than 2 MB (20 MB where it is queued).", BodyTooLarge()),
    415: no("UnsupportedMediaType", "The body is no application/json.", exceptions.UnsupportedMediaType("text/plain")),
    422: no("KeyReused", "This Idempotency-Key was used for a different request.", KeyReused()),
    429: no("TooManyRequests", "This minute's requests are used up.", exceptions.Throttled(17), "Retry-After"),
    500: No("InternalError", "INTERNAL_ERROR", "Our fault; the reference finds it in the log.", BROKEN),
    503: No("Unavailable", "UNAVAILABLE", UNAVAILABLE, BUSY, ("Retry-After",)),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The edge of a dialect: the scheme of its keys, its noes by status, and which of them any call can give."""

    security: str
    noes: Mapping[int, No]
    always: frozenset[int]


NATIVE = Dialect("apiKey", NOES, frozenset({401, 406, 429, 500, 503}))


def headers(registry: ComponentRegistry, *names: str) -> Schema:
    """References to headers, those of the rate limit included."""
    return {name: keep(registry, "headers", name, HEADERS[name]) for name in (*COUNTED, *names)}


def content(schema: Schema, examples: Mapping[str, Any], media: str = "application/json") -> Schema:
    """A body with its examples, by name."""
    worded = {name: {"value": value} for name, value in examples.items()}
    return {media: {"schema": schema, **({"examples": worded} if worded else {})}}


def error_answer(registry: ComponentRegistry, no: No, examples: Mapping[str, Any]) -> Schema:
    """An error with examples of this call, before the one that every call can give."""
    shown = {**examples, no.code: no.example} if no.example else examples
    return {
        "description": no.description,
        "headers": headers(registry, *no.headers),
        "content": content(refer(registry, no.shape), shown),
    }


def error_answers(registry: ComponentRegistry, dialect: Dialect) -> dict[int, Schema]:
    """References to the error answers that are no call's own; all of them stand among the components."""
    return {
        status: keep(registry, "responses", no.name, error_answer(registry, no, {}))
        for status, no in dialect.noes.items()
        if no.example
    }
