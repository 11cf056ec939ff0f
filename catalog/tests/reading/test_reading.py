"""Reading files: what each format gives, row by row."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
from openpyxl import Workbook

from catalog.tests.reading.sheets import all_rows, kept, packed, read, text_cell, with_rows, workbook
from catalog.uploads.reading import Format, detect
from catalog.uploads.reading.formats import Broken
from catalog.uploads.samples import EXAMPLES, SAMPLES

# Files are read before any database is asked: once is enough.
pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("example")])
def test_it_reads_the_same_skus_from_every_format(tmp_path, name):
    form, found = read(kept(tmp_path, name, SAMPLES[name][1]()))
    assert [sku for _, sku in found] == EXAMPLES
    assert form.kind == name.rpartition(".")[2]


def test_a_format_can_be_kept_as_json(tmp_path):
    form = detect(kept(tmp_path, "a.csv", b"id;basePrice\na;1,5\n"), "a.csv")
    assert form == Format("csv", "utf-8-sig", ";", ",", ["id", "basePrice"], [(2, ["a", "1,5"])])
    again: Any = [[2, ["a", "1,5"]]]
    assert Format(**orjson.loads(orjson.dumps(form))) == replace(form, sample=again)


# --- CSV -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_tells_encoding_and_delimiter(tmp_path, encoding, delimiter):
    content = f"id{delimiter}name\r\nwürfel{delimiter}Würfel – 3 €\r\n".encode(encoding)
    form, found = read(kept(tmp_path, "a.csv", content))
    assert (form.delimiter, found) == (delimiter, [(2, {"id": "würfel", "name": "Würfel – 3 €"})])


def test_it_reads_utf_16_in_either_order(tmp_path):
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        content = mark + "id\tname\r\na\tä\r\n".encode(encoding)
        assert all_rows(kept(tmp_path, "a.txt", content)) == [(2, ["a", "ä"])]


def test_it_finds_what_is_not_utf_8_behind_the_beginning(tmp_path):
    content = b"id,name\n" + b"a,plain\n" * 300_000 + "a,Würfel\n".encode("cp1252")
    assert detect(kept(tmp_path, "a.csv", content), "a.csv").encoding == "cp1252"


@pytest.mark.parametrize(
    ("content", "decimal", "price"),
    [
        (b"id,basePrice\na,12.50\n", ".", 12.5),
        (b'id,basePrice\na,"12,50"\n', ",", 12.5),
        (b'id,basePrice\na,"12,50"\nb,12.50\n', ".", "12,50"),
        (b"id;basePrice\na;12,50\n", ",", 12.5),
        (b"id;basePrice\na;12.50\n", ".", 12.5),
        (b"id;basePrice\na;7\n", ",", 7),
        (b"id;basePrice\na;12.50\nb;3,5\n", ",", 12.5),
        (b"id;basePrice\na;1.234\nb;3,5\n", ",", "1.234"),
        (b"id\tbasePrice\na\t12,5\n", ",", 12.5),
        (b"id,basePrice\na,1e3\n", ".", 1000),
        (b"id,basePrice\na,1e999\n", ".", "1e999"),
    ],
)
def test_it_tells_the_decimal_separator_by_the_numbers_and_guesses_at_no_thousands(tmp_path, content, decimal, price):
    form, found = read(kept(tmp_path, "a.csv", content))
    assert (form.decimal, found[0][1]["basePrice"]) == (decimal, price)


def test_a_first_line_may_name_the_delimiter(tmp_path):
    content = b"sep=;\r\nid;name, and more, and more\r\na;x,y\r\n"
    form, found = read(kept(tmp_path, "a.csv", content))
    assert (form.delimiter, form.columns, found) == (";", ["id", "name, and more, and more"], [(3, {"id": "a"})])


def test_it_counts_records_and_takes_line_breaks_as_they_are(tmp_path):
    content = b'\xef\xbb\xbfid,description\r\na,"two\r\nlines"\r\n\r\nb,x\r\n'
    assert all_rows(kept(tmp_path, "a.csv", content)) == [(2, ["a", "two\r\nlines"]), (4, ["b", "x"])]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"a,b,1", {"id": "a", "name": "b", "basePrice": 1}),
        (b"a,'=1+1", {"id": "a", "name": "=1+1"}),
        (b"a, , ", {"id": "a"}),
        (b"a", {"id": "a"}),
        (b"a,b,1,,", {"id": "a", "name": "b", "basePrice": 1}),
        (b"a,b,1,extra", ["A cell stands in column D, which has no name."]),
        (b"a,b,=1+1", {"id": "a", "name": "b", "basePrice": "=1+1"}),
    ],
)
def test_it_reads_rows_that_are_short_or_long(tmp_path, row, said):
    assert read(kept(tmp_path, "a.csv", b"id,name,basePrice\n" + row + b"\n"))[1] == [(2, said)]


def test_it_passes_over_columns_that_are_no_field(tmp_path):
    content = b"colour,id,errors,options\nred,a,basePrice must be a number.,[1\nblue,b,,[]\n"
    assert read(kept(tmp_path, "a.csv", content))[1] == [
        (2, ["options is not valid JSON."]),
        (3, {"id": "b", "options": []}),
    ]


# --- JSON ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        b'[{"id":"a"},{"id":"b"}]',
        b' \n[ {"id":"a"} ,\n{"id":"b"} ]\n ',
        b'\xef\xbb\xbf{"skus": [{"id": "a"}, {"id": "b"}]}',
        b' { "skus" : [{"id":"a"},{"id":"b"}] } ',
    ],
)
def test_it_reads_the_elements_of_a_list(tmp_path, content):
    assert all_rows(kept(tmp_path, "a.json", content)) == [(1, {"id": "a"}), (2, {"id": "b"})]


def test_it_is_not_misled_by_brackets_in_texts_nor_by_where_a_block_ends(tmp_path):
    nasty = {"id": "a", "name": 'x]},{"[\\"', "options": [{"choices": ["]", "}", '"', "\\"]}], "more": [[[[1.5e3]]]]}
    elements = [nasty, 5, "text, [", None, [], {}] * 20_000
    path = kept(tmp_path, "a.json", orjson.dumps(elements))
    assert all_rows(path) == list(enumerate(elements, 1))


def test_it_reads_json_lines_by_their_numbers(tmp_path):
    path = kept(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"id":"a"}\r\n\n{"id":"b"}')
    assert all_rows(path) == [(1, {"id": "a"}), (3, {"id": "b"})]


# --- XLSX ------------------------------------------------------------------------------------------------------------
def test_a_workbook_gives_whole_numbers_and_numeric_ids_as_they_look(tmp_path):
    content = workbook(["id", "estimatedPrintTime", "basePrice", "active"], [9781234567890, 86, 0.1 + 0.2, True])
    assert read(kept(tmp_path, "a.xlsx", content))[1] == [
        (2, {"id": "9781234567890", "estimatedPrintTime": 86, "basePrice": 0.3, "active": True})
    ]


def test_it_tells_yes_from_one(tmp_path):
    content = workbook(["id", "active", "estimatedPrintTime"], ["a", True, 1], ["b", 1, True], ["c", 1.0, 1])
    assert [raw for _, raw in read(kept(tmp_path, "a.xlsx", content))[1]] == [
        {"id": "a", "active": True, "estimatedPrintTime": 1},
        {"id": "b", "active": True, "estimatedPrintTime": "TRUE"},
        {"id": "c", "active": True, "estimatedPrintTime": 1},
    ]


def test_it_reads_the_first_visible_sheet_and_keeps_row_numbers(tmp_path):
    book = Workbook()
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("SKUs")
    shown["B3"], shown["C3"], shown["B6"], shown["C6"] = "id", "name", "a", "b"
    path = kept(tmp_path, "a.xlsx", packed(book))
    assert all_rows(path) == [(6, [None, "a", "b"])]
    assert read(path)[1] == [(6, {"id": "a", "name": "b"})]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ('<c r="B2" t="e"><v>#REF!</v></c>', "holds the error #REF!"),
        ('<c r="B2"><f>1+1</f></c>', "holds a formula that was never calculated"),
        ('<c r="B2" s="1"><f>1+1</f><v/></c>', "holds a formula that was never calculated"),
    ],
)
def test_it_knows_cells_that_a_reader_would_take_for_empty(tmp_path, cell, rule):
    path = kept(tmp_path, "a.xlsx", with_rows(f'<row r="2">{text_cell("A2", "a")}{cell}</row>'))
    ((_, (_, broken)),) = all_rows(path)
    assert isinstance(broken, Broken)
    assert broken.rule.startswith(rule)
    ((_, (sentence,)),) = read(path)[1]
    assert sentence == f"name {broken.rule}."


@pytest.mark.parametrize("claimed", ["A1", "A1:XFD1048576", "B7:C9"])
def test_it_goes_by_the_cells_and_not_by_the_size_that_a_sheet_claims(tmp_path, claimed):
    xml = with_rows(f'<row r="2">{text_cell("A2", "a")}</row><row r="5">{text_cell("B5", "b")}</row>', claimed)
    assert all_rows(kept(tmp_path, "a.xlsx", xml)) == [(2, ["a", None]), (5, [None, "b"])]


def test_it_takes_the_calculated_value_of_a_formula(tmp_path):
    cells = '<c r="A2" t="str"><f>"a"</f><v>a</v></c><c r="B2" t="str"><f>"b"</f><v>b</v></c>'
    assert read(kept(tmp_path, "a.xlsx", with_rows(f'<row r="2">{cells}</row>')))[1] == [(2, {"id": "a", "name": "b"})]


def test_it_refuses_a_date_and_a_number_that_lost_digits(tmp_path):
    content = workbook(["id", "name"], ["a", date(2026, 3, 2)], [1234567890123456789, "b"])
    (_, (day,)), (_, (digits,)) = read(kept(tmp_path, "a.xlsx", content))[1]
    assert "is a date" in day
    assert "15 digits" in digits
