"""Files that belong to rows: they come and go with the transactions of their rows.

A storage knows no transactions. A new file is saved before its row, and removed again unless the row is committed; a
file that has lost its row is removed once that is committed. What a killed process leaves behind is a file that no row
names: nobody is served it, and `sweep` removes it the day after.
"""

import weakref
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from catalog.models import Media
from catalog.plans.contents import EXTENSIONS, Content

FOLDER = "catalog"
GRACE = timedelta(days=1)


def remove(names: Sequence[str]) -> None:
    """Remove files; one that is gone already is no matter."""
    for name in names:
        default_storage.delete(name)


class Unclaimed:
    """New files whose rows are not committed yet.

    Django has no hook for a rollback, but it lets go of what was to be called after the commit: that removes them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.removal = weakref.finalize(self, remove, names)

    def __call__(self) -> None:
        """The rows are committed: the files stay."""
        self.removal.detach()


def keep(contents: Sequence[Content]) -> list[str]:
    """Save files under random names, which are returned in the same order. Call it in the transaction of their rows."""
    names: list[str] = []
    if contents:
        transaction.on_commit(Unclaimed(names))
    for content in contents:
        names.append(f"{FOLDER}/{token_hex(16)}{EXTENSIONS[content.content_type]}")
        default_storage.save(names[-1], ContentFile(content.data))
    return names


def discard(names: Sequence[str]) -> None:
    """Remove files when the transaction has committed."""
    if names:
        transaction.on_commit(partial(remove, names), robust=True)


def is_forgotten(name: str, before: datetime) -> bool:
    """Whether a file is older than that; one that has gone by itself is not."""
    try:
        return default_storage.get_modified_time(name) < before
    except FileNotFoundError:
        return False


def sweep(at: datetime) -> int:
    """Remove files that no row names, as a killed process or a restored backup leaves them; how many.

    A file of less than a day may belong to a row that is not committed yet.
    """
    found = default_storage.listdir(FOLDER)[1] if default_storage.exists(FOLDER) else []
    old = [name for name in (f"{FOLDER}/{file}" for file in found) if is_forgotten(name, at - GRACE)]
    named = {*Media.objects.exclude(file="").values_list("file", flat=True)} if old else set()
    unnamed = [name for name in old if name not in named]
    remove(unnamed)
    return len(unnamed)
