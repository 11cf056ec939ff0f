"""Rows as SQLite takes them quickest: the values of some dozens bound to one compiled statement, again and again.

Values take the form in which Django keeps them: documents as JSON text, uuids without dashes, times without offset.
Everything is put into that form column by column, in few calls for many rows.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Field

from printshop.api.sharing import each_different
from printshop.bulk.copying import column

Values = Sequence[Any]
# Every statement costs something beside its rows; from here on a longer one is no quicker, and less often full.
BLOCK = 50
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
    others = {value: plain(value) for value in values if type(value) not in PLAIN}
    return [others.get(value, value) for value in values] if others else values


def document(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def documents(values: Values) -> Values:
    return each_different(document, values)


def uuids(values: Values) -> Values:
    return [None if value is None else str(value).replace("-", "") for value in values]


def moment(value: Any) -> Any:
    """A time in UTC, also one that was read as text."""
    text = str(value) if isinstance(value, datetime) else value
    return text and text.replace("T", " ").removesuffix("+00:00")


def moments(values: Values) -> Values:
    return list(map(moment, values))


def binder(field: Field) -> Callable[[Values], Values]:
    kept = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(kept, models.JSONField):
        return documents
    if isinstance(kept, models.UUIDField):
        return uuids
    return moments if isinstance(kept, models.DateTimeField) else scalars


def bind(target: str, fields: Sequence[Field], columns: Iterable[Values]) -> None:
    """Insert rows that stand as columns into `target`, a table with its columns."""
    values = [column(binder(field), each) for field, each in zip(fields, columns, strict=True)]
    count, width = len(values[0]), len(fields)
    size = min(BLOCK, VALUES_AT_ONCE // width)
    full = count - count % size
    flat: list[Any] = [None] * (count * width)
    for place, each in enumerate(values):
        flat[place::width] = each
    marks = f"({', '.join('?' * width)})"
    with connection.cursor() as cursor:
        for height, start, end in ((size, 0, full), (1, full, count)):
            bound = [flat[at * width : (at + height) * width] for at in range(start, end, height)]
            if bound:
                cursor.executemany(f"INSERT INTO {target} VALUES {', '.join([marks] * height)}", bound)
