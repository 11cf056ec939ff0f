"""Lists that can be taken along: a button for all rows that match the filters, an action for the ticked ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.enums import ActionVariant

from printshop.bulk.confirm.freezing import filters_in, listed
from printshop.bulk.exports.answers import FORMATS, TooManyRows, download
from printshop.bulk.exports.tables import Table

UNKNOWN_FILTER = "This list has no such filter, or it cannot have that value. Nothing was exported."


def addressed(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address


@dataclass(frozen=True)
class Export:
    """The chosen rows as a file of a format."""

    suffix: str

    do_not_call_in_templates = True

    @property
    def __name__(self) -> str:
        return f"export_{self.suffix}"

    @property
    def short_description(self) -> str:
        return f"Export selected %(verbose_name_plural)s as {FORMATS[self.suffix].title}"

    def __call__(self, model_admin: "ExportingAdmin", request: HttpRequest, rows: QuerySet[Any]) -> HttpResponseBase:
        """What the list calls."""
        return model_admin.export(request, rows, self.suffix)


class ExportingAdmin(ModelAdmin):
    """A list with the columns in which it leaves, and the formats that it is offered in."""

    exported: Table
    export_formats: Sequence[str] = ("csv",)

    @property
    def export_url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        described = {"verbose_name_plural": self.opts.verbose_name_plural}
        ours = [Export(suffix) for suffix in self.export_formats]
        return {
            **super().get_actions(request),
            **{one.__name__: (one, one.__name__, one.short_description % described) for one in ours},
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export.<slug:suffix>", view, name=self.export_url_name), *super().get_urls()]

    def export_view(self, request: HttpRequest, suffix: str) -> HttpResponseBase:
        """All rows that match the filters of the address."""
        if suffix not in self.export_formats:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = listed(self, request, filters_in(request.GET)).queryset
        except IncorrectLookupParameters:
            return self.back(request, UNKNOWN_FILTER, "")
        return self.export(request, rows, suffix)

    def export(self, request: HttpRequest, rows: QuerySet[Any], suffix: str) -> HttpResponseBase:
        """The rows as a file, or the way back to the list and why."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return download(self.exported, rows, suffix, timezone.now())
        except TooManyRows as error:
            return self.back(request, str(error), filters_in(request.GET))

    def back(self, request: HttpRequest, why: str, query: str) -> HttpResponse:
        """To the list with these filters, which says why there is no file."""
        messages.error(request, why)
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(addressed(address, query))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list offers its files beside what else it offers."""
        response: Any = super().changelist_view(request, extra_context)
        # What an action answers, a plan say, is drawn by this view too and is no list.
        if "cl" in (context := getattr(response, "context_data", None) or {}):
            context["actions_list"] = [*(context.get("actions_list") or []), *self.export_buttons(request)]
        return response

    def export_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        """As the admin draws what can be done on a list."""
        query = filters_in(request.GET)
        return [
            {
                "title": f"Export {FORMATS[suffix].title}",
                "icon": "download",
                "variant": ActionVariant.DEFAULT,
                "attrs": {},
                "path": addressed(reverse(f"admin:{self.export_url_name}", args=[suffix]), query),
            }
            for suffix in self.export_formats
        ]
