"""Rows as PostgreSQL's COPY takes them: the quickest way in for rows of which nothing is needed back.

CSV whose quotes and separators are control characters. JSON text holds none, so documents go in as orjson writes them,
and so does nearly every other text; `null` is what orjson writes of None. Everything is encoded column by column, in
few calls for many rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import repeat
from operator import is_, itemgetter
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Field
from psycopg import Cursor, generators
from psycopg.copy import LibpqWriter
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from printshop.api.flights import landing
from printshop.api.sharing import each_different

Values = Sequence[Any]
SEPARATOR, QUOTE, NULL = "\x02", "\x01", "null"
# Rows that are encoded at a time.
SLICE = 125
FORMAT = r"FROM STDIN (FORMAT csv, DELIMITER e'\x02', QUOTE e'\x01', NULL 'null')"


def quoted(text: str | None) -> bytes:
    return b"null" if text is None else f"{QUOTE}{text.replace(QUOTE, QUOTE * 2)}{QUOTE}".encode()


def texts(values: Values) -> Sequence[bytes]:
    """Texts as they are, unless one of them holds what CSV minds."""
    if None in values or NULL in values or not "".join(values).isprintable():
        return [quoted(text) for text in values]
    return SEPARATOR.join(values).encode().split(SEPARATOR.encode())


def documents(values: Values) -> Sequence[bytes]:
    return each_different(orjson.dumps, values)


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
    if all(map(is_, values, repeat(first))):
        return [*encode(values[:1])] * len(values)
    return encode(values)


def lines(fields: Sequence[Field], columns: Iterable[Values]) -> bytes:
    """Rows that stand as columns, one a line."""
    encoded = [column(encoder(field), values) for field, values in zip(fields, columns, strict=True)]
    return b"\n".join(map(SEPARATOR.encode().join, zip(*encoded, strict=True)))


def columns_of(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> Iterable[Values]:
    """Rows as columns; there are at least two of them."""
    return zip(*map(itemgetter(*names), rows), strict=True)


class Sent(LibpqWriter):
    """Takes over when all rows are sent: says so at once, and hears later what became of them."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        super().__init__(cursor)
        self._pgconn.put_copy_end()
        self._pgconn.flush()

    def finish(self, exc: BaseException | None = None) -> None:
        self.connection.wait(generators.send(self._pgconn))
        [result] = self.connection.wait(generators.fetch_many(self._pgconn))
        if result.status != ExecStatus.COMMAND_OK and exc is None:
            raise error_from_result(result)


def slices(fields: Sequence[Field], columns: Sequence[Values]) -> Iterator[bytes]:
    """Lines of rows that stand as columns, some rows at a time: the server takes in those while more are made."""
    for start in range(0, len(columns[0]), SLICE):
        yield lines(fields, [values[start : start + SLICE] for values in columns]) + b"\n"


def copy(target: str, fields: Sequence[Field], columns: Iterable[Values]) -> None:
    """Send rows that stand as columns into `target`, a table with its columns."""
    connection.validate_no_broken_transaction()
    parts: Iterable[bytes] = slices(fields, list(columns))
    mine = landing()
    if mine and mine.under_way:
        # Nothing can be sent yet, so all of them are made meanwhile.
        parts = list(parts)
        mine.land()
    with ExitStack() as stack:
        stack.enter_context(connection.wrap_database_errors)
        cursor = stack.enter_context(connection.cursor())
        copying = stack.enter_context(cursor.copy(f"COPY {target} {FORMAT}"))
        for part in parts:
            copying.write(part)
        if mine:
            copying.writer = Sent(copying.cursor)
            mine.under_way = stack.pop_all()
