"""`products`: SKUs, as the store of the path sees them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from catalog.models import SKU
from catalog.plans.imports import FIELDS
from catalog.plans.stores import seen
from catalog.services.imports import IMPORT
from catalog.services.stores import SET_VALUES, own_values
from catalog.shapes import skus as shapes
from printshop.api.actors import EVERYBODY
from printshop.api.shapes import one_of
from printshop.magento.calls import Asked, Change, Look, Target
from printshop.magento.fields import Fields
from printshop.magento.params import Param, as_text
from printshop.magento.scopes import store_in

SKU_ID = Param("id", as_text, "product")
STATUSES = {1: True, 2: False}
TYPES = {"simple": "print", "virtual": "content", "subscription": "subscription"}
# What clients of the dialect always send, and what the answer shows but nobody sets.
IGNORED = frozenset({"attribute_set_id", "visibility", "created_at", "updated_at"})
NUMERIC = frozenset({"basePrice", "estimatedPrintTime", "estimatedMaterialGrams"})
BODY = Fields(
    "product",
    names={"sku": "id", "price": "basePrice", "status": "active", "type_id": "kind"},
    words={"status": STATUSES, "type_id": TYPES},
    numeric=NUMERIC,
    ignored=IGNORED,
    beside=frozenset({"saveOptions", "save_options"}),
    attributes=True,
)
ONE = replace(BODY, params={"sku": SKU_ID})


class AsyncProduct(TypedDict):
    """A SKU as a store sees it. `status` is 1 when it can be ordered there and 2 when not; `price` in major units."""

    id: str
    sku: str
    name: str
    price: float
    status: Literal[1, 2]
    type_id: Annotated[str, one_of(TYPES)]
    description: str | None
    currency: str
    machine_type: str | None
    material: str | None
    estimated_print_time: int | None
    estimated_material_grams: float | None
    quality_tiers: dict[str, dict[str, float]]
    options: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


def body_of(sku: SKU, scope: str) -> dict[str, Any]:
    """A SKU as a store sees it: at most two queries."""
    store = store_in(scope)
    own = own_values([sku.pk], store).get(sku.pk, {}) if store else {}
    values = seen({name: getattr(sku, name) for name in FIELDS}, own)
    plain = {name: values[name] or None for name in ("description", "machine_type", "material")}
    same = ("currency", "estimated_print_time", "estimated_material_grams", "quality_tiers", "options")
    return {
        "id": sku.pk,
        "sku": sku.pk,
        "name": values["name"],
        "price": values["base_price"] / 100,
        "status": 1 if values["active"] else 2,
        "type_id": next(word for word, kind in TYPES.items() if kind == values["kind"]),
        **plain,
        **{name: values[name] for name in same},
        "created_at": sku.created_at,
        "updated_at": sku.updated_at,
    }


def changed(asked: Asked) -> dict[str, Any] | None:
    """A SKU that was just made or changed, be it active or not."""
    return body_of(SKU.objects.get(pk=asked.reference), asked.scope)


def shown(asked: Asked) -> dict[str, Any] | None:
    """A SKU, unless it is deleted, which is to say inactive everywhere."""
    sku = SKU.objects.active().filter(pk=asked.params["sku"]).first()
    return body_of(sku, asked.scope) if sku else None


def told(reference: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": reference, "sku": reference, **BODY.image(recorded)}


def by_scope(scope: str) -> Target:
    """A change of what a store sees or, for all stores, of the global values."""
    store = store_in(scope)
    if store is None:
        return Target(IMPORT, shapes.SKUItem, {"mode": "edit"})
    return Target(SET_VALUES, shapes.StoreItem, {"store": store})


def rows_of(payload: Any) -> list[str]:
    """A new SKU, which is named inside."""
    inner = payload.get("product") if isinstance(payload, dict) else None
    named = (inner.get("sku") or inner.get("id")) if isinstance(inner, dict) else None
    return [f"sku:{named}"] if isinstance(named, str) else []


EXAMPLE = {"sku": "sku-pla-clip", "name": "Cable clip", "price": 3.2, "status": 1, "type_id": "simple"}
ANSWER = {
    "id": "sku-pla-clip", **EXAMPLE, "description": None, "currency": "USD", "machine_type": "fdm_standard",
    "material": "PLA", "estimated_print_time": 12, "estimated_material_grams": 2.5, "quality_tiers": {}, "options": [],
    "created_at": "2026-03-02T12:00:00Z", "updated_at": "2026-03-02T12:00:00Z",
}  # fmt: skip
SHARED: dict[str, Any] = {
    "rows_of": rows_of, "in_turns": True, "shows": changed, "result": told, "answers": AsyncProduct,
}  # fmt: skip
CREATE = Change(
    "Create a product", IMPORT, BODY, shapes.SKUItem, {"mode": "create"}, **SHARED,
    example={"product": EXAMPLE | {"machine_type": "fdm_standard", "material": "PLA"}}, answer=ANSWER,
    description="The values hold in all stores, whatever the store of the path.",
)  # fmt: skip
EDIT = Change(
    "Change a product", IMPORT, ONE, in_scope=by_scope, **SHARED,
    example={"sku": "sku-pla-clip", "product": {"name": "Clip for cables", "price": 3.6}},
    answer=ANSWER | {"name": "Clip for cables", "price": 3.6},
    description="Without a store code: name, description, price and status of the default store. With `all`: of every"
    " store that has none of its own, and everything else. With a code: of that store.",
)  # fmt: skip
DELETE = Change(
    "Delete a product", IMPORT, Fields(params={"sku": SKU_ID}), shapes.SKUItem, {"mode": "edit"}, rows_of=rows_of,
    in_turns=True, example={"sku": "sku-pla-clip"}, fixed={"active": False},
    description="It can no longer be ordered in any store; orders of it stay as they are.",
)  # fmt: skip
SHOW = Look(
    "Show a product", shown, EVERYBODY, "product", AsyncProduct, ANSWER,
    "As the store of the path sees it; without a code as the default store does.",
)  # fmt: skip
