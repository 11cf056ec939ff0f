"""Migrations are applied while the shop goes on: none of them holds a long lock, and the old release works on."""

from io import StringIO
from threading import Event, Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader

from catalog.models import SKU
from printshop.api.management.commands import migrate
from printshop.api.schema import AddConstraintOnline, AddIndexOnline, CheckConstraintOnline
from printshop.testing import make_skus
from printshop.tests.locking import CANNOT_SEE, faults_of, statements_of

ROOTS = {"printshop", "catalog", "orders", "jobs"}
# Up to here every shop was made anew: nobody had a large table before.
BASELINE = {"api": 2, "bulk": 4, "catalog": 2, "jobs": 2, "orders": 2}
# Migrations that may do what the rules forbid, with the reason.
ALLOWED: dict[str, str] = {}


def added() -> list[tuple[str, str]]:
    """The migrations of our own apps since the baseline."""
    ours = {one.label for one in apps.get_app_configs() if one.name.split(".")[0] in ROOTS}
    known = sorted(MigrationLoader(None).disk_migrations)
    return [(app, name) for app, name in known if app in ours and int(name[:4]) > BASELINE.get(app, 0)]


@pytest.mark.trust(case="migrations", expects="none holds a long lock or breaks the release before")
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_no_migration_holds_up_the_shop():
    faults = {}
    for app, name in added():
        out = StringIO()
        call_command("sqlmigrate", app, name, stdout=out)
        found = list(faults_of(statements_of(out.getvalue())))
        if found and f"{app}.{name}" not in ALLOWED:
            faults[f"{app}.{name}"] = found
    assert faults == {}


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ('CREATE INDEX "i" ON "jobs_job" ("status");', "AddIndexOnline"),
        ('CREATE UNIQUE INDEX "i" ON "jobs_job" ("status");', "AddIndexOnline"),
        ('DROP INDEX IF EXISTS "i";', "RemoveIndexConcurrently"),
        ('ALTER TABLE "jobs_job" ADD COLUMN "x" integer NOT NULL;', "db_default"),
        ('ALTER TABLE "jobs_job" ADD COLUMN "x" integer NULL UNIQUE;', "then the constraint"),
        ('ALTER TABLE "jobs_job" ALTER COLUMN "x" DROP DEFAULT;', "db_default"),
        ('ALTER TABLE "jobs_job" ALTER COLUMN "x" TYPE bigint USING "x"::bigint;', "rewrites"),
        ('ALTER TABLE "jobs_job" ALTER COLUMN "x" SET NOT NULL;', "scans"),
        ('ALTER TABLE "jobs_job" ADD CONSTRAINT "c" CHECK ("x" > 0);', "CheckConstraintOnline"),
        ('ALTER TABLE "jobs_job" DROP COLUMN "x" CASCADE;', "a release later"),
        ('DROP TABLE "jobs_job" CASCADE;', "a release later"),
        ('ALTER TABLE "jobs_job" RENAME COLUMN "x" TO "y";', "add, fill, drop"),
        ('ALTER TABLE "jobs_job" RENAME TO "jobs_work";', "add, fill, drop"),
        ('UPDATE "jobs_job" SET "x" = 1;', "in pieces"),
        (f"-- {CANNOT_SEE}", "ALLOWED"),
    ],
)
def test_it_names_what_would_hold_up_the_shop_or_break_the_old_release(statement, remedy):
    [fault] = faults_of(statements_of(f"BEGIN;\n--\n-- Change jobs\n--\n{statement}\nCOMMIT;"))
    assert remedy in fault


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "i" ON "jobs_job" ("status");',
        'DROP INDEX CONCURRENTLY IF EXISTS "i";',
        'ALTER TABLE "jobs_job" ADD COLUMN "x" integer NULL;',
        'ALTER TABLE "jobs_job" ADD COLUMN "x" integer DEFAULT 7 NOT NULL;',
        'ALTER TABLE "jobs_job" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID;',
        'ALTER TABLE "jobs_job" VALIDATE CONSTRAINT "c";',
        'ALTER TABLE "jobs_job" ALTER COLUMN "x" DROP NOT NULL;',
    ],
)
def test_it_lets_pass_what_takes_a_moment(statement):
    assert list(faults_of([statement])) == []


