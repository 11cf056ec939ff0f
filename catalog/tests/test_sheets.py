"""Reading sheets: what each format gives, what is refused as a file, what as a row."""

import io
import struct
import subprocess
import sys
import zipfile
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from catalog.plans.imports import WIRE
from catalog.services.imports import IMPORT
from catalog.uploads import sheets
from catalog.uploads.cells import FIELDS, as_cells, csv_of, fields_of, items_of, neutral, refused_csv, written
from catalog.uploads.samples import EXAMPLES, SAMPLES
from catalog.uploads.sheets import Sheet, Unreadable, read_sheet
from printshop.api.reading import Item

HEADER = b"id,name,basePrice\n"


def items(name: str, content: bytes) -> list[Item]:
    return items_of(read_sheet(name, content), IMPORT.item)


def fault(name: str, content: bytes) -> tuple[str, str]:
    """Path and message of the only fault of the only row."""
    (item,) = items(name, content)
    (found,) = item.faults
    return found.path, found.message


def sentence(name: str, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        items(name, content)
    return str(refused.value)


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return packed(book)


def packed(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_sheet_xml(xml: str) -> bytes:
    """A workbook whose only sheet has that XML."""
    source = zipfile.ZipFile(io.BytesIO(workbook(["id", "name"])))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return content.getvalue()


def sheet_xml(rows: str) -> str:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join(
        f'<c r="{at}" t="inlineStr"><is><t>{name}</t></is></c>' for at, name in (("A1", "id"), ("B1", "name"))
    )
    return f'<worksheet xmlns="{namespace}"><sheetData><row r="1">{cells}</row>{rows}</sheetData></worksheet>'


def test_columns_are_the_fields_of_a_sku_and_nothing_else():
    assert set(FIELDS) == {"id", *WIRE.values()}


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("example")])
def test_it_reads_the_same_skus_from_every_format(name):
    read = items(f"skus-{name}", SAMPLES[name][1]())
    assert not any(item.faults for item in read)
    expected = items_of(Sheet([], list(enumerate(EXAMPLES, 1))), IMPORT.item)
    assert [item.value for item in read] == [item.value for item in expected]


def test_a_template_has_every_column_and_no_rows():
    assert sentence("template.csv", SAMPLES["template.csv"][1]()) == "The file has no rows with SKUs in it."
    with pytest.raises(Unreadable, match="has no rows"):
        read_sheet("template.csv", SAMPLES["template.csv"][1]())


@pytest.mark.parametrize("column", ["basePrice", "Base price", "BASE_PRICE", "base-price", " baseprice "])
def test_it_matches_columns_whatever_their_case_and_punctuation(column):
    assert fields_of(["id", column]) == ["id", "basePrice"]


@pytest.mark.parametrize(
    ("delimiter", "cell", "price"),
    [(",", "12.50", 1250), (";", "12,50", 1250), (";", "12.50", 1250), ("\t", "12,5", 1250), (",", "7", 700)],
)
def test_it_tells_the_delimiter_and_takes_decimal_commas_where_they_are_unambiguous(delimiter, cell, price):
    content = f"id{delimiter}basePrice\na{delimiter}{cell}\n".encode()
    assert items("a.csv", content)[0].value == {"id": "a", "base_price": price}


def test_a_decimal_comma_between_commas_is_no_number():
    assert fault("a.csv", b'id,basePrice\na,"12,50"\n') == ("basePrice", "basePrice must be a number.")


@pytest.mark.parametrize(("cell", "truth"), [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("0", False)])
def test_it_understands_yes_and_no(cell, truth):
    assert items("a.csv", f"id,active\na,{cell}\n".encode())[0].value == {"id": "a", "active": truth}


def test_an_empty_cell_leaves_the_field_out():
    assert items("a.csv", b"id,name,basePrice,description\na,, ,\n")[0].value == {"id": "a"}


def test_it_reads_quoted_line_breaks_and_counts_rows_as_a_spreadsheet_does():
    sheet = read_sheet("a.csv", b'\xef\xbb\xbfid,description\r\na,"two\r\nlines"\r\n\r\nb,x\r\n')
    assert sheet.rows == [(2, ["a", "two\r\nlines"]), (4, ["b", "x"])]


def test_a_remarks_column_is_passed_over():
    assert items("a.csv", b"id,errors\na,basePrice must be a number.\n")[0].value == {"id": "a"}


