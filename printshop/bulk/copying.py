"""Rows as PostgreSQL's COPY takes them: the quickest way in for rows of which nothing is needed back.

CSV whose quotes and separators are control characters. JSON text holds none, so documents go in as orjson writes them,
and so does nearly every other text; `null` is what orjson writes of None. Everything is encoded column by column, in
few calls for many rows.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Field

Values = Sequence[Any]
SEPARATOR, QUOTE, NULL = "\x02", "\x01", "null"
FORMAT = r"FROM STDIN (FORMAT csv, DELIMITER e'\x02', QUOTE e'\x01', NULL 'null')"


def quoted(text: str | None) -> bytes:
    return b"null" if text is None else f"{QUOTE}{text.replace(QUOTE, QUOTE * 2)}{QUOTE}".encode()


def texts(values: Values) -> Sequence[bytes]:
    """Texts as they are, unless one of them holds what CSV minds."""
    if None in values or NULL in values or not "".join(values).isprintable():
        return [quoted(text) for text in values]
    return SEPARATOR.join(values).encode().split(SEPARATOR.encode())


def documents(values: Values) -> Sequence[bytes]:
    return [b"null" if value is None else orjson.dumps(value) for value in values]


def plain(values: Values) -> Sequence[bytes]:
    """Numbers, truths, uuids and times: nothing that holds a comma or a quote."""
    return orjson.dumps(values)[1:-1].replace(b'"', b"").split(b",")


def encoder(field: Field) -> Callable[[Values], Sequence[bytes]]:
    kept = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(kept, models.JSONField):
        return documents
    return texts if isinstance(kept, models.CharField | models.TextField) else plain


def column(encode: Callable[[Values], Sequence[Any]], values: Values) -> Sequence[Any]:
    """The values of a column; one that all rows have in common is encoded once."""
    first = values[0]
    if all(value is first for value in values):
        return [*encode(values[:1])] * len(values)
    return encode(values)


def lines(fields: Sequence[Field], columns: Iterable[Values]) -> bytes:
    """Rows that stand as columns, one a line."""
    encoded = [column(encoder(field), values) for field, values in zip(fields, columns, strict=True)]
    return b"\n".join(map(SEPARATOR.encode().join, zip(*encoded, strict=True)))


def columns_of(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> Iterable[Values]:
    """Rows as columns; there are at least two of them."""
    return zip(*map(itemgetter(*names), rows), strict=True)


def copy(target: str, fields: Sequence[Field], columns: Iterable[Values]) -> None:
    """Send rows that stand as columns into `target`, a table with its columns."""
    sql = f"COPY {target} {FORMAT}"
    connection.validate_no_broken_transaction()
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copying:
        copying.write(lines(fields, columns))
