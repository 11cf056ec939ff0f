"""The shapes of what the v3 dialect answers."""

from datetime import date, datetime
from typing import Annotated, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from catalog.models import Kind
from orders.states import EntitlementStatus, OrderStatus, OrderType
from orders.v3.phrases import status_word
from printshop.api.shapes import one_of

STATUSES = tuple(dict.fromkeys(map(status_word, OrderStatus)))
Status = Annotated[str, one_of(STATUSES)]
Sentences = dict[str, list[str]]


class V3User(TypedDict):
    """A customer. `id` is the account's own, null for one that another account keeps."""

    id: str | None
    uuid: UUID
    email: str | None
    firstname: str | None
    lastname: str | None


class V3Product(TypedDict):
    """A product of an order, with the name and price of the day it was ordered."""

    type: Annotated[str, one_of(Kind)]
    external_id: str
    name: str
    quantity: int
    unit_price: float
    currency_id: str
    expiration_date: date | None


class V3Order(TypedDict):
    """An order. `id` is its number, `external_id` the account's own id, `unit_price` the price of all of it."""

    id: str
    uuid: UUID
    external_id: str | None
    type: Annotated[str, one_of(OrderType)]
    status: Status
    unit_price: float
    currency_id: str
    return_url: str | None
    created_at: datetime
    updated_at: datetime
    user: V3User
    products: list[V3Product]


class V3Links(TypedDict):
    """The addresses of the pages beside this one."""

    next: str | None
    prev: str | None


class V3Meta(TypedDict):
    """Whether there is a next page."""

    has_more: bool


class V3Created(TypedDict):
    """An order just made."""

    id: str
    uuid: UUID
    external_id: str | None
    status: Status


class V3Holder(TypedDict):
    """The order that has an `external_id` already."""

    id: str


class V3Failed(TypedDict):
    """An order that was not made: its place in the request, and sentences by their path within it."""

    index: int
    external_id: str | None
    errors: Sentences
    existing_order: NotRequired[V3Holder]


class V3BulkResult(TypedDict):
    """What became of a batch; `errors` is there when an order failed."""

    total: int
    created: int
    failed: int
    orders: list[V3Created]
    errors: NotRequired[list[V3Failed]]


class V3Use(TypedDict):
    """What a customer may use."""

    external_id: str
    type: Annotated[str, one_of(Kind)]
    name: str


V3Entitlement = TypedDict(
    "V3Entitlement",
    {
        "product": V3Use,
        "order_id": str,
        "from": datetime,
        "until": date | None,
        "status": Annotated[str, one_of([*EntitlementStatus, "expired"])],
    },
)
V3Entitlement.__doc__ = "What a customer may use by which order, from when until when, and whether today."


class V3Message(TypedDict):
    """A no that is not about a field."""

    message: str


class V3Invalid(TypedDict):
    """Everything that is wrong with a request: sentences by the path that they are about.

    `existing_orders` names the orders that have an `external_id` already, by the path of that.
    """

    message: str
    errors: Sentences
    existing_orders: NotRequired[dict[str, V3Holder]]
