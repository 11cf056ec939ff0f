"""Puts a shop back as it was when an archive was made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from printshop.backup.archive import Manifest, Refused, read
from printshop.backup.engines import Engine, engine


@contextmanager
def opened(archive: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest of an archive, and a folder with its files, each as it was backed up."""
    if not archive.is_file():
        raise Refused(f"There is no file {archive}.")
    with TemporaryDirectory(prefix=".restoring-", dir=settings.VAR) as scratch:
        folder = Path(scratch)
        yield read(archive, folder), folder


def check_fit(manifest: Manifest, kind: Engine) -> None:
    """Refuse what this release, or this database, cannot take."""
    if manifest.engine != kind.name:
        raise Refused(f"The backup is of {manifest.engine}, and DATABASE_URL names a database of {kind.name}.")
    kind.check(manifest.server)
    ours = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted({*manifest.migrations} - ours):
        raise Refused(f"The backup is of a newer release: this one does not know the migration {unknown[0]}.")


def check_place(kind: Engine, force: bool) -> None:
    """Refuse to overwrite a shop unless that is wanted, and one that runs in any case."""
    if kind.is_empty():
        return
    if not force:
        raise Refused("The database is not empty. --force replaces everything in it by the backup.")
    if kind.others():
        raise Refused("Other processes have the database open. Stop the web servers and workers first.")


def put_media(folder: Path) -> int:
    """Move the files to their place; how many. A name is random, so one that is there already is the same file."""
    found = sorted((folder / "media").glob("*/*"))
    for path in found:
        place = Path(settings.MEDIA_ROOT, path.relative_to(folder / "media"))
        place.parent.mkdir(parents=True, exist_ok=True)
        # Which may be a volume of its own.
        shutil.move(path, place)
    return len(found)


def restore(archive: Path, force: bool) -> tuple[Manifest, int]:
    """Put the archive in place of the shop's database and among its media; the manifest, and how many media."""
    with opened(archive) as (manifest, folder):
        kind = engine()
        check_fit(manifest, kind)
        check_place(kind, force)
        # Before the rows that name them.
        media = put_media(folder)
        kind.restore(folder / kind.file, manifest.rows)
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0)
    return manifest, media
