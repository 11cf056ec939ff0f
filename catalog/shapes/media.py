"""Pictures, videos and models of SKUs on the wire."""

from typing import Annotated, Literal, NotRequired
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from catalog.shapes.pages import Key
from printshop.api.shapes import STRICT, Id, Line, printable


def web_address(value: str) -> str:
    """An address that a browser can fetch; the shop itself never does."""
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not (named and parts.scheme in {"http", "https"} and value.isprintable() and " " not in value):
        raise PydanticCustomError("not_a_url", "must be an http or https address")
    return value


def file_name(value: str) -> str:
    """A name, not a path."""
    if "/" in value or "\\" in value:
        raise PydanticCustomError("not_a_file_name", "must be a file name without slashes")
    return value


Label = Annotated[str, Field(max_length=255), AfterValidator(printable)]
Url = Annotated[str, Field(max_length=2048), AfterValidator(web_address)]
Position = Annotated[int, Field(ge=0, le=1_000_000)]
Medium = Literal["image", "external-video", "model"]


class ContentFields(TypedDict):
    """A file: its bytes in base64, the type that they are said to have, and the name that the file came with."""

    __pydantic_config__ = {**STRICT, "alias_generator": None}  # type: ignore[misc]

    base64_encoded_data: str
    type: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
    name: Annotated[Line, AfterValidator(file_name)]


class MediaItem(TypedDict):
    """A new entry: either a `url` or a `content`. Without a position it comes after the last one of its SKU."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    sku_id: Id
    media_type: Medium
    label: NotRequired[Label | None]
    position: NotRequired[Position]
    disabled: NotRequired[bool]
    url: NotRequired[Url]
    content: NotRequired[ContentFields]


class MediaRef(TypedDict):
    """An entry; where a SKU is named, as one of it."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    id: Key
    sku_id: NotRequired[Id]


class MediaChange(MediaRef, total=False):
    """What is to be changed of an entry. A `url` takes the place of its file, a `content` that of its url or file."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    media_type: Medium
    label: Label | None
    position: Position
    disabled: bool
    url: Url
    content: ContentFields
