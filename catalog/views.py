"""SKUs in the native dialect."""

from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from catalog import shapes
from catalog.filters import SKUFilters
from catalog.models import SKU
from catalog.serializers import sku_body
from catalog.services.imports import IMPORT
from printshop.api.actors import ADMINS, EVERYBODY
from printshop.api.reading import read
from printshop.api.refusals import unknown
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

    @action(detail=False, methods=["post"], url_path="bulk", throttle_scope="skus-bulk")
    def bulk(self, request: Request) -> HttpResponse:
        return self.bulk_call(IMPORT)
