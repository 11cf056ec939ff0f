"""What a file is, told by its name and checked against its content; and its rows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import dropwhile, islice
from pathlib import Path, PurePath

from catalog.uploads.reading import formats
from catalog.uploads.reading.documents import json_elements, json_lines
from catalog.uploads.reading.encodings import encoding_of
from catalog.uploads.reading.formats import Format, Numbered, Unreadable
from catalog.uploads.reading.tables import (
    HEAD_CHARACTERS,
    decimal_of,
    delimiter_of,
    filled,
    header_of,
    is_hint,
    opened,
    records,
)
from catalog.uploads.reading.workbooks import workbook_rows

TEXT, JSON, WORKBOOK = "text", "JSON", "an Excel workbook"
SUFFIXES = {
    ".csv": ("csv", TEXT),
    ".tsv": ("csv", TEXT),
    ".txt": ("csv", TEXT),
    ".xlsx": ("xlsx", WORKBOOK),
    ".json": ("json", JSON),
    ".jsonl": ("jsonl", JSON),
    ".ndjson": ("jsonl", JSON),
}
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
SIGNATURES = {
    b"PK\x03\x04": WORKBOOK,
    OLD_OFFICE: "an old or password-protected Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "compressed gzip bytes",
    b"\x7fELF": "a program",
}
HEAD_BYTES = 4096
SAMPLE_ROWS, SAMPLE_CHARACTERS = 100, 200_000


def content_of(head: bytes) -> str:
    """What the first bytes look like."""
    for signature, name in SIGNATURES.items():
        if head.startswith(signature):
            return name
    return JSON if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else TEXT


def check_content(name: str, expected: str, head: bytes) -> None:
    """Refuse a file that is not what its name says."""
    found = content_of(head)
    if not head.strip():
        raise Unreadable("The file is empty.")
    if head.startswith(OLD_OFFICE):
        raise Unreadable("This is an old or password-protected Excel workbook; save it as .xlsx without a password.")
    if expected == JSON and b"\0" in head[:4]:
        raise Unreadable("The file is encoded in UTF-16 or UTF-32; save it as UTF-8.")
    if found != expected:
        raise Unreadable(f"{name} is named as {expected}, but holds {found}.")


def format_of(path: Path, kind: str) -> Format:
    """How a file of a kind is written, its columns not yet read."""
    if kind != "csv":
        return Format(kind)
    encoding = encoding_of(path)
    with opened(path, encoding) as file:
        return Format(kind, encoding, delimiter_of(file.read(HEAD_CHARACTERS).lstrip()))


def numbered(path: Path, form: Format, tell: Callable[[int], object] = int) -> Iterator[Numbered]:
    """Everything that stands in a file and is not blank, the header included; `tell` is told a workbook's last row."""
    match form.kind:
        case "csv":
            return dropwhile(is_hint, filled(records(path, form.encoding, form.delimiter)))
        case "xlsx":
            return filled(workbook_rows(path, tell))
        case "json":
            return json_elements(path)
        case _:
            return json_lines(path)


def with_columns(form: Format, found: Iterator[Numbered]) -> Format:
    """The format with the names of its columns, which the first row gives."""
    header = next(found, None)
    if header is None:
        raise Unreadable("The file is empty.")
    columns = header_of(header[1])
    if len(columns) > formats.MAX_COLUMNS:
        raise Unreadable(f"The file has {len(columns):,} columns; at most {formats.MAX_COLUMNS} are read.")
    return replace(form, columns=columns)


def sample_of(found: Iterator[Numbered]) -> list[Numbered]:
    """The first rows, fewer of them where they are long."""
    sample, characters = [], 0
    for row in islice(found, SAMPLE_ROWS):
        sample.append(row)
        characters += len(repr(row))
        if characters > SAMPLE_CHARACTERS:
            break
    return sample


def detect(path: Path, name: str) -> Format:
    """What a file is, by the name that it was sent under. Raises `Unreadable`.

    A text is decoded once from end to end; of rows, no more than the sample is read.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Unreadable(f"Files named {suffix or name} are not read; choose a .csv, .xlsx, .json or .jsonl file.")
    if path.stat().st_size > formats.MAX_BYTES:
        raise Unreadable(f"The file is larger than {formats.MAX_BYTES // 1_000_000} MB; split it.")
    kind, expected = SUFFIXES[suffix]
    with path.open("rb") as file:
        check_content(name, expected, file.read(HEAD_BYTES))
    form = format_of(path, kind)
    ends: list[int] = []
    found = numbered(path, form, ends.append)
    if expected is not JSON:
        form = with_columns(form, found)
    sample = sample_of(found)
    if not sample:
        raise Unreadable("The file has no rows with SKUs in it.")
    decimal = decimal_of(form.delimiter, (cells for _, cells in sample)) if form.columns else "."
    return replace(form, decimal=decimal, sample=sample, last_row=next(iter(ends), None))


def rows(path: Path, form: Format) -> Iterator[Numbered]:
    """The rows of a file, each with its number, one after another: memory does not grow with them. Raises `Unreadable`,
    which may be in the middle."""
    most = formats.MAX_WORKBOOK_ROWS if form.kind == "xlsx" else formats.MAX_ROWS
    found = numbered(path, form)
    if form.columns:
        next(found, None)
    for count, row in enumerate(found, 1):
        if count > most:
            raise Unreadable(f"The file has more than {most:,} rows; split it.")
        yield row


def read_again(path: Path, form: Format) -> Format:
    """The format with the columns and rows that a file has when it is read as somebody says. Raises `Unreadable`."""
    found = numbered(path, form)
    form = with_columns(form, found)
    return replace(form, sample=sample_of(found))
