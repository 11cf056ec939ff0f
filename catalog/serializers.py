"""SKUs as the native dialect words them; media and pages as the async dialect does."""

from datetime import datetime
from typing import Annotated, Any

from django.urls import reverse
from typing_extensions import TypedDict

from catalog.models import SKU, Kind, MachineType, Media, Page
from printshop.api.shapes import one_of


class SKUBody(TypedDict):
    """A SKU with its global values. `basePrice` is in major units, `estimatedPrintTime` in minutes."""

    id: str
    name: str
    description: str | None
    kind: Annotated[str, one_of(Kind)]
    machineType: Annotated[str, one_of(MachineType)] | None
    material: str | None
    estimatedPrintTime: int | None
    estimatedMaterialGrams: float | None
    basePrice: float
    currency: str
    qualityTiers: dict[str, dict[str, float]]
    options: list[dict[str, Any]]
    active: bool
    createdAt: datetime
    updatedAt: datetime


def sku_body(sku: SKU) -> SKUBody:
    """A SKU with its global values."""
    return {
        "id": sku.pk,
        "name": sku.name,
        "description": sku.description or None,
        "kind": sku.kind,
        "machineType": sku.machine_type or None,
        "material": sku.material or None,
        "estimatedPrintTime": sku.estimated_print_time,
        "estimatedMaterialGrams": sku.estimated_material_grams,
        "basePrice": sku.base_price / 100,
        "currency": sku.currency,
        "qualityTiers": sku.quality_tiers,
        "options": sku.options,
        "active": sku.active,
        "createdAt": sku.created_at,
        "updatedAt": sku.updated_at,
    }


def media_body(entry: Media) -> dict[str, Any]:
    """An entry with its `url` or, where a file is kept here, the address of that as `file`."""
    source = {"file": reverse("media", args=[entry.file.name])} if entry.file else {"url": entry.url}
    return {
        "id": entry.pk,
        "media_type": entry.media_type,
        "label": entry.label,
        "position": entry.position,
        "disabled": entry.disabled,
        **source,
    }


def page_body(page: Page) -> dict[str, Any]:
    """A page."""
    return {
        "id": page.pk,
        "identifier": page.identifier,
        "title": page.title,
        "content": page.content,
        "active": page.active,
    }
