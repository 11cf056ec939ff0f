"""The house account, and the table in which rate limits are counted (see `printshop.api.counters`)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def create_counters(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    unlogged = "UNLOGGED" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(
        f"CREATE {unlogged} TABLE rate_limit_counters"
        " (key varchar(255) NOT NULL PRIMARY KEY, value bigint NOT NULL, expires bigint NOT NULL)"
    )
    schema_editor.execute("CREATE INDEX rate_limit_counters_expires ON rate_limit_counters (expires)")


def drop_counters(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE rate_limit_counters")


def create_house(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.alias == "default":
        apps.get_model("api", "Account").objects.get_or_create(code="shop", defaults={"name": "The shop"})


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]

    operations = [
        migrations.RunPython(create_counters, drop_counters, hints={"counters": True}),
        migrations.RunPython(create_house, migrations.RunPython.noop),
    ]
