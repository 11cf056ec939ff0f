"""Orders and customers as the native dialect words them."""

from typing import Any

from orders.models import Customer, LineItem, Order


def line_body(line: LineItem) -> dict[str, Any]:
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


def order_body(order: Order) -> dict[str, Any]:
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


def customer_body(customer: Customer) -> dict[str, Any]:
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
