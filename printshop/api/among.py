"""`field__among=[…]`: membership in a list that travels as one JSON parameter.

The stock `__in` sends a parameter for each value: its text changes with the batch, so nothing is prepared twice, and
SQLite refuses long lists. Here the statement is the same for one id and for ten thousand.
"""

from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, tuple[Any, ...]]


def membership(vendor: str, column: str, kind: str, marker: str = "%s") -> str:
    """SQL that asks whether a column, of the type `kind`, is in the list that a parameter holds as JSON."""
    if vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each({marker}))"
    # ARRAY(…) is worked out once before the scan starts, so a large table is always met through its index.
    return f"{column} = ANY(ARRAY(SELECT jsonb_array_elements_text({marker}::jsonb)::{kind}))"


class Among(Lookup):
    """SQL for PostgreSQL and SQLite; the list may be empty and may repeat itself."""

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return self.rhs if hasattr(self.rhs, "resolve_expression") else sorted(set(self.rhs))

    def process_rhs(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        if hasattr(self.rhs, "as_sql"):
            sql, params = compiler.compile(self.rhs)
            return sql, tuple(params)
        # SQLite keeps uuids and times in a form of Django's own.
        prepared = [self.lhs.output_field.get_db_prep_value(value, connection) for value in self.rhs]
        return "%s", (orjson.dumps(prepared).decode(),)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        column, params = self.process_lhs(compiler, connection)
        marker, values = self.process_rhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection).split("(")[0]
        return membership(connection.vendor, column, kind, marker), (*params, *values)


Field.register_lookup(Among)
ForeignKey.register_lookup(Among)
