"""Scan to advance: the page at the bench, and the two questions that its script asks.

The tray itself is kept by the browser's tab, so that fast scans cannot overtake each other on the way here and a reload
loses none. Each scan is judged by a dry run of the operation that the button runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port, validate_host
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from jobs.scanning.tray import MOST_TICKETS, TARGETS, TooMany, advanced, checked, read_scans
from jobs.services import ADVANCE
from jobs.states import JobStatus
from printshop.api.people import actor_of, role_of
from printshop.api.transactions import Unavailable

View = Callable[..., HttpResponse]


class TrayForm(forms.Form):
    """What the tray asks: `codes` are scanned texts or ids of jobs, as a JSON list."""

    target = forms.ChoiceField(
        label="Move to", choices=[(status, status) for status in TARGETS], widget=forms.RadioSelect
    )
    codes = forms.JSONField(required=False)

    def clean_codes(self) -> list[str]:
        """The texts, each once. Those of a whole tray come at once when its target changes."""
        codes = self.cleaned_data["codes"]
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise forms.ValidationError("codes must be a list of texts.")
        if len(codes) > MOST_TICKETS:
            raise forms.ValidationError(str(TooMany.__doc__))
        return list(dict.fromkeys(codes))


class AdvanceForm(TrayForm):
    """The same, and why."""

    reason = forms.CharField(
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text="Kept with every job that moves. Needed to cancel; say why when a print failed.",
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("codes") == []:
            self.add_error("codes", "There is nothing to advance.")
        if found.get("target") == JobStatus.CANCELLED and not found.get("reason"):
            self.add_error("reason", "A reason is required to cancel a job.")
        return found


def is_ours(host: str) -> bool:
    """Whether the shop answers under this name."""
    return bool(host) and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def no(says: str, status: int) -> JsonResponse:
    return JsonResponse({"says": says}, status=status)


def complaints(form: forms.Form) -> str:
    return " ".join(str(sentence) for sentences in form.errors.values() for sentence in sentences)


class ScanPages:
    """The pages, beside the list of jobs that `model_admin` shows."""

    def __init__(self, model_admin: ModelAdmin) -> None:
        self.model_admin = model_admin

    def urls(self) -> list[URLPattern]:
        views = {"": self.bench, "check/": require_POST(self.check), "advance/": require_POST(self.advance)}
        return [
            path(f"scan/{route}", self.guarded(view), name="_".join(filter(None, ["jobs_job_scan", route.strip("/")])))
            for route, view in views.items()
        ]

    def guarded(self, view: View) -> View:
        """For those who may advance jobs on the list; a busy database is said so."""

        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if role_of(request.user) not in ADVANCE.roles or not self.model_admin.has_change_permission(request):
                raise PermissionDenied
            try:
                return view(request)
            except Unavailable as error:
                return no(str(error), 503)
            except TooMany:
                return no(str(TooMany.__doc__), 400)

        return self.model_admin.admin_site.admin_view(guarded)

    def bench(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("target", "").upper()
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": "Scan to advance",
            "opts": self.model_admin.opts,
            "form": AdvanceForm(initial={"target": asked if asked in TARGETS else JobStatus.PRINTING}),
            "asked": asked in TARGETS,
            "most": MOST_TICKETS,
        }
        return TemplateResponse(request, "jobs/scan.html", context)

    def check(self, request: HttpRequest) -> HttpResponse:
        """What the scanned texts are, and what would become of their jobs."""
        form = TrayForm(request.POST)
        if not form.is_valid():
            return no(complaints(form), 400)
        scans = read_scans(form.cleaned_data["codes"], is_ours)
        jobs = list(dict.fromkeys(job for scan in scans for job in scan.jobs))
        tickets = checked(jobs, form.cleaned_data["target"], actor=actor_of(request.user), at=timezone.now())
        told = [{"code": scan.text, "jobs": scan.jobs, "says": scan.says} for scan in scans]
        return JsonResponse({"scans": told, "tickets": [asdict(one) for one in tickets]})

    def advance(self, request: HttpRequest) -> HttpResponse:
        """Carry it out for the jobs named; those that are refused stay as they are."""
        form = AdvanceForm(request.POST)
        if not form.is_valid():
            return no(complaints(form), 400)
        asked = form.cleaned_data
        tickets, operation = advanced(
            asked["codes"], asked["target"], asked["reason"], actor=actor_of(request.user), at=timezone.now()
        )
        record = reverse("admin:bulk_bulkoperation_change", args=[operation]) if operation else ""
        return JsonResponse({"tickets": [asdict(one) for one in tickets], "record": record})


def scan_urls(model_admin: ModelAdmin) -> Sequence[URLPattern]:
    """The addresses under `/admin/jobs/job/scan/`."""
    return ScanPages(model_admin).urls()
