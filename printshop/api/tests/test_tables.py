"""Items as columns: lines that stand for items, and what is asked of many at once."""

from typing import Any

import pytest

from printshop.api.tables import Table, column, column_or, lines, together

TABLE = Table({"id": ["a", "b", "c"], "options": [[], [1], [2]]})
ITEMS: list[dict[str, Any]] = [
    {"id": "a", "options": []},
    {"id": "b", "options": [1]},
    {"id": "c", "options": [2]},
]


def test_a_table_is_its_items():
    assert [*TABLE] == [TABLE[place] for place in range(3)] == ITEMS
    assert Table.of(ITEMS).columns == TABLE.columns


def test_a_line_says_what_its_item_does():
    for line, item in zip(lines(TABLE), ITEMS, strict=True):
        assert dict(line) == line.copy() == item
        assert (line == item, len(line), "id" in line, line.get("name")) == (True, 2, True, None)
        with pytest.raises(KeyError):
            line["name"]


def test_a_copy_of_a_line_is_its_own():
    one = lines(TABLE)[0]
    one.copy()["id"] = "z"
    assert one["id"] == "a"


def test_lines_of_one_table_are_put_together_in_their_order():
    one, other, last = lines(TABLE)
    assert together([one, other, last]) is TABLE
    found = together([last, one])
    assert found is not None
    assert [*found] == [ITEMS[2], ITEMS[0]]


@pytest.mark.parametrize(
    "items",
    [
        [],
        ITEMS,
        [lines(TABLE)[0], ITEMS[1]],
        [lines(TABLE)[0], None],
        [lines(TABLE)[0], lines(Table(TABLE.columns))[1]],
    ],
)
def test_anything_else_is_not_put_together(items: list[Any]):
    assert together(items) is None


def test_a_field_is_told_of_the_items_that_have_it():
    for items in (ITEMS, TABLE, lines(TABLE)):
        assert list(column(items, "id")) == ["a", "b", "c"]
        assert list(column(items, "name")) == []
    assert list(column([None, {}, "id", 1, ITEMS[0]], "id")) == ["a"]


def test_a_field_is_told_of_every_item():
    for items in (ITEMS, TABLE, lines(TABLE)):
        assert list(column_or(items, "id", "")) == ["a", "b", "c"]
        assert list(column_or(items, "name", "")) == ["", "", ""]
    assert list(column_or([None, {}, ITEMS[0]], "id", "")) == ["", "", "a"]
