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

MOST_NAMED = 3_000


def named(text: str) -> Q:
    """Every word is a part of the name."""
    return reduce(and_, (Q(name__icontains=word) for word in text.split()))


def of(column: str, rows: QuerySet[Any]) -> Q:
    """What belongs to these rows: by a list of their keys where they are few, else with a statement in the statement.

    Where there are none, a condition that Django leaves out.
    """
    found = rows.order_by().values_list("pk", flat=True)
    few = list(found[: MOST_NAMED + 1])
    if not few:
        return Q(pk__in=few)
    return Q(**{f"{column}__in": found}) if len(few) > MOST_NAMED else Q(**{f"{column}__among": few})


def resembling(text: str) -> Q:
    """Jobs whose SKU begins or is named like that, whose customer is, or whose order has that external id."""
    skus = SKU.objects.filter(Q(pk__istartswith=text) | named(text))
    orders = Order.objects.filter(of("customer", Customer.objects.filter(named(text))) | Q(external_id=text))
    return of("sku", skus) | of("order", orders)
