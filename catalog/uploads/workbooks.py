"""Reads the first visible sheet of an .xlsx workbook, in a process of its own.

A few kilobytes can claim more cells than a machine holds, so the reader lives under limits of memory and time and dies
alone. The workbook comes on standard input; on standard output leaves JSON `[[row number, [cell, …]], …]`, in which a
cell is text, a number, true, false, null or `{"rule": "is …"}` where the sheet holds something that is no value. What
cannot be read at all ends the process with status 2 and one sentence on standard error.
"""

import io
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import orjson
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

UNPACKED_BYTES = 400_000_000
MEMORY_BYTES = 2_000_000_000
SECONDS = 60
REFUSED = 2
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Unreadable(Exception):
    """The workbook cannot be read; the sentence says why."""


def unpacked(content: bytes) -> zipfile.ZipFile:
    """The archive, after making sure that it unpacks to what it declares and not to more than is allowed."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable("The workbook is protected by a password; save it without one.")
        if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
            raise Unreadable("The workbook unpacks to more than 400 MB; save it as CSV, or split it.")
        if "xl/workbook.xml" not in archive.namelist():
            raise Unreadable("This is a ZIP archive, but no Excel workbook (.xlsx).")
        # A size that was declared too small shows as a wrong checksum here, before anything else unpacks it.
        broken = archive.testzip()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Unreadable("The workbook is damaged; save it anew.") from error
    if broken:
        raise Unreadable("The workbook is damaged; save it anew.")
    return archive


def sheet_xml(archive: zipfile.ZipFile, sheet_name: str) -> bytes:
    """The XML of the sheet with that name; nothing when the workbook does not say where it is."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet") and sheet.get("name") == sheet_name:
            target = targets.get(sheet.get(RELATION), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return archive.read(path) if path in archive.namelist() else b""
    return b""


def rule_broken(attributes: bytes, inner: bytes) -> str:
    """What is wrong with a cell that the reader would take for an empty one; nothing for a sound cell."""
    value = VALUE.search(inner)
    if b't="e"' in attributes:
        return f"holds the error {value[1].decode(errors='replace')[:20] if value else '#N/A'}"
    if b"f>" in inner and b" t=" not in attributes and not value:
        return "holds a formula that was never calculated; save the workbook in a spreadsheet program"
    return ""


def column_number(letters: bytes) -> int:
    """From 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def broken_cells(xml: bytes) -> dict[tuple[int, int], str]:
    """Errors and uncalculated formulas by row number (from 1) and column (from 0): to the reader they are empty."""
    if b't="e"' not in xml and b"f>" not in xml:
        return {}
    found = {}
    for cell in CELL.finditer(xml):
        rule, place = rule_broken(cell[1], cell[2]), PLACE.search(cell[1])
        if rule and place:
            found[int(place[2]), column_number(place[1])] = rule
    return found


def plain(cell: Any) -> Any:
    """A cell as JSON can say it. Excel keeps 15 digits, so 0.1 + 0.2 is 0.3 there, and here."""
    if isinstance(cell, float):
        return float(format(cell, ".15g"))
    if isinstance(cell, bool | str):
        return None if cell == "" else cell
    return {"rule": "is a date or time in the workbook; format the cell as text"}


def rows_of(sheet: Any, broken: dict[tuple[int, int], str]) -> Iterator[tuple[int, list[Any]]]:
    """Numbered rows, less the blank ones."""
    faulty_rows = {number for number, _ in broken}
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        row = [plain(cell) for cell in cells]
        if number in faulty_rows:
            row = [{"rule": broken[number, at]} if (number, at) in broken else cell for at, cell in enumerate(row)]
        if any(cell is not None for cell in row):
            yield number, row


def read(content: bytes, last_row: int, last_column: int) -> list[tuple[int, list[Any]]]:
    """The rows of the first visible sheet. Raises `Unreadable`."""
    archive = unpacked(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
        if not visible:
            raise Unreadable("The workbook has no visible sheet.")
        sheet = book.get_sheet_by_name(visible[0])
        broken = broken_cells(sheet_xml(archive, visible[0]))
    except PasswordError as error:
        raise Unreadable("The workbook is protected by a password; save it without one.") from error
    except (CalamineError, ElementTree.ParseError, KeyError) as error:
        raise Unreadable("The workbook is damaged; save it anew.") from error
    row, column = sheet.end or (0, 0)
    if row >= last_row:
        raise Unreadable(f"The sheet reaches down to row {row + 1:,}; at most row {last_row:,} is read.")
    if column >= last_column:
        raise Unreadable(f"The sheet has {column + 1:,} columns; at most {last_column} are read.")
    return list(rows_of(sheet, broken))


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        rows = read(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]))
    except Unreadable as error:
        print(error, file=sys.stderr)
        return REFUSED
    sys.stdout.buffer.write(orjson.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
