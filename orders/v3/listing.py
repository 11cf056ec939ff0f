"""The v3 list: includes, sparse fields, and a cursor that meets every order once while new ones arrive.

A cursor is the sort value and the number of an order and the direction to go from there (keyset paging), so it costs
the same on the first page and on the ten-thousandth.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from django.db.models import Q, QuerySet

from orders.models import Order
from orders.references import MAX_NUMBER
from orders.v3.bodies import FIELDS, INCLUDES
from orders.v3.query import Query, number, one_of, words_of
from printshop.api.refusals import Fault

MAX_PER_PAGE = 500
DEFAULT_PER_PAGE = 100
SORTS = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: beside an order, after it or, going `back`, before it."""

    at: datetime
    number: int
    back: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What a list asks for besides its filters; `sort` is led by a minus where the latest come first."""

    per_page: int
    sort: str
    place: Place | None
    include: Sequence[str]
    fields: Sequence[str]

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")


@dataclass(frozen=True, slots=True)
class Page:
    """Orders, and the cursors of the pages before and after them."""

    orders: Sequence[Order]
    following: str | None
    preceding: str | None


def sort_of(text: str) -> str:
    """`created_at`, `-updated_at`; a plus, which a query string turns into a space, means nothing."""
    column = text[1:] if text[0] in "+- " else text
    return ("-" if text[0] == "-" else "") + one_of(SORTS)(column)


def per_page_of(text: str) -> int:
    found = number(text)
    if not 1 <= found <= MAX_PER_PAGE:
        raise ValueError(text)
    return found


def cursor_of(order: Order, window: Window, *, back: bool) -> str:
    """Opaque to clients; it is good for the sort that it was made under."""
    place = orjson.dumps([window.sort, getattr(order, window.column), order.pk, back])
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def place_in(cursor: str, sort: str) -> Place:
    """The place a cursor names. Raises ValueError for one that was not made here, or for another sort."""
    padded = cursor.encode() + b"=" * (-len(cursor) % 4)
    match orjson.loads(base64.b64decode(padded, b"-_", validate=True)):
        case [str(made_for), str(at), int(found), bool(back)] if made_for == sort and 0 < found <= MAX_NUMBER:
            return Place(datetime.fromisoformat(at).astimezone(UTC), found, back)
    raise ValueError(cursor)


def window_of(query: Query) -> Window:
    """The window that a query string asks for."""
    sort = query.read("sort", sort_of, "-created_at")
    bounds = Fault("BETWEEN", f"The per_page must be between 1 and {MAX_PER_PAGE}.", "per_page")
    return Window(
        per_page=query.read("per_page", per_page_of, DEFAULT_PER_PAGE, bounds),
        sort=sort,
        place=query.read("cursor", lambda text: place_in(text, sort), None),
        include=query.read("include", words_of(INCLUDES), ()),
        fields=query.read("fields", words_of(FIELDS), FIELDS),
    )


def beyond(place: Place, column: str, *, descending: bool) -> tuple[Q, Q]:
    """The orders past a place. The first condition alone bounds the index scan; the second breaks ties."""
    step = "lt" if descending else "gt"
    bound = Q(**{f"{column}__{step}e": place.at})
    return bound, Q(**{f"{column}__{step}": place.at}) | Q(**{f"pk__{step}": place.number})


def page_of(orders: QuerySet[Order], window: Window) -> Page:
    """The orders of the window. One more than shown is read, which tells whether the list goes on."""
    place, column = window.place, window.column
    back = place is not None and place.back
    descending = window.sort.startswith("-") != back
    if place is not None:
        orders = orders.filter(*beyond(place, column, descending=descending))
    sign = "-" if descending else ""
    found = list(orders.order_by(f"{sign}{column}", f"{sign}pk")[: window.per_page + 1])
    shown, more = found[: window.per_page], len(found) > window.per_page
    if back:
        shown.reverse()
    if not shown:
        return Page((), None, None)
    following = cursor_of(shown[-1], window, back=False) if back or more else None
    preceding = cursor_of(shown[0], window, back=True) if (more if back else place is not None) else None
    return Page(shown, following, preceding)
