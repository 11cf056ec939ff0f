"""All rows that matched a list's filters, frozen between the list and the confirmation; kept for a day."""

import zlib
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Any
from uuid import uuid4

import orjson
from django.apps import apps
from django.conf import settings
from django.db import models

KEPT_FOR = timedelta(days=1)


def written(keys: Sequence[Any]) -> bytes:
    """Sorted primary keys as JSON. Of numbers the steps between them: neighbours then take next to nothing packed."""
    if keys and isinstance(keys[0], int):
        return orjson.dumps([after - before for before, after in pairwise([0, *keys])])
    return orjson.dumps(keys)


def read(kept: bytes, field: Any) -> list[Any]:
    """What `written` was given."""
    found = orjson.loads(kept)
    if found and isinstance(found[0], int):
        return list(accumulate(found))
    return [field.to_python(key) for key in found]


class Selection(models.Model):
    """The rows that somebody chose by a list's filters: the page that shows their plan names it, and no row.

    `operation_id` is what came of it: it is used once. `shown` are the counts of the plan that was last shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    model = models.CharField(max_length=100, help_text="For example jobs.job")
    query = models.TextField(help_text="The filters, as they stood in the address of the list")
    wording = models.TextField(help_text="The filters, in words")
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the sorted primary keys")
    packed = models.BinaryField(help_text="The sorted primary keys, compressed")
    shown = models.JSONField(default=dict)
    operation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} {self.model}"

    def hold(self, keys: Sequence[Any]) -> None:
        """Freeze these rows; they must be sorted."""
        text = written(keys)
        self.count, self.digest, self.packed = len(keys), sha256(text).hexdigest(), zlib.compress(text)

    def holds(self, keys: Sequence[Any]) -> bool:
        """Whether just these rows are the frozen ones."""
        return self.digest == sha256(written(keys)).hexdigest()

    def keys(self) -> list[Any]:
        """The primary keys of the rows, sorted."""
        return read(zlib.decompress(self.packed), apps.get_model(self.model)._meta.pk)
