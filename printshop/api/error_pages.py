"""What a person reads when a page cannot be had: what happened, whether anything was written, and what to do."""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

NOTHING = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of a page."""

    title: str
    happened: str
    advice: str
    written: str = NOTHING


STALE = Words(
    "This page has grown old",
    "It was opened before you signed in or out, or before the browser forgot its cookies.",
    "Go back, reload the page and do it again.",
)
UNDECIDED = Words(
    "The shop lost its database",
    "That was at the last moment, when what you did was about to be kept.",
    "Look there before you do it again.",
    "Whether anything was written is told by the list of bulk operations.",
)
WORDS = {
    400: Words(
        "This request cannot be read",
        "What arrived is not what a page of this shop sends.",
        "Go back, reload the page and do it again.",
    ),
    403: Words(
        "You may not do this",
        "Your permissions do not reach this far.",
        "Ask an administrator, who finds your permissions under Users.",
    ),
    404: Words(
        "There is nothing at this address",
        "It may be misspelt, or what it led to is gone.",
        "Go back, or look for it by its id in the search field of its list.",
    ),
    413: Words(
        "That is too much at once",
        "The form is larger than this page takes.",
        "Send less of it; what lists find by their filters is chosen there, however much it is.",
    ),
    500: Words(
        "Something went wrong on our side",
        "It is in the shop's log with all that is needed to find it.",
        "Look there before you do it again. Should it happen twice, tell whoever runs the shop.",
        "Whether anything was written is told by the list of bulk operations.",
    ),
    503: Words(
        "The shop is busy",
        "The database is busy or away.",
        "Wait a moment, then reload the page.",
    ),
}


def page(status: int, words: Words | None = None) -> HttpResponse:
    """The error page of a status. It needs neither the database nor who is asking."""
    context = {**asdict(words or WORDS[status]), "prefix": settings.STATIC_URL}
    headers = {"Retry-After": "1"} if status == 503 else {}
    return HttpResponse(render_to_string("error.html", context), status=status, headers=headers)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of what somebody may not do."""
    return page(403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of addresses that lead nowhere."""
    return page(404)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's handler of forms whose token does not fit."""
    return page(403, STALE)
