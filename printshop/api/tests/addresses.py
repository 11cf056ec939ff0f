"""Every address of the native dialect, with what it takes: the tests of the edge go through all of them.

Ids that the database makes stand in braces; `open_shop` makes the things and tells their ids.
"""

import re
from dataclasses import dataclass
from typing import Any

from jobs.models import Job
from jobs.states import JobStatus
from printshop.bulk.models import BulkOperation
from printshop.testing import KeyClient, make_customers, make_jobs, make_orders, make_skus, numbers

ORDER = {
    "customerId": "cust-001",
    "lineItems": [{"skuId": "sku-0001", "quantity": 2, "options": {"depth": 1.5, "gloss": False}}],
}
OFFERED = [
    {"key": "depth", "label": "Depth of the engraving", "type": "number"},
    {"key": "gloss", "label": "Gloss", "type": "boolean"},
]
FULL_ORDER = {
    **ORDER,
    "externalId": "shop-77",
    "notes": "Ring twice",
    "dueDate": "2026-04-01",
    "shippingAddress": {"name": "Ada", "line1": "1 Mill Lane", "line2": None, "city": "Ely", "state": "Cambs",
                        "zip": "CB7", "country": "GB"},
}  # fmt: skip
FULL_SKU = {
    "id": "sku-new",
    "name": "A vase",
    "description": "Tall",
    "kind": "print",
    "machineType": "resin",
    "material": "PLA",
    "estimatedPrintTime": 90,
    "estimatedMaterialGrams": 12.5,
    "basePrice": 12.5,
    "currency": "EUR",
    "qualityTiers": {"draft": {"multiplier": 0.8}, "standard": {"multiplier": 1.0}, "fine": {"multiplier": 1.5}},
    "options": [
        {"key": "colour", "label": "Colour", "type": "select", "choices": ["red", "blue"], "priceModifier": 1.5},
        {"key": "gloss", "label": "Gloss", "type": "boolean"},
    ],
    "active": True,
}
SKU_EDIT = {name: value for name, value in FULL_SKU.items() if name != "id"}
CUSTOMER = {"externalId": "c-9", "email": "ada@mill.example", "firstname": "Ada", "lastname": "Lovelace", "name": "Ada"}
ADDRESS = FULL_ORDER["shippingAddress"]


@dataclass(frozen=True)
class Write:
    """An address that changes something: a good body, and the lists of items in it."""

    method: str
    path: str
    body: dict[str, Any]
    items: str = ""
    status: int = 200

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


BULK_WRITES = (
    Write(
        "POST", "/api/orders/bulk", {"orders": [FULL_ORDER], "errorPolicy": "atomic", "dryRun": False}, "orders", 201
    ),
    Write("POST", "/api/orders/bulk/cancel", {"orderIds": ["{unpaid}"], "reason": "Sold out"}, "orderIds"),
    Write("POST", "/api/orders/bulk/pay", {"orderIds": ["{unpaid}"]}, "orderIds"),
    Write("POST", "/api/jobs/bulk/advance", {"jobIds": ["{job}"], "targetStatus": "VALIDATED"}, "jobIds"),
    Write("POST", "/api/jobs/bulk/cancel", {"jobIds": ["{job}"], "reason": "No resin"}, "jobIds"),
    Write("POST", "/api/jobs/bulk/prioritize", {"jobIds": ["{job}"], "priority": 5}, "jobIds"),
    Write(
        "POST",
        "/api/jobs/bulk/reprint",
        {"items": [{"jobId": "{printed}", "quantity": 1}], "reason": "Bent"},
        "items",
        201,
    ),
    Write("POST", "/api/skus/bulk", {"skus": [FULL_SKU], "mode": "upsert", "maxDeactivate": 3}, "skus"),
)
SINGLE_WRITES = (
    Write("POST", "/api/orders", FULL_ORDER, status=201),
    Write("POST", "/api/orders/{unpaid}/cancel", {"reason": "Sold out"}),
    Write("POST", "/api/orders/{unpaid}/pay", {}),
    Write("POST", "/api/orders/{paid}/refund", {"amount": 1.25, "reason": "Late"}),
    Write(
        "PATCH",
        "/api/orders/{unpaid}",
        {
            "notes": "Ring",
            "shippingAddress": ADDRESS,
            "dueDate": "2026-04-01",
            "carrier": "Post",
            "trackingNumber": "9",
        },
    ),
    Write("POST", "/api/jobs/{job}/advance", {"targetStatus": "VALIDATED", "reason": "checked"}),
    Write("POST", "/api/jobs/{job}/cancel", {"reason": "No resin"}),
    Write("POST", "/api/skus", FULL_SKU, status=201),
    Write("PATCH", "/api/skus/sku-0001", SKU_EDIT),
    Write("POST", "/api/customers", {"id": "cust-new", **CUSTOMER}, status=201),
    Write("PATCH", "/api/customers/cust-001", CUSTOMER),
    Write(
        "POST",
        "/api/auth/api-keys",
        {"name": "Till", "role": "customer", "customerId": "cust-001", "expiresAt": "2099-01-01T00:00:00Z"},
        status=201,
    ),
    Write("POST", "/api/auth/api-keys/{key}/rotate", {"overlapSeconds": 60}, status=201),
)
WRITES = BULK_WRITES + SINGLE_WRITES
LISTS = (
    "/api/orders",
    "/api/jobs",
    "/api/jobs/{printed}/history",
    "/api/skus",
    "/api/customers",
    "/api/bulk-operations",
    "/api/bulk-operations/{operation}/items",
    "/api/auth/api-keys",
)


def open_shop(key: KeyClient) -> dict[str, str]:
    """A shop with one of everything: what each name in braces stands for."""
    make_skus(5, options=OFFERED)
    make_customers(2)
    (unpaid,), (paid,) = make_orders(), make_orders(paid=True)
    (printed,) = make_jobs(status=JobStatus.POST_PROCESS)
    (job,) = (one.reference for one in Job.objects.of_orders(numbers([paid])))
    operation = str(BulkOperation.objects.values_list("pk", flat=True)[0])
    ids = {"unpaid": unpaid, "paid": paid, "job": job, "printed": printed, "operation": operation}
    return {**ids, "key": str(key.key).partition(".")[0]}


def named(value: Any, names: dict[str, str]) -> Any:
    """A path or a body with the names in it filled in."""
    if isinstance(value, dict):
        return {field: named(inner, names) for field, inner in value.items()}
    if isinstance(value, list):
        return [named(inner, names) for inner in value]
    return re.sub(r"{(\w+)}", lambda found: names[found[1]], value) if isinstance(value, str) else value
