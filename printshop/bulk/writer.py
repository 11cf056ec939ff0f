"""Set-based writes: any number of rows, one statement, their values as JSON, on PostgreSQL and SQLite alike.

`insert` and `update` work from a model's own columns. Rows are mappings from column name (`customer_id`) to
plain values; times must be aware and in UTC. PostgreSQL opens the parameter with `jsonb_to_recordset`, SQLite with
`json_each`; both give typed rows, so the statement's text depends on the columns alone and is made once. What many rows
have in common travels once, beside them. What is only inserted PostgreSQL takes quicker by COPY, and SQLite as values.

The caller sorts its rows by key: rows locked in one order by everybody cannot deadlock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Field, Model

from printshop.api import prepared
from printshop.api.flights import flying
from printshop.bulk.binding import bind
from printshop.bulk.copying import columns_of, copy

Row = dict[str, Any]
Columns = tuple[str, ...]
# A JSON value of PostgreSQL holds 256 MB. Every bulk call is far below; a file of a million rows is not.
ROWS_AT_ONCE = 50_000
# COPY takes turns of its own, where smaller statements fly together: it pays from so many rows on.
COPIED_FROM = 200
# So wide are the rows that SQLite takes quicker value by value than out of JSON.
BOUND_FROM = 10
# Of fewer rows it is chance what they have in common, and there would be ever new statements.
ALIKE_FROM = 20


def quoted(names: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


@cache
def field_of(model: type[Model], column: str) -> Field:
    return next(field for field in model._meta.concrete_fields if field.column == column)


def sqlite_value(field: Field, column: str) -> str:
    """How SQLite reads one key of a JSON object into the form in which Django keeps the field."""
    kept = field.target_field if isinstance(field, models.ForeignKey) else field
    text = f"value ->> '$.{column}'"
    if isinstance(kept, models.UUIDField):
        return f"replace({text}, '-', '')"
    if isinstance(kept, models.DateTimeField):
        return f"replace(replace({text}, 'T', ' '), '+00:00', '')"
    if isinstance(kept, models.JSONField):
        return f"nullif(value -> '$.{column}', 'null')"
    return text


def opened(vendor: str, model: type[Model], columns: Columns, name: str) -> str:
    """The FROM item that turns a parameter, a list of objects, into rows with these columns."""
    fields = [field_of(model, column) for column in columns]
    if vendor == "postgresql":
        typed = ", ".join(
            f'"{column}" {field.db_type(connection)}' for column, field in zip(columns, fields, strict=True)
        )
        return f"jsonb_to_recordset(%s::jsonb) AS {name}({typed})"
    values = ", ".join(
        f'{sqlite_value(field, column)} AS "{column}"' for column, field in zip(columns, fields, strict=True)
    )
    return f"(SELECT {values} FROM json_each(%s)) AS {name}"


@cache
def source(vendor: str, model: type[Model], columns: Columns, common: Columns) -> str:
    """The FROM items of rows `r`, and of the one row `c` of what they have in common."""
    own = opened(vendor, model, tuple(column for column in columns if column not in common), "r")
    return f"{own}, {opened(vendor, model, common, 'c')}" if common else own


def in_common(rows: Sequence[Row], columns: Columns) -> Columns:
    """The columns in which many rows have the very same value; never the first, so that each keeps something."""
    if len(rows) < ALIKE_FROM:
        return ()
    first = rows[0]
    return tuple(column for column in columns[1:] if all(row[column] is first[column] for row in rows))


def parameters(rows: Sequence[Row], columns: Columns, common: Columns) -> list[str]:
    if len(columns) == len(rows[0]) and not common:
        return [orjson.dumps(rows).decode()]
    own = [column for column in columns if column not in common]
    parts = [[{column: row[column] for column in own} for row in rows]]
    if common:
        parts.append([{column: rows[0][column] for column in common}])
    return [orjson.dumps(part).decode() for part in parts]


def run(
    sql: str, rows: Sequence[Row], columns: Columns, common: Columns = (), *, returns: bool = False
) -> list[tuple[Any, ...]]:
    """Execute with the rows as the parameters; what those could not hold goes in several statements."""
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            cursor.execute(sql, parameters(rows[start : start + ROWS_AT_ONCE], columns, common))
            found += cursor.fetchall() if returns else []
    return found


def reader(model: type[Model], column: str) -> Callable[[Any], Any]:
    """What makes a value of RETURNING what the ORM would give: SQLite keeps uuids and times as text."""
    expression = field_of(model, column).cached_col
    steps = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
    return prepared.reader(steps, expression)


def comes_null(model: type[Model], column: str) -> bool:
    """Whether a column that is left out is null."""
    field = field_of(model, column)
    return field.null and not field.has_db_default()


def told(model: type[Model], rows: Sequence[Row]) -> Columns:
    """The columns in which many rows say something; nulls come by themselves."""
    columns = tuple(rows[0])
    if len(rows) < ALIKE_FROM:
        return columns
    silent = [column for column, value in rows[0].items() if value is None and all(row[column] is None for row in rows)]
    return tuple(column for column in columns if column not in silent or not comes_null(model, column))


def is_copied(size: int) -> bool:
    """Whether so many rows that are only inserted go in by COPY."""
    return connection.vendor == "postgresql" and size >= COPIED_FROM and not flying()


def is_brought(columns: Columns, rows: Sequence[Row]) -> bool:
    """Whether rows that are only inserted go in quicker than as JSON."""
    return is_copied(len(rows)) or (connection.vendor == "sqlite" and len(columns) >= BOUND_FROM)


def bring(model: type[Model], names: Sequence[str], columns: Iterable[Sequence[Any]]) -> None:
    """Insert rows that stand as columns, in the way that is the database's quickest."""
    target, fields = f'"{model._meta.db_table}" ({quoted(names)})', [field_of(model, name) for name in names]
    (copy if connection.vendor == "postgresql" else bind)(target, fields, columns)


