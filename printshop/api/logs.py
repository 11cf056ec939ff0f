"""What is logged, and what is not: a line names its request, and tells nothing of rows, people or secrets."""

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson
import psycopg
from django.db import Error
from django.http import HttpRequest, HttpResponse

REQUEST_ID = "X-Request-ID"
# What a proxy may call a request: nothing that could end a line or pretend to be another.
GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# pydantic shows what it was given.
INPUT_SHOWN = re.compile(r"input_value=.*?, input_type=", re.DOTALL)
DATA_EXCEPTION = "22"
current_request: ContextVar[str] = ContextVar("current_request", default="-")


def requests_named(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: each request has an id, its proxy's or one of ours, in the log and in the answer's `X-Request-ID`."""

    def respond(request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        name = given if GOOD_ID.fullmatch(given) else uuid.uuid4().hex
        # Not taken back: what Django says of an answer it says after all middleware.
        current_request.set(name)
        response = get_response(request)
        response[REQUEST_ID] = name
        return response

    return respond


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def discreet(error: BaseException) -> BaseException:
    """The same exception, its words cut down to what broke: a database also shows the row, which may be a person's."""
    for one in chain(error):
        if isinstance(one, Error | psycopg.Error) and one.args:
            one.args = (outline(one),)
    return error


def outline(error: BaseException) -> str:
    """The first line of what a database says, or the state alone where that line quotes a value."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None) or ""
    first = str(error).partition("\n")[0]
    return f"A value was refused ({state})." if state.startswith(DATA_EXCEPTION) else first


class Discretion(logging.Filter):
    """Names the request of a record, and makes the exceptions in it discreet."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request.get()
        told = record.args if isinstance(record.args, tuple) else ()
        for error in (*told, record.exc_info[1] if record.exc_info else None):
            if isinstance(error, BaseException):
                discreet(error)
        return True


class Lines(logging.Formatter):
    """A line a record, for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s")

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's name)
        return INPUT_SHOWN.sub("input_value=…, input_type=", super().formatException(ei))  # type: ignore[arg-type]


def sayable(text: str) -> str:
    """A text in UTF-8, whatever it holds: half a character, as in the name of a file, is told by its number."""
    return text.encode("utf-8", "backslashreplace").decode()


class JSONLines(Lines):
    """A JSON object a record, for whoever collects them."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": sayable(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = sayable(self.formatException(record.exc_info))
        return orjson.dumps(line).decode()
