"""Rows given back to be mended and sent again: in the columns of their own file, with what is wrong with each."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from catalog.uploads.reading.fields import FIELDS, REMARKS, folded
from catalog.uploads.reading.files import rows
from catalog.uploads.reading.formats import MAX_COLUMNS, Broken, Format, Numbered
from printshop.bulk.cells import neutral, written

PAGE = 1_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def chosen(path: Path, form: Format, said: Mapping[int, str]) -> Iterator[Numbered]:
    """The rows that something is said of, and no further than the last of them."""
    return islice((row for row in rows(path, form) if row[0] in said), len(said))


def cell_again(cell: Any) -> str:
    """A cell as it stood in its file: an apostrophe before a formula is there already."""
    if isinstance(cell, Broken):
        return ""
    return neutral(cell) if isinstance(cell, str) else written(cell)


class Cells:
    """Rows of cells as they were; remarks of an earlier time are left out, cells beyond the last column are not."""

    def __init__(self, form: Format, elements: Iterator[Any]) -> None:
        width = max(map(len, elements), default=0)
        names = [*form.columns, *[""] * (width - len(form.columns))]
        self.kept = [at for at, name in enumerate(names) if folded(name) != REMARKS]
        self.columns = [neutral(names[at]) for at in self.kept]

    def line(self, cells: Any) -> list[str]:
        return [cell_again(cells[at]) if at < len(cells) else "" for at in self.kept]


class Elements:
    """Elements of JSON with a column for each field that some of them name, those of a SKU first."""

    def __init__(self, elements: Iterator[Any]) -> None:
        used = dict.fromkeys(name for one in elements if isinstance(one, dict) for name in one)
        others = [name for name in used if name not in FIELDS and name != REMARKS]
        self.names = [name for name in FIELDS if name == "id" or name in used] + others[:MAX_COLUMNS]
        self.columns = list(map(neutral, self.names))

    def line(self, element: Any) -> list[str]:
        return [written(element.get(name)) if isinstance(element, dict) else "" for name in self.names]


def csv_parts(table: Cells | Elements, lines: Iterator[list[str]], delimiter: str) -> Iterator[bytes]:
    """A header and lines as CSV, a page at a time."""
    page, mark = [[*table.columns, REMARKS]], BYTE_ORDER_MARK
    while page:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(page)
        yield mark + text.getvalue().encode()
        page, mark = list(islice(lines, PAGE)), b""


def returned(path: Path, form: Format, said: Mapping[int, str]) -> Iterator[bytes]:
    """The rows with these numbers as CSV, piece by piece, with a last column that says what is said of each.

    The file is read twice, first for the columns that its rows have, so that memory grows with neither.
    """
    elements = (element for _, element in chosen(path, form, said))
    table = Cells(form, elements) if form.columns else Elements(elements)
    lines = ([*table.line(element), neutral(said[number])] for number, element in chosen(path, form, said))
    return csv_parts(table, lines, form.delimiter or ",")


def returned_elements(elements: Sequence[Any], said: Sequence[str]) -> Iterator[bytes]:
    """The same for rows that were kept as elements of JSON."""
    table = Elements(iter(elements))
    lines = ([*table.line(element), neutral(one)] for element, one in zip(elements, said, strict=True))
    return csv_parts(table, lines, ",")
