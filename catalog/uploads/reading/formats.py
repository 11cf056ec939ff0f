"""What there is to know of a file before its rows are read, and how much of one is taken."""

from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 200_000_000
MAX_ROWS = 1_000_000
MAX_WORKBOOK_ROWS = 300_000
MAX_COLUMNS = 100
# Characters of a record, and bytes of an element or a line of JSON: a SKU with all that it may have is smaller.
MAX_RECORD = 4_000_000

Numbered = tuple[int, Any]


class Unreadable(Exception):
    """The file cannot be read; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell of a workbook that holds no value, such as an error; the rule begins with a verb."""

    rule: str


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is to be read, as plain values that can be kept as JSON.

    `kind` is csv, xlsx, json or jsonl; `encoding`, `delimiter` and `decimal` are those of a text. `columns` are the
    names as they stand in the file, empty for JSON, which names its fields itself. `sample` are the first rows with
    their numbers: cells under `columns`, or elements of JSON. `last_row` is where a workbook says that its rows end.
    """

    kind: str
    encoding: str = "utf-8"
    delimiter: str = ""
    decimal: str = "."
    columns: list[str] = field(default_factory=list)
    sample: list[Numbered] = field(default_factory=list)
    last_row: int | None = None


def blank(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
