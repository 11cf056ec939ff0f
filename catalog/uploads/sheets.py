"""Sheets held whole, for as long as they are planned in one piece; `catalog.uploads.reading` reads them."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from catalog.uploads import reading
from catalog.uploads.reading import Numbered, Unreadable
from catalog.uploads.reading.formats import Broken

MAX_BYTES = 50_000_000
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read.

    Each row is its number and its cells under `columns`, the names as they stand in the file. JSON has no columns:
    there a row is its number and its element. `delimiter` is the CSV's own, empty for the other formats.
    """

    columns: list[str]
    rows: list[Numbered]
    delimiter: str = ""
    decimal: str = "."


def kept_sheet(columns: list[str], rows: list[Any], **rest: str) -> Sheet:
    """A sheet that waited as JSON, where a broken cell was `{"rule": "is …"}`."""

    def again(cell: Any) -> Any:
        return Broken(**cell) if isinstance(cell, dict) else cell

    return Sheet(columns, [(number, list(map(again, cells))) for number, cells in rows] if columns else rows, **rest)


def read_sheet(name: str, content: bytes) -> Sheet:
    """The rows of a file; its format is told by the name and checked against the content. Raises `Unreadable`."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"The file is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        form = reading.detect(Path(file.name), name)
        found = list(islice(reading.rows(Path(file.name), form), MAX_ROWS + 1))
    if len(found) > MAX_ROWS:
        raise Unreadable(f"The file has more than {MAX_ROWS:,} rows; split it.")
    return Sheet(form.columns, found, form.delimiter, form.decimal)
