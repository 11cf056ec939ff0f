"""Files to start from: empty templates, and the same two SKUs in every format that can be uploaded."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from catalog.uploads.reading.fields import FIELDS
from printshop.bulk.exports.texts import csv_parts
from printshop.bulk.exports.workbooks import workbook_parts

EXAMPLES: list[dict[str, Any]] = [
    {
        "id": "sku-pla-vase",
        "name": "Vase, 12 cm",
        "kind": "print",
        "machineType": "fdm_standard",
        "material": "PLA",
        "estimatedPrintTime": 95,
        "estimatedMaterialGrams": 42.5,
        "basePrice": 12.5,
        "currency": "USD",
        "active": True,
        "description": "A vase with a spiral rim.",
        "qualityTiers": {"draft": {"multiplier": 0.8}, "fine": {"multiplier": 1.5}},
        "options": [{"key": "colour", "label": "Colour", "type": "select", "choices": ["white", "black"]}],
    },
    {"id": "EBOOK-VASES", "name": "Vases to print", "kind": "content", "basePrice": 4, "currency": "USD"},
]


def table(*skus: dict[str, Any]) -> list[list[Any]]:
    return [[sku.get(name) for name in FIELDS] for sku in skus]


def csv_file(*skus: dict[str, Any]) -> bytes:
    return b"".join(csv_parts("SKUs", list(FIELDS), [table(*skus)]))


def workbook_file(*skus: dict[str, Any]) -> bytes:
    return b"".join(workbook_parts("SKUs", list(FIELDS), [table(*skus)]))


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAMPLES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "template.csv": ("text/csv", csv_file),
    "template.xlsx": (XLSX, workbook_file),
    "example.csv": ("text/csv", lambda: csv_file(*EXAMPLES)),
    "example.xlsx": (XLSX, lambda: workbook_file(*EXAMPLES)),
    "example.json": ("application/json", lambda: orjson.dumps({"skus": EXAMPLES}, option=orjson.OPT_INDENT_2)),
    "example.jsonl": ("application/x-ndjson", lambda: b"".join(orjson.dumps(sku) + b"\n" for sku in EXAMPLES)),
}
