"""Uploads between their choosing and their confirming: kept on disk for a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from catalog.uploads.sheets import Sheet, kept_sheet

KEPT_FOR = timedelta(days=1)


class Forgotten(Exception):
    """This upload was imported already, or was left for more than a day. Please choose the file again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A sheet, the name of its file, how it meets the catalogue, and the key of the user who sent it."""

    sheet: Sheet
    name: str
    mode: str
    owner: int
    max_deactivate: int | None = None

    @property
    def terms(self) -> dict[str, str | int]:
        """What the API would be sent beside the rows."""
        return {"mode": self.mode} | ({} if self.max_deactivate is None else {"maxDeactivate": self.max_deactivate})


def storage() -> FileSystemStorage:
    """A folder that no server serves and only the shop's own user reads; all web processes share it."""
    return FileSystemStorage(
        settings.VAR / "uploads", file_permissions_mode=0o600, directory_permissions_mode=0o700, allow_overwrite=True
    )


def sweep(kept: FileSystemStorage) -> None:
    """Forget what nobody confirmed in time."""
    names = kept.listdir("")[1] if kept.exists("") else []
    for name in names:
        if kept.get_modified_time(name) < timezone.now() - KEPT_FOR:
            kept.delete(name)


def keep(upload: Upload) -> UUID:
    """Put an upload by; its reference. What is kept are the rows as read, never the file itself."""
    kept, reference = storage(), uuid4()
    sweep(kept)
    kept.save(f"{reference}.json", ContentFile(orjson.dumps(upload)))
    return reference


def recall(reference: UUID, owner: int) -> Upload:
    """The upload with that reference. Raises `Forgotten`, also when it is somebody else's."""
    try:
        with storage().open(f"{reference}.json") as file:
            found = orjson.loads(file.read())
    except FileNotFoundError:
        raise Forgotten from None
    if found["owner"] != owner:
        raise Forgotten
    return Upload(**{**found, "sheet": kept_sheet(**found["sheet"])})


@contextmanager
def taken(reference: UUID) -> Iterator[None]:
    """An upload while it is being confirmed: no second click finds it. Put back when that fails, forgotten when not.

    Raises `Forgotten` to the second click.
    """
    waiting = Path(storage().path(f"{reference}.json"))
    away = waiting.with_suffix(".taken")
    try:
        waiting.rename(away)
    except FileNotFoundError:
        raise Forgotten from None
    try:
        yield
    except BaseException:
        away.rename(waiting)
        raise
    away.unlink(missing_ok=True)
