"""Orders and customers as the native dialect words them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from typing_extensions import TypedDict

from catalog.models import Kind
from orders.models import Customer, LineItem, Order
from orders.states import OrderStatus, OrderType
from printshop.api.shapes import one_of


class LineItemBody(TypedDict):
    """A position of an order, with the name and price of the day it was ordered."""

    id: int
    skuId: str
    kind: Annotated[str, one_of(Kind)]
    name: str
    quantity: int
    options: dict[str, Any]
    unitPrice: float
    total: float
    expirationDate: date | None


class OrderBody(TypedDict):
    """An order with its lines. Money is in major units of `currency`."""

    id: str
    uuid: UUID
    number: int
    type: Annotated[str, one_of(OrderType)]
    status: Annotated[str, one_of(OrderStatus)]
    customerId: str
    externalId: str | None
    lineItems: list[LineItemBody]
    subtotal: float
    shipping: float
    tax: float
    total: float
    currency: str
    shippingAddress: dict[str, Any] | None
    notes: str | None
    returnUrl: str | None
    dueDate: date | None
    carrier: str | None
    trackingNumber: str | None
    paidAt: datetime | None
    createdAt: datetime
    updatedAt: datetime


class CustomerBody(TypedDict):
    """Somebody who buys. A password is never shown, not even its hash."""

    id: str
    uuid: UUID
    externalId: str | None
    email: str | None
    firstname: str | None
    lastname: str | None
    name: str | None
    createdAt: datetime


def line_body(line: LineItem) -> LineItemBody:
    """A position of an order."""
    return {
        "id": line.pk,
        "skuId": line.sku_id,
        "kind": line.kind,
        "name": line.name,
        "quantity": line.quantity,
        "options": line.options,
        "unitPrice": line.unit_price / 100,
        "total": line.total / 100,
        "expirationDate": line.expiration_date,
    }


def order_body(order: Order) -> OrderBody:
    """An order with its lines, which should be prefetched."""
    return {
        "id": order.reference,
        "uuid": order.uuid,
        "number": order.pk,
        "type": order.type,
        "status": order.status,
        "customerId": order.customer_id,
        "externalId": order.external_id or None,
        "lineItems": [line_body(line) for line in order.line_items.all()],
        "subtotal": order.subtotal / 100,
        "shipping": order.shipping / 100,
        "tax": order.tax / 100,
        "total": order.total / 100,
        "currency": order.currency,
        "shippingAddress": order.shipping_address,
        "notes": order.notes or None,
        "returnUrl": order.return_url or None,
        "dueDate": order.due_date,
        "carrier": order.carrier or None,
        "trackingNumber": order.tracking_number or None,
        "paidAt": order.paid_at,
        "createdAt": order.created_at,
        "updatedAt": order.updated_at,
    }


def customer_body(customer: Customer) -> CustomerBody:
    """A customer; never the password, not even its hash."""
    return {
        "id": customer.pk,
        "uuid": customer.uuid,
        "externalId": customer.external_id or None,
        "email": customer.email or None,
        "firstname": customer.firstname or None,
        "lastname": customer.lastname or None,
        "name": customer.name or None,
        "createdAt": customer.created_at,
    }
