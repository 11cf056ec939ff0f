"""Filters of a list as query parameters."""

from typing import Any

import django_filters

from printshop.api.filters import ChoiceListFilter
from printshop.api.openapi.schemas import Schema
from printshop.api.openapi.shared import query

GIVEN = {
    "createdAfter": "Made at this time or later, ISO 8601.",
    "createdBefore": "Made before this time, ISO 8601.",
    "ordering": "How to sort; a minus sign turns it round.",
}


def comma_list(values: list[str]) -> dict[str, Any]:
    """Any of some words, separated by commas."""
    return {"schema": {"type": "array", "items": {"enum": values}}, "style": "form", "explode": False}


def filter_schema(filter_: django_filters.Filter) -> dict[str, Any]:
    """The schema of one filter's value, with its style where it is a list."""
    if isinstance(filter_, ChoiceListFilter):
        return comma_list(list(filter_.values.values()))
    if isinstance(filter_, django_filters.OrderingFilter):
        return comma_list([value for value, _ in filter_.extra["choices"]])
    if isinstance(filter_, django_filters.BooleanFilter):
        return {"schema": {"type": "boolean"}}
    if isinstance(filter_, django_filters.IsoDateTimeFilter):
        return {"schema": {"type": "string", "format": "date-time"}}
    longest = filter_.extra.get("max_length")
    return {"schema": {"type": "string"} | ({"maxLength": longest} if longest else {})}


def filter_parameters(filters: type[django_filters.FilterSet], meanings: dict[str, str]) -> list[Schema]:
    """Every filter of a list; `meanings` has a sentence for each that is not known to all lists."""
    said = GIVEN | meanings
    return [query(name, said[name], **filter_schema(one)) for name, one in filters.base_filters.items()]
