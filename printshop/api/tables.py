"""Items that name the same fields, as columns: what is only compared need not be put together first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from printshop.api.shapes import config_of, written_fields
from printshop.api.sharing import each_different


def columns_of(items: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    """The columns of items that all have the fields of the first."""
    return {name: list(map(itemgetter(name), items)) for name in (items[0] if items else ())}


class Table(Sequence[Any]):
    """The items of a batch by column, at least one. An item is made where somebody asks for it.

    Documents may be shared by many items: nobody writes into them.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, items: Sequence[Mapping[str, Any]]) -> "Table":
        """Items that all have the fields of the first."""
        return cls(columns_of(items))

    @cached_property
    def rows(self) -> Sequence[tuple[Any, ...]]:
        return list(zip(*self.columns.values(), strict=True))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, place: Any) -> Any:
        return dict(zip(self.columns, self.rows[place], strict=True))

    def __iter__(self) -> Iterator[Any]:
        return map(dict, map(zip, repeat(tuple(self.columns)), self.rows))

    def at(self, places: Sequence[int]) -> "Table":
        """Some of the items."""
        return Table({name: [values[place] for place in places] for name, values in self.columns.items()})


class Line(Mapping[str, Any]):
    """An item of a table that is not put together before somebody copies it."""

    __slots__ = ("place", "table")

    def __init__(self, table: Table, place: int) -> None:
        self.table, self.place = table, place

    def __getitem__(self, name: str) -> Any:
        return self.table.columns[name][self.place]

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.columns)

    def __len__(self) -> int:
        return len(self.table.columns)

    def copy(self) -> dict[str, Any]:
        """The item as a dictionary of its own."""
        return self.table[self.place]


def lines(table: Table) -> list[Line]:
    return list(map(Line, repeat(table), range(len(table))))


def together(items: Sequence[Any]) -> Table | None:
    """Lines of one table as a table in their order; None for anything else."""
    if set(map(type, items)) != {Line}:
        return None
    table, *others = set(map(attrgetter("table"), items))
    if others:
        return None
    places = list(map(attrgetter("place"), items))
    return table if places == list(range(len(table))) else table.at(places)


def column(items: Sequence[Any], name: str) -> Iterable[Any]:
    """The values of a field, of those items that have it."""
    if isinstance(items, Table):
        return items.columns.get(name, ())
    return [item[name] for item in items if isinstance(item, dict | Line) and name in item]


def column_or(items: Sequence[Mapping[str, Any] | None], name: str, default: Any) -> Sequence[Any]:
    """The value of a field of each item, or what stands for one that does not have it."""
    table = items if isinstance(items, Table) else together(items)
    if table is None:
        return [default if item is None else item.get(name, default) for item in items]
    return table.columns.get(name) or [default] * len(items)


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Reads the values that many items have in one field; `name` is the field's own."""

    name: str
    adapter: TypeAdapter[list[Any]]

    def read(self, values: Sequence[Any]) -> Sequence[Any]:
        read = self.adapter.validate_python
        if {dict, list}.isdisjoint(map(type, values)):
            return read(list(values))
        return each_different(lambda value: read([value])[0], values)


@cache
def column_readers(shape: Any) -> dict[str, ColumnReader]:
    """What reads the fields of a shape, by the names they are written by."""
    strict = ConfigDict(strict=config_of(shape)["strict"])
    return {
        written: ColumnReader(name, TypeAdapter(list[kind], config=strict))  # type: ignore[valid-type]
        for written, (name, kind) in written_fields(shape).items()
    }


def read_table(shape: Any, table: Table) -> list[Line] | None:
    """Items of a shape, a column at a time. None where any has a fault."""
    readers = column_readers(shape)
    if not readers.keys() >= table.columns.keys():
        return None
    names = [readers[name].name for name in table.columns]
    if not shape.__required_keys__ <= set(names):
        return None
    try:
        columns = [readers[name].read(values) for name, values in table.columns.items()]
    except ValidationError:
        return None
    return lines(Table(dict(zip(names, columns, strict=True))))
