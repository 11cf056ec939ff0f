"""Request bodies of the v3 dialect, before their shape is judged."""

from typing import Any

from orders.services import storefront
from printshop.api.refusals import Fault, refuse


def read_envelope(body: Any) -> list[dict[str, Any]]:
    """The raw orders. Raises `Refused`: faults of the envelope refuse the request as a whole."""
    orders = body.get("orders") if isinstance(body, dict) else None
    if orders is None or orders == []:
        raise refuse(Fault("REQUIRED", "orders is required.", "orders"))
    if not isinstance(orders, list):
        raise refuse(Fault("NOT_A_LIST", "orders must be a list.", "orders"))
    limit = storefront.CREATE.limit
    if len(orders) > limit:
        raise refuse(Fault("TOO_MANY", f"orders may hold at most {limit}.", "orders", bound=limit))
    wrong = [
        Fault("NOT_AN_OBJECT", "Not an object.", f"orders.{i}")
        for i, one in enumerate(orders)
        if not isinstance(one, dict)
    ]
    if wrong:
        raise refuse(*wrong)
    return orders


def present(order: Any) -> Any:
    """An order as the dialect reads it: null and an empty text mean the same as nothing."""
    if not isinstance(order, dict):
        return order
    order = filled(order)
    products = order.get("products")
    inner = {"user": filled(order.get("user"))} if "user" in order else {}
    return order | inner | ({"products": [filled(one) for one in products]} if isinstance(products, list) else {})


def filled(value: Any) -> Any:
    return {k: v for k, v in value.items() if v is not None and v != ""} if isinstance(value, dict) else value
