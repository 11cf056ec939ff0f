"""`docs/upload.md` says what the code does."""

import re
from pathlib import Path

import pytest

from catalog.uploads.reading import (
    MAX_BYTES,
    MAX_ROWS,
    MAX_WORKBOOK_ROWS,
    SUFFIXES,
    documents,
    formats,
    guess,
    tables,
    workbook_reader,
)
from catalog.uploads.reading.fields import FIELDS, TRUTHS, truth
from printshop.bulk.exports import workbooks
from printshop.bulk.exports.answers import FORMATS

# Files are read before any database is asked: once is enough.
pytestmark = pytest.mark.sqlite
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "upload.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
COLUMNS = {row[0].strip("`"): row for row in ROWS if row[0].strip("`") in FIELDS}


def test_it_lists_every_column_in_order():
    assert list(COLUMNS) == list(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_every_word_for_a_column_is_understood(field):
    words = COLUMNS[field][2].split(", ")
    assert [guess([word]) for word in words] == [[field]] * len(words)


@pytest.mark.parametrize("name", re.findall(r"`([A-Z][a-z ]+ [(\[][A-Za-z]+[)\]])`", PAGE))
def test_units_are_understood_or_left_to_people_as_it_says(name):
    assert (guess([name]) == [None]) is (name in ("Weight (kg)", "Price (gross)"))


def test_it_lists_every_suffix_and_truth():
    assert set(re.findall(r"`(\.[a-z]+)`", PAGE)) == set(SUFFIXES)
    said = re.split("[/, ]+", COLUMNS["active"][1].replace("`", "").replace(" or ", " ").replace("; also", ""))
    assert all(isinstance(truth(word, "."), bool) for word in said)
    assert set(TRUTHS) - set(said) == {"active", "inactive"}


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (MAX_ROWS, "{:,} rows"),
        (MAX_WORKBOOK_ROWS, "{:,} rows"),
        (MAX_BYTES // 10**6, "{} MB and"),
        (formats.MAX_COLUMNS, "{} columns"),
        (formats.MAX_RECORD, "at most {:,} characters"),
        (tables.MAX_CELL, "a cell {:,}"),
        (documents.DEPTH, "{} levels"),
        (workbook_reader.MAX_CELLS, "{:,} cells"),
        (workbook_reader.UNPACKED_BYTES // 10**6, "to {} MB"),
        (workbook_reader.PACKED_TIMES, "to {} times"),
        (workbooks.CELL_CHARACTERS, "than {:,} characters"),
        (FORMATS["xlsx"].most, "XLSX takes at most {:,} rows"),
    ],
)
def test_its_limits_are_those_of_the_code(limit, words):
    assert words.format(limit) in " ".join(PAGE.split())
