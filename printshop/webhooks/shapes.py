"""What is sent about endpoints."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from printshop.api.keys import iso_time
from printshop.api.shapes import STRICT, printable
from printshop.bulk.events import outbox
from printshop.webhooks.addresses import url_fault
from printshop.webhooks.models import EVERY


def endpoint_url(url: str) -> str:
    if fault := url_fault(url):
        raise PydanticCustomError("endpoint_url", "{fault}", {"fault": fault})
    return url


def known_types(types: list[str]) -> list[str]:
    for name in types:
        if name not in outbox.types and name != EVERY:
            raise PydanticCustomError(
                "unknown_event", "must be events that there are, or *; not {name}", {"name": name}
            )
    return list(dict.fromkeys(types))


Url = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(endpoint_url)]
EventType = Annotated[str, Field(max_length=60)]
Types = Annotated[list[EventType], Field(min_length=1, max_length=50), AfterValidator(known_types)]
Description = Annotated[str, Field(max_length=255), AfterValidator(printable)]
Accounts = Literal["all", "own"]


class EndpointShape(TypedDict):
    """A new endpoint. `accounts`: told of what all accounts do, or the own one alone."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    url: Url
    events: NotRequired[Types]
    accounts: NotRequired[Accounts]
    description: NotRequired[Description]


class EndpointFields(TypedDict):
    """What can be changed. `active: true` switches an endpoint on again."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    url: NotRequired[Url]
    events: NotRequired[Types]
    accounts: NotRequired[Accounts]
    description: NotRequired[Description]
    active: NotRequired[bool]


class ReplayShape(TypedDict):
    """Which deliveries: these, or all that failed since a time."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    delivery_ids: NotRequired[Annotated[list[int], Field(min_length=1, max_length=1000)]]
    since: NotRequired[Annotated[AwareDatetime, BeforeValidator(iso_time)]]


class NoBody(TypedDict):
    """Nothing is asked for."""

    __pydantic_config__ = STRICT  # type: ignore[misc]


Given = dict[str, Any]
