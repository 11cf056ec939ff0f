"""Values as cells of a sheet: what goes out can be read back, and no spreadsheet program takes it for a formula."""

import csv
import re
from collections.abc import Sequence
from typing import Any

import orjson

NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:[.][0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?")
# What a spreadsheet program would run as a formula; one apostrophe before it makes it text there, and is dropped again
# by whoever reads the sheet here.
# Line breaks count, and so do the full-width signs, which East Asian editions read as the plain ones.
STARTS = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(STARTS)
QUOTED_FORMULA = re.compile(f"'+{STARTS}")


def neutral(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula; numbers such as -5 stay numbers."""
    return f"'{cell}" if FORMULA.match(cell) and not NUMBER.fullmatch(cell.replace(",", ".", 1)) else cell


def number_as_text(value: float) -> str:
    """A number without a fraction that is none: `86`, not `86.0`."""
    return str(int(value)) if value == int(value) else repr(value)


def written(value: Any) -> str:
    """A value as a cell: truths as yes and no, structures as JSON text, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    cell = value if isinstance(value, str) else number_as_text(value)
    return f"'{cell}" if QUOTED_FORMULA.match(cell) else neutral(cell)


class Passing:
    """A file for `csv.writer` that keeps nothing: what is written is what the call gives."""

    def write(self, text: str) -> str:
        return text


def csv_line(cells: Sequence[str]) -> str:
    """One record after RFC 4180, its line break included."""
    line: str = csv.writer(Passing()).writerow(cells)
    return line
