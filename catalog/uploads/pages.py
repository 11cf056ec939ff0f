"""The upload pages of the admin: choose a file, see what it would do, confirm."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from catalog.models import SKU
from catalog.services.imports import IMPORT
from catalog.uploads.forms import ConfirmForm, UploadForm
from catalog.uploads.keeping import Forgotten, Upload, keep, recall, taken
from catalog.uploads.previews import carry_out, preview, put_in_queue
from catalog.uploads.queued import UPLOAD, failed_csv
from catalog.uploads.samples import SAMPLES
from catalog.uploads.showing import shown_preview, told
from printshop.api.actors import Actor
from printshop.api.errors import sentence
from printshop.api.people import actor_of, role_of
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable
from printshop.bulk.confirm import PlanChanged
from printshop.bulk.confirm.queueing import IN_QUEUE, MOST_AT_ONCE, sent_on
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.outcomes import UNSUCCESSFUL

View = Callable[..., HttpResponse]


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
            page("failed/<uuid:operation_id>.csv", self.failed, "_failed"),
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
            try:
                with taken(reference):
                    return confirmed(request, upload, form.cleaned_data["plan"], Policy(form.cleaned_data["policy"]))
            except (PlanChanged, Refused, Unavailable) as error:
                messages.error(request, sentence(error) if isinstance(error, Refused) else str(type(error).__doc__))
        context = shown_preview(preview(upload, actor, timezone.now()))
        context |= {"queues": len(upload.sheet.rows) > MOST_AT_ONCE, "reference": reference}
        context |= {"policy": request.POST.get("policy", Policy.ATOMIC)}
        return self.page(request, "preview.html", context, 409 if request.method == "POST" else 200)

    def failed(self, request: HttpRequest, operation_id: UUID) -> HttpResponse:
        """What did not happen of an upload that went through the queue, as CSV."""
        found = BulkOperation.objects.filter(pk=operation_id, dialect=UPLOAD.name).first()
        if found is None:
            raise Http404
        items = found.items.filter(verdict__in=UNSUCCESSFUL).order_by("index")
        return download(failed_csv(items), "text/csv", f"failed-{found.topic.rpartition('.')[0]}.csv")

    def refused(self, request: HttpRequest, reference: UUID) -> HttpResponse:
        """The refused rows as CSV."""
        actor, upload = asker(request), recall(reference, owner_of(request))
        content = preview(upload, actor, timezone.now()).refused_csv()
        return download(content, "text/csv", f"refused-{upload.name.rpartition('.')[0]}.csv")


def confirmed(request: HttpRequest, upload: Upload, plan: str, policy: Policy) -> HttpResponse:
    """A small file is imported at once, a large one goes into the queue. Raises `PlanChanged` and `Refused`."""
    actor, at = asker(request), timezone.now()
    if len(upload.sheet.rows) > MOST_AT_ONCE:
        operation_id = put_in_queue(upload, plan, actor, at, policy)
        messages.success(request, IN_QUEUE)
        return sent_on(request, operation_id, reverse("admin:catalog_sku_changelist"))
    messages.success(request, told(carry_out(upload, plan, actor, at, policy)))
    return HttpResponseRedirect(reverse("admin:catalog_sku_changelist"))


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file to keep, never to be shown in place."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


def upload_urls(site: AdminSite) -> list[URLPattern]:
    """The addresses under `/admin/catalog/sku/`, all of them beginning with `upload/`."""
    return UploadPages(site).urls()
