"""Who is at an upload: a worker, or the request that carries out a small one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from catalog.models import Upload
from catalog.models.uploads import UploadQuerySet
from catalog.states import UploadState
from printshop.api.transactions import transact
from printshop.bulk.deferred.chunks import LeaseLost, lease

FREE: dict[str, Any] = {"token": None, "lease_until": None}
# After so many workers that died over it, it is the file that kills them.
MOST_LOST = 3


@dataclass(frozen=True, slots=True)
class Hold:
    """An upload, and the token without which nothing is written of it."""

    upload: Upload
    token: UUID

    def held(self) -> UploadQuerySet:
        return Upload.objects.filter(pk=self.upload.pk).held(self.token)

    def renew(self) -> bool:
        """Extend the lease; False when somebody else has the upload."""
        return bool(self.held().update(lease_until=lease()))

    def give_back(self, why: str = "") -> None:
        """Let somebody else have it."""
        self.held().update(**FREE)

    def note(self, **fields: Any) -> None:
        """Write down how far it has got. Raises `LeaseLost`."""
        if not self.held().update(**fields):
            raise LeaseLost

    def move(self, state: UploadState, **fields: Any) -> None:
        """Bring it into a state in which nobody needs to be at it. Raises `LeaseLost`."""
        if not self.held().move(state, **FREE, **fields):
            raise LeaseLost


def take(upload: Upload) -> Hold:
    """Be at an upload from now on; the caller has locked it, or just made it."""
    hold = Hold(upload, uuid4())
    was_lost = upload.token is not None
    Upload.objects.filter(pk=upload.pk).update(token=hold.token, lease_until=lease(), lost=upload.lost + was_lost)
    upload.lost += was_lost
    return hold


def claim(worker: str) -> Hold | None:
    """The upload that has waited longest for a worker, or None."""

    def attempt() -> Hold | None:
        due = Upload.objects.due()
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(of=("self",), skip_locked=True)
        upload = due.first()
        return None if upload is None else take(upload)

    return transact(attempt)


def is_due() -> bool:
    return Upload.objects.due().exists()
