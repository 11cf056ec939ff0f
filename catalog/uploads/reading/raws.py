"""Rows as an API would be sent them: the cells of a row under the names of the wire.

Most columns hold few different cells, so what a short cell means is worked out once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from catalog.uploads.reading.columns import Mapping
from catalog.uploads.reading.fields import FIELDS, PLAIN, Misread, Raw, column_letter
from catalog.uploads.reading.formats import Broken, Format, Numbered, blank
from printshop.api.refusals import ABSENT, Fault

Read = Callable[[Any, str], Any]
REMEMBERED = 20_000
SHORT = 64


class Column(dict[Any, Any]):
    """A column: its field, and what its cells mean. A cell that says nothing is `ABSENT`; others may be `Misread`."""

    def __init__(self, field: str, read: Read, decimal: str) -> None:
        super().__init__()
        self.field, self.read, self.decimal = field, read, decimal

    def meaning(self, cell: Any) -> Any:
        if isinstance(cell, Broken):
            raise Misread("NOT_A_VALUE", cell.rule)
        return ABSENT if blank(cell) else self.read(cell, self.decimal)

    def plain(self, cells: Sequence[Any]) -> list[Any] | None:
        """What many cells mean that are nothing but texts; None where each has to be looked at."""
        as_meant = PLAIN.get(self.read)
        if as_meant is None or not {str} >= set(map(type, cells)):
            return None
        stripped = list(map(str.strip, cells))
        return None if "" in stripped or "'" in "".join(cells) else list(map(as_meant, cells))

    def __missing__(self, cell: Any) -> Any:
        value = self.meaning(cell)
        if not isinstance(cell, str) or len(cell) <= SHORT:
            if len(self) >= REMEMBERED:
                self.clear()
            self[cell] = value
        return value


def passed_over(cell: Any, decimal: str) -> Any:
    """A column that nobody asked for."""
    return ABSENT


def nameless(position: int) -> Read:
    """A column that has cells and no name."""

    def refuse(cell: Any, decimal: str) -> Any:
        raise Misread("NO_COLUMN", f"stands in column {column_letter(position)}, which has no name")

    return refuse


class Reader:
    """Reads rows of cells, under a mapping that has no faults."""

    def __init__(self, form: Format, mapping: Mapping) -> None:
        self.columns = [self.column(form, *one) for one in enumerate(zip(form.columns, mapping, strict=True))]
        self.named = [(column.field, column) for column in self.columns]

    @staticmethod
    def column(form: Format, position: int, named: tuple[str, str | None]) -> Column:
        name, field = named
        read = FIELDS[field] if field else passed_over if name else nameless(position)
        return Column(field or "", read, form.decimal)

    def row(self, cells: Sequence[Any]) -> Raw:
        """The fields of one row, and the faults of cells that could not be read."""
        if len(cells) <= len(self.named):
            try:
                return {
                    field: value
                    for (field, column), cell in zip(self.named, cells, strict=False)
                    if (value := column[cell]) is not ABSENT
                }, []
            except Misread:
                pass
        return self.misread_row(cells)

    def misread_row(self, cells: Sequence[Any]) -> Raw:
        """The same, cell by cell."""
        raw: dict[str, Any] = {}
        faults = []
        beyond = (Column("", nameless(position), "") for position in range(len(self.columns), len(cells)))
        for column, cell in zip([*self.columns, *beyond], cells, strict=False):
            try:
                if (value := column[cell]) is not ABSENT:
                    raw[column.field] = value
            except Misread as misread:
                code, rule = misread.args
                shown = cell[:200] if isinstance(cell, str) else None
                faults.append(Fault(code, f"{column.field or 'A cell'} {rule}.", column.field, shown))
        return raw, faults


def raws(numbered: Iterable[Numbered], form: Format, mapping: Mapping) -> Iterator[tuple[int, Raw]]:
    """Each row's number, what it says, and the faults of its cells; elements of JSON say it themselves."""
    if not form.columns:
        return ((number, (element, [])) for number, element in numbered)
    reader = Reader(form, mapping)
    return ((number, reader.row(cells)) for number, cells in numbered)
