"""Querysets whose SQL is made once: for the questions that every call asks, in the shop's own words.

    @prepared
    def listed(ids: Any) -> QuerySet[SKU]:
        return SKU.objects.known(ids).locked().values_list("pk", "name")

    listed(["sku-1", "sku-2"])  # [("sku-1", "A cube"), ...]

Building and compiling a queryset takes longer than most of these questions take the database. Here it happens once for
each database engine; afterwards the values go straight into the statement.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import update_wrapper
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, JSONField, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

from printshop.api.sharing import each_once


class Slot(Expression):
    """The place of a value in a prepared queryset."""

    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


def parameter(value: Any) -> Any:
    """A value as it goes into a statement: lists as one JSON text, times and uuids as the database keeps them."""
    if isinstance(value, list):
        return orjson.dumps(sorted(set(value))).decode()
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def reader(steps: Iterable[Callable[..., Any]], expression: Any) -> Callable[[Any], Any]:
    """What makes of a column's value what the ORM would give."""
    if isinstance(expression.output_field, JSONField):
        return lambda value: None if value is None else orjson.loads(value)

    def read(value: Any) -> Any:
        for step in steps:
            value = step(value, expression, connection)
        return value

    return read


def maker(queryset: QuerySet[Any], columns: Iterable[Any]) -> Callable[[Sequence[Any]], Any]:
    """What makes objects of rows."""
    names = [column.target.attname for column in columns]
    return lambda row: queryset.model.from_db(connection.alias, names, row)


class Statement:
    """The SQL of a queryset, where its values go, and how its rows are read."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = compiler.as_sql()
        columns = [selected[0] for selected in compiler.select]
        converters = compiler.get_converters(columns)
        self.readers = [(index, reader(steps, expression)) for index, (steps, expression) in converters.items()]
        self.width = len(columns)
        self.make = maker(queryset, columns) if issubclass(queryset._iterable_class, ModelIterable) else None

    def send(self, values: tuple[Any, ...]) -> "Answer":
        """Ask, and give what reads the answer."""
        sent = [parameter(values[one.position]) if isinstance(one, Slot) else one for one in self.params]
        cursor = connection.cursor()
        cursor.execute(self.sql, sent)
        return Answer(self, cursor)


class Answer:
    """What was asked for, to be read once: called it gives rows or objects, as a list."""

    def __init__(self, statement: Statement, cursor: Any) -> None:
        self.statement, self.cursor = statement, cursor

    def fetch(self) -> list[Any]:
        with self.cursor as cursor:
            return cursor.fetchall()

    def by_column(self) -> list[Sequence[Any]]:
        """The values of each column that was selected."""
        return self.read(self.fetch()) or [()] * self.statement.width

    def read(self, rows: list[Any]) -> list[Sequence[Any]]:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        if columns:
            for index, read in self.statement.readers:
                columns[index] = each_once(read, columns[index])
        return columns

    def __call__(self) -> list[Any]:
        rows = self.fetch()
        if self.statement.readers:
            rows = list(zip(*self.read(rows), strict=True))
        return [self.statement.make(row) for row in rows] if self.statement.make else rows


class Question:
    """A prepared queryset: called with values it gives rows or objects, as a list."""

    def __init__(self, build: Callable[..., QuerySet[Any]]) -> None:
        self.build = build
        self.statements: dict[tuple[Any, ...], Statement] = {}
        update_wrapper(self, build)

    def send(self, *values: Any) -> Answer:
        """Ask now, in a flight with others (`printshop.api.flights`), and read the answer later."""
        shape = (connection.vendor, *(value is None for value in values))
        if shape not in self.statements:
            slots = [None if value is None else Slot(position) for position, value in enumerate(values)]
            self.statements[shape] = Statement(self.build(*slots))
        return self.statements[shape].send(values)

    def __call__(self, *values: Any) -> list[Any]:
        return self.send(*values)()


def prepared(build: Callable[..., QuerySet[Any]]) -> Question:
    """Make `build` a question.

    `build` meets a `Slot` in place of each value but None, by which it may decide what to ask. Lists hold numbers or
    texts and meet `field__among`.
    """
    return Question(build)
