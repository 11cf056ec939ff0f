"""Files that nobody should send: each with its name, its content, and what has to be said about it."""

import io
import struct
import zipfile

from openpyxl import Workbook

from catalog.tests.reading.sheets import packed, text_cell, with_part, with_rows, workbook
from catalog.uploads.samples import SAMPLES

HEADER = b"id,name,basePrice\n"


def encrypted_zip() -> bytes:
    content = bytearray(workbook(["id"], ["a"]))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 8] |= 1
    return bytes(content)


def with_declared_size(size: int) -> bytes:
    """A workbook whose sheet says that it unpacks to that many bytes."""
    content = with_rows(" " * 1_000_000)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        real = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return content.replace(struct.pack("<L", real), struct.pack("<L", size))


def hidden_book() -> bytes:
    book = Workbook()
    book.create_sheet("other")
    content = packed(book)
    source = zipfile.ZipFile(io.BytesIO(content))
    xml = source.read("xl/workbook.xml").replace(b'state="visible"', b'state="hidden"')
    return with_part("xl/workbook.xml", xml)


def archive_of(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def far(place: str) -> bytes:
    return with_rows(f'<row r="{place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}">{text_cell(place, "x")}</row>')


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><workbook>&j;</workbook>"
)
ELSEWHERE = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="x" Target="worksheets/../../../sheet1.xml"/></Relationships>'
)
LONG = "".join(map(str, range(800_000)))
BAD_FILES = {
    # The file as a whole
    "empty": ("a.csv", b"", "The file is empty."),
    "blank": ("a.csv", b" \n\n", "The file is empty."),
    "commas": ("a.csv", b"\n,,\n", "The file is empty."),
    "only a header": ("a.csv", HEADER, "The file has no rows with SKUs in it."),
    "a template": ("template.csv", SAMPLES["template.csv"][1](), "The file has no rows with SKUs in it."),
    "a template workbook": ("template.xlsx", SAMPLES["template.xlsx"][1](), "The file has no rows with SKUs in it."),
    "another suffix": ("a.xls", b"x", "Files named .xls are not read"),
    "no suffix": ("a", b"x", "Files named a are not read"),
    # Encodings
    "UTF-32": ("a.csv", "id,name\na,b\n".encode("utf-32"), "UTF-32"),
    "UTF-16 without a mark": ("a.csv", "id,name\na,b\n".encode("utf-16-le"), "without a byte order mark"),
    "half a UTF-16": ("a.csv", "id,name\na,b\n".encode("utf-16") + b"a", "Line 3 is not UTF-16"),
    "damaged UTF-8": ("a.csv", "id,name\nä,b\n".encode() + b"\xff\n", "Line 3 is not UTF-8, as which the file begins."),
    "no encoding": ("a.csv", HEADER + b"a,\x81\xff,1\n", "Line 2 is neither UTF-8 nor Windows-1252"),
    "NUL": ("a.csv", HEADER + b"a,b\0c,1\n", "Line 2 holds a NUL"),
    "NUL far behind": ("a.csv", HEADER + b"a,b,1\n" * 400_000 + b"\0", "Line 400002 holds a NUL"),
    # CSV
    "a quote never closed": ("a.csv", HEADER + b'a,b,1\nb,"c,2\nd,e,3\n', "Row 3 opens a quote that is never closed."),
    "line and row": ("a.csv", HEADER + b'a,"b\nb",1\nb,"c', "Row 3 (line 4) opens a quote that is never closed."),
    "a quote before much": ("a.csv", HEADER + b'a,"' + b"b,c\n" * 5_000_000, "Row 2 has a cell of more than 2,000,000"),
    "a quote within": ("a.csv", HEADER + b'a,"b"c,1\n', "Row 2 goes on after a closing quote"),
    "a long cell": ("a.csv", HEADER + b"a," + b"x" * 2_100_000 + b",1\n", "Row 2 has a cell of more than 2,000,000"),
    "a long line": ("a.csv", HEADER + b"a," * 10_000_000, "Row 2 has more than 4,000,000 characters"),
    "a record of many lines": ("a.csv", HEADER + b'"\n",' * 10_000_000, "Row 2 has more than 4,000,000 characters"),
    "a thousand columns": ("a.csv", b",".join(b"c%d" % n for n in range(1000)) + b"\n1\n", "has 1,000 columns"),
    "a million columns": ("a.csv", b"c," * 1_000_000 + b"c\n1\n", "has 1,000,001 columns; at most 100 are read."),
    "ten million columns": ("a.csv", b"c," * 10_000_000 + b"c\n1\n", "Row 1 has more than 4,000,000 characters"),
    # Names that lie
    "JSON as CSV": ("a.csv", b'[{"id": "a"}]', "is named as text, but holds JSON"),
    "a PDF": ("a.csv", b"%PDF-1.7", "holds a PDF"),
    "a workbook as CSV": ("a.csv", workbook(["id"]), "is named as text, but holds an Excel workbook"),
    "CSV as a workbook": ("a.xlsx", b"id,name\na,b\n", "is named as an Excel workbook, but holds text"),
    "an old or encrypted workbook": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "password"),
    # JSON
    "no list": ("a.json", b'{"skus": {}}', "must hold a list"),
    "no list at all": ("a.json", b'{"id": "a"}', "This one holds id; SKUs on a line each are a .jsonl file."),
    "terms behind": ("a.json", b'{"skus": [{}], "mode": "replace"}', "Beside skus the file holds mode"),
    "terms before": ("a.json", b'{"mode": "replace", "skus": [{}]}', "This one holds mode"),
    "an empty list": ("a.json", b"[ ]", "has no rows"),
    "NaN": ("a.json", b'[{"id": NaN}]', "Element 1 is not valid JSON"),
    "two values": ("a.json", b"[1 2]", "Element 1 is not valid JSON"),
    "a comma too much": ("a.json", b"[1, ]", "Element 2 is not valid JSON"),
    "brackets that cross": ("a.json", b'[{"id": [}]]', "Element 1 is not valid JSON"),
    "a list never closed": ("a.json", b'[{"id": "a"}', "never closed"),
    "an element never closed": ("a.json", b'[{"id": "a"}, {"id": "b', "Element 2 is not valid JSON"),
    "more behind the list": ("a.json", b"[1] [2]", "something stands behind the list"),
    "an object never closed": ("a.json", b'{"skus": [1]', "something stands behind the list"),
    "NUL in JSON": ("a.json", b'[{"id": "a\\u0000"}]', "must not contain the NUL character. (at id)"),
    "a deep nest": ("a.json", b"[" * 10_000_000, "nested more than 16 levels"),
    "a deep element": ("a.json", b'[{"id":' + b"[" * 100 + b"]" * 100 + b"}]", "is nested more than 16 levels"),
    "a long element": ("a.json", b'["' + b"x" * 20_000_000 + b'"]', "Element 1 is longer than 4,000,000 bytes"),
    "JSON in UTF-16": ("a.json", '[{"id": "a"}]'.encode("utf-16"), "UTF-16"),
    "JSON in Latin-1": ("a.json", '[{"id": "ä"}]'.encode("latin-1"), "Element 1 is not valid JSON"),
    "a bad line": ("a.jsonl", b'{"id": "a"}\n\n{"id": }\n', "Line 3 is not valid JSON"),
    "a long JSON line": ("a.jsonl", b'{"id": "' + b"x" * 20_000_000, "Line 1 is longer than 4,000,000 bytes"),
    # XLSX
    "a damaged workbook": ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "damaged"),
    "half a workbook": ("a.xlsx", workbook(["id"], ["a"])[:-2000], "damaged"),
    "a zip": ("a.xlsx", archive_of(readme=b"hello"), "no Excel workbook"),
    "a protected zip": ("a.xlsx", encrypted_zip(), "protected by a password"),
    "no visible sheet": ("a.xlsx", hidden_book(), "no visible sheet"),
    "macros": ("a.xlsx", with_part("xl/vbaProject.bin", b"x"), "holds macros"),
    "entities": ("a.xlsx", with_part("xl/workbook.xml", ENTITIES), "entities"),
    "entities in UTF-16": ("a.xlsx", with_part("xl/workbook.xml", ENTITIES.encode("utf-16")), "damaged"),
    "entities in the sheet": ("a.xlsx", with_part("xl/worksheets/sheet1.xml", ENTITIES), "entities"),
    "entities in the texts": ("a.xlsx", with_part("xl/sharedStrings.xml", ENTITIES), "entities"),
    "the farthest cell": ("a.xlsx", far("XFD1048576"), "reaches down to row 1,048,576"),
    "a far column": ("a.xlsx", far("XFD2"), "has 16,384 columns"),
    "a far row": ("a.xlsx", far("A1048576"), "reaches down to row 1,048,576"),
    "a size in words": ("a.xlsx", with_rows("", "nonsense"), "damaged"),
    "many parts": ("a.xlsx", archive_of(**{f"part-{n}": b"" for n in range(50_000)}), "no Excel workbook"),
    "many cells claimed": ("a.xlsx", far("CV300000"), "spans more than 5,000,000 cells"),
    "a long row": ("a.xlsx", with_rows(f"<row>{text_cell('A2', LONG)}</row>"), "Row 2 is longer than 4,000,000 bytes"),
    "a part elsewhere": ("a.xlsx", with_part("xl/_rels/workbook.xml.rels", ELSEWHERE), "damaged"),
    "many cells": ("a.xlsx", with_rows("<row>" + "<c/>" * 6_000_000 + "</row>"), "200 times its size"),
    "a bomb": ("a.xlsx", with_part("xl/worksheets/sheet1.xml", b"\0" * 50_000_000), "200 times its size"),
    "a bomb by what it declares": ("a.xlsx", with_declared_size(401_000_000), "unpacks to more than 400 MB"),
    "a bomb that declares less": ("a.xlsx", with_declared_size(100), "damaged"),
}  # fmt: skip
