"""Rows as SQLite takes them quickest: the values of up to a hundred bound to one compiled statement, again and again.

Values take the form in which Django keeps them: documents as JSON text, uuids without dashes, times without offset.
Everything is put into that form column by column, in few calls for many rows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Field, Model

from printshop.api.sharing import each_different
from printshop.bulk.columns import field_of, kept_as, quoted

Values = Sequence[Any]
# Rows of a statement, each of which costs something beside them: the longest first, then what is left. From here on a
# longer one is no quicker.
HEIGHTS = (100, 25, 5, 1)
# What older libraries take in one statement.
VALUES_AT_ONCE = 999
# What SQLite's driver takes as it is. It asks around for what to do with any other, a member of an enumeration too.
PLAIN = {str, int, float, type(None)}


def plain(value: Any) -> Any:
    """A truth, a member of an enumeration or a day as one of them; what is none of these is left for the driver."""
    for kind in (str, int):
        if isinstance(value, kind):
            return kind(value)
    return value.isoformat() if isinstance(value, date) else value


def scalars(values: Values) -> Values:
    """Texts, numbers and truths; there are few different ones of those that need to be put into another form."""
    if PLAIN.issuperset(map(type, values)):
        return values
    put = {value: plain(value) for value in {value for value in values if type(value) not in PLAIN}}
    return [put.get(value, value) for value in values]


def documents(values: Values) -> Values:
    return each_different(lambda value: None if value is None else orjson.dumps(value).decode(), values)


def uuids(values: Values) -> Values:
    return [None if value is None else str(value).replace("-", "") for value in values]


def moment(value: Any) -> Any:
    """A time in UTC, also one that was read as text."""
    text = str(value) if isinstance(value, datetime) else value
    return text and text.replace("T", " ").removesuffix("+00:00")


def moments(values: Values) -> Values:
    return list(map(moment, values))


def binder(field: Field) -> Callable[[Values], Values]:
    kept = kept_as(field)
    if isinstance(kept, models.JSONField):
        return documents
    if isinstance(kept, models.UUIDField):
        return uuids
    return moments if isinstance(kept, models.DateTimeField) else scalars


@lru_cache(maxsize=500)
def insert_sql(table: str, names: tuple[str, ...], common: tuple[str, ...], height: int) -> str:
    """The statement for so many rows: first the places of what they have in common, then those of each row."""
    own = [name for name in names if name not in common]
    rows = []
    for row in range(height):
        place = {name: number for number, name in enumerate(common, 1)}
        place |= {name: number for number, name in enumerate(own, 1 + len(common) + row * len(own))}
        rows.append(f"({', '.join(f'?{place[name]}' for name in names)})")
    return f'INSERT INTO "{table}" ({quoted(names)}) VALUES {", ".join(rows)}'


def bind(model: type[Model], columns: Mapping[str, Values], common: tuple[str, ...]) -> None:
    """Insert rows that stand as columns; in those that are `common` all have the value of the first."""
    table, names = model._meta.db_table, tuple(columns)
    binders = {name: binder(field_of(model, name)) for name in names}
    alike = [binders[name](columns[name][:1])[0] for name in common]
    own = [binders[name](values) for name, values in columns.items() if name not in common]
    count, width = len(own[0]), len(own)
    flat: list[Any] = [None] * (count * width)
    for place, each in enumerate(own):
        flat[place::width] = each
    start = 0
    with connection.cursor() as cursor:
        for height in (height for height in HEIGHTS if len(alike) + height * width <= VALUES_AT_ONCE or height == 1):
            end = count - (count - start) % height
            bound = [alike + flat[at * width : (at + height) * width] for at in range(start, end, height)]
            if bound:
                cursor.executemany(insert_sql(table, names, common, height), bound)
            start = end
