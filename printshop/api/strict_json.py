"""JSON in, read strictly: what one database would store and the other refuse never gets past this file.

RFC 8259 without its leniencies: UTF-8 only, no NaN, no lone surrogates, no number beyond a double, and no NUL in a
string, which PostgreSQL cannot store.
"""

from typing import IO, Any

import orjson
from rest_framework.parsers import BaseParser

from printshop.api.refusals import Fault, refuse


def paths_of_nul(value: Any, path: str = "") -> list[str]:
    """Where a string holds a NUL character, keys of objects included."""
    if isinstance(value, str):
        return [path] if "\0" in value else []
    if isinstance(value, dict):
        found = [path for key in value if "\0" in key]
        return found + [hit for key, inner in value.items() for hit in paths_of_nul(inner, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [hit for index, inner in enumerate(value) for hit in paths_of_nul(inner, f"{path}.{index}".lstrip("."))]
    return []


def nul_paths(value: Any) -> list[str]:
    """`paths_of_nul`, for texts nested deeper than Python walks too."""
    try:
        return paths_of_nul(value)
    except RecursionError:
        raise refuse(Fault("INVALID_JSON", "The body is nested too deeply.")) from None


def loads(body: bytes) -> Any:
    """The value of a JSON text. Raises `Refused` with the position of what cannot be read."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise refuse(Fault("INVALID_JSON", f"The body is not valid JSON: {error}.")) from error
    # The escape is rare, so the walk is too: a raw NUL byte is refused by the JSON grammar itself.
    if b"\\u0000" in body and (paths := nul_paths(value)):
        message = "Text must not contain the NUL character."
        raise refuse(*(Fault("NUL_CHARACTER", message, path.replace("\0", "\\u0000")) for path in paths))
    return value


class StrictJSONParser(BaseParser):
    """`application/json` for Django REST framework; any other type is its 415."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return loads(stream.read())
