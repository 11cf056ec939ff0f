"""Query strings of the v3 dialect: parameters read one by one, their faults collected."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from orders.references import MAX_NUMBER
from printshop.api.refusals import Fault, refuse


def invalid(name: str) -> Fault:
    return Fault("NOT_A_CHOICE", f"{name} is invalid.", name)


class Query:
    """A query string being read. What cannot be meant is collected in `faults`, so that one answer names it all."""

    def __init__(self, given: QueryDict) -> None:
        self.given = {name: str(text) for name, text in given.items()}
        self.faults: list[Fault] = []

    def read(self, name: str, convert: Callable[[str], Any], default: Any, fault: Fault | None = None) -> Any:
        """A parameter as `convert` gives it; it raises ValueError for what cannot be meant."""
        text = self.given.get(name)
        if not text:
            return default
        try:
            if "\0" in text:
                raise ValueError(name)
            return convert(text)
        except (ValueError, OverflowError):
            self.faults.append(fault or invalid(name))
            return default

    def settle(self) -> None:
        """Raise `Refused` with all that was collected."""
        if self.faults:
            raise refuse(*self.faults)


def one_of(allowed: Sequence[str]) -> Callable[[str], str]:
    """A known word."""

    def convert(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return convert


def words_of(allowed: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """A comma list of known words."""
    known = one_of(allowed)
    return lambda text: [known(word) for word in text.split(",")]


def number(text: str) -> int:
    """An order's number, spelt in the one way it is shown."""
    if not (text.isascii() and text.isdigit()) or str(found := int(text[:20])) != text or found > MAX_NUMBER:
        raise ValueError(text)
    return found


def moment(text: str, of_day: time = time()) -> datetime:
    """A time in ISO 8601, in UTC where it does not say; a day stands for the time `of_day`."""
    day = parse_date(text)
    found = datetime.combine(day, of_day) if day else parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
