"""SKUs as the native dialect words them."""

from typing import Any

from catalog.models import SKU


def sku_body(sku: SKU) -> dict[str, Any]:
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
