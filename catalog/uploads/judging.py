"""Rows of a file as items of an import.

The shape of a SKU judges each field by itself. So a row of cells is put together from cells that were judged when they
first came, as long as all are sound; any other row is judged as a whole, which finds all its faults.
"""

from collections.abc import Sequence
from itertools import count, repeat, zip_longest
from typing import Any

from pydantic import TypeAdapter, ValidationError

from catalog.uploads.reading import Format, Mapping, Raw
from catalog.uploads.reading.fields import Misread
from catalog.uploads.reading.raws import REMEMBERED, SHORT, Column, Reader, passed_over
from printshop.api.reading import Item, read_items
from printshop.api.refusals import ABSENT
from printshop.api.shapes import STRICT, written_fields

FAULTY: Any = object()


def judged(raws: Sequence[Raw], shape: Any, places: Sequence[int] | None = None) -> list[Item]:
    """Rows as items of a batch, judged by the shape; `places` are their indexes where they are part of more."""
    items = read_items(shape, [raw for raw, _ in raws], places=places)
    for item, (_, faults) in zip(items, raws, strict=True):
        if faults:
            misread = {fault.path for fault in faults}
            item.faults = [*faults, *(fault for fault in item.faults if fault.path not in misread)]
    return items


class SoundColumn(dict[Any, Any]):
    """What the shape makes of a column's cells: `ABSENT` of one that says nothing, `FAULTY` of one with a fault.

    `odd` are the cells of either kind.
    """

    def __init__(self, column: Column, name: str, kind: Any) -> None:
        super().__init__()
        self.column, self.name = column, name
        self.odd: set[Any] = set()
        self.judge = TypeAdapter(kind, config=STRICT).validator.validate_python
        self.judge_all = TypeAdapter(list[kind], config=STRICT).validator.validate_python

    def of(self, cells: Sequence[Any]) -> tuple[list[Any], list[int]]:
        """The values of some cells, and the places of odd ones; short cells are remembered."""
        if len(self) > REMEMBERED:
            self.clear()
            self.odd.clear()
        asked = set(cells)
        new = list(asked.difference(self))
        self.learn(new)
        values = list(map(self.__getitem__, cells))
        odd = asked & self.odd
        places = [place for place, cell in enumerate(cells) if cell in odd] if odd else []
        for cell in [cell for cell in new if isinstance(cell, str) and len(cell) > SHORT]:
            del self[cell]
            self.odd.discard(cell)
        return values, places

    def learn(self, cells: Sequence[Any]) -> None:
        """Judge all at once where nothing is wrong with them."""
        values = self.column.plain(cells)
        if values is None:
            meant = {cell: self.meant(cell) for cell in cells}
            self.note({cell: value for cell, value in meant.items() if value is ABSENT or value is FAULTY})
            cells = [cell for cell in cells if cell not in self.odd]
            values = [meant[cell] for cell in cells]
        try:
            self.update(zip(cells, self.judge_all(values), strict=True))
        except ValidationError:
            judged = {cell: self.judged(value) for cell, value in zip(cells, values, strict=True)}
            self.update(judged)
            self.note({cell: value for cell, value in judged.items() if value is FAULTY})

    def note(self, odd: dict[Any, Any]) -> None:
        self.update(odd)
        self.odd.update(odd)

    def meant(self, cell: Any) -> Any:
        try:
            return self.column.meaning(cell)
        except Misread:
            return FAULTY

    def judged(self, value: Any) -> Any:
        try:
            return self.judge(value)
        except ValidationError:
            return FAULTY


class Judge:
    """Judges the rows of one file, as `catalog.uploads.reading.rows` gives them."""

    def __init__(self, form: Format, mapping: Mapping, shape: Any) -> None:
        self.shape, self.reader = shape, Reader(form, mapping) if form.columns else None
        self.columns = [self.column(one) for one in self.reader.columns] if self.reader else []
        self.names_ids = any(column.name == "id" for column in self.columns if column is not None)

    def column(self, column: Column) -> SoundColumn | None:
        """A column to be judged; None for one that nobody asked for."""
        if column.read is passed_over:
            return None
        return SoundColumn(column, *written_fields(self.shape).get(column.field, ("", Any)))

    def raw(self, row: Any) -> Raw:
        """What a row says; an element of JSON says it itself."""
        return self.reader.row(row) if self.reader else (row, [])

    def sound(self, rows: Sequence[Sequence[Any]]) -> tuple[list[dict[str, Any]], set[int]]:
        """The value of each row, and the places of those that say less than all or have a fault."""
        # What stands beyond the last column is a fault.
        fitting = [cells if len(cells) <= len(self.columns) else () for cells in rows]
        table = zip(self.columns, zip_longest(*fitting), strict=False)
        asked = [(column.name, *column.of(cells)) for column, cells in table if column is not None]
        names = [name for name, _, _ in asked]
        values = list(map(dict, map(zip, repeat(names), zip(*(values for _, values, _ in asked), strict=True))))
        return values, {place for _, _, places in asked for place in places}

    def items(self, rows: Sequence[Any], first: int) -> list[Item]:
        """Rows as items whose indexes begin at `first`."""
        if self.reader is None:
            return judged([(row, []) for row in rows], self.shape, range(first, first + len(rows)))
        values, odd = self.sound(rows)
        items = list(map(Item, count(first), values))
        for place in odd if self.names_ids else range(len(items)):
            items[place] = self.item(rows[place], items[place])
        return items

    def item(self, row: Any, item: Item) -> Item:
        """An item of which not all is known to be sound: one that has an id and no fault says what its cells say."""
        value = {name: one for name, one in item.value.items() if one is not ABSENT}
        if "id" in value and not any(one is FAULTY for one in value.values()):
            return Item(item.index, value)
        [found] = judged([self.raw(row)], self.shape, [item.index])
        return found
