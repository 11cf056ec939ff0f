"""Jobs by what is typed into the search box.

The few SKUs and orders that are meant are looked up first, and then their jobs by index: one search across the joined
tables reads every job for each page.
"""

from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import SKU
from orders.models import Customer, Order

MOST_NAMED = 1_000


def named(text: str) -> Q:
    """Every word is a part of the name."""
    return reduce(and_, (Q(name__icontains=word) for word in text.split()))


def keys(rows: QuerySet[Any]) -> Any:
    """Their primary keys, for `in`: a list where they are few, else a part of the statement."""
    found = rows.order_by().values_list("pk", flat=True)
    few = list(found[: MOST_NAMED + 1])
    return found if len(few) > MOST_NAMED else few


def resembling(text: str) -> Q:
    """Jobs whose SKU begins or is named like that, whose customer is, or whose order has that external id."""
    skus = keys(SKU.objects.filter(Q(pk__istartswith=text) | named(text)))
    customers = keys(Customer.objects.filter(named(text)))
    orders = keys(Order.objects.filter(Q(customer__in=customers) | Q(external_id=text)))
    return Q(sku__in=skus) | Q(order__in=orders)
