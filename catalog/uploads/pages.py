"""The upload pages of the admin: choose a file, see what it would do, confirm.

One address for each upload shows whatever there is to see of it now: its columns, how far it has got, the preview, what
became of it. So it can be left and found again.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from catalog.models import SKU, StagedRow, Upload
from catalog.services.imports import IMPORT
from catalog.states import BUSY, UploadState
from catalog.uploads.applying import CatalogueChanged
from catalog.uploads.forms import ColumnsForm, ConfirmForm, UploadForm
from catalog.uploads.keeping import path_of, tidy
from catalog.uploads.queued import UPLOAD, failed_csv
from catalog.uploads.reading import Format, Unreadable, returned
from catalog.uploads.receiving import is_sure, made, read_as, receive
from catalog.uploads.remembering import remember
from catalog.uploads.samples import SAMPLES
from catalog.uploads.showing import STANDING, counted, may_confirm, preview_of, progress_of
from catalog.uploads.work import begin_apply, begin_check, is_small
from printshop.api.people import role_of
from printshop.bulk.deferred.heartbeats import alive
from printshop.bulk.models import BulkOperation
from printshop.bulk.outcomes import UNSUCCESSFUL

View = Callable[..., HttpResponseBase]
LATELY = 10
FORGOTTEN = "This upload was left for more than a day and is gone. Please choose the file again."
# The page that shows an upload in each state.
TEMPLATES = {
    UploadState.RECEIVED: "columns.html",
    UploadState.CHECKING: "working.html",
    UploadState.CHECKED: "preview.html",
    UploadState.APPLYING: "working.html",
    UploadState.APPLIED: "result.html",
    UploadState.FAILED: "unreadable.html",
}


def for_importers(view: View) -> View:
    """Only for those who may import; an upload that is gone, or somebody else's, leads back to the form."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if role_of(request.user) not in IMPORT.roles:
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except Upload.DoesNotExist:
            messages.warning(request, FORGOTTEN)
            return HttpResponseRedirect(reverse("admin:catalog_sku_upload"))

    return checked


def user_of(request: HttpRequest) -> int:
    """The key of the user, whose uploads nobody else sees."""
    return request.user.pk or 0


def own(request: HttpRequest, reference: UUID) -> Upload:
    """The user's upload. Raises `Upload.DoesNotExist`."""
    return Upload.objects.select_related("user").get(pk=reference, user_id=user_of(request))


def check_is_kept(upload: Upload) -> None:
    """Raises `Upload.DoesNotExist` when its file is gone, as it is after the shop was restored from a backup."""
    if not path_of(upload).exists():
        raise Upload.DoesNotExist


def back_to(upload: Upload) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:catalog_sku_upload_one", args=[upload.pk]))


