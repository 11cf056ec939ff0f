"""What lists can be filtered by; a value that cannot be meant is a 400 that names it."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from printshop.api.refusals import Fault, refuse


class ChoiceListFilter(django_filters.CharFilter):
    """`status=paid,READY`: any of a comma list, in any case."""

    def __init__(self, *args: Any, values: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values = {value.lower(): value for value in values}

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        words = [word.strip().lower() for word in value.split(",") if word.strip()]
        for word in words:
            if word not in self.values:
                rule = f"{self.label} must be among {', '.join(self.values.values())}."
                raise refuse(Fault("INVALID_FILTER", rule, str(self.label), word[:200]))
        return qs.filter(**{f"{self.field_name}__in": [self.values[word] for word in words]})


class ReferenceFilter(django_filters.CharFilter):
    """A public id such as `ord-001`; one that is spelt wrong matches nothing."""

    def __init__(self, *args: Any, number_in: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number_in = number_in

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        number = self.number_in(value)
        return qs.none() if number is None else qs.filter(**{self.field_name: number})


class Filters(FilterSet):
    """Filters of every list: when a thing was made, in ISO 8601."""

    createdAfter = django_filters.IsoDateTimeFilter("created_at", "gte")
    createdBefore = django_filters.IsoDateTimeFilter("created_at", "lt")

    def is_valid(self) -> bool:
        """Never False: what is wrong with the query string is raised, every parameter at once."""
        if not super().is_valid():
            faults = [
                Fault("INVALID_FILTER", f"{name}: {' '.join(errors)}", name) for name, errors in self.errors.items()
            ]
            raise refuse(*faults)
        return True
