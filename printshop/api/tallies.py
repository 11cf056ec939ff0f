"""How many rows the long lists have, without counting them: PostgreSQL keeps the sum as it writes.

A list of ten million orders is counted as quickly as one of ten. Triggers note what each statement adds and takes away,
in its own transaction, so the sum is exact for whoever sees the rows. Every statement leaves a row of its own, for
which nobody has to wait, and the sweep adds them up. On SQLite, where no shop grows so large, rows are counted: its
triggers work row by row, and would slow down every call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Count, Model, Q, QuerySet, Sum

from printshop.api.models import Tally

EVENTS: Mapping[str, str] = {
    "INSERT": "NEW TABLE AS added",
    "UPDATE": "OLD TABLE AS gone NEW TABLE AS added",
    "DELETE": "OLD TABLE AS gone",
}
ADD_UP = """
WITH many AS (SELECT id FROM api_tally WHERE (SELECT count(*) FROM api_tally) > %s ORDER BY id FOR UPDATE SKIP LOCKED),
    notes AS (DELETE FROM api_tally WHERE id IN (SELECT id FROM many) RETURNING name, rows, is_base)
INSERT INTO api_tally (name, rows, is_base) SELECT name, sum(rows), bool_or(is_base) FROM notes GROUP BY name
"""
MANY = 200
IN_BASE = Count("pk", filter=Q(is_base=True))


@dataclass(frozen=True)
class Counted:
    """A list that is counted: all rows of a model, or those of which one column is true."""

    name: str
    model: type[Model]
    column: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def trigger(self) -> str:
        return f"tally_{self.name}"

    @property
    def events(self) -> list[str]:
        """What can make a difference."""
        return [event for event in EVENTS if self.column or event != "UPDATE"]

    @property
    def triggers(self) -> set[str]:
        return {f"{self.trigger}_{event.lower()}" for event in self.events}

    def rows(self) -> QuerySet[Any]:
        return self.model._base_manager.filter(**({self.column: True} if self.column else {}))

    def function_sql(self) -> str:
        chosen = f' WHERE "{self.column}"' if self.column else ""
        return f"""
            CREATE OR REPLACE FUNCTION {self.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE difference bigint := 0;
            BEGIN
                IF TG_OP <> 'DELETE' THEN difference := (SELECT count(*) FROM added{chosen}); END IF;
                IF TG_OP <> 'INSERT' THEN difference := difference - (SELECT count(*) FROM gone{chosen}); END IF;
                IF difference <> 0 THEN
                    INSERT INTO api_tally (name, rows) VALUES ('{self.name}', difference);
                END IF;
                RETURN NULL;
            END $$
        """

    def statements(self) -> list[str]:
        return [
            self.function_sql(),
            *(
                f'CREATE TRIGGER {self.trigger}_{event.lower()} AFTER {event} ON "{self.table}"'
                f" REFERENCING {EVENTS[event]} FOR EACH STATEMENT EXECUTE FUNCTION {self.trigger}()"
                for event in self.events
            ),
        ]


_counted: dict[str, Counted] = {}


def register(*lists: Counted) -> None:
    """Have lists counted from the next `migrate` on. An `AppConfig.ready()` calls this."""
    _counted.update({one.name: one for one in lists})


def lists() -> list[Counted]:
    return list(_counted.values())


# --- Asking -----------------------------------------------------------------------------------------------------------
def keeps(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether a database is one that keeps sums."""
    return using == DEFAULT_DB_ALIAS and connections[using].vendor == "postgresql"


def known(rows: QuerySet[Any]) -> int | None:
    """How many rows a queryset has, where these are all rows of a list that is counted."""
    query = rows.query
    if not keeps() or query.combinator or query.distinct or query.is_sliced or query.group_by is not None:
        return None
    for one in lists():
        if one.model is rows.model and query.where == one.rows().query.where:
            found = Tally.objects.filter(name=one.name).aggregate(all=Sum("rows"), bases=IN_BASE)
            return found["all"] if found["bases"] else None
    return None


class TalliedPaginator(Paginator):
    """Pages of a list whose length may be known."""

    @cached_property
    def count(self) -> int:
        found = known(self.object_list) if isinstance(self.object_list, QuerySet) else None
        return super().count if found is None else found


# --- Keeping ----------------------------------------------------------------------------------------------------------
def add_up() -> None:
    """Make one row of each list's notes, once they are many."""
    if keeps():
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(ADD_UP, [MANY])


def recount() -> list[Counted]:
    """Count all lists anew, for whoever wrote rows behind the triggers' back; which those are."""
    found = lists() if keeps() else []
    for one in found:
        count(one)
    return found


def count(one: Counted) -> None:
    """Bring a list's sum up to what there is, while others go on writing."""
    chosen = f'WHERE "{one.column}"' if one.column else ""
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # Two that count at a time would both add what is missing.
        cursor.execute("LOCK TABLE api_tally IN SHARE UPDATE EXCLUSIVE MODE")
        # One statement sees rows and notes of one moment.
        cursor.execute(
            f"""
            INSERT INTO api_tally (name, rows, is_base)
            SELECT %s, (SELECT count(*) FROM "{one.table}" {chosen})
                - (SELECT coalesce(sum(rows), 0) FROM api_tally WHERE name = %s), true
            """,
            [one.name, one.name],
        )


def triggers() -> set[str]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        return {name for (name,) in cursor.fetchall()}


def keep(one: Counted, there: set[str]) -> None:
    """Make a list's triggers. Its table is locked for a moment, not while it is counted."""
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        for name in one.triggers & there:
            cursor.execute(f'DROP TRIGGER {name} ON "{one.table}"')
        for sql in one.statements():
            cursor.execute(sql)
        cursor.execute("UPDATE api_tally SET is_base = false WHERE name = %s", [one.name])
    count(one)


def keep_triggers(using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """See after each `migrate` that every list has its triggers, and count those that had none."""
    if not keeps(using):
        return
    there, tables = triggers(), set(connections[using].introspection.table_names())
    for one in lists():
        if not one.triggers <= there and {one.table, Tally._meta.db_table} <= tables:
            keep(one, there)
