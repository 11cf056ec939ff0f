"""What became of every item, as a file of any length: read page by page and sent as it is read.

The failed items come as they were sent, so that they can be mended and sent again: CSV has a column for each field,
JSON lines are elements of the `items` of a retry.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.renderers import BaseRenderer

from printshop.api.answers import encode
from printshop.api.reading import adapter
from printshop.bulk.cells import csv_line, neutral, written
from printshop.bulk.deferred.dialects import dialect_of
from printshop.bulk.engine import Operation
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.outcomes import Outcome
from printshop.bulk.registry import operations

PAGE = 1_000
# A sheet that is wider than this is no sheet any more; JSON lines leave nothing out.
MOST_COLUMNS = 100
FIELDS = ("reference", "verdict", "before", "after", "errors")
COLUMNS = ("index", "id", "result", "changes", "codes", "errors")
Row = dict[str, Any]


class CSVRenderer(BaseRenderer):
    """`text/csv`, for those who ask for it by name."""

    media_type = "text/csv"
    format = "csv"


class JSONLinesRenderer(BaseRenderer):
    """`application/jsonl`, likewise."""

    media_type = "application/jsonl"
    format = "jsonl"


def pages_of(items: QuerySet[BulkItem], *fields: str) -> Iterator[list[Row]]:
    """The items in order, some at a time: each page begins after the last index of the one before."""
    after, page = -1, [Row()] * PAGE
    while len(page) == PAGE:
        page = list(items.filter(index__gt=after).order_by("index").values("index", *fields)[:PAGE])
        yield page
        after = page[-1]["index"] if page else after


def sent_pages(recorded: BulkOperation, items: QuerySet[BulkItem], *fields: str) -> Iterator[list[Row]]:
    """The same, each payload as its sender knows it."""
    as_sent = dialect_of(recorded).as_sent
    for page in pages_of(items, *fields, "payload"):
        yield [{**row, "payload": row["payload"] and as_sent(row["payload"])} for row in page]


def lines(pages: Iterable[list[Row]], worded: Callable[[Row], bytes | str]) -> Iterator[bytes]:
    """Each item as a line, the lines of a page in one piece."""
    for page in pages:
        made = map(worded, page)
        yield b"".join(line if isinstance(line, bytes) else line.encode() for line in made)


# --- Every item ------------------------------------------------------------------------------------------------------
def changes_of(row: Row) -> dict[str, list[Any]]:
    return Outcome(row["index"], before=row["before"], after=row["after"]).changes


def told_of(row: Row) -> Row:
    """What became of an item."""
    told = {"index": row["index"], "id": row["reference"] or None, "result": row["verdict"]}
    return {**told, "changes": changes_of(row), "errors": row["errors"] or []}


def cells_of(row: Row) -> list[Any]:
    """The same in the order of `COLUMNS`."""
    told, errors = told_of(row), row["errors"] or []
    codes, sentences = (" ".join(error[key] for error in errors) for key in ("code", "message"))
    return [told["index"], told["id"], told["result"], told["changes"] or None, codes, sentences]


# --- Failed items, as they were sent ---------------------------------------------------------------------------------
def fields_of(operation: Operation | None) -> list[str]:
    """The fields of an operation's items as clients name them, the id first."""
    if operation is None:
        return []
    if operation.item_is_id:
        return [operation.field_name.removesuffix("s")]
    names = list(adapter(operation.item).json_schema()["properties"])
    return sorted(names, key=lambda name: name != "id")


def sent_columns(pages: Iterable[list[Row]], known: Sequence[str]) -> list[str]:
    """The fields that some of the items name: the known ones in their order, then the others as they come."""
    used: dict[str, None] = {}
    for page in pages:
        used.update(dict.fromkeys(chain.from_iterable(row["payload"] for row in page if is_object(row["payload"]))))
    found = [name for name in known if name in used] or list(known)
    return [*found, *(name for name in used if name not in known)][:MOST_COLUMNS]


def is_object(payload: Any) -> bool:
    return isinstance(payload, dict)


def sent_cells(row: Row, columns: Sequence[str]) -> list[Any]:
    """The fields of an item as it was sent, and what is wrong with it. An item that is a bare id is its first field."""
    payload: Mapping[str, Any] = row["payload"] if is_object(row["payload"]) else {columns[0]: row["payload"]}
    remarks = "; ".join(f"{error['code']}: {error['message']}" for error in row["errors"] or [])
    return [*(payload.get(name) for name in columns), remarks]


# --- Files -----------------------------------------------------------------------------------------------------------
def csv_of(header: Sequence[str], pages: Iterable[list[Row]], cells: Callable[[Row], list[Any]]) -> Iterator[bytes]:
    """RFC 4180 with a byte order mark, by which Excel knows UTF-8."""
    yield csv_line(list(map(neutral, header))).encode("utf-8-sig")
    yield from lines(pages, lambda row: csv_line(list(map(written, cells(row)))))


def results_csv(recorded: BulkOperation, items: QuerySet[BulkItem], as_sent: bool) -> Iterator[bytes]:
    """The items as a sheet; `as_sent`: in their own columns, and one of errors that the upload form passes over."""
    if not as_sent:
        return csv_of(COLUMNS, pages_of(items, *FIELDS), cells_of)
    known = fields_of(operations().get(recorded.name))
    columns = sent_columns(sent_pages(recorded, items), known) or ["item"]
    return csv_of([*columns, "errors"], sent_pages(recorded, items, "errors"), lambda row: sent_cells(row, columns))


def results_jsonl(recorded: BulkOperation, items: QuerySet[BulkItem], as_sent: bool) -> Iterator[bytes]:
    """The items, one JSON object a line; `as_sent`: with `item`, what was sent."""
    if not as_sent:
        return lines(pages_of(items, *FIELDS), lambda row: encode(told_of(row)) + b"\n")
    sent = sent_pages(recorded, items, *FIELDS)
    return lines(sent, lambda row: encode({**told_of(row), "item": row["payload"]}) + b"\n")


def download(recorded: BulkOperation, content: Iterator[bytes], media_type: str, suffix: str) -> StreamingHttpResponse:
    """A file to keep, named after the operation."""
    disposition = content_disposition_header(as_attachment=True, filename=f"{recorded.name}-{recorded.pk}.{suffix}")
    return StreamingHttpResponse(
        content, content_type=f"{media_type}; charset=utf-8", headers={"Content-Disposition": disposition or ""}
    )
