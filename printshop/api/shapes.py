"""Types of single fields, for the shapes in which requests are declared.

A shape is a `TypedDict` read by pydantic, declared once for parsing, for the OpenAPI document and for type checkers. A
key that was not sent is absent from the value, which is how "left out" differs from null.
"""

import decimal
import math
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints

import orjson
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

STRICT = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)
MAX_CENTS = 10**14
# Documents of a field, and bytes of each: a process stays small whatever is sent to it.
MOST_REMEMBERED, LONGEST_REMEMBERED = 1000, 1000
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def config_of(shape: Any) -> ConfigDict:
    """A TypedDict does not hand its configuration on to those derived from it, though pydantic finds it."""
    bases = (shape, *getattr(shape, "__orig_bases__", ()))
    config: ConfigDict = next(base.__pydantic_config__ for base in bases if hasattr(base, "__pydantic_config__"))
    return config


@cache
def written_fields(shape: Any) -> dict[str, tuple[str, Any]]:
    """The fields of a shape by the names they are written by: their own names and types."""
    written_as: Any = config_of(shape).get("alias_generator") or str
    hints = get_type_hints(shape, include_extras=True)
    types = {name: get_args(hint)[0] if get_origin(hint) is NotRequired else hint for name, hint in hints.items()}
    return {written_as(name): (name, kind) for name, kind in types.items()}


def cents(value: Any) -> int:
    """Money in minor units from a JSON number in major units; exact, at most two decimals, not negative."""
    if type(value) is int and 0 <= value <= MAX_CENTS // 100:
        return value * 100
    if type(value) is float and 0 <= value <= MAX_CENTS // 100 and (near := round(value * 100)) / 100 == value:
        # Of up to 15 digits the shortest decimal of a double is the one it was read from.
        return near
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise PydanticCustomError("money_type", "must be a number")
    if not math.isfinite(value):
        raise PydanticCustomError("money_range", "must be a finite number")
    minor = Decimal(repr(value) if isinstance(value, float) else value).scaleb(2, decimal.Context(prec=60))
    if minor != minor.to_integral_value():
        raise PydanticCustomError("money_decimals", "must have at most two decimals")
    if not 0 <= minor <= MAX_CENTS:
        raise PydanticCustomError("money_range", f"must be between 0 and {MAX_CENTS // 100}")
    return int(minor)


def printable(value: str) -> str:
    """Text that people type into one line: no control characters."""
    if not value.isprintable():
        raise PydanticCustomError("not_printable", "must not contain control characters")
    return value


def visible(value: str) -> str:
    """Text with something to see in it."""
    if not value.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return value


def legible(value: str) -> str:
    """A line that is printable and visible; said at once of nearly every text there is."""
    return value if value.isprintable() and not value.isspace() else visible(printable(value))


def remembering() -> WrapValidator:
    """Read a document once for all that are written alike: one catalogue has few, and very many things that have them.

    What comes of it is shared, so nobody may write into it.
    """
    known: dict[bytes, Any] = {}

    def read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            text = orjson.dumps(value)
        except orjson.JSONEncodeError:
            return handler(value)
        document = known.get(text)
        if document is None:
            document = handler(value)
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            if len(text) <= LONGEST_REMEMBERED:
                known[text] = document
        return document

    return WrapValidator(read)


def one_of(words: Iterable[str]) -> WithJsonSchema:
    """How the API reference describes a text in an answer that is always one of these words."""
    return WithJsonSchema({"type": "string", "enum": [str(word) for word in words]})


MONEY = {"type": "number", "minimum": 0, "maximum": MAX_CENTS // 100, "description": "at most two decimals"}
Money = Annotated[int, PlainValidator(cents), WithJsonSchema(MONEY)]
Id = Annotated[str, Field(pattern=ID_PATTERN)]
ExternalId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)]
Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(visible)]
Line = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(legible)]
