"""Files that people upload, as rows: CSV, XLSX, JSON and JSON lines.

A reader says what stands in the file, `catalog.uploads.cells` what it means. Rows are numbered as people see them: as a
spreadsheet does, by the line in JSON lines, and from 1 in JSON.
"""

import csv
import io
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

import orjson

from catalog.uploads.reading.formats import Numbered, Unreadable, blank
from printshop.api import strict_json
from printshop.api.refusals import Refused

MAX_BYTES = 50_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 100
DELIMITERS = ",;\t"
HEADER_CHARACTERS = 20_000
WORKBOOK_SECONDS = 90
WORKBOOK_READER = Path(__file__).with_name("workbooks.py")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read.

    Each row is its number and its cells under `columns`, the names as they stand in the file. JSON has no columns:
    there a row is its number and its element. `delimiter` is the CSV's own, empty for the other formats.
    """

    columns: list[str]
    rows: list[Numbered]
    delimiter: str = ""


def limited(rows: Iterable[Numbered]) -> list[Numbered]:
    """The rows, if there are any and not too many."""
    found = list(islice(rows, MAX_ROWS + 1))
    if len(found) > MAX_ROWS:
        raise Unreadable(f"The file has more than {MAX_ROWS:,} rows; split it.")
    if not found:
        raise Unreadable("The file has no rows with SKUs in it.")
    return found


def sheet_of(rows: Iterable[Numbered], delimiter: str = "") -> Sheet:
    """Numbered rows of cells as a sheet: the first one that is not blank is the header."""
    filled = ((number, cells) for number, cells in rows if not all(map(blank, cells)))
    header = next(filled, None)
    if header is None:
        raise Unreadable("The file is empty.")
    columns = ["" if blank(cell) else str(cell).strip() for cell in header[1]]
    while not columns[-1]:
        columns.pop()
    if len(columns) > MAX_COLUMNS:
        raise Unreadable(f"The file has {len(columns):,} columns; at most {MAX_COLUMNS} are read.")
    return Sheet(columns, limited(filled), delimiter)


def decoded(content: bytes) -> str:
    """Text in UTF-8, with or without a byte order mark."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise Unreadable("The file is encoded in UTF-16 or UTF-32; save it as UTF-8.")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise Unreadable(f"Line {line} holds a NUL character; the file is damaged or not a text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(f"Line {line} is not UTF-8; save the file as “CSV UTF-8”.") from error


def delimiter_of(text: str) -> str:
    """The delimiter that makes most of the first line."""
    head = text[:HEADER_CHARACTERS].lstrip()

    def cells(delimiter: str) -> int:
        return len(next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), []))

    return max(DELIMITERS, key=cells)


def csv_sentence(row: int, error: csv.Error) -> str:
    """What is wrong with a row of CSV, for people."""
    reason = str(error)
    if "unexpected end" in reason:
        return f"Row {row} opens a quote that is never closed."
    if "field limit" in reason:
        return f"Row {row} has a cell of more than {csv.field_size_limit():,} characters; is a quote never closed?"
    if "expected after" in reason:
        return f"Row {row} goes on after a closing quote; inside a quoted cell a quote is written twice."
    return f"Row {row} is not valid CSV: {reason}."


def csv_rows(text: str, delimiter: str) -> Iterator[Numbered]:
    """Records with their numbers, blank ones counted."""
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            yield number, cells
    except csv.Error as error:
        raise Unreadable(csv_sentence(number + 1, error)) from error


def read_csv(content: bytes) -> Sheet:
    """RFC 4180, with comma, semicolon or tab."""
    text = decoded(content)
    delimiter = delimiter_of(text)
    return sheet_of(csv_rows(text, delimiter), delimiter)


def json_of(content: bytes, place: str) -> Any:
    """One JSON text. Raises `Unreadable` with a sentence that begins with the place."""
    try:
        return strict_json.loads(content)
    except Refused as refused:
        fault = refused.faults[0][1]
        where = f" (at {fault.path})" if fault.path else ""
        raise Unreadable(f"{fault.message.replace('The body', place)}{where}") from refused


def read_json(content: bytes) -> Sheet:
    """A list of SKUs, or an object that holds it as `skus`."""
    decoded(content)
    value = json_of(content, "The file")
    if isinstance(value, dict):
        if others := ", ".join(key for key in value if key != "skus"):
            raise Unreadable(f"Beside skus the file holds {others[:100]}; how to import is chosen in the form alone.")
        value = value.get("skus")
    if not isinstance(value, list):
        raise Unreadable('The file must hold a list of SKUs, or an object {"skus": […]}.')
    return Sheet([], limited(enumerate(value, 1)))


def read_json_lines(content: bytes) -> Sheet:
    """One SKU on each line."""
    decoded(content)
    lines = ((number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip())
    return Sheet([], limited((number, json_of(line, f"Line {number}")) for number, line in lines))


def read_xlsx(content: bytes) -> Sheet:
    """The first visible sheet of a workbook, read by a process with limits of its own."""
    command = [sys.executable, "-I", str(WORKBOOK_READER), str(MAX_ROWS + 1), str(MAX_COLUMNS)]
    too_much = "The workbook needs too much memory or time to be read; save it as CSV."
    try:
        reader = subprocess.run(command, input=content, capture_output=True, timeout=WORKBOOK_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(too_much) from error
    if reader.returncode:
        raise Unreadable(reader.stderr.decode().strip() if reader.returncode == 2 else too_much)
    return sheet_of(orjson.loads(reader.stdout))


READERS = {
    ".csv": (read_csv, "text"),
    ".tsv": (read_csv, "text"),
    ".txt": (read_csv, "text"),
    ".xlsx": (read_xlsx, "an Excel workbook"),
    ".json": (read_json, "JSON"),
    ".jsonl": (read_json_lines, "JSON"),
    ".ndjson": (read_json_lines, "JSON"),
}
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook",
    OLD_OFFICE: "an old or password-protected Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "compressed gzip bytes",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


def content_of(content: bytes) -> str:
    """What the first bytes look like."""
    for signature, name in SIGNATURES.items():
        if content.startswith(signature):
            return name
    return "JSON" if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "text"


def check_content(name: str, expected: str, content: bytes) -> None:
    """Refuse a file that is not what its name says."""
    found = content_of(content)
    if not content.strip():
        raise Unreadable("The file is empty.")
    if content.startswith(OLD_OFFICE):
        raise Unreadable("This is an old or password-protected Excel workbook; save it as .xlsx without a password.")
    if found == "text" and expected == "JSON":
        decoded(content)
    if found != expected:
        raise Unreadable(f"{name} is named as {expected}, but holds {found}.")


def read_sheet(name: str, content: bytes) -> Sheet:
    """The rows of a file; its format is told by the name and checked against the content. Raises `Unreadable`."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in READERS:
        raise Unreadable(f"Files named {suffix or name} are not read; choose a .csv, .xlsx, .json or .jsonl file.")
    if len(content) > MAX_BYTES:
        raise Unreadable(f"The file is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    reader, expected = READERS[suffix]
    check_content(name, expected, content)
    return reader(content.removeprefix(b"\xef\xbb\xbf"))
