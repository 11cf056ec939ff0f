"""The v3 list: filters, includes, sparse fields, and a cursor that meets every order once while new ones arrive.

A cursor is the sort value and the number of the last order shown (keyset paging), so it costs the same on the first
page and on the ten-thousandth.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from orders.models import LineItem, Order
from orders.states import OrderStatus, OrderType
from orders.v3.bodies import FIELDS, INCLUDES
from orders.v3.phrases import STATUS
from printshop.api.refusals import Fault, refuse

MAX_PER_PAGE = 500
DEFAULT_PER_PAGE = 100
SORTS = ("created_at", "updated_at")
LINE_FILTERS = {"product_type": "kind", "product_id": "sku_id", "product_external_id": "sku_id"}


@dataclass(frozen=True, slots=True)
class Window:
    """What a list asks for besides its filters."""

    per_page: int
    sort: str
    descending: bool
    after: tuple[datetime, int] | None
    include: Sequence[str]
    fields: Sequence[str]


def invalid(name: str, code: str = "NOT_A_CHOICE") -> Fault:
    return Fault(code, f"{name} is invalid.", name)


def words_of(query: QueryDict, name: str, allowed: Sequence[str], default: Sequence[str]) -> Sequence[str]:
    """A comma list of known words."""
    if name not in query:
        return default
    words = [word for word in query[name].split(",") if word]
    if set(words) - set(allowed):
        raise refuse(invalid(name))
    return words


def cursor_of(order: Order, sort: str) -> str:
    """Opaque to clients: the place after this order."""
    return base64.urlsafe_b64encode(orjson.dumps([getattr(order, sort), order.pk])).decode()


def place_of(cursor: str) -> tuple[datetime, int]:
    """The place a cursor names. Raises `Refused` for one that was not made here."""
    try:
        moment, number = orjson.loads(base64.urlsafe_b64decode(cursor))
        at = datetime.fromisoformat(moment)
        if not isinstance(number, int) or at.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise refuse(invalid("cursor")) from error
    return at, number


def window_of(query: QueryDict) -> Window:
    """The window that a query string asks for. Raises `Refused`."""
    text = query.get("per_page", str(DEFAULT_PER_PAGE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PER_PAGE):
        raise refuse(Fault("OUT_OF_RANGE", f"per_page must be from 1 to {MAX_PER_PAGE}.", "per_page"))
    sort = query.get("sort", "-created_at")
    if sort.lstrip("+- ") not in SORTS:
        raise refuse(invalid("sort"))
    return Window(
        per_page=int(text),
        sort=sort.lstrip("+- "),
        descending=sort.startswith("-"),
        after=place_of(str(query["cursor"])) if query.get("cursor") else None,
        include=words_of(query, "include", INCLUDES, ()),
        fields=words_of(query, "fields", FIELDS, FIELDS),
    )


def page_of(orders: QuerySet[Order], window: Window) -> tuple[list[Order], bool]:
    """The orders of the window, and whether more follow."""
    sort, sign = window.sort, "-" if window.descending else ""
    if window.after is not None:
        at, number = window.after
        step = "lt" if window.descending else "gt"
        # The first condition alone bounds the index scan; the second breaks ties.
        orders = orders.filter(**{f"{sort}__{step}e": at}).filter(
            Q(**{f"{sort}__{step}": at}) | Q(**{f"pk__{step}": number})
        )
    found = list(orders.order_by(f"{sign}{sort}", f"{sign}pk")[: window.per_page + 1])
    return found[: window.per_page], len(found) > window.per_page


# --- Filters ---------------------------------------------------------------------------------------------------------
def statuses_of(word: str) -> list[str]:
    """The shop's statuses behind one of the dialect's."""
    named = [status.value for status in OrderStatus if STATUS.get(status, "approved") == word]
    if not named:
        raise ValueError(word)
    return named


def moment(text: str) -> datetime:
    """A day or a time in ISO 8601; a day begins at midnight UTC."""
    day = parse_date(text)
    found = datetime.combine(day, time(), UTC) if day else parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def known_type(text: str) -> str:
    return OrderType(text).value


def number(text: str) -> int:
    """An order's number; one that cannot exist is no order's."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


FILTERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "filter[id]": ("pk", number),
    "filter[uuid]": ("uuid", UUID),
    "filter[external_id]": ("external_id", str),
    "filter[status]": ("status__in", statuses_of),
    "filter[type]": ("type", known_type),
    "filter[user_id]": ("customer_id", str),
    "filter[user_email]": ("customer__email", str.lower),
    "filter[user_external_id]": ("customer__external_id", str),
    "filter[created_at][from]": ("created_at__gte", moment),
    "filter[created_at][to]": ("created_at__lte", moment),
    "filter[updated_at][from]": ("updated_at__gte", moment),
    "filter[updated_at][to]": ("updated_at__lte", moment),
}


def filtered(orders: QuerySet[Order], query: QueryDict) -> QuerySet[Order]:
    """The orders that a query string asks for. Raises `Refused` with every filter that cannot be meant."""
    faults = []
    for name, text in query.dict().items():
        if "\0" in text:
            faults.append(invalid(name))
        elif name in FILTERS:
            lookup, convert = FILTERS[name]
            try:
                orders = orders.filter(**{lookup: convert(text)})
            except ValueError:
                faults.append(invalid(name))
        elif (product := name.removeprefix("filter[").removesuffix("]")) in LINE_FILTERS:
            lines = LineItem.objects.filter(order=OuterRef("pk"), **{LINE_FILTERS[product]: text})
            orders = orders.filter(Exists(lines))
        elif name.startswith("filter"):
            faults.append(Fault("UNKNOWN_FILTER", f"There is no {name}.", name))
    if faults:
        raise refuse(*faults)
    return orders
