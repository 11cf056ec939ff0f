"""From one row to another."""

from typing import Any

from django.utils.safestring import SafeString

from orders.models import Order
from orders.references import reference
from printshop.bulk.admin import link


def reference_of(number: int) -> str:
    return reference(Order.PREFIX, number)


def order_link(row: Any) -> SafeString | str:
    return link("admin:orders_order_change", row.order_id, reference_of(row.order_id))
