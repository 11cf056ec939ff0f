"""Where the files themselves are kept: in a folder that no server serves, for a day."""

from datetime import datetime, timedelta
from pathlib import Path, PurePath

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.db import connection

from catalog.models import StagedRow, StagedSpan, Upload
from catalog.models.uploads import KEPT_FOR

# A file between its arrival and its record.
UNRECORDED_FOR = timedelta(hours=1)


def storage() -> FileSystemStorage:
    """Only the shop's own user reads it; all web processes and workers share it."""
    return FileSystemStorage(
        settings.VAR / "uploads", file_permissions_mode=0o600, directory_permissions_mode=0o700, allow_overwrite=True
    )


def path_of(upload: Upload) -> Path:
    return Path(storage().path(f"{upload.pk}{PurePath(upload.name).suffix.lower()}"))


def keep(upload: Upload, file: File) -> Path:
    """Put a file by that was sent, without reading it into memory."""
    kept = path_of(upload)
    storage().save(kept.name, file)
    return kept


def note_written(upload: Upload, percent: int) -> None:
    """Tell how much of an import is written: in a file, since nobody else sees into its one transaction."""
    part_of(upload).write_text(str(percent))


def written_of(upload: Upload) -> int:
    """How much of an import is written, in percent."""
    try:
        return int(part_of(upload).read_text() or 0)
    except FileNotFoundError:
        return 0


def part_of(upload: Upload) -> Path:
    return path_of(upload).with_suffix(".part")


def forget_rows(upload: Upload) -> None:
    """Forget what the rows of a file would do."""
    for model in (StagedRow, StagedSpan):
        model._default_manager.filter(upload=upload)._raw_delete(connection.alias)


def forget(upload: Upload) -> None:
    """Delete an upload with its rows and its file; what it did stays on record."""
    forget_rows(upload)
    path_of(upload).unlink(missing_ok=True)
    upload.delete()


def tidy(now: datetime) -> int:
    """Forget uploads that nobody has touched for a day, and files that no record names; how many uploads."""
    forgotten = list(Upload.objects.forgotten(now - KEPT_FOR))
    for upload in forgotten:
        forget(upload)
    kept = storage()
    known = {path_of(upload).name for upload in Upload.objects.only("name")}
    for name in kept.listdir("")[1] if kept.exists("") else []:
        if name not in known and kept.get_modified_time(name) < now - UNRECORDED_FOR:
            kept.delete(name)
    return len(forgotten)
