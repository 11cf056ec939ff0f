"""Parameters of routes: what stands in an address, or in an item under the parameter's own name.

Clients send ids as text or as numbers, as they please. What cannot be anybody's id names nothing: it is unknown rather
than misshapen, like any other id that nobody has.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orders.references import MAX_NUMBER, reference
from printshop.api.reading import shown
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import ID_PATTERN

TEXT = re.compile(rf"{ID_PATTERN[:-1]}\Z")
DIGITS = re.compile(r"[0-9]{1,19}\Z")


def as_text(value: str) -> str | None:
    """The id of a SKU or customer."""
    return value if TEXT.match(value) else None


def as_number(value: str) -> int | None:
    """The id of a page, an entry or a quote."""
    return int(value) if DIGITS.match(value) and 0 < int(value) <= MAX_NUMBER else None


def as_reference(prefix: str) -> Callable[[str], str | None]:
    """The public id of an order or job, `ord-001`, of which the number will do."""

    def read(value: str) -> str | None:
        number = as_number(value)
        return (reference(prefix, number) if number else value) if 0 < len(value) <= 64 else None

    return read


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: the field of the item that it fills, how it is read, and what it names."""

    field: str
    reads: Callable[[str], Any]
    thing: str

    def read(self, name: str, value: Any) -> tuple[Any, list[Fault]]:
        """The id, or the fault that there is no such thing."""
        text = value if isinstance(value, str) else str(value)
        found = None if "\0" in text else self.reads(text)
        if found is not None:
            return found, []
        message = f"There is no {self.thing} {text[:64]}."
        return None, [Fault("NOT_FOUND", message, name, shown(text), kind=Kind.UNKNOWN)]


def is_given(value: Any) -> bool:
    """Whether an item holds a value for a parameter: some text, or a whole number."""
    return bool(value) if isinstance(value, str) else isinstance(value, int) and not isinstance(value, bool)
