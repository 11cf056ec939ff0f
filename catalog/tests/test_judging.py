"""Rows that are judged cell by cell come out as rows that are judged as a whole."""

from typing import Any

import pytest

from catalog.services.imports import IMPORT
from catalog.uploads.bloom import BloomFilter
from catalog.uploads.judging import Judge, judged
from catalog.uploads.reading.fields import FIELDS
from catalog.uploads.reading.formats import Broken, Format
from printshop.api.reading import Item

GOOD: dict[str, Any] = {"id": "a", "name": "A cube"}
# Cells that some field takes and others do not, as texts and as workbooks hold them.
CELLS: list[Any] = [
    "", " ", None, "a", " a ", "A cube", "x" * 65, "x" * 256, "x" * 20_001, "-a", "'=1+1", "'-5", "a\tb", "a\nb",
    "\x00", "0", "1", "-1", "007", "45.0", "12.5", "12,5", "1.005", "1e3", "1e999", "1_000", "٣", "9" * 30, "nan",
    "1000001", "print", "PRINT", "content", "fdm_standard", "Resin", "gift", "usd", "EUR", "JPY", "yes", "no", "TRUE",
    "maybe", "{}", "[]", '{"fine": {"multiplier": 1.5}}', '{"fine": {"multiplier": true}}', '{"fine": {}}', "{", "null",
    '[{"key": "k", "label": "L", "type": "boolean"}]', '[{"key": "quality", "label": "L", "type": "boolean"}]',
    1.0, 0.0, 45.0, 12.5, -1.0, 1e15, 1e300, Broken("holds the error #N/A"),
]  # fmt: skip


def sheet(*columns: str) -> Judge:
    """The judge of a sheet with these columns, of which the nameless are those of nobody."""
    mapping = [name if name in FIELDS else None for name in columns]
    return Judge(Format("csv", columns=list(columns)), mapping, IMPORT.item)


def told(items: list[Item]) -> list[Any]:
    """What is said of rows, values with their types."""
    return [
        (item.index, item.value, {name: type(one) for name, one in (item.value or {}).items()}, list(item.faults))
        for item in items
    ]


def as_a_whole(judge: Judge, rows: list[Any]) -> list[Any]:
    return told(judged([judge.raw(row) for row in rows], IMPORT.item))


def cell_by_cell(judge: Judge, rows: list[Any]) -> list[Any]:
    return told(judge.items(rows, 0))


@pytest.mark.parametrize("field", FIELDS)
def test_every_cell_of_every_field_is_judged_as_it_is_in_its_row(field: str) -> None:
    names = list(dict.fromkeys([*GOOD, field]))
    judge = sheet(*names)
    rows = [[({**GOOD, field: cell})[name] for name in names] for cell in CELLS]
    expected = as_a_whole(judge, rows)
    assert cell_by_cell(judge, rows) == expected
    assert cell_by_cell(judge, rows) == expected, "cells that were met before"
    assert {bool(faults) for *_, faults in expected} == {False, True}


@pytest.mark.parametrize("cells", [
    [], ["a"], ["a", ""], ["", "A cube"], ["a", "A cube", "", ""], ["a", "A cube", "x", ""], ["a", "A cube", "", "x"],
    ["a", "A cube", "", "", "x"], ["a", "A cube", "", "", ""], ["-", "", "", "", "", "x"],
])  # fmt: skip
def test_a_row_may_be_shorter_or_longer_than_the_header(cells: list[str]) -> None:
    """The third column is one that nobody asked for, the fourth has no name."""
    judge = sheet("id", "name", "Shelf", "")
    rows = [["b", "A ball", "3", ""], cells, ["c", "A cone", "", ""]]
    assert cell_by_cell(judge, rows) == as_a_whole(judge, rows)


def test_each_item_has_the_index_of_its_row() -> None:
    items = sheet("id", "basePrice").items([["a", "1"], ["b", "dear"], ["", "2"], ["d", "4"]], 7)
    assert [item.index for item in items] == [7, 8, 9, 10]


def test_long_cells_are_not_remembered() -> None:
    judge = sheet("id", "description")
    judge.items([["a", "x" * 1_000], ["b", "short"]], 0)
    assert [sorted(column) for column in judge.columns if column is not None] == [["a", "b"], ["short"]]


def test_elements_of_json_are_judged_as_they_are() -> None:
    judge = Judge(Format("json"), [], IMPORT.item)
    elements: list[Any] = [{"id": "a", "basePrice": True}, "x", {"id": "b", "basePrice": 1}]
    assert cell_by_cell(judge, elements) == told(judged([(one, []) for one in elements], IMPORT.item))


def test_the_filter_knows_what_it_has_met_and_takes_little_else_for_known() -> None:
    met = BloomFilter()
    names = [f"sku-{number}" for number in range(50_000)]
    assert met.met(names) == []
    assert met.met(names) == names
