"""Files that cannot be read: each gets a sentence, quickly and in little memory, whoever made it and why."""

import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from openpyxl import Workbook

from catalog.tests.reading.sheets import all_rows, kept, packed, read, text_cell, with_part, with_rows, workbook
from catalog.uploads.reading import Unreadable, formats, workbooks
from catalog.uploads.samples import SAMPLES

# Files are read before any database is asked: once is enough.
pytestmark = pytest.mark.sqlite
HEADER = b"id,name,basePrice\n"
SECONDS, MEGABYTES = 6, 200


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


@pytest.mark.parametrize("case", BAD_FILES)
def test_it_refuses_a_file_with_a_sentence(tmp_path, case):
    name, content, expected = BAD_FILES[case]
    with pytest.raises(Unreadable) as refused:
        all_rows(kept(tmp_path, name, content))
    assert expected in str(refused.value)


PROBE = """
import json, pathlib, resource, sys, time
from catalog.uploads.reading import Unreadable, detect, rows
def megabytes(who): return resource.getrusage(who).ru_maxrss / 1024
before, slowest = megabytes(resource.RUSAGE_SELF), 0
for path in map(pathlib.Path, sys.argv[1:]):
    started = time.process_time()
    try:
        list(rows(path, detect(path, path.name.partition("-")[2])))
        sys.exit(f"{path.name} was read")
    except Unreadable:
        slowest = max(slowest, time.process_time() - started)
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": slowest, "own": megabytes(resource.RUSAGE_SELF) - before,
                  "reader": megabytes(resource.RUSAGE_CHILDREN), "readers": children.ru_utime + children.ru_stime}))
"""


def test_it_refuses_every_one_of_them_in_seconds_and_little_memory(tmp_path):
    paths = [kept(tmp_path, f"{at}-{name}", content) for at, (name, content, _) in enumerate(BAD_FILES.values())]
    probe = subprocess.run([sys.executable, "-c", PROBE, *paths], capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stderr
    spent = json.loads(probe.stdout)
    workbooks_among = sum(name.endswith(".xlsx") for name, _, _ in BAD_FILES.values())
    assert spent["seconds"] < SECONDS
    assert spent["readers"] < SECONDS * workbooks_among
    assert max(spent["own"], spent["reader"]) < MEGABYTES


def test_the_reader_of_workbooks_needs_nothing_of_the_shop():
    """It starts without Django, whose settings and connections a reader of strangers' files has no business with."""
    probe = "import runpy, sys; runpy.run_path(sys.argv[1]); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-I", "-c", probe, str(workbooks.READER)], check=False).returncode == 0


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl"])
def test_it_refuses_more_rows_than_it_takes(tmp_path, monkeypatch, name):
    monkeypatch.setattr(formats, "MAX_ROWS", 2)
    contents = {"a.csv": b"id\na\nb\nc\n", "a.json": b"[{},{},{}]", "a.jsonl": b"{}\n{}\n{}\n"}
    with pytest.raises(Unreadable, match="has more than 2 rows"):
        all_rows(kept(tmp_path, name, contents[name]))


def test_it_refuses_a_file_larger_than_it_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MAX_BYTES", 1_000_000)
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        all_rows(kept(tmp_path, "a.csv", b"id\n" + b"a\n" * 500_000))


def commands() -> Iterator[str]:
    """What the processes of this machine were called with."""
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield told.read_text(errors="replace")


def test_who_stops_reading_stops_the_reader_of_a_workbook(tmp_path):
    path = kept(tmp_path, "a.xlsx", workbook(["id"], *([f"sku-{n}"] for n in range(20_000))))
    found = workbooks.workbook_rows(path)
    assert next(found) == (1, ["id"])
    found.close()
    assert not [command for command in commands() if str(path) in command]


def test_rows_before_a_fault_are_given(tmp_path):
    path = kept(tmp_path, "a.csv", HEADER + b"a,b,1\n" * 1000 + b'a,"b')
    with pytest.raises(Unreadable, match="Row 1002"):
        read(path)
