"""Who buys, what they were offered, ordered and paid, and what they may use."""

from orders.models.access import Entitlement, EntitlementQuerySet
from orders.models.customers import Customer, CustomerQuerySet
from orders.models.orders import LineItem, Order, OrderQuerySet, Payment
from orders.models.quotes import Quote, QuoteItem, QuoteItemQuerySet, QuoteQuerySet

__all__ = [
    "Customer",
    "CustomerQuerySet",
    "Entitlement",
    "EntitlementQuerySet",
    "LineItem",
    "Order",
    "OrderQuerySet",
    "Payment",
    "Quote",
    "QuoteItem",
    "QuoteItemQuerySet",
    "QuoteQuerySet",
]
