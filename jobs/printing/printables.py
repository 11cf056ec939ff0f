"""Paper for exactly the chosen rows: an action of the lists of jobs and orders, and a button on their pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.enums import ActionVariant

from jobs.printing.pieces import (
    job_pieces,
    jobs_chosen,
    jobs_of_orders,
    order_pieces,
    slips_of_jobs,
    slips_of_orders,
)
from printshop.bulk.admin import EngineAdmin

MOST_PIECES = 1_000


@dataclass(frozen=True)
class Printable:
    """Something to print. `kind` names its template, `papers` what it can be printed on, first the default;
    `pieces(keys)` are what stands on it for rows with these primary keys."""

    name: str
    kind: str
    title: str
    papers: Sequence[tuple[str, str]]
    pieces: Callable[[Sequence[int]], Sequence[Any]]

    do_not_call_in_templates = True

    @property
    def __name__(self) -> str:
        return f"print_{self.name}"

    @property
    def short_description(self) -> str:
        return f"Print {self.title.lower()} of selected %(verbose_name_plural)s"

    def __call__(self, model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """What the list calls."""
        keys = list(queryset.values_list("pk", flat=True)[: MOST_PIECES + 1])
        return self.respond(model_admin, request, keys, request.get_full_path())

    def respond(
        self,
        model_admin: ModelAdmin,
        request: HttpRequest,
        keys: Sequence[int],
        back: str,
        others: Sequence[tuple[str, str]] = (),
    ) -> HttpResponse:
        """The page to print, or the way `back` and why; `others` are titles and addresses of other paper."""
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        pieces = self.pieces(keys) if len(keys) <= MOST_PIECES else ()
        if len(keys) > MOST_PIECES or len(pieces) > MOST_PIECES:
            messages.error(request, f"At most {MOST_PIECES:,} pieces can be printed at once: narrow the list down.")
            return HttpResponseRedirect(back)
        if not pieces:
            messages.warning(request, f"There are no {self.title.lower()} to print: no job was made yet.")
            return HttpResponseRedirect(back)
        context = {"printable": self, "pieces": pieces, "back": back, "others": others}
        return TemplateResponse(request, f"jobs/print/{self.kind}.html", context)


TICKET_PAPERS = (("a4", "A4, eight to a sheet"), ("label", "Labels of 100 × 62 mm"))
SLIP_PAPERS = (("a4", "A4"), ("label", "Labels of 100 × 150 mm"))
BIN_PAPERS = (("a4", "A4, 24 to a sheet"), ("label", "Labels of 62 × 29 mm"))

OF_JOBS = (
    Printable("tickets", "tickets", "Job tickets", TICKET_PAPERS,
              lambda keys: job_pieces(jobs_chosen(keys))),
    Printable("slips", "slips", "Packing slips", SLIP_PAPERS, slips_of_jobs),
    Printable("bins", "job_bins", "Bin labels", BIN_PAPERS, lambda keys: job_pieces(jobs_chosen(keys))),
)  # fmt: skip
OF_ORDERS = (
    Printable("tickets", "tickets", "Job tickets", TICKET_PAPERS,
              lambda keys: job_pieces(jobs_of_orders(keys))),
    Printable("slips", "slips", "Packing slips", SLIP_PAPERS, slips_of_orders),
    Printable("bins", "order_bins", "Bin labels", BIN_PAPERS, order_pieces),
)  # fmt: skip


class PrintingAdmin(EngineAdmin):
    """A list and pages that can be printed for; `printables` says what."""

    printables: Sequence[Printable] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        described = self.opts.verbose_name_plural
        ours = {
            one.__name__: (one, one.__name__, one.short_description % {"verbose_name_plural": described})
            for one in self.printables
        }
        return {**super().get_actions(request), **ours}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.print_view)
        return [path("<int:key>/print/<slug:name>/", view, name=self.print_url_name), *super().get_urls()]

    @property
    def print_url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_print"

    def print_view(self, request: HttpRequest, key: int, name: str) -> HttpResponse:
        """The paper of one row, asked for on its page."""
        chosen = next((one for one in self.printables if one.name == name), None)
        if chosen is None or not self.model._default_manager.filter(pk=key).exists():
            raise Http404
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[key])
        others = [(one.title, self.print_address(key, one)) for one in self.printables if one is not chosen]
        return chosen.respond(self, request, [key], back, others)

    def print_address(self, key: int, one: Printable) -> str:
        return reverse(f"admin:{self.print_url_name}", args=[key, one.name])

    def render_change_form(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page of a row offers its paper beside what can be done to it: one button, which leads to all kinds."""
        response: Any = super().render_change_form(*args, **kwargs)
        row = kwargs.get("obj")
        if row is not None:
            address = self.print_address(row.pk, self.printables[0])
            button = {"title": "Print", "icon": "print", "variant": ActionVariant.DEFAULT, "attrs": {}, "path": address}
            offered = response.context_data.get("actions_detail") or []
            response.context_data["actions_detail"] = [*offered, button]
        return response
