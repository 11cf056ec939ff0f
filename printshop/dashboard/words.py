"""The parts that the dashboard is drawn of, and the addresses of the lists behind its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import Truncator

DAY = "%a %-d %b"
# A reason may be a paragraph; beside a bar there is room for so much of it.
MOST_DRAWN = 24


def shortened(label: str) -> str:
    return Truncator(label).chars(MOST_DRAWN)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name; `note` says more in a few words, `alarm` that somebody should look."""

    name: str
    number: str
    url: str
    note: str = ""
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a chart, and the list behind it."""

    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """What stands at one place of a chart: its label, and a cell for each series; some stand in its table alone."""

    label: str
    cells: Sequence[Cell]
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the table it is drawn from. `series` pairs a name with a colour of the admin's palette.

    `says` is the chart in one sentence. `flat` draws the bars from the left, for labels that need room.
    """

    id: str
    title: str
    says: str
    place: str
    series: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    flat: bool = False

    @property
    def bars(self) -> Sequence[Row]:
        return [row for row in self.rows if row.drawn]

    def drawn(self) -> dict[str, Any]:
        """What the page's script draws."""
        columns = list(zip(*[row.cells for row in self.bars], strict=True)) or [()] * len(self.series)
        series = [
            {
                "label": name,
                "colour": colour,
                "values": [cell.number for cell in cells],
                "urls": [cell.url for cell in cells],
            }
            for (name, colour), cells in zip(self.series, columns, strict=True)
        ]
        return {
            "id": self.id,
            "flat": self.flat,
            "labels": [shortened(row.label) for row in self.bars],
            "series": series,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do first; `url` is empty for those who may not do it."""

    text: str
    url: str
    done: bool


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together. `warning` is a sentence for what needs somebody at once."""

    title: str
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()
    steps: Sequence[Step] = ()
    warning: str = ""


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def row_url(model: str, key: Any) -> str:
    return reverse(f"admin:{model}_change", args=[key])


def list_url(model: str, **filters: Any) -> str:
    """The list of a model (`jobs_job`), narrowed down by filters of that list."""
    return f"{reverse(f'admin:{model}_changelist')}{'?' if filters else ''}{urlencode(filters)}"


def within(name: str, first: date, last: date) -> dict[str, str]:
    """The filter by which a list shows what happened from the first moment of one day to the last of another."""
    return {f"{name}__gte": f"{first} 00:00:00+00:00", f"{name}__lt": f"{last + timedelta(days=1)} 00:00:00+00:00"}
