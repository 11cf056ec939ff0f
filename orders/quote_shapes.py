"""Quotes as the services take them."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from orders.references import MAX_NUMBER
from orders.shapes import Address, LineItemShape, Notes
from printshop.api.shapes import STRICT, ExternalId, Id

QuoteId = Annotated[int, Field(ge=1, le=MAX_NUMBER)]


class StoreTerms(TypedDict, total=False):
    """The store through which the catalogue is seen; none: the values that hold everywhere."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    store: Annotated[str, Field(min_length=1, max_length=32)] | None


class NewQuote(TypedDict, total=False):
    """A quote to be made; whom it is for may be said later, by the order."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    customer_id: Id | None


class QuoteRef(TypedDict):
    """A quote by its number."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    quote_id: QuoteId


class NewQuoteItem(LineItemShape):
    """What is added to a quote."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    quote_id: QuoteId


class OrderFromQuote(QuoteRef):
    """An order of all that a quote offers."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    customer_id: NotRequired[Id | None]
    external_id: NotRequired[ExternalId | None]
    shipping_address: NotRequired[Address | None]
    notes: NotRequired[Notes | None]
