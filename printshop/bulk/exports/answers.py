"""A list as a download."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from printshop.bulk.exports.tables import Table
from printshop.bulk.exports.texts import Pages, csv_parts, json_line_parts
from printshop.bulk.exports.workbooks import workbook_parts


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format: what it is called, and how a file of it is made; `most` are the rows that its readers take."""

    title: str
    content_type: str
    parts: Callable[[str, Sequence[str], Pages], Iterator[bytes]]
    most: int | None = None


FORMATS = {
    "csv": FileFormat("CSV", "text/csv; charset=utf-8", csv_parts),
    "xlsx": FileFormat(
        "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_parts, 300_000
    ),
    "jsonl": FileFormat("JSON lines", "application/x-ndjson", json_line_parts),
}


class TooManyRows(Exception):
    """More rows than a file of the format should have."""


def download(table: Table, rows: QuerySet, suffix: str, at: datetime) -> StreamingHttpResponse:
    """The rows as a file to keep. Raises `TooManyRows`."""
    chosen = FORMATS[suffix]
    if chosen.most and rows.order_by()[chosen.most : chosen.most + 1].exists():
        raise TooManyRows(f"{chosen.title} takes at most {chosen.most:,} rows: narrow the list down, or choose CSV.")
    parts = chosen.parts(table.noun, table.names, table.pages(rows))
    name = f"{table.noun.lower()}-{at:%Y-%m-%d}.{suffix}"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return StreamingHttpResponse(
        parts, content_type=chosen.content_type, headers={"Content-Disposition": disposition or ""}
    )