def test_an_apostrophe_before_a_formula_is_dropped():
    assert items("a.csv", b"id,name\na,'=1+1\n")[0].value["name"] == "=1+1"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEADER + b"a,b,1,extra\n", ("", "A cell stands in column D, which has no name.")),
        (b"id,options\na,[1\n", ("options", "options is not valid JSON.")),
        (b"id,active\na,perhaps\n", ("active", "active must be true or false.")),
        (b"id,estimatedPrintTime\na,1.5\n", ("estimatedPrintTime", "estimatedPrintTime must be a whole number.")),
        (HEADER + b"a,b,=1+1\n", ("basePrice", "basePrice must be a number.")),
        (b"name\nb\n", None),
        (b"id,name\n,b\n", ("id", "id is required.")),
        (b"id,name\na," + b"x" * 300 + b"\n", ("name", "name must have at most 255 characters.")),
    ],
)
def test_it_refuses_a_row_by_its_column(content, expected):
    if expected is None:
        assert sentence("a.csv", content) == "There is no column named id."
    else:
        assert fault("a.csv", content) == expected


# --- XLSX --------------------------------------------------------------------------------------------------------
def test_a_workbook_gives_whole_numbers_and_numeric_ids_as_they_look():
    content = workbook(["id", "estimatedPrintTime", "basePrice", "active"], [9781234567890, 86, 0.1 + 0.2, True])
    (item,) = items("a.xlsx", content)
    assert item.value == {"id": "9781234567890", "estimated_print_time": 86, "base_price": 30, "active": True}


def test_it_reads_the_first_visible_sheet_and_keeps_row_numbers():
    book = Workbook()
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("SKUs")
    shown["B3"], shown["C3"], shown["B6"], shown["C6"] = "id", "name", "a", "b"
    assert read_sheet("a.xlsx", packed(book)).rows == [(6, [None, "a", "b"])]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ('<c r="B2" t="e"><v>#REF!</v></c>', "holds the error #REF!"),
        ('<c r="B2"><f>1+1</f></c>', "holds a formula that was never calculated"),
        ('<c r="B2" s="1"><f>1+1</f><v/></c>', "holds a formula that was never calculated"),
    ],
)
def test_it_refuses_cells_that_a_reader_would_take_for_empty(cells, rule):
    xml = sheet_xml(f'<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c>{cells}</row>')
    path, message = fault("a.xlsx", with_sheet_xml(xml))
    assert (path, message.startswith(f"name {rule}")) == ("name", True)


def test_it_takes_the_calculated_value_of_a_formula():
    cells = '<c r="A2" t="str"><f>"a"</f><v>a</v></c><c r="B2" t="str"><f>"b"</f><v>b</v></c>'
    (item,) = items("a.xlsx", with_sheet_xml(sheet_xml(f'<row r="2">{cells}</row>')))
    assert (item.value, item.faults) == ({"id": "a", "name": "b"}, [])


def test_it_refuses_a_date_and_a_number_that_lost_digits():
    assert "is a date" in fault("a.xlsx", workbook(["id", "name"], ["a", date(2026, 3, 2)]))[1]
    assert "15 digits" in items("a.xlsx", workbook(["id"], [1234567890123456789]))[0].faults[0].message


def test_a_sheet_that_claims_more_cells_than_memory_holds_is_refused():
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "memory" in sentence("a.xlsx", with_sheet_xml(sheet_xml(far)))


def with_declared_size(size: int) -> bytes:
    """A workbook whose sheet says that it unpacks to that many bytes."""
    content = with_sheet_xml(sheet_xml("") + " " * 1_000_000)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        real = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return content.replace(struct.pack("<L", real), struct.pack("<L", size))


def test_a_zip_bomb_is_refused_by_what_it_declares():
    assert "unpacks to more than 400 MB" in sentence("a.xlsx", with_declared_size(401_000_000))


def test_a_zip_bomb_that_declares_less_than_it_holds_is_refused():
    assert "damaged" in sentence("a.xlsx", with_declared_size(100))


def test_the_reader_of_workbooks_needs_nothing_of_the_shop():
    """It starts without Django, whose settings and connections a reader of strangers' files has no business with."""
    probe = "import runpy, sys; runpy.run_path(sys.argv[1]); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-I", "-c", probe, str(sheets.WORKBOOK_READER)], check=False).returncode == 0


# --- Bad files ---------------------------------------------------------------------------------------------------
def encrypted_zip() -> bytes:
    content = bytearray(workbook(["id"], ["a"]))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 8] |= 1
    return bytes(content)


