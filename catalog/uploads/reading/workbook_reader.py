"""Reads the first visible sheet of an .xlsx workbook, in a process of its own.

A few kilobytes can claim more cells than a machine holds, so the reader lives under limits of memory and time, looks at
every part before a library does, and dies alone. It is called with a path and with the last row and column that are
read; on standard output it says the number of the last row there is, and then each row as a line of JSON,
`[row number, [cell, …], {position: "is …"}]`, in which a cell is text, a number or null, and the last element tells
what is wrong with cells that hold no value. What cannot be read ends the process with status 2 and one sentence on
standard error.
"""

import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Any
from xml.etree import ElementTree

import orjson
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

BLOCK = 1 << 20
UNPACKED_BYTES = 400_000_000
# The parts that say what is where; sheets and texts are larger.
DIRECTORY_BYTES = 5_000_000
# Sheets of real life pack to a tenth or a thirtieth of their size.
LARGE, PACKED_TIMES = 10_000_000, 200
MAX_CELLS, MAX_RECORD = 5_000_000, 4_000_000
MEMORY_BYTES, SECONDS = 1_000_000_000, 30
MEMORY_BYTES_AT_FIRST = 400_000_000
REFUSED = 2
DAMAGED = "The workbook is damaged; save it anew."
START = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
# With a literal first a pattern is found several times faster; what is written otherwise meets the limit of memory.
COLUMNS, ROWS = re.compile(rb' r="([A-Z]{1,3})[0-9]'), re.compile(rb' r="[A-Z]{0,3}([0-9]{1,7})"')
CELLS = re.compile(rb"<c[\s/>]")
PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)")
TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Unreadable(Exception):
    """The workbook cannot be read; the sentence says why."""


def checked(archive: zipfile.ZipFile) -> zipfile.ZipFile:
    """The archive, as far as its directory shows that it is a workbook and of a size that can be read."""
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("The workbook is protected by a password; save it without one.")
    if "xl/workbook.xml" not in archive.NameToInfo:
        raise Unreadable("This is a ZIP archive, but no Excel workbook (.xlsx).")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise Unreadable("The workbook holds macros; save it as .xlsx without them.")
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise Unreadable("The workbook unpacks to more than 400 MB; save it as CSV, or split it.")
    if any(entry.file_size > max(LARGE, PACKED_TIMES * entry.compress_size) for entry in entries):
        raise Unreadable("The workbook unpacks to more than 200 times its size, as no sheet of SKUs does.")
    return archive


def without_entities(xml: bytes) -> bytes:
    """The beginning of a part, where entities would be declared."""
    if b"<!DOCTYPE" in xml:
        raise Unreadable("The workbook declares entities of its own, as no spreadsheet program does.")
    return xml


def directory_xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """One of the small parts."""
    if archive.getinfo(name).file_size > DIRECTORY_BYTES:
        raise Unreadable(DAMAGED)
    return ElementTree.fromstring(without_entities(archive.read(name)))


def first_visible(archive: zipfile.ZipFile) -> tuple[str, str]:
    """Name and part of the sheet that is read."""
    targets = {one.get("Id"): one.get("Target", "") for one in directory_xml(archive, "xl/_rels/workbook.xml.rels")}
    for sheet in directory_xml(archive, "xl/workbook.xml").iter():
        if sheet.tag.endswith("}sheet") and sheet.get("state", "visible") == "visible":
            target = targets[sheet.get(RELATION)]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return sheet.get("name", ""), archive.getinfo(part).filename
    raise Unreadable("The workbook has no visible sheet.")


# --- A look at the parts ----------------------------------------------------------------------------------------------
def blocks(part: IO[bytes]) -> Iterator[bytes]:
    """A part, a block at a time; a size declared too small shows at its end, as a wrong checksum."""
    yield without_entities(part.read(BLOCK))
    yield from iter(partial(part.read, BLOCK), b"")


def pieces(part: IO[bytes]) -> Iterator[bytes]:
    """A sheet in pieces that end between two cells."""
    rest = b""
    for block in blocks(part):
        piece = rest + block
        cut = max(piece.rfind(b"<c "), piece.rfind(b":c "))
        cut = piece.rfind(b"<", 0, cut + 1)
        if cut <= 0 and len(piece) < 4 * BLOCK:
            rest = piece
            continue
        cut = cut if cut > 0 else len(piece)
        yield piece[:cut]
        rest = piece[cut:]
    yield rest