def test_it_lets_a_new_table_have_whatever_it_likes():
    new = ['CREATE TABLE "notes" ("id" bigint);', 'CREATE INDEX "i" ON "notes" ("id");',
           'ALTER TABLE "notes" ADD CONSTRAINT "c" CHECK ("id" > 0);']  # fmt: skip
    assert list(faults_of(new)) == []


# --- The operations that migrations use instead ----------------------------------------------------------------------
CHEAP = models.CheckConstraint(condition=models.Q(base_price__gte=0), name="sku_online_price")
NAMES = models.Index(fields=("name",), name="sku_online_name")


def applied(*operations: Any, backwards: bool = False) -> None:
    """Carry operations on SKUs out as a migration that is not atomic does."""
    kind = type("Migration", (migrations.Migration,), {"operations": [*operations], "atomic": False})
    migration = kind("0099_online", "catalog")
    state = MigrationLoader(None).project_state()
    with connection.schema_editor(atomic=False) as editor:
        (migration.unapply if backwards else migration.apply)(state, editor)


def index_names() -> set[str]:
    with connection.cursor() as cursor:
        return {*connection.introspection.get_constraints(cursor, SKU._meta.db_table)}


@pytest.mark.django_db(transaction=True)
def test_it_adds_an_index_as_often_as_need_be():
    index = AddIndexOnline("sku", NAMES)
    applied(index)
    try:
        assert "sku_online_name" in index_names()
        if connection.vendor == "postgresql":
            applied(index)
    finally:
        applied(index, backwards=True)
    assert "sku_online_name" not in index_names()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_follows_an_index_waits_no_longer_than_before():
    """One command applies many migrations, and each of the others is to give way after a moment."""
    index = AddIndexOnline("sku", NAMES)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '3s'")
        try:
            applied(index)
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("3s",)
        finally:
            applied(index, backwards=True)
            cursor.execute("RESET lock_timeout")


@pytest.mark.django_db(transaction=True)
def test_it_adds_a_constraint_and_then_looks_at_the_old_rows():
    make_skus(3)
    constraint = AddConstraintOnline("sku", CHEAP)
    applied(constraint)
    try:
        applied(CheckConstraintOnline("sku", CHEAP.name))
        assert "sku_online_price" in index_names()
    finally:
        applied(constraint, backwards=True)
    assert SKU.objects.count() == 3


# --- A table that is busy --------------------------------------------------------------------------------------------
@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)


class Said(StringIO):
    """What the command says; `once` is set when it has said something."""

    def __init__(self, once: Event) -> None:
        super().__init__()
        self.once = once

    def write(self, text: str) -> int:
        self.once.set()
        return super().write(text)


def hold_table(held: Event, release: Event) -> None:
    """What somebody else does: a transaction that has read a SKU and goes on for a while."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalog_sku IN ACCESS SHARE MODE")
        held.set()
        release.wait(30)
    connections.close_all()


def alter(said: StringIO) -> None:
    """A migration that changes SKUs, which Django's own command would let everybody wait for."""
    migrate.Command(stderr=said).handle(database="default", verbosity=0)


@pytest.fixture
def busy(hasty: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody reads SKUs until `release` is set; a migration of SKUs is due meanwhile."""

    def due(self: Any, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE catalog_sku ALTER COLUMN name DROP DEFAULT")

    monkeypatch.setattr("django.core.management.commands.migrate.Command.handle", due)
    held, release = Event(), Event()
    reader = Thread(target=hold_table, args=(held, release))
    reader.start()
    assert held.wait(30)
    yield release
    release.set()
    reader.join()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_tries_again_once_a_table_is_free(busy):
    said = Said(busy)
    alter(said)
    assert "A table is busy" in said.getvalue()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_gives_up_on_a_table_that_stays_busy(busy, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 2)
    with pytest.raises(CommandError, match="was busy for too long"):
        alter(StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("10s",)
