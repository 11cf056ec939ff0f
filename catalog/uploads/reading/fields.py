"""What the cells of a sheet mean: the fields of a SKU, and how a text becomes a value of each.

An empty cell leaves its field as it is; a sheet cannot clear a field, JSON can (`null`). Nothing is judged here: a text
that is no number stays a text, and the shape of a SKU refuses it as it would anywhere.
"""

import re
from collections.abc import Callable, Mapping
from math import isinf
from typing import Any

from printshop.api import strict_json
from printshop.api.refusals import Fault, Refused
from printshop.bulk.cells import NUMBER, QUOTED_FORMULA, number_as_text

# What a row says, under the names of the wire, and the faults of its cells.
Raw = tuple[Any, list[Fault]]
TRUTHS = dict.fromkeys(("yes", "y", "true", "1", "on", "active", "ja"), True) | dict.fromkeys(
    ("no", "n", "false", "0", "off", "inactive", "nein"), False
)
REMARKS = "errors"
WHOLE = re.compile(r"[+-]?[0-9]+")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[.][0-9]{3})+")


class Misread(Exception):
    """A cell that cannot stand for a value of its field: code and rule."""


def text(cell: Any, decimal: str) -> str:
    """Text as it stands."""
    if isinstance(cell, str):
        return cell[1:] if cell[:1] == "'" and QUOTED_FORMULA.match(cell) else cell
    if isinstance(cell, bool):
        return str(cell).upper()
    return number_as_text(cell)


def word(cell: Any, decimal: str) -> str:
    """Text without the blanks around it; a spreadsheet may have made a number of it."""
    if isinstance(cell, float) and abs(cell) >= 10**15:
        raise Misread(
            "NOT_TEXT", "is a number of more than 15 digits, of which Excel keeps 15; format the cell as text"
        )
    return text(cell, decimal).strip()


def lower(cell: Any, decimal: str) -> str:
    return word(cell, decimal).lower()


def upper(cell: Any, decimal: str) -> str:
    return word(cell, decimal).upper()


def with_point(text: str, decimal: str) -> str:
    """A number as programs write it. Thousands separators are not guessed at: 1.234 beside decimal commas is none."""
    if decimal == "," and "." not in text:
        return text.replace(",", ".", 1)
    return "" if decimal == "," and GROUPED.fullmatch(text) else text


def number(cell: Any, decimal: str) -> Any:
    """A number; a text that is none stays what it is."""
    if isinstance(cell, str):
        plain = with_point(word(cell, decimal), decimal)
        if not NUMBER.fullmatch(plain) or isinf(float(plain)):
            return cell
        cell = int(plain) if WHOLE.fullmatch(plain) else float(plain)
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def truth(cell: Any, decimal: str) -> Any:
    """Yes or no; a text that is neither stays what it is."""
    if isinstance(cell, bool):
        return cell
    return TRUTHS.get(lower(cell, decimal), cell)


def structure(cell: Any, decimal: str) -> Any:
    """A JSON text in a cell."""
    try:
        return strict_json.loads(text(cell, decimal).encode())
    except (Refused, UnicodeEncodeError) as error:
        raise Misread("INVALID_JSON", "is not valid JSON") from error


FIELDS: Mapping[str, Callable[[Any, str], Any]] = {
    "id": word,
    "name": text,
    "kind": lower,
    "machineType": lower,
    "material": text,
    "estimatedPrintTime": number,
    "estimatedMaterialGrams": number,
    "basePrice": number,
    "currency": upper,
    "active": truth,
    "description": text,
    "qualityTiers": structure,
    "options": structure,
}

# What some of them make of texts that say something and hold no apostrophe.
PLAIN: Mapping[Callable[[Any, str], Any], Callable[[str], str]] = {text: str, word: str.strip}


def folded(name: str) -> str:
    """A column's name without case, blanks and punctuation: `Base price` is `basePrice`."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def column_letter(position: int) -> str:
    """How a spreadsheet names a column: 0 is A, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
