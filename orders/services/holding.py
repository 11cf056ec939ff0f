"""Everything that is held about one customer, for whoever asks what that is."""

from collections.abc import Callable, Sequence
from typing import Any

from orders.models import Customer, Entitlement, Order, Payment, Quote
from orders.services.erasing import references_of
from printshop.bulk.models import BulkItem

# Of each kind; one more is read, which tells that there is more.
MOST = 10_000
Part = Callable[[Sequence[int], int], list[dict[str, Any]]]
_parts: dict[str, Part] = {}
PAYMENT = ("order_id", "kind", "status", "amount", "currency", "reason", "actor", "created_at")
RECORDED = ("operation_id", "operation__name", "operation__actor", "operation__created_at", "operation__terms",
            "reference", "verdict", "before", "after", "payload", "errors")  # fmt: skip


def register_part(name: str, part: Part) -> None:
    """Let an app above tell what it holds about the orders."""
    _parts[name] = part


def orders_of(customer: Customer) -> list[Order]:
    return list(Order.objects.filter(customer=customer).with_lines().order_by("pk")[: MOST + 1])


def held(customer: Customer, orders: Sequence[Order]) -> dict[str, list[Any]]:
    """By kind: rows as they are kept, money in minor units. A fixed number of statements."""
    numbers, most = [order.pk for order in orders[:MOST]], MOST + 1
    references = references_of(customer.pk, numbers)
    payments = Payment.objects.filter(order_id__among=numbers).order_by("pk").values(*PAYMENT)
    access = Entitlement.objects.filter(customer=customer).order_by("pk")
    quotes = Quote.objects.filter(customer=customer).order_by("pk")
    recorded = BulkItem.objects.filter(reference__among=references).order_by("operation_id", "index")
    return {
        "payments": list(payments[:most]),
        "entitlements": list(access.values("sku_id", "order_id", "status", "starts_at", "until")[:most]),
        "quotes": list(quotes.values("id", "status", "currency", "created_at")[:most]),
        "operations": [
            {name.removeprefix("operation__"): value for name, value in row.items()}
            for row in recorded.values(*RECORDED)[:most]
        ],
        **{name: part(numbers, most) for name, part in _parts.items()},
    }
