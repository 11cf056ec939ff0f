"""Orders and customers as the native dialect words them, quotes as the async one does."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from typing_extensions import TypedDict

from catalog.models import Kind
from orders.models import Customer, LineItem, Order, Quote, QuoteItem
from orders.plans.creation import amounts
from orders.services import holding
from orders.services.creation import shop_terms
from orders.states import OrderStatus, OrderType, QuoteStatus
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


class QuoteItemBody(TypedDict):
    """A SKU in a quote, at the name and the unit price at which it was offered."""

    item_id: int
    sku: str
    qty: int
    name: str
    price: float
    quote_id: int


class QuoteBody(TypedDict):
    """A quote with its items. Money is in major units; `grand_total` is what the order comes to, shipping and tax
    included."""

    id: int
    customer_id: str | None
    store: str | None
    currency: str
    status: Annotated[str, one_of(QuoteStatus)]
    order_id: str | None
    items: list[QuoteItemBody]
    items_count: int
    items_qty: int
    subtotal: float
    grand_total: float
    created_at: datetime
    updated_at: datetime


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
    """An order that was asked for `with_lines`."""
    return {
        "id": order.reference,
        "uuid": order.uuid,
        "number": order.pk,
        "type": order.type,
        "status": order.status,
        "customerId": order.customer_id,
        "externalId": order.external_id or None,
        "lineItems": [line_body(line) for line in order.lines],
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


def quote_item_body(item: QuoteItem) -> QuoteItemBody:
    """A SKU in a quote."""
    return {
        "item_id": item.pk,
        "sku": item.sku_id,
        "qty": item.quantity,
        "name": item.name,
        "price": item.unit_price / 100,
        "quote_id": item.quote_id,
    }


def grand_total(quote: Quote) -> int:
    """What the order costs that was made of the quote, or would be made now; in minor units."""
    if quote.order is not None:
        return quote.order.total
    lines = [{"total": item.total, "kind": item.sku.kind} for item in quote.items.all()]
    return int(amounts(lines, shop_terms())["total"])


def quote_body(quote: Quote) -> QuoteBody:
    """A quote with its items; it should come from `Quote.objects.whole()`."""
    items = quote.items.all()
    return {
        "id": quote.pk,
        "customer_id": quote.customer_id,
        "store": quote.store_id,
        "currency": quote.currency,
        "status": quote.status,
        "order_id": quote.order.reference if quote.order else None,
        "items": [quote_item_body(item) for item in items],
        "items_count": len(items),
        "items_qty": sum(item.quantity for item in items),
        "subtotal": sum(item.total for item in items) / 100,
        "grand_total": grand_total(quote) / 100,
        "created_at": quote.created_at,
        "updated_at": quote.updated_at,
    }


class ExportBody(TypedDict):
    """Everything that is held about a customer. At most 10,000 rows of each kind; `truncated` names kinds of which
    there are more. Money in `payments` is in minor units."""

    customer: CustomerBody
    orders: list[OrderBody]
    payments: list[dict[str, Any]]
    entitlements: list[dict[str, Any]]
    quotes: list[dict[str, Any]]
    operations: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    truncated: list[str]


def export_body(customer: Customer) -> ExportBody:
    """What a person is given who asks what the shop knows of them."""
    orders = holding.orders_of(customer)
    parts: dict[str, Any] = {"orders": [order_body(order) for order in orders], **holding.held(customer, orders)}
    full = [name for name, rows in parts.items() if len(rows) > holding.MOST]
    shown = {name: rows[: holding.MOST] for name, rows in parts.items()}
    return {"customer": customer_body(customer), **shown, "truncated": full}  # type: ignore[typeddict-item]
