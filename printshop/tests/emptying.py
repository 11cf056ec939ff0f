"""How the databases are emptied after a test that commits: rows are deleted where there are some.

Django's flush truncates every table, 0.14 s on PostgreSQL whatever they hold, and then makes all permissions anew. And
it forgets what migrations have put there, which tests after it may want: a process that takes over tests from another
comes to some that do not commit after some that did.
"""

from functools import cache

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.models import Model
from django.test import TransactionTestCase

from printshop.api.models import Tally

# What `migrate` leaves and no test changes; and the lengths of lists, which change with them.
KEPT = {"django_migrations", "django_content_type", "auth_permission", Tally._meta.db_table}


@cache
def tables(alias: str) -> tuple[str, ...]:
    """The tables of models in a database."""
    return tuple(sorted({*connections[alias].introspection.django_table_names(only_existing=True)} - KEPT))


@cache
def furnished() -> dict[type[Model], list[Model]]:
    """What else `migrate` leaves in the shop's own database. To be asked before any test."""
    models = (one for one in apps.get_models() if router.allow_migrate_model(DEFAULT_DB_ALIAS, one))
    rows = {one: list(one._base_manager.using(DEFAULT_DB_ALIAS)) for one in models if one._meta.db_table not in KEPT}
    return {model: found for model, found in rows.items() if found}


def delete_rows(alias: str) -> None:
    """Foreign keys are checked at the commit, so any order will do."""
    quote = connections[alias].ops.quote_name
    looks = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables(alias))
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quote(table)}")
    if alias == DEFAULT_DB_ALIAS:
        Tally.objects.filter(is_base=False).delete()
        Tally.objects.update(rows=0)


def empty(alias: str) -> None:
    """As `migrate` left it."""
    delete_rows(alias)
    if alias == DEFAULT_DB_ALIAS:
        for model, rows in furnished().items():
            model._base_manager.bulk_create(rows)


def empty_databases(case: TransactionTestCase) -> None:
    """Stands in for `TransactionTestCase._fixture_teardown`."""
    for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        empty(alias)