def brought(model: type[Model], names: Columns, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The same of rows that are put together; nothing comes back."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        bring(model, names, columns_of(names, rows[start : start + ROWS_AT_ONCE]))
    return []


@cache
def insert_sql(vendor: str, model: type[Model], columns: Columns, returning: Columns, common: Columns = ()) -> str:
    tail = f" RETURNING {quoted(returning)}" if returning else ""
    rows = f"SELECT {quoted(columns)} FROM {source(vendor, model, columns, common)}"
    return f'INSERT INTO "{model._meta.db_table}" AS t ({quoted(columns)}) {rows}{tail}'


def insert(model: type[Model], rows: Sequence[Row], returning: Columns = ()) -> list[tuple[Any, ...]]:
    """Insert rows that all have the same keys. RETURNING promises no order: match by a key that the rows carry."""
    if not rows:
        return []
    columns = told(model, rows)
    if not returning and is_brought(columns, rows):
        return brought(model, columns, rows)
    common = in_common(rows, columns)
    sql = insert_sql(connection.vendor, model, columns, returning, common)
    found = run(sql, rows, columns, common, returns=bool(returning))
    read = [reader(model, column) for column in returning]
    return [tuple(as_python(value) for as_python, value in zip(read, row, strict=True)) for row in found]


def insert_columns(model: type[Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert very many rows that are not put together first: each column has the values of all of them."""
    size = len(next(iter(columns.values())))
    if not size:
        return
    if connection.vendor == "sqlite" or is_copied(size):
        silent = [name for name, values in columns.items() if values.count(None) == size]
        names = [name for name in columns if name not in silent or not comes_null(model, name)]
        bring(model, names, [columns[name] for name in names])
    else:
        insert(model, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


@cache
def update_sql(vendor: str, model: type[Model], columns: Columns, common: Columns) -> str:
    key = model._meta.pk.column
    sets = ", ".join(
        f'"{column}" = {"c" if column in common else "r"}."{column}"' for column in columns if column != key
    )
    rows = source(vendor, model, columns, common)
    return f'UPDATE "{model._meta.db_table}" AS t SET {sets} FROM {rows} WHERE t."{key}" = r."{key}"'


def update(model: type[Model], rows: Sequence[Row]) -> None:
    """Set the given columns of the rows with the given primary keys, which come first."""
    if rows:
        columns = tuple(rows[0])
        common = in_common(rows, columns)
        run(update_sql(connection.vendor, model, columns, common), rows, columns, common)


def delete(model: type[Model], keys: Sequence[Any], column: str = "pk") -> None:
    """Delete the rows that have one of the keys in a column; the caller first deletes what refers to them."""
    if keys:
        # The collector of `QuerySet.delete` would ask every table that could refer to them, a few rows at a time.
        model._base_manager.filter(**{f"{column}__among": keys})._raw_delete(connection.alias)
