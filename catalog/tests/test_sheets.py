"""Sheets held whole: which columns and rows are refused, and what goes back into a sheet."""

import orjson
import pytest

from catalog.services.imports import IMPORT
from catalog.uploads import sheets
from catalog.uploads.cells import as_cells, csv_of, fields_of, items_of, neutral, refused_csv, written
from catalog.uploads.reading.formats import Broken
from catalog.uploads.sheets import Sheet, Unreadable, kept_sheet, read_sheet
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


@pytest.mark.parametrize("column", ["basePrice", "Base price", "BASE_PRICE", "base-price", " baseprice "])
def test_it_matches_columns_whatever_their_case_and_punctuation(column):
    assert fields_of(["id", column]) == ["id", "basePrice"]


@pytest.mark.parametrize(("cell", "truth"), [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("0", False)])
def test_it_understands_yes_and_no(cell, truth):
    assert items("a.csv", f"id,active\na,{cell}\n".encode())[0].value == {"id": "a", "active": truth}


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


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("id,Name,name", "Columns B and C are both name"),
        ("id,prise,base pric", "Column C, “base pric”, is not a field of a SKU. Did you mean basePrice?"),
        ("name", "There is no column named id."),
    ],
)
def test_it_refuses_columns_that_are_no_fields(columns, expected):
    assert expected in sentence("a.csv", f"{columns}\n1,2,3\n".encode())


def test_it_refuses_more_rows_than_it_takes_in_any_format(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    assert "more than 2 rows" in sentence("a.csv", b"id\na\nb\nc\n")
    assert "more than 2 rows" in sentence("a.json", b"[{},{},{}]")


def test_a_sheet_waits_as_json_with_its_broken_cells():
    sheet = Sheet(["id", "name"], [(2, ["a", Broken("holds the error #REF!")])], decimal=",")
    assert kept_sheet(**orjson.loads(orjson.dumps(sheet))) == sheet


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
