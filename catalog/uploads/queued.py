"""Uploads in the queue: the rows of a file wait with their numbers, and are read by the shape that reads any import.

What a file says of a row is told by its number there: `{"row": 17, "sku": {…}, "misread": […]}`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.services.imports import IMPORT
from catalog.uploads.cells import Raw, judged, refused_csv
from catalog.uploads.keeping import Upload
from catalog.uploads.sheets import Sheet
from printshop.api.actors import Actor
from printshop.api.refusals import Fault
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.cutting import CHUNK
from printshop.bulk.deferred.dialects import Batches, Dialect, Payload, batch_of
from printshop.bulk.models import BulkItem, BulkOperation, Policy


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


def queue(upload: Upload, raws: Sequence[Raw], actor: Actor, at: datetime, policy: Policy) -> UUID:
    """Put an upload, whose rows were read, into the queue: in chunks or, where it is one piece, whole; its uuid."""
    numbered = zip(upload.sheet.rows, raws, strict=True)
    return accept(
        Request(
            name=IMPORT.name,
            payloads=[payload_of(number, raw) for (number, _), raw in numbered],
            actor=actor,
            at=at,
            terms=upload.terms,
            policy=policy,
            dialect=UPLOAD.name,
            topic=upload.name,
            whole=policy is Policy.ATOMIC or IMPORT.is_whole(upload.terms),
            rows_of=rows_of,
            chunk=CHUNK,
        )
    )


def failed_csv(items: Iterable[BulkItem]) -> bytes:
    """Rows of an upload that did not happen, to be mended and sent again; each with its number in the first file."""
    rows: list[tuple[int, Any]] = []
    said: dict[int, list[str]] = {}
    for payload, errors in ((item.payload or {}, item.errors or ()) for item in items):
        said[len(rows)] = [f"Row {payload['row']}:", *(error["message"] for error in errors)]
        rows.append((payload["row"], payload["sku"]))
    return refused_csv(Sheet([], rows), said)
