"""The upload pages of the admin: choose a file, see what it would do, confirm."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header

from catalog.forms import ConfirmForm, UploadForm
from catalog.models import SKU
from catalog.previews import Forgotten, Preview, carry_out, forget, keep, preview, recall
from catalog.samples import SAMPLES
from catalog.services.imports import IMPORT
from printshop.api.actors import Actor
from printshop.api.errors import sentence
from printshop.api.people import actor_of, role_of
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable
from printshop.bulk.confirm import PlanChanged, shown
from printshop.bulk.engine import Result
from printshop.bulk.models import Policy
from printshop.bulk.outcomes import Outcome, Verdict

FAULTS_SHOWN = 100
ROWS_SHOWN = 50
IDS_SHOWN = 200
View = Callable[..., HttpResponse]
TITLES = {
    Verdict.UPDATED: "Updated",
    Verdict.CREATED: "Created",
    Verdict.DEACTIVATED: "Switched off",
    Verdict.SKIPPED: "Skipped: known already",
    Verdict.UNCHANGED: "Unchanged",
}


def for_importers(view: View) -> View:
    """Only for those who may import; an upload that is gone leads back to the form."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if role_of(request.user) not in IMPORT.roles:
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except Forgotten:
            messages.warning(request, str(Forgotten.__doc__))
            return HttpResponseRedirect(reverse("admin:catalog_sku_upload"))

    return checked


def asker(request: HttpRequest) -> Actor:
    return actor_of(request.user)


def owner_of(request: HttpRequest) -> int:
    """The key of the user, whose upload nobody else sees."""
    return request.user.pk or 0


def value_shown(field: str, value: Any) -> str:
    """A value of a field, for people: prices with their cents, structures as the JSON that a cell may hold."""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return f"{value:.2f}" if field == "basePrice" and value is not None else shown(value)


def changes_of(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Field, old and new."""
    changes = outcome.changes.items()
    return [(name, value_shown(name, before), value_shown(name, after)) for name, (before, after) in changes]


def sections_of(plan: Preview) -> list[dict[str, Any]]:
    """What happens to the rows that are not refused, verdict by verdict, the first of each listed."""
    sections = []
    for verdict, title in TITLES.items():
        found = [one for one in plan.outcomes if one.verdict is verdict]
        detailed = verdict in (Verdict.CREATED, Verdict.UPDATED)
        listed = found[: ROWS_SHOWN if detailed else IDS_SHOWN]
        rows = [{"row": plan.row(one), "id": one.reference, "changes": changes_of(one)} for one in listed]
        sections.append(
            {"name": verdict.value, "title": title, "total": len(found), "detailed": detailed, "rows": rows,
             "hidden": len(found) - len(listed)}
        )  # fmt: skip
    return [section for section in sections if section["total"]]


def shown_preview(plan: Preview) -> dict[str, Any]:
    """What the preview page shows of a plan."""
    refused = plan.of(Verdict.REFUSED)
    faults = [fault for one in refused[:FAULTS_SHOWN] for fault in plan.refusals(one)][:FAULTS_SHOWN]
    return {
        "title": f"Preview of {plan.upload.name}",
        "upload": plan.upload,
        "total": len(plan.upload.sheet.rows),
        "counts": {verdict.value: count for verdict, count in plan.counts.items()},
        "blocks": plan.blocks,
        "changing": plan.changing,
        "plan": plan.plan,
        "faults": faults,
        "hidden_refused": len(refused) - len({fault.row for fault in faults}),
        "sections": sections_of(plan),
        "may_confirm": plan.changing and not plan.blocks,
    }


def told(result: Result) -> str:
    """What was done, and the way to its record."""
    counts = ", ".join(f"{count:,} {verdict.value}" for verdict, count in result.counts.items() if count)
    url = reverse("admin:bulk_bulkoperation_change", args=[result.operation_id])
    return format_html('Imported: {}. <a href="{}" class="underline">See what happened to each SKU</a>', counts, url)


class UploadPages:
    """The pages, as part of an admin site."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        def page(route: str, view: View, suffix: str) -> URLPattern:
            return path(
                f"upload/{route}", self.site.admin_view(for_importers(view)), name=f"catalog_sku_upload{suffix}"
            )

        return [
            page("", self.choose, ""),
            page("files/<str:name>", self.sample, "_template"),
            page("<uuid:reference>/", self.confirm, "_preview"),
            page("<uuid:reference>/refused.csv", self.refused, "_refused"),
        ]

    def page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        around = {**self.site.each_context(request), "opts": SKU._meta}
        return TemplateResponse(request, f"catalog/{template}", around | context, status=status)

    def choose(self, request: HttpRequest) -> HttpResponse:
        """The form; a file that can be read leads to its preview."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            context = {"title": "Upload SKUs", "form": form, "samples": list(SAMPLES)}
            return self.page(request, "upload.html", context, 400 if form.errors else 200)
        reference = keep(form.upload(owner_of(request)))
        return HttpResponseRedirect(reverse("admin:catalog_sku_upload_preview", args=[reference]))

    def sample(self, request: HttpRequest, name: str) -> HttpResponse:
        """A template or example to download."""
        if name not in SAMPLES:
            raise Http404
        content_type, make = SAMPLES[name]
        return download(make(), content_type, f"skus-{name}")

    def confirm(self, request: HttpRequest, reference: UUID) -> HttpResponse:
        """The plan of an upload, and its button."""
        actor, upload = asker(request), recall(reference, owner_of(request))
        form = ConfirmForm(request.POST)
        if request.method == "POST" and form.is_valid():
            policy = Policy(form.cleaned_data["policy"])
            try:
                result = carry_out(upload, form.cleaned_data["plan"], actor, timezone.now(), policy)
            except (PlanChanged, Refused, Unavailable) as error:
                messages.error(request, sentence(error) if isinstance(error, Refused) else str(type(error).__doc__))
            else:
                forget(reference)
                messages.success(request, told(result))
                return HttpResponseRedirect(reverse("admin:catalog_sku_changelist"))
        context = shown_preview(preview(upload, actor, timezone.now()))
        context |= {"reference": reference, "policy": request.POST.get("policy", Policy.ATOMIC)}
        return self.page(request, "preview.html", context, 409 if request.method == "POST" else 200)

    def refused(self, request: HttpRequest, reference: UUID) -> HttpResponse:
        """The refused rows as CSV."""
        actor, upload = asker(request), recall(reference, owner_of(request))
        content = preview(upload, actor, timezone.now()).refused_csv()
        return download(content, "text/csv", f"refused-{upload.name.rpartition('.')[0]}.csv")


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file to keep, never to be shown in place."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


def upload_urls(site: AdminSite) -> list[URLPattern]:
    """The addresses under `/admin/catalog/sku/`, all of them beginning with `upload/`."""
    return UploadPages(site).urls()
