"""Items that name the same fields, as columns: what is only compared need not be put together first."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any


class Table(Sequence[Any]):
    """The items of a batch by column, at least one. An item is made where somebody asks for it.

    Documents may be shared by many items: nobody writes into them.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, items: Sequence[Mapping[str, Any]]) -> "Table":
        """Items that all have the fields of the first."""
        return cls({name: list(map(itemgetter(name), items)) for name in items[0]})

    @cached_property
    def rows(self) -> Sequence[tuple[Any, ...]]:
        return list(zip(*self.columns.values(), strict=True))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, place: Any) -> Any:
        return dict(zip(self.columns, self.rows[place], strict=True))

    def at(self, places: Sequence[int]) -> "Table":
        """Some of the items."""
        return Table({name: [values[place] for place in places] for name, values in self.columns.items()})


def column(items: Sequence[Any], name: str) -> Iterable[Any]:
    """The values of a field, of those items that have it."""
    if isinstance(items, Table):
        return items.columns.get(name, ())
    return [item[name] for item in items if isinstance(item, dict) and name in item]
