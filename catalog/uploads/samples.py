"""Files to start from: an empty template, and the same two SKUs in every format that can be uploaded."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from openpyxl import Workbook

from catalog.uploads.cells import FIELDS, csv_of, written

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


def example_rows() -> list[list[str]]:
    return [[written(sku.get(name)) for name in FIELDS] for sku in EXAMPLES]


def example_xlsx() -> bytes:
    """A workbook in which numbers are numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("SKUs")
    sheet.append(list(FIELDS))
    for sku in EXAMPLES:
        plain = {name: value for name, value in sku.items() if not isinstance(value, dict | list)}
        sheet.append([plain.get(name, written(sku.get(name)) or None) for name in FIELDS])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


SAMPLES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "template.csv": ("text/csv", lambda: csv_of(list(FIELDS), [])),
    "example.csv": ("text/csv", lambda: csv_of(list(FIELDS), example_rows())),
    "example.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", example_xlsx),
    "example.json": ("application/json", lambda: orjson.dumps({"skus": EXAMPLES}, option=orjson.OPT_INDENT_2)),
    "example.jsonl": ("application/x-ndjson", lambda: b"".join(orjson.dumps(sku) + b"\n" for sku in EXAMPLES)),
}
