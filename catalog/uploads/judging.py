"""Rows of a file as items of an import.

The shape of a SKU judges each field by itself. So a row of cells is put together from cells that were judged when they
first came, as long as all are sound; any other row is judged as a whole, which finds all its faults.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from catalog.uploads.reading import Format, Mapping, Raw
from catalog.uploads.reading.fields import Misread
from catalog.uploads.reading.raws import REMEMBERED, SHORT, Column, Reader, passed_over
from printshop.api.reading import Item, read_items
from printshop.api.refusals import ABSENT
from printshop.api.shapes import STRICT

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
    """What the shape makes of a column's cells: `ABSENT` of one that says nothing, `FAULTY` of one with a fault."""

    def __init__(self, column: Column, name: str, kind: Any) -> None:
        super().__init__()
        self.column, self.name = column, name
        self.judge = TypeAdapter(kind, config=STRICT).validator.validate_python
        self.judge_all = TypeAdapter(list[kind], config=STRICT).validator.validate_python

    def of(self, cells: Sequence[Any]) -> list[Any]:
        """The values of some cells; short ones are remembered."""
        if len(self) > REMEMBERED:
            self.clear()
        new = set(cells).difference(self)
        self.learn(new)
        values = list(map(self.__getitem__, cells))
        for cell in [cell for cell in new if isinstance(cell, str) and len(cell) > SHORT]:
            del self[cell]
        return values

    def learn(self, cells: Iterable[Any]) -> None:
        """Judge all at once where nothing is wrong with them."""
        telling, values = [], []
        for cell in cells:
            self[cell] = value = self.meant(cell)
            if value is not ABSENT and value is not FAULTY:
                telling.append(cell)
                values.append(value)
        try:
            judged = self.judge_all(values)
        except ValidationError:
            judged = list(map(self.judged, values))
        self.update(zip(telling, judged, strict=True))

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
        hints = get_type_hints(shape, include_extras=True)
        self.kinds = {to_camel(name): (name, kind) for name, kind in hints.items()}
        self.columns = [self.column(one) for one in self.reader.columns] if self.reader else []

    def column(self, column: Column) -> SoundColumn | None:
        """A column to be judged; None for one that nobody asked for."""
        if column.read is passed_over:
            return None
        return SoundColumn(column, *self.kinds.get(column.field, ("", Any)))

    def raw(self, row: Any) -> Raw:
        """What a row says; an element of JSON says it itself."""
        return self.reader.row(row) if self.reader else (row, [])

    def sound(self, rows: Sequence[Sequence[Any]]) -> Iterator[dict[str, Any]]:
        """The value of each row that has an id and no fault, and nothing of any other."""
        # What stands beyond the last column is a fault.
        fitting = [cells if len(cells) <= len(self.columns) else () for cells in rows]
        table = zip(self.columns, zip_longest(*fitting), strict=False)
        asked = [(column.name, column.of(cells)) for column, cells in table if column is not None]
        names = [name for name, _ in asked]
        for values in zip(*(values for _, values in asked), strict=True):
            value = {} if FAULTY in values else dict(zip(names, values, strict=True))
            if ABSENT in values:
                value = {name: one for name, one in value.items() if one is not ABSENT}
            yield value if "id" in value else {}

    def items(self, rows: Sequence[Any], first: int) -> list[Item]:
        """Rows as items whose indexes begin at `first`."""
        if self.reader is None:
            return judged([(row, []) for row in rows], self.shape, range(first, first + len(rows)))
        items = [Item(index, value) for index, value in enumerate(self.sound(rows), first)]
        for place, item in enumerate(items):
            if not item.value:
                [items[place]] = judged([self.raw(rows[place])], self.shape, [item.index])
        return items
