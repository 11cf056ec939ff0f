"""Orders and access as the v3 dialect shows them."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from catalog.models import Kind
from orders.models import Entitlement, LineItem, Order
from orders.states import EntitlementStatus, OrderStatus, OrderType
from orders.v3.phrases import STATUS, status_word
from printshop.api.shapes import one_of

INCLUDES = ("user", "products")
FIELDS = (
    "id", "uuid", "external_id", "type", "status",
    "unit_price", "currency_id", "return_url", "created_at", "updated_at",
)  # fmt: skip

Status = Annotated[str, one_of(dict.fromkeys(map(status_word, OrderStatus)))]
Path = dict[str, list[str]]


class V3User(TypedDict):
    """A customer. `id` is the account's own, and null for one whom another account keeps."""

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
    """An order. `id` is its number, `external_id` the account's own id; `unit_price` is the price of all of it."""

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
    """An order that was not made: its place in the request, and its faults by their path within it."""

    index: int
    external_id: str | None
    errors: Sentences
    existing_order: NotRequired[V3Holder]


class V3BulkResult(TypedDict):
    """What became of a batch; `errors` stands there when an order failed."""

    total: int
    created: int
    failed: int
    orders: list[V3Created]
    errors: NotRequired[list[V3Failed]]


V3Access = TypedDict(
    "V3Access",
)


def user_body(order: Order) -> dict[str, Any]:
    """The customer, under the account's own id for them; what another account calls them is not shown."""
    customer = order.customer
    return {
        "id": (customer.external_id if customer.account_id == order.account_id else "") or None,
        "uuid": customer.uuid,
        "email": customer.email or None,
        "firstname": customer.firstname or None,
        "lastname": customer.lastname or None,
    }


def product_body(line: LineItem, currency: str) -> dict[str, Any]:
    """A product of an order."""
    return {
        "type": line.kind,
        "external_id": line.sku_id,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": line.unit_price / 100,
        "currency_id": currency,
        "expiration_date": line.expiration_date,
    }


def order_body(order: Order, include: Collection[str] = INCLUDES, fields: Collection[str] = FIELDS) -> dict[str, Any]:
    """An order, with what is included of it and of its own fields those that are asked for."""
    body: dict[str, Any] = {
        "id": str(order.pk),
        "uuid": order.uuid,
        "external_id": order.external_id or None,
        "type": order.type,
        "status": status_word(order.status),
        "unit_price": order.total / 100,
        "currency_id": order.currency,
        "return_url": order.return_url or None,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }
    body = {name: body[name] for name in FIELDS if name in fields}
    if "user" in include:
        body["user"] = user_body(order)
    if "products" in include:
        body["products"] = [product_body(line, order.currency) for line in order.line_items.all()]
    return body


def entitlement_body(entitlement: Entitlement, today: date) -> dict[str, Any]:
    """What a customer may use, from when until when, and whether today."""
    return {
        "product": {"external_id": entitlement.sku_id, "type": entitlement.sku.kind, "name": entitlement.sku.name},
        "order_id": str(entitlement.order_id),
        "from": entitlement.starts_at,
        "until": entitlement.until,
        "status": entitlement.state(today),
    }
