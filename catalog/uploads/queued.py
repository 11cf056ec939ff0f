"""Rows of an upload that did not happen: they are kept with their numbers, and can be retried through the queue.

What a file says of a row is told by its number there: `{"row": 17, "sku": {…}, "misread": […]}`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from catalog.services.imports import IMPORT
from catalog.uploads.judging import judged
from catalog.uploads.reading import Raw
from catalog.uploads.reading.returning import returned_elements
from printshop.api.refusals import Fault
from printshop.bulk.deferred.dialects import Batches, Dialect, Payload, batch_of
from printshop.bulk.models import BulkItem, BulkOperation


def payload_of(number: int, raw: Raw) -> dict[str, Any]:
    """A row as it waits; cells that could not be read go along as faults, so that it is refused for them later too."""
    value, faults = raw
    payload = {"row": number, "sku": value}
    if faults:
        payload["misread"] = [[fault.code, fault.message, fault.path, fault.value] for fault in faults]
    return payload


def raw_of(payload: Any) -> Raw:
    return payload["sku"], [Fault(*parts) for parts in payload.get("misread", ())]


def place_of(payload: Any) -> str:
    """Where a person finds the item: its row in the file, as `catalog.uploads.reading` numbers them."""
    return f"row {payload['row']}"


def batches(recorded: BulkOperation, payloads: Sequence[Payload], at: datetime) -> Batches:
    """The rows as items of an import."""
    raws = [raw_of(payload.value) for payload in payloads]
    items = judged(raws, IMPORT.item, [payload.index for payload in payloads])
    return [(IMPORT, batch_of(recorded, IMPORT, items, at))]


def rows_of(payload: Any) -> Iterable[str]:
    return IMPORT.rows_of(payload["sku"])


UPLOAD = Dialect(
    "upload",
    batches,
    rows_of=lambda recorded: rows_of,
    as_sent=lambda payload: payload["sku"],
    place_of=place_of,
    failed_rows="admin:catalog_sku_upload_failed",
)


def failed_csv(items: Iterable[BulkItem]) -> Iterator[bytes]:
    """Rows of an upload that did not happen, to be mended and sent again; each with its number in the first file."""
    elements: list[Any] = []
    said: list[str] = []
    for payload, errors in ((item.payload or {}, item.errors or ()) for item in items):
        said.append(" ".join([f"Row {payload['row']}:", *(error["message"] for error in errors)]))
        elements.append(payload["sku"])
    return returned_elements(elements, said)
