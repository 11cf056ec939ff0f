"""Pages on the wire."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from printshop.api.shapes import STRICT, Line

Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
# As it stands in addresses; capitals make no difference.
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]
PageText = Annotated[str, Field(max_length=500_000)]


class PageFields(TypedDict, total=False):
    """Every field of a page but its id."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    identifier: Identifier
    title: Line
    content: PageText | None
    active: bool


class PageItem(TypedDict):
    """A new page."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    identifier: Identifier
    title: Line
    content: NotRequired[PageText | None]
    active: NotRequired[bool]


class PageChange(PageFields):
    """What is to be changed of a page."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    id: Key


class PageRef(TypedDict):
    """A page."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    id: Key
