"""Changes to large tables while the shop goes on: what migrations use in place of Django's own operations.

PostgreSQL builds the index, or checks the rows, beside the work that goes on. SQLite has one writer anyway, and a shop
of that size is changed at once. A migration with any of these says `atomic = False` and holds nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db.migrations.operations import AddConstraint, AddIndex, DeleteModel


def on_postgresql(schema_editor: Any) -> bool:
    return schema_editor.connection.vendor == "postgresql"


@contextmanager
def waiting_long(schema_editor: Any) -> Iterator[None]:
    """For once wait for locks as long as it takes; the migrations that follow wait no longer than they did."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (before,) = cursor.fetchone()
    schema_editor.execute("SET lock_timeout = 0")
    try:
        yield
    finally:
        schema_editor.execute(f"SET lock_timeout = '{before}'")


class AddIndexOnline(AddIndexConcurrently):
    """Waits for transactions that are open, and nobody waits for it. May be repeated when it was broken off."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not on_postgresql(schema_editor):
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        with waiting_long(schema_editor):
            # A build that was broken off leaves an index that is kept up and never used.
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = AddIndexConcurrently if on_postgresql(schema_editor) else AddIndex
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)


class AddConstraintOnline(AddConstraintNotValid):
    """Binds new rows at once; `CheckConstraintOnline`, in a migration of its own, looks at the old ones."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = AddConstraintNotValid if on_postgresql(schema_editor) else AddConstraint
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)


class CheckConstraintOnline(ValidateConstraint):
    """Looks at the rows that were there before the constraint, while others go on writing."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class LeaveTable(DeleteModel):
    """Forgets a model whose table the release before still uses; a release later it may be dropped.

    Its rows refer to nothing from now on, so that nothing is kept by what nobody knows any more. SQLite, where a shop
    stands still while it is changed, drops it at once.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not on_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.name)
        for name in schema_editor._constraint_names(model, foreign_key=True):
            schema_editor.execute(schema_editor._delete_fk_sql(model, name))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not on_postgresql(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