def whole_number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


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
            page("<uuid:reference>/", self.one, "_one"),
            page("<uuid:reference>/columns/", self.columns, "_columns"),
            page("<uuid:reference>/progress/", self.progress, "_progress"),
            page("<uuid:reference>/refused.csv", self.refused, "_refused"),
            page("failed/<uuid:operation_id>.csv", self.failed, "_failed"),
        ]

    def page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        around = {**self.site.each_context(request), "opts": SKU._meta}
        return TemplateResponse(request, f"catalog/{template}", around | context, status=status)

    def choose(self, request: HttpRequest) -> HttpResponse:
        """The form; a file that can be read leads to its preview, or to its columns first."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and (upload := received(request, form)):
            return back_to(upload)
        mine = Upload.objects.filter(user_id=user_of(request))[:LATELY]
        recent = [(upload, STANDING[upload.state]) for upload in mine]
        context = {"title": "Upload SKUs", "form": form, "samples": list(SAMPLES), "recent": recent}
        return self.page(request, "upload.html", context, 400 if form.errors else 200)

    def sample(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """A template or example to download."""
        if name not in SAMPLES:
            raise Http404
        content_type, make = SAMPLES[name]
        return download([make()], content_type, f"skus-{name}")

    def one(self, request: HttpRequest, reference: UUID) -> HttpResponse:
        """Whatever there is to see of an upload, and the button that confirms it."""
        upload = own(request, reference)
        if request.method != "POST":
            return self.shown(request, upload)
        if upload.state != UploadState.CHECKED:
            return back_to(upload)
        form = ConfirmForm(upload, request.POST)
        if not form.is_valid():
            for sentences in form.errors.values():
                messages.error(request, " ".join(map(str, sentences)))
            return self.shown(request, upload, form, 409)
        sent = form.cleaned_data
        if not may_confirm(upload):
            return self.shown(request, upload, form, 409)
        if not begin_apply(upload, sent["policy"], sent["plan"]):
            messages.error(request, str(CatalogueChanged.__doc__))
            return self.shown(request, own(request, reference), status=409)
        return self.applied(request, own(request, reference))

    def applied(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        """What came of a confirmation, as far as it has got."""
        if upload.state == UploadState.CHECKED:
            return self.shown(request, upload, status=409)
        return back_to(upload)

    def shown(
        self, request: HttpRequest, upload: Upload, form: ConfirmForm | None = None, status: int = 200
    ) -> HttpResponse:
        state = UploadState(upload.state)
        context: dict[str, Any] = {"title": upload.name, "upload": upload}
        if state is UploadState.CHECKED:
            context |= preview_of(upload, request.GET.get("show", ""), whole_number(request.GET.get("after")))
            context["form"] = form or ConfirmForm(upload)
            context["policy"] = request.POST.get("policy", "atomic")
        elif state in BUSY:
            context |= progress_of(upload) | {"waits": not alive().exists()}
        elif state is UploadState.APPLIED:
            context |= counted(upload)
        elif state is UploadState.RECEIVED:
            context["form"] = ColumnsForm(upload)
        return self.page(request, TEMPLATES[state], context, status)

    def columns(self, request: HttpRequest, reference: UUID) -> HttpResponse:
        """Which column is which field; once that is said, the file is checked."""
        upload = own(request, reference)
        if upload.state in BUSY or upload.state == UploadState.APPLIED:
            return back_to(upload)
        check_is_kept(upload)
        form = ColumnsForm(upload, request.POST or None)
        if request.method == "POST" and form.is_valid():
            if reread := form.is_read_otherwise():
                form = self.read_otherwise(upload, form)
            if not reread:
                return self.mapped(request, upload, form)
        context = {"title": f"Columns of {upload.name}", "upload": upload, "form": form}
        return self.page(request, "columns.html", context, 400 if form.is_bound and form.errors else 200)

    def read_otherwise(self, upload: Upload, form: ColumnsForm) -> ColumnsForm:
        """The columns that the file has when it is read as was chosen; to be looked at once more."""
        try:
            read_as(upload, **form.reading()).save(update_fields=["format", "mapping"])
        except Unreadable as error:
            form.add_error(None, str(error))
            return form
        return ColumnsForm(upload)

    def mapped(self, request: HttpRequest, upload: Upload, form: ColumnsForm) -> HttpResponse:
        """Remember what was said of the columns, and check the file."""
        fields = {"format": {**upload.format, **form.reading()}, "mapping": form.mapping}
        remember(upload.user_id, upload.format["columns"], form.mapping, timezone.now())
        begin_check(upload, is_small(upload, path_of(upload).stat().st_size), **fields)
        return back_to(upload)

    def progress(self, request: HttpRequest, reference: UUID) -> HttpResponse:
        """How far it has got, as a part of the page; the whole page anew once there is something else to see."""
        upload = own(request, reference)
        if upload.state not in BUSY:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"upload": upload, "waits": not alive().exists(), **progress_of(upload)}
        return TemplateResponse(request, "catalog/progress.html", context)

    def failed(self, request: HttpRequest, operation_id: UUID) -> HttpResponseBase:
        """What did not happen of an upload, as CSV."""
        found = BulkOperation.objects.filter(pk=operation_id, dialect=UPLOAD.name).first()
        if found is None:
            raise Http404
        items = found.items.filter(verdict__in=UNSUCCESSFUL).order_by("index")
        return download(failed_csv(items), "text/csv", f"failed-{found.topic.rpartition('.')[0]}.csv")

    def refused(self, request: HttpRequest, reference: UUID) -> HttpResponseBase:
        """The refused rows in the file's own columns."""
        upload = own(request, reference)
        check_is_kept(upload)
        found = StagedRow.objects.refused(upload).values_list("number", "errors").iterator()
        said = {number: " ".join(error["message"] for error in errors or ()) for number, errors in found}
        content = returned(path_of(upload), Format(**upload.format), said)
        return download(content, "text/csv", f"refused-{upload.name.rpartition('.')[0]}.csv")


def received(request: HttpRequest, form: UploadForm) -> Upload | None:
    """The file as an upload, checked already where it is small; None where it cannot be read, which the form says."""
    now, sent = timezone.now(), form.cleaned_data
    tidy(now)
    file = sent["file"]
    upload = made(user_of(request), file.name or "", sent["mode"], sent["max_deactivate"], now)
    try:
        receive(file, upload)
    except Unreadable as error:
        form.add_error("file", str(error))
        return None
    if is_sure(upload):
        begin_check(upload, is_small(upload, file.size))
    return upload


def download(content: Iterable[bytes], content_type: str, name: str) -> HttpResponseBase:
    """A file to keep, never to be shown in place."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return StreamingHttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


def upload_urls(site: AdminSite) -> list[URLPattern]:
    """The addresses under `/admin/catalog/sku/`, all of them beginning with `upload/`."""
    return UploadPages(site).urls()
