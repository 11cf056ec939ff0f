"""Orders and customers as files."""

from orders.models import Order
from orders.references import reference
from printshop.bulk.exports import Column, Table, amount, stamp


def order_id(number: int) -> str:
    return reference(Order.PREFIX, number)


ORDERS = Table(
    "Orders",
    [
        Column("id", "pk", order_id),
        Column("type", "type"),
        Column("status", "status"),
        Column("customerId", "customer_id"),
        Column("externalId", "external_id"),
        Column("subtotal", "subtotal", amount),
        Column("shipping", "shipping", amount),
        Column("tax", "tax", amount),
        Column("total", "total", amount),
        Column("currency", "currency"),
        Column("dueDate", "due_date", stamp),
        Column("carrier", "carrier"),
        Column("trackingNumber", "tracking_number"),
        Column("shippingAddress", "shipping_address"),
        Column("notes", "notes"),
        Column("paidAt", "paid_at", stamp),
        Column("createdAt", "created_at", stamp),
        Column("updatedAt", "updated_at", stamp),
    ],
)
CUSTOMERS = Table(
    "Customers",
    [
        Column("id", "pk"),
        Column("externalId", "external_id"),
        Column("email", "email"),
        Column("firstname", "firstname"),
        Column("lastname", "lastname"),
        Column("name", "name"),
        Column("account", "account__code"),
        Column("createdAt", "created_at", stamp),
    ],
)
