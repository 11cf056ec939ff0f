"""SKUs in the native dialect, and the files of their media."""

from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from rest_framework.decorators import action
from rest_framework.request import Request

from catalog.filters import SKUFilters
from catalog.models import SKU, Media, MediaType
from catalog.serializers import sku_body
from catalog.services.imports import IMPORT
from catalog.shapes import skus as shapes
from printshop.api.actors import ADMINS, EVERYBODY
from printshop.api.reading import read
from printshop.api.refusals import unknown
from printshop.bulk.parsing import parser_for
from printshop.bulk.views import EngineViewSet


class SKUViewSet(EngineViewSet):
    """`/api/skus`. Writing is a batch of one of the import, under modes of its own."""

    queryset = SKU.objects.order_by("id")
    filterset_class = SKUFilters
    body_of = staticmethod(sku_body)
    roles = {"*": ADMINS, "list": EVERYBODY, "retrieve": EVERYBODY}

    def find(self, public_id: str) -> SKU:
        sku = self.get_queryset().filter(pk=public_id).first()
        if sku is None:
            raise unknown("SKU_NOT_FOUND", f"There is no SKU {public_id[:64]}.")
        return sku

    def create(self, request: Request) -> HttpResponse:
        value, faults = read(shapes.SKUItem, request.data)
        return self.single_call(IMPORT, value, {"mode": "create"}, faults, 201)

    def partial_update(self, request: Request, pk: str) -> HttpResponse:
        return self.edit_call(IMPORT, shapes.SKUFields, pk, {"mode": "edit"})

    def destroy(self, request: Request, pk: str) -> HttpResponse:
        """Deactivate: a SKU that was ever ordered stays known."""
        return self.single_call(IMPORT, {"id": pk, "active": False}, {"mode": "edit"}, [])

    @action(
        detail=False,
        methods=["post"],
        url_path="bulk",
        throttle_scope="skus-bulk",
        parser_classes=[parser_for(IMPORT)],
    )
    def bulk(self, request: Request) -> HttpResponse:
        return self.bulk_call(IMPORT)


@require_safe
def media_file(request: HttpRequest, name: str) -> FileResponse:
    """A file that an entry shows, to whoever knows its address: pictures to look at, models to take away.

    Only what a row names is opened. The headers keep a browser from making more of the bytes than they were told to be.
    """
    entry = Media.objects.shown().filter(file=name).first()
    if entry is None or not default_storage.exists(name):
        raise Http404
    response = FileResponse(
        default_storage.open(name),
        as_attachment=entry.media_type == MediaType.MODEL,
        filename=PurePosixPath(entry.name).stem + PurePosixPath(name).suffix,
        content_type=entry.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
