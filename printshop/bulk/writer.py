"""Set-based writes: any number of rows, one statement, on PostgreSQL and SQLite alike.

`insert` and `update` work from a model's own columns. Rows are mappings from column name (`customer_id`) to
plain values; times must be aware and in UTC. The statement's text depends on the columns alone and is made once.
PostgreSQL is given a JSON array for each column, SQLite one of objects or, where rows are only inserted, their values
as they are (`binding`). What many rows have in common travels once, beside them.

The caller sorts its rows by key: rows locked in one order by everybody cannot deadlock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Field, Model

from printshop.api import prepared
from printshop.api.sharing import is_shared
from printshop.api.tables import columns_of
from printshop.bulk.binding import bind
from printshop.bulk.columns import field_of, kept_as, quoted

Row = Mapping[str, Any]
Names = tuple[str, ...]
# Values by column: as many for each.
Columns = Mapping[str, Sequence[Any]]
# A JSON value of PostgreSQL holds 256 MB. Every bulk call is far below; a file of a million rows is not.
ROWS_AT_ONCE = 50_000
# Of fewer rows it is chance what they have in common, and there would be ever new statements.
ALIKE_FROM = 20


# --- Rows in a statement's FROM ------------------------------------------------------------------------------------
def sqlite_value(field: Field, column: str) -> str:
    """How SQLite reads one key of a JSON object into the form in which Django keeps the field."""
    kept, text = kept_as(field), f"value ->> '$.{column}'"
    if isinstance(kept, models.UUIDField):
        return f"replace({text}, '-', '')"
    if isinstance(kept, models.DateTimeField):
        return f"replace(replace({text}, 'T', ' '), '+00:00', '')"
    if isinstance(kept, models.JSONField):
        return f"nullif(value -> '$.{column}', 'null')"
    return text


def type_of(field: Field) -> str:
    """What PostgreSQL reads a value as. Texts have no length here: one that is too long is refused, and not cut."""
    is_text = isinstance(kept_as(field), models.CharField | models.TextField)
    return "text" if is_text else str(field.db_type(connection))


def objects(model: type[Model], names: Names, name: str) -> str:
    """For SQLite: the FROM item that turns a parameter, a list of objects, into rows."""
    values = [f'{sqlite_value(field_of(model, column), column)} AS "{column}"' for column in names]
    return f"(SELECT {', '.join(values)} FROM json_each(%s)) AS {name}"


def arrays(model: type[Model], names: Names) -> str:
    """For PostgreSQL: the FROM item that turns parameters, a list for each column, into rows."""
    sets, values = [], []
    for column in names:
        field = field_of(model, column)
        if isinstance(kept_as(field), models.JSONField):
            sets.append("jsonb_array_elements(%s::jsonb)")
            values.append(f'nullif("{column}", \'null\') AS "{column}"')
        else:
            sets.append("json_array_elements_text(%s::json)")
            values.append(f'"{column}"::{type_of(field)} AS "{column}"')
    return f"(SELECT {', '.join(values)} FROM ROWS FROM ({', '.join(sets)}) AS a ({quoted(names)})) AS r"


def scalars(model: type[Model], names: Names) -> str:
    """For PostgreSQL: the FROM item of one row, a parameter for each value."""
    values = [f'%s::{type_of(field_of(model, column))} AS "{column}"' for column in names]
    return f"(SELECT {', '.join(values)}) AS c"


@cache
def source(vendor: str, model: type[Model], names: Names, common: Names) -> str:
    """The FROM items of rows `r`, and of the one row `c` of what they have in common."""
    own = tuple(name for name in names if name not in common)
    items = []
    if own:
        items.append(arrays(model, own) if vendor == "postgresql" else objects(model, own, "r"))
    if common:
        items.append(scalars(model, common) if vendor == "postgresql" else objects(model, common, "c"))
    return ", ".join(items)


def is_alike(values: Sequence[Any]) -> bool:
    """Whether all are the very same value, or texts that read the same."""
    first = values[0]
    reads_same = type(first) is str and values[-1] == first and values.count(first) == len(values)
    return reads_same or is_shared(values)


def in_common(columns: Columns) -> Names:
    """The columns in which many rows have the same value; not all, so that each row keeps something.

    A single row has all of them in common, where PostgreSQL takes the values as they are.
    """
    names, size = tuple(columns), size_of(columns)
    if size == 1 and connection.vendor == "postgresql":
        return names
    if size < ALIKE_FROM:
        return ()
    common = tuple(name for name in names if is_alike(columns[name]))
    return common[1:] if len(common) == len(names) else common


def text(value: Any) -> str:
    return orjson.dumps(value).decode()


def scalar(field: Field, value: Any) -> str | None:
    """A value as PostgreSQL reads it from text."""
    if value is None:
        return None
    return text(value) if isinstance(kept_as(field), models.JSONField) else str(value)


def parameters(model: type[Model], columns: Columns, common: Names) -> list[str | None]:
    """What goes into the statement of these columns."""
    own = [name for name in columns if name not in common]
    if connection.vendor == "postgresql":
        values = [scalar(field_of(model, name), columns[name][0]) for name in common]
        return [*(text(columns[name]) for name in own), *values]
    rows = [dict(zip(own, row, strict=True)) for row in zip(*(columns[name] for name in own), strict=True)]
    alike = [text([{name: columns[name][0] for name in common}])] if common else []
    return [text(rows), *alike]


# --- Writing -------------------------------------------------------------------------------------------------------
def size_of(columns: Columns) -> int:
    return len(next(iter(columns.values()))) if columns else 0


def sliced(columns: Columns) -> Iterable[Columns]:
    for start in range(0, size_of(columns), ROWS_AT_ONCE):
        yield {name: values[start : start + ROWS_AT_ONCE] for name, values in columns.items()}


def run(
    sql: str, model: type[Model], columns: Columns, common: Names, *, returns: bool = False
) -> list[tuple[Any, ...]]:
    """Execute with the rows as the parameters; what those could not hold goes in several statements."""
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for part in sliced(columns):
            cursor.execute(sql, parameters(model, part, common))
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


def told(model: type[Model], columns: Columns) -> Columns:
    """The columns in which many rows say something; nulls come by themselves."""
    size = size_of(columns)
    if size < ALIKE_FROM:
        return columns
    silent = {name for name, values in columns.items() if values[0] is None and values.count(None) == size}
    return {name: values for name, values in columns.items() if name not in silent or not comes_null(model, name)}


@cache
def insert_sql(vendor: str, model: type[Model], names: Names, returning: Names, common: Names = ()) -> str:
    tail = f" RETURNING {quoted(returning)}" if returning else ""
    rows = f"SELECT {quoted(names)} FROM {source(vendor, model, names, common)}"
    return f'INSERT INTO "{model._meta.db_table}" AS t ({quoted(names)}) {rows}{tail}'


def insert(model: type[Model], rows: Sequence[Row], returning: Names = ()) -> list[tuple[Any, ...]]:
    """Insert rows that all have the same keys. RETURNING promises no order: match by a key that the rows carry."""
    return insert_columns(model, columns_of(rows), returning)


def insert_columns(model: type[Model], columns: Columns, returning: Names = ()) -> list[tuple[Any, ...]]:
    """Insert rows that are not put together first: each column has the values of all of them."""
    if not size_of(columns):
        return []
    columns = told(model, columns)
    names, common = tuple(columns), in_common(columns)
    if connection.vendor == "sqlite" and not returning:
        bind(model, columns, common)
        return []
    sql = insert_sql(connection.vendor, model, names, returning, common)
    found = run(sql, model, columns, common, returns=bool(returning))
    read = [reader(model, column) for column in returning]
    return [tuple(as_python(value) for as_python, value in zip(read, row, strict=True)) for row in found]


@cache
def update_sql(vendor: str, model: type[Model], names: Names, common: Names) -> str:
    key = str(model._meta.pk.column)
    at = {name: "c" if name in common else "r" for name in names}
    sets = ", ".join(f'"{name}" = {at[name]}."{name}"' for name in names if name != key)
    rows = source(vendor, model, names, common)
    return f'UPDATE "{model._meta.db_table}" AS t SET {sets} FROM {rows} WHERE t."{key}" = {at[key]}."{key}"'


def update(model: type[Model], rows: Sequence[Row]) -> None:
    """Set the given columns of the rows with the given primary keys, which come first."""
    if rows:
        columns = columns_of(rows)
        common = in_common(columns)
        run(update_sql(connection.vendor, model, tuple(columns), common), model, columns, common)


def delete(model: type[Model], keys: Sequence[Any], column: str = "pk") -> None:
    """Delete the rows that have one of the keys in a column; the caller first deletes what refers to them."""
    if keys:
        # The collector of `QuerySet.delete` would ask every table that could refer to them, a few rows at a time.
        model._base_manager.filter(**{f"{column}__among": keys})._raw_delete(connection.alias)