BAD_FILES = [
    ("a.csv", b"", "The file is empty."),
    ("a.csv", b" \n\n", "The file is empty."),
    ("a.csv", b"\n,,\n", "The file is empty."),
    ("a.csv", HEADER, "has no rows"),
    ("a.csv", "id,name\na,Würfel\n".encode("utf-16"), "UTF-16"),
    ("a.csv", "id,name\na,b\n".encode("utf-16-le"), "UTF-16"),
    ("a.csv", "id,name\na,Würfel\n".encode("cp1252"), "Line 2 is not UTF-8"),
    ("a.csv", HEADER + b"a,b\0c,1\n", "Line 2 holds a NUL"),
    ("a.csv", HEADER + b'a,b,1\nb,"c,2\nd,e,3\n', "Row 3 opens a quote that is never closed."),
    ("a.csv", HEADER + b'a,"b"c,1\n', "Row 2 goes on after a closing quote"),
    ("a.csv", HEADER + b"a," + b"x" * 2_100_000 + b",1\n", "Row 2 has a cell of more than 2,000,000 characters"),
    ("a.csv", b",".join(b"c%d" % n for n in range(1000)) + b"\n1\n", "has 1,000 columns"),
    ("a.csv", b"id,Name,name\na,b,c\n", "Columns B and C are both name"),
    (
        "a.csv",
        b"id,prise,base pric\na,1,2\n",
        "Column C, “base pric”, is not a field of a SKU. Did you mean basePrice?",
    ),
    ("a.csv", b'[{"id": "a"}]', "is named as text, but holds JSON"),
    ("a.csv", b"%PDF-1.7", "holds a PDF"),
    ("a.xlsx", b"id,name\na,b\n", "is named as an Excel workbook, but holds text"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "password"),
    ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "damaged"),
    ("a.xlsx", encrypted_zip(), "protected by a password"),
    ("a.json", b'{"skus": {}}', "must hold a list"),
    ("a.json", b'{"skus": [], "mode": "replace"}', "Beside skus the file holds mode"),
    ("a.json", b"[]", "has no rows"),
    ("a.json", b'[{"id": NaN}]', "The file is not valid JSON"),
    ("a.json", b'[{"id": "a\\u0000"}]', "must not contain the NUL character. (at 0.id)"),
    ("a.json", b"[" * 100_000, "The file is not valid JSON"),
    ("a.json", '[{"id": "a"}]'.encode("utf-16"), "UTF-16"),
    ("a.jsonl", b'{"id": "a"}\n\n{"id": }\n', "Line 3 is not valid JSON"),
    ("a.xls", b"x", "Files named .xls are not read"),
    ("a", b"x", "Files named a are not read"),
]


@pytest.mark.parametrize(("name", "content", "expected"), BAD_FILES, ids=[expected for _, _, expected in BAD_FILES])
def test_it_refuses_a_file_with_a_sentence(name, content, expected):
    assert expected in sentence(name, content)


def test_a_zip_that_is_no_workbook_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no Excel workbook" in sentence("a.xlsx", content.getvalue())


def test_it_refuses_more_rows_than_it_takes_in_any_format(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    rows = [["id"], ["a"], ["b"], ["c"]]
    assert "more than 2 rows" in sentence("a.csv", b"id\na\nb\nc\n")
    assert "more than 2 rows" in sentence("a.json", b"[{},{},{}]")
    assert "reaches down to row 4" in sentence("a.xlsx", workbook(*rows))
    assert len(items("a.xlsx", workbook(*rows[:3]))) == 2


# --- Back to a sheet ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|x", "-a", "@SUM(A1)", "\tx", "\rx", "'=x", "plain", "-5", "-5,5", "+49 30"]
)
def test_text_survives_the_way_through_a_spreadsheet(cell):
    content = csv_of(["id", "description"], [["a", written(cell)]])
    assert items("a.csv", content)[0].value["description"] == cell


def test_formulas_are_written_as_text_and_numbers_as_numbers():
    assert [neutral(cell) for cell in ("=1+1", "-5", "-5,5", "+3", "-a", "@x")] == [
        "'=1+1", "-5", "-5,5", "+3", "'-a", "'@x"
    ]  # fmt: skip


def test_refused_rows_come_back_in_the_columns_and_with_the_delimiter_of_the_file():
    sheet = read_sheet(
        "a.csv", b"SKU id;Name;errors;Base price\n".replace(b"SKU id", b"ID") + b"a;=x;old;1,5x\nb;c;;2\n"
    )
    content = refused_csv(sheet, {0: ["basePrice must be a number."]}).decode("utf-8-sig")
    assert content == "ID;Name;Base price;errors\r\na;'=x;1,5x;basePrice must be a number.\r\n"


def test_refused_elements_of_json_come_back_as_columns():
    sheet = Sheet([], [(1, {"id": "a", "basePrice": "x", "options": [], "colour": "red"}), (2, 5)])
    assert as_cells(sheet, [row for _, row in sheet.rows]) == (
        ["id", "basePrice", "options", "colour"],
        [["a", "x", "[]", "red"], ["", "", "", ""]],
    )
