"""Files of SKUs, made here, and what is read in them."""

import io
import zipfile
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from catalog.uploads.reading import Format, Numbered, detect, guess, raws, rows

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def kept(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def all_rows(path: Path) -> list[Numbered]:
    return list(rows(path, detect(path, path.name)))


def read(path: Path) -> tuple[Format, list[tuple[int, Any]]]:
    """The format of a file, and what its rows say under the guessed mapping; faults of cells as their sentences."""
    form = detect(path, path.name)
    found = raws(rows(path, form), form, guess(form.columns))
    return form, [(number, [fault.message for fault in faults] or raw) for number, (raw, faults) in found]


def packed(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def workbook(*cells: list[Any]) -> bytes:
    book = Workbook()
    for row in cells:
        book.active.append(row)
    return packed(book)


def with_part(name: str, content: bytes | str) -> bytes:
    """A workbook one of whose parts is another, or that has a part more."""
    source = zipfile.ZipFile(io.BytesIO(workbook(["id", "name"])))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in dict.fromkeys([*source.namelist(), name]):
            target.writestr(part, content if part == name else source.read(part))
    return changed.getvalue()


def with_rows(xml: str, claimed: str = "A1:B2") -> bytes:
    """A workbook whose only sheet has the columns id and name, rows of that XML, and the size that it claims."""
    header = f'<row r="1">{text_cell("A1", "id")}{text_cell("B1", "name")}</row>'
    dimension = f'<dimension ref="{claimed}"/>'
    sheet = f'<worksheet xmlns="{SPREADSHEET}">{dimension}<sheetData>{header}{xml}</sheetData></worksheet>'
    return with_part("xl/worksheets/sheet1.xml", sheet)


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
