"""What the lists of operations and items are narrowed down by."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from printshop.bulk.admin.standing import WORDS
from printshop.bulk.deferred.heartbeats import alive
from printshop.bulk.models import BulkOperationQuerySet, State
from printshop.bulk.registry import operations
from printshop.bulk.running import UNFINISHED_STATES


class OperationNameFilter(admin.SimpleListFilter):
    """The kinds of operation that the apps brought."""

    title = "kind"
    parameter_name = "name"
    column = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(operations())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class ItemOperationFilter(OperationNameFilter):
    """The same for items."""

    column = "operation__name"


class OperationStateFilter(admin.SimpleListFilter):
    """How far operations have got; those that are not over can be asked for together."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(UNFINISHED_STATES, "queued or running"), *((state, WORDS[state]) for state in State)]

    def queryset(self, request: HttpRequest, queryset: BulkOperationQuerySet) -> QuerySet[Any]:  # type: ignore[override]
        if self.value() == UNFINISHED_STATES:
            return queryset.unfinished()
        return queryset.filter(state=self.value()) if self.value() in State else queryset


class AliveFilter(admin.SimpleListFilter):
    """Workers that were heard of lately."""

    title = "alive"
    parameter_name = "alive"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Alive")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=alive().values("pk")) if self.value() == "yes" else queryset
