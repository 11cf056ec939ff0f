"""What the v3 list can be narrowed to."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog.models import Kind
from orders.models import LineItem, Order
from orders.states import OrderStatus, OrderType
from orders.v3.phrases import status_word
from orders.v3.query import Query, moment, number, one_of
from printshop.api.refusals import Fault

Condition = Callable[[str], Q]


def statuses_of(word: str) -> list[str]:
    """The shop's statuses behind one of the dialect's."""
    named = [status.value for status in OrderStatus if status_word(status) == word]
    if not named:
        raise ValueError(word)
    return named


def where(lookup: str, convert: Callable[[str], Any] = str) -> Condition:
    """Orders by a column of their own or of their customer's."""
    return lambda text: Q(**{lookup: convert(text)})


def with_line(column: str, convert: Callable[[str], Any] = str) -> Condition:
    """Orders that have such a product."""
    return lambda text: Q(Exists(LineItem.objects.filter(order=OuterRef("pk"), **{column: convert(text)})))


def of_user(text: str) -> Q:
    """Orders of a customer by uuid or id."""
    try:
        return Q(customer__uuid=UUID(text))
    except ValueError:
        return Q(customer_id=text)


def of_own_user(text: str) -> Q:
    """Orders of a customer by the account's own id; another account's ids mean nothing here."""
    return Q(customer__external_id=text, customer__account=F("account"))


def end_of_day(text: str) -> datetime:
    return moment(text, time.max)


FILTERS: Mapping[str, Condition] = {
    "filter[id]": where("pk", number),
    "filter[uuid]": where("uuid", UUID),
    "filter[external_id]": where("external_id"),
    "filter[status]": where("status__in", statuses_of),
    "filter[type]": where("type", one_of(OrderType.values)),
    "filter[user_id]": of_user,
    "filter[user_email]": where("customer__email", str.lower),
    "filter[user_external_id]": of_own_user,
    "filter[product_type]": with_line("kind", one_of(Kind.values)),
    "filter[product_id]": with_line("sku_id"),
    "filter[product_external_id]": with_line("sku_id"),
    "filter[created_at][from]": where("created_at__gte", moment),
    "filter[created_at][to]": where("created_at__lte", end_of_day),
    "filter[updated_at][from]": where("updated_at__gte", moment),
    "filter[updated_at][to]": where("updated_at__lte", end_of_day),
}


def filtered(orders: QuerySet[Order], query: Query) -> QuerySet[Order]:
    """The orders that a query string asks for; a filter that is unknown or empty is a fault, not a longer list."""
    for name in query.given:
        if name in FILTERS and not query.given[name]:
            query.faults.append(Fault("EMPTY_FILTER", f"The {name} field must have a value.", name))
        elif name in FILTERS:
            orders = orders.filter(query.read(name, FILTERS[name], Q()))
        elif name.startswith("filter"):
            query.faults.append(Fault("UNKNOWN_FILTER", f"There is no {name}.", name))
    return orders