def column_number(letters: bytes) -> int:
    """From 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def rule_broken(cell: bytes) -> str:
    """What is wrong with a cell that the reader would take for an empty one; nothing for a sound cell."""
    attributes, _, inner = cell.partition(b">")
    value = VALUE.search(inner)
    if b't="e"' in attributes:
        return f"holds the error {value[1].decode(errors='replace')[:20] if value else '#N/A'}"
    if b"f>" in inner and b" t=" not in attributes and not value:
        return "holds a formula that was never calculated; save the workbook in a spreadsheet program"
    return ""


class Survey:
    """What a sheet claims, before it is read: how far it reaches, how many cells it has, and which hold no value."""

    def __init__(self, last_row: int, last_column: int) -> None:
        self.last_row, self.last_column = last_row, last_column
        self.row, self.column, self.cells = 0, 0, 0
        self.broken: dict[int, dict[int, str]] = {}

    def add(self, piece: bytes) -> None:
        self.cells += len(CELLS.findall(piece)) + piece.count(b":c")
        self.column = max([self.column, *map(column_number, set(COLUMNS.findall(piece)))])
        self.row = max([self.row, *map(int, set(ROWS.findall(piece)))])
        if b't="e"' in piece or b"f>" in piece:
            self.look_for_broken(piece)
        self.judge()

    def look_for_broken(self, piece: bytes) -> None:
        for cell in START.split(piece)[1:]:
            rule, place = rule_broken(cell), PLACE.search(cell)
            if rule and place:
                self.broken.setdefault(int(place[2]), {})[column_number(place[1]) - 1] = rule

    def judge(self) -> None:
        if self.row > self.last_row:
            raise Unreadable(f"The sheet reaches down to row {self.row:,}; at most row {self.last_row:,} is read.")
        if self.column > self.last_column:
            raise Unreadable(f"The sheet has {self.column:,} columns; at most {self.last_column} are read.")
        if max(self.cells, self.row * self.column) > MAX_CELLS:
            raise Unreadable(f"The sheet spans more than {MAX_CELLS:,} cells; save it as CSV.")


def look_at(archive: zipfile.ZipFile, sheet_part: str, survey: Survey) -> None:
    """Unpack every part once, keeping nothing; the sheet is surveyed, and texts are counted."""
    for entry in archive.infolist():
        with archive.open(entry) as part:
            if entry.filename == sheet_part:
                for piece in pieces(part):
                    survey.add(piece)
            elif sum(len(TEXT.findall(block)) for block in blocks(part)) > MAX_CELLS:
                raise Unreadable(f"The workbook holds more than {MAX_CELLS:,} texts; save it as CSV.")


# --- Rows -------------------------------------------------------------------------------------------------------------
def plain(cell: Any) -> Any:
    """A cell as JSON can say it. Excel keeps 15 digits, so 0.1 + 0.2 is 0.3 there, and here."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, float):
        return float(format(cell, ".15g"))
    return ("TRUE" if cell else "FALSE") if isinstance(cell, bool) else None


def dates_in(cells: list[Any]) -> dict[int, str]:
    """The cells that calamine read as days or times."""
    told = "is a date or time in the workbook; format the cell as text"
    return {at: told for at, cell in enumerate(cells) if not isinstance(cell, str | float | bool)}


def say(number: int, cells: list[Any], broken: dict[int, str]) -> None:
    """A row on standard output, unless it is blank."""
    row = [plain(cell) for cell in cells]
    broken = {**dates_in(cells), **broken} if row.count(None) > cells.count("") else broken
    if broken or row.count(None) < len(row):
        line = orjson.dumps([number, row, broken], option=orjson.OPT_NON_STR_KEYS)
        if len(line) > MAX_RECORD:
            raise Unreadable(f"Row {number} is longer than {MAX_RECORD:,} bytes.")
        sys.stdout.buffer.write(line + b"\n")


def read(path: str, last_row: int, last_column: int) -> None:
    """Say the rows of the first visible sheet. Raises `Unreadable`."""
    survey = Survey(last_row, last_column)
    try:
        with zipfile.ZipFile(path) as archive:
            name, part = first_visible(checked(archive))
            look_at(archive, part, survey)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_name(name)
    except PasswordError as error:
        raise Unreadable("The workbook is protected by a password; save it without one.") from error
    except (
        CalamineError, ElementTree.ParseError, zipfile.BadZipFile, NotImplementedError, LookupError, EOFError, OSError,
        ValueError,
    ) as error:  # fmt: skip
        raise Unreadable(DAMAGED) from error
    sys.stdout.buffer.write(b"%d\n" % survey.row)
    left = [""] * (sheet.start or (0, 0))[1]
    for number, cells in enumerate(sheet.iter_rows(), 1):
        say(number, left + cells, survey.broken.get(number, {}))


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_AT_FIRST, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    path, last_row, last_column = sys.argv[1:]
    try:
        read(path, int(last_row), int(last_column))
    except Unreadable as error:
        print(error, file=sys.stderr)
        return REFUSED
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
