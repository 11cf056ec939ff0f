"""Rows of CSV and its relatives: RFC 4180 with a comma, a semicolon, a tab or a pipe."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from catalog.uploads.reading.formats import MAX_RECORD, Numbered, Unreadable, blank

DELIMITERS = ",;\t|"
HEAD_CHARACTERS = 20_000
MAX_CELL = 2_000_000
# What Excel takes for a word about the delimiter, when it is all that the first line says.
HINT = re.compile(r"sep=(.)[\r\n]", re.IGNORECASE)
COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+\s*")
POINT = re.compile(r"\s*[+-]?[0-9]+[.][0-9]+\s*")

# Its default of 128 KiB is less than the JSON texts of a SKU with many options.
csv.field_size_limit(MAX_CELL)


def opened(path: Path, encoding: str) -> TextIO:
    """A text whose line breaks stay as they are."""
    return path.open(encoding=encoding, newline="")


def delimiter_of(head: str) -> str:
    """The delimiter that makes most of the first line, or that the line names."""
    if (hint := HINT.match(head)) and hint[1] in DELIMITERS:
        return hint[1]

    def cells(delimiter: str) -> int:
        return len(next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), []))

    return max(DELIMITERS, key=cells)


def decimal_of(delimiter: str, sample: Iterable[list[Any]]) -> str:
    """The decimal separator that the numbers show; where they show none or both, the usual one beside the delimiter."""
    cells = [cell for row in sample for cell in row if isinstance(cell, str)]
    comma, point = (any(map(shape.fullmatch, cells)) for shape in (COMMA, POINT))
    if comma is point:
        return "," if delimiter in (";", "\t") else "."
    return "," if comma else "."


class Lines:
    """The lines of a text as `csv.reader` asks for them, and how many characters the present record has had."""

    def __init__(self, file: TextIO) -> None:
        self.source = iter(partial(file.readline, MAX_RECORD + 1), "")
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.source:
            self.characters += len(line)
            if self.characters > MAX_RECORD:
                raise csv.Error("record limit")
            yield line


def csv_sentence(row: int, line: int, error: csv.Error) -> str:
    """What is wrong with a row of CSV, for people."""
    reason = str(error)
    where = f"Row {row}" if row == line else f"Row {row} (line {line})"
    if "unexpected end" in reason:
        return f"{where} opens a quote that is never closed."
    if "field limit" in reason:
        return f"{where} has a cell of more than {MAX_CELL:,} characters; is a quote never closed?"
    if "record limit" in reason:
        return f"{where} has more than {MAX_RECORD:,} characters; is a quote never closed?"
    if "expected after" in reason:
        return f"{where} goes on after a closing quote; inside a quoted cell a quote is written twice."
    return f"{where} cannot be read: {reason}."


def records(path: Path, encoding: str, delimiter: str) -> Iterator[Numbered]:
    """Records with their numbers, blank ones counted."""
    with opened(path, encoding) as file:
        lines = Lines(file)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number, line = 0, 0
        try:
            for number, cells in enumerate(reader, 1):
                lines.characters, line = 0, reader.line_num
                yield number, cells
        except csv.Error as error:
            raise Unreadable(csv_sentence(number + 1, line + 1, error)) from error


def filled(numbered: Iterable[Numbered]) -> Iterator[Numbered]:
    """The rows that say something, most of them in their first cell."""
    return (one for one in numbered if (one[1] and not blank(one[1][0])) or not all(map(blank, one[1])))


def is_hint(numbered: Numbered) -> bool:
    """Whether a row is the word about the delimiter."""
    return numbered[0] == 1 and str(numbered[1][0]).lower() == "sep="


def header_of(cells: Iterable[Any]) -> list[str]:
    """The names of the columns, less the nameless ones at the end."""
    columns = ["" if blank(cell) else str(cell).strip() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    return columns
