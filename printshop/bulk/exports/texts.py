"""CSV and JSON lines, piece by piece."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from printshop.bulk.cells import written

Pages = Iterable[list[list[Any]]]
# By which spreadsheet programs know UTF-8.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def csv_text(rows: Iterable[Iterable[Any]]) -> bytes:
    """Records after RFC 4180."""
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(map(written, row) for row in rows)
    return sheet.getvalue().encode()


def csv_parts(noun: str, names: Sequence[str], pages: Pages) -> Iterator[bytes]:
    yield BYTE_ORDER_MARK + csv_text([names])
    yield from map(csv_text, pages)


def json_line_parts(noun: str, names: Sequence[str], pages: Pages) -> Iterator[bytes]:
    for page in pages:
        yield b"".join(orjson.dumps(dict(zip(names, row, strict=True))) + b"\n" for row in page)
