"""XLSX, piece by piece: a sheet is compressed and sent while its rows are still being read.

Texts are text cells, so that neither 007 nor 1e5 nor 2024-01-01 becomes something else; numbers are numbers as long as
the 15 digits that Excel keeps say them exactly.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from printshop.bulk.cells import written
from printshop.bulk.exports.texts import Pages

# What no cell can hold leaves it empty, and an empty cell leaves its field as it is when it is uploaded.
CELL_CHARACTERS = 32_767
UNSAYABLE = re.compile("[\ufffe\uffff]")
# What XML cannot say, or would say otherwise, Excel writes as `_x000D_`; a text that looks like that is written so too.
UNSAID = re.compile(r"[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="{noun}" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


class Outgoing(io.RawIOBase):
    """A file that is given away as it is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.written.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        parts, self.written = self.written, []
        return b"".join(parts)


def letters_of(count: int) -> list[str]:
    """How a spreadsheet names its first columns, of which there are fewer than there are letters."""
    return [chr(65 + position) for position in range(count)]


def text_xml(text: str) -> str:
    return escape(UNSAID.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def cell_xml(place: str, value: Any) -> str:
    """A cell; nothing for null, and for what no cell can hold."""
    if isinstance(value, int | float) and not isinstance(value, bool) and float(format(value, ".15g")) == value:
        return f'<c r="{place}"><v>{value!r}</v></c>'
    text = written(value)
    if not text or len(text) > CELL_CHARACTERS or UNSAYABLE.search(text):
        return ""
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text_xml(text)}</t></is></c>'


def row_xml(number: int, letters: Sequence[str], values: Sequence[Any]) -> str:
    cells = "".join(cell_xml(f"{letter}{number}", value) for letter, value in zip(letters, values, strict=True))
    return f'<row r="{number}">{cells}</row>'


def workbook_parts(noun: str, names: Sequence[str], pages: Pages) -> Iterator[bytes]:
    """A workbook of one sheet."""
    outgoing, letters, number = Outgoing(), letters_of(len(names)), 1
    with zipfile.ZipFile(outgoing, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, xml in PARTS.items():
            archive.writestr(name, DECLARATION + xml.replace("{noun}", noun))
        with archive.open(SHEET, "w") as sheet:
            sheet.write(f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            sheet.write(row_xml(1, letters, names).encode())
            for page in pages:
                sheet.write("".join(row_xml(at, letters, row) for at, row in enumerate(page, number + 1)).encode())
                number += len(page)
                # The compressor may have kept it all, and an empty piece would end some servers' answers.
                if part := outgoing.taken():
                    yield part
            sheet.write(b"</sheetData></worksheet>")
    yield outgoing.taken()
