"""SKUs in the reference."""

from catalog.models import MachineType
from catalog.plans.imports import unknown_sku
from catalog.serializers import SKUBody
from catalog.services.imports import IMPORT
from catalog.shapes.skus import SKUFields, SKUItem
from printshop.api.openapi.calls import Subject, changed, listed, shown
from printshop.api.refusals import Fault, Kind
from printshop.bulk.openapi import Example, bulk
from printshop.bulk.outcomes import Outcome, Verdict

CUBE = {
    "id": "sku-pla-black-cube",
    "name": "Calibration cube, black",
    "description": "Twenty millimetres each way",
    "kind": "print",
    "machineType": "fdm_standard",
    "material": "PLA",
    "estimatedPrintTime": 35,
    "estimatedMaterialGrams": 8.5,
    "basePrice": 4.9,
    "currency": "USD",
    "qualityTiers": {"draft": {"multiplier": 0.8}, "standard": {"multiplier": 1}, "fine": {"multiplier": 1.35}},
    "options": [{"key": "engraving", "label": "Engraving", "type": "boolean", "priceModifier": 2.5}],
    "active": True,
}
SKU = {**CUBE, "createdAt": "2026-03-02T12:00:00Z", "updatedAt": "2026-03-02T12:00:00Z"}
NEW = {**CUBE, "id": "sku-petg-vase", "name": "Vase", "material": "PETG", "basePrice": 30}
BOOK = {"id": "EBOOK-003", "name": "Printing for beginners", "kind": "content", "basePrice": 9.99}
UNKNOWN = unknown_sku("sku-pla-blck-cube", ["sku-pla-black-cube"])
NAMELESS = Fault("REQUIRED", "name is required for a new SKU.", "name")
EXISTS = Fault("SKU_EXISTS", "SKU sku-pla-black-cube exists already.", "id", "sku-pla-black-cube", kind=Kind.CONFLICT)
TOO_MANY = Fault(
    "TOO_MANY_DEACTIVATIONS",
    "This replace would deactivate 40 SKUs, more than the 5 that maxDeactivate allows.",
    "maxDeactivate",
    5,
    kind=Kind.CONFLICT,
)
IMPORTED = Example(
    {"skus": [{"id": "sku-pla-black-cube", "basePrice": 5.2}, NEW], "mode": "upsert"},
    [
        Outcome(0, "sku-pla-black-cube", Verdict.UPDATED, before={"basePrice": 4.9}, after={"basePrice": 5.2}),
        Outcome(1, "sku-petg-vase", Verdict.CREATED, after={key: value for key, value in NEW.items() if key != "id"}),
    ],
    [NAMELESS, TOO_MANY],
)
FILTERS = {
    "includeInactive": "`true` lists SKUs that are no longer sold as well.",
    "machineType": f"Any of a comma list of {', '.join(MachineType.values)}.",
    "kind": "Any of a comma list.",
    "material": "The whole word, in any case.",
    "search": "Part of the id, the name or the description, in any case.",
}
CALLS = {
    "list": listed("List SKUs", SKUBody, SKU, "By id; those that are sold, unless `includeInactive=true`."),
    "retrieve": shown("Show a SKU", SKUBody, SKU),
    "create": changed(
        "Create a SKU",
        SKUBody,
        SKU | NEW,
        NAMELESS,
        EXISTS,
        status=201,
        body=SKUItem,
        examples={"print": NEW, "digital": BOOK},
    ),
    "partial_update": changed(
        "Change a SKU",
        SKUBody,
        {**SKU, "basePrice": 5.2},
        UNKNOWN,
        description="Fields left out keep their value, null clears. Existing orders keep the price they were made at.",
        body=SKUFields,
        examples={"price": {"basePrice": 5.2}, "cleared": {"description": None, "qualityTiers": None}},
    ),
    "destroy": changed(
        "Deactivate a SKU",
        SKUBody,
        {**SKU, "active": False},
        UNKNOWN,
        description="SKUs are never deleted: one that is inactive can no longer be ordered. Again changes nothing.",
    ),
    "bulk": bulk(
        IMPORT,
        "Import SKUs",
        IMPORTED,
        description=(
            "`upsert` creates and updates; `append` creates and skips what is known; `replace` ends with exactly these"
            " SKUs active, in one commit. A field left out keeps its value, null clears it."
        ),
    ),
}
SUBJECT = Subject("SKUs", "sku-pla-black-cube", CALLS, FILTERS)
