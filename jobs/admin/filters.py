"""What the lists of jobs and of moves are narrowed down by, beside their columns."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.models import SKU
from jobs.models import Job, JobMove, JobMoveQuerySet


class Material(admin.SimpleListFilter):
    """What a job is printed of: offered is what SKUs on sale are made of, as on the board."""

    title = "material"
    parameter_name = "material"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name)
        return [(one, one) for one in sorted({*SKU.objects.materials(), *filter(None, [asked])})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(sku__material=self.value()) if self.value() else queryset


class Held(admin.SimpleListFilter):
    """Moves that hold, without those that were taken back and what took them back."""

    title = "taken back"
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Neither taken back nor taking back")]

    def queryset(self, request: HttpRequest, queryset: JobMoveQuerySet) -> QuerySet[JobMove]:  # type: ignore[override]
        return queryset.standing() if self.value() == "yes" else queryset


class GivenReason(admin.SimpleListFilter):
    """One reason to the letter, as the dashboard asks for it: offered only where it was asked for."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name)
        return [] if asked is None else [(asked, asked or "none given")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(reason=self.value())
