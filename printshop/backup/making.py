"""Makes an archive while the shop goes on."""

import os
import tarfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from printshop.backup.archive import NAMES, QUICKEST, Manifest, Refused, Writer, fingerprint
from printshop.backup.engines import Snapshot, engine

PATTERN = "printshop-*.tar.gz"


def add_media(writer: Writer) -> None:
    """Add the files that are not in the archive yet. One that is removed meanwhile belongs to no row any more.

    What others have put beside them is left out: `restore` takes nothing whose name the shop did not make.
    """
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.glob("*/*")):
        name = f"media/{path.relative_to(root)}"
        if name not in writer.files and NAMES.fullmatch(name):
            with suppress(FileNotFoundError):
                writer.add(path, name)


def add_database(writer: Writer, folder: Path, at: datetime) -> Manifest:
    """Add the database as it is now, and the media that came before this moment."""
    kind = engine()
    with kind.snapshot(folder) as snapshot:
        add_media(writer)
        snapshot.write(folder / kind.file)
    writer.add(folder / kind.file, kind.file)
    return manifest_of(kind.name, snapshot, writer, at)


def manifest_of(name: str, snapshot: Snapshot, writer: Writer, at: datetime) -> Manifest:
    version = str(settings.SPECTACULAR_SETTINGS["VERSION"])
    made_at = at.isoformat(timespec="seconds")
    return Manifest(
        made_at, version, fingerprint(), name, snapshot.server, snapshot.migrations, snapshot.rows, writer.files
    )


def settle(path: Path) -> None:
    """Have it on the disk: a power cut must not leave an archive's name with less than the archive behind it."""
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def make(folder: Path, at: datetime) -> tuple[Path, Manifest]:
    """A new archive in the folder, for its owner's eyes only; it gets its name once it is whole. Raises `Refused`.

    Media are added twice: what has a row in the snapshot was there before it, and may be gone after it.
    """
    if engine().is_empty():
        raise Refused("The database has no tables: DATABASE_URL and PRINTSHOP_VAR name no shop.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    archive = folder / f"printshop-{at:%Y%m%dT%H%M%SZ}.tar.gz"
    with TemporaryDirectory(prefix=".making-", dir=folder) as scratch:
        partial = Path(scratch, "archive")
        with tarfile.open(partial, "w:gz", compresslevel=QUICKEST) as tar:
            writer = Writer(tar)
            add_media(writer)
            manifest = add_database(writer, Path(scratch), at)
            writer.close(manifest)
        partial.chmod(0o600)
        settle(partial)
        partial.rename(archive)
    settle(folder)
    return archive, manifest


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest archives; which those were."""
    old = sorted(folder.glob(PATTERN))[:-keep]
    for path in old:
        path.unlink()
    return old
