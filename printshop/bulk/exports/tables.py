"""Which columns the file of a list has, and where their values come from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import QuerySet

FETCHED = 2_000
Said = Callable[[Any], Any]


def as_it_is(value: Any) -> Any:
    return value


def amount(minor: int) -> float:
    """Money in major units, as the wire has it."""
    return minor / 100


def stamp(at: date | None) -> str | None:
    """A day or a time in ISO 8601."""
    return at.isoformat().replace("+00:00", "Z") if at else None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name on the wire, the path to its value from the rows of the list, and how that is said."""

    name: str
    source: str
    said: Said = as_it_is


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a list; `noun` names the file and the sheet in it."""

    noun: str
    columns: Sequence[Column]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def pages(self, rows: QuerySet[Any]) -> Iterator[list[list[Any]]]:
        """The values of the rows, some rows at a time: one query, whose answer the database keeps until it is asked."""
        said = [column.said for column in self.columns]
        found = rows.values_list(*(column.source for column in self.columns)).iterator(FETCHED)
        while page := list(islice(found, FETCHED)):
            yield [[say(value) for say, value in zip(said, row, strict=True)] for row in page]
