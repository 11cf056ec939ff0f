"""Orders and access as the v3 dialect shows them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from orders.models import Entitlement, LineItem, Order
from orders.v3.answers import V3Entitlement, V3Product, V3User
from orders.v3.phrases import status_word

INCLUDES = ("user", "products")
FIELDS = (
    "id", "uuid", "external_id", "type", "status",
    "unit_price", "currency_id", "return_url", "created_at", "updated_at",
)  # fmt: skip


def user_body(order: Order) -> V3User:
    """The customer, under the account's own id for them; what another account calls them is not shown."""
    customer = order.customer
    return {
        "id": (customer.external_id if customer.account_id == order.account_id else "") or None,
        "uuid": customer.uuid,
        "email": customer.email or None,
        "firstname": customer.firstname or None,
        "lastname": customer.lastname or None,
    }


def product_body(line: LineItem, currency: str) -> V3Product:
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


def entitlement_body(entitlement: Entitlement, today: date) -> V3Entitlement:
    """What a customer may use, from when until when, and whether today."""
    return {
        "product": {"external_id": entitlement.sku_id, "type": entitlement.sku.kind, "name": entitlement.sku.name},
        "order_id": str(entitlement.order_id),
        "from": entitlement.starts_at,
        "until": entitlement.until,
        "status": entitlement.state(today),
    }
