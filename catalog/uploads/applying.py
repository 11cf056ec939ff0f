"""Bringing an upload into the catalogue: all of it in one commit, the catalogue held for the last part of it only.

Looking up and planning are done before, and recording too. Nobody else imports while it is made sure that the catalogue
is still as it was checked, and while what is new and different is written. Orders have to wait only where SKUs are
switched off, which comes last.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from catalog.models import Upload, lock_catalogue, lock_imports
from catalog.plans.imports import MODES
from catalog.services.imports import IMPORT
from catalog.states import UploadState
from catalog.uploads import staged
from catalog.uploads.keeping import forget_rows, note_written, part_of, path_of
from catalog.uploads.leases import Hold
from catalog.uploads.queued import UPLOAD
from printshop.api.actors import Actor
from printshop.api.patience import patient_for
from printshop.api.transactions import transact
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk import writer
from printshop.bulk.events import finished, outbox
from printshop.bulk.models import BulkOperation, State
from printshop.bulk.outcomes import Verdict

# A write tells when it began, and is seen when it is committed; none takes so long.
LONGEST_WRITE = timedelta(minutes=15)


class CatalogueChanged(Exception):
    """The catalogue changed since the preview, so nothing was imported: what it would do now is shown below."""


def since(at: datetime) -> datetime:
    return at - LONGEST_WRITE


def check_unchanged(upload: Upload, at: datetime) -> None:
    """Raises `CatalogueChanged` with ids when a SKU was written that is not as the check saw it."""
    if changed := staged.changed_since(upload, since(at), MODES[upload.mode].retires_absent):
        raise CatalogueChanged(changed)


def operation_row(upload: Upload, operation_id: UUID, actor: Actor, at: datetime) -> dict[str, Any]:
    """The record of the import. It counts every row of the file, also those that have no item of their own."""
    refused = upload.counts.get(Verdict.REFUSED, 0)
    return {
        "uuid": operation_id,
        "name": IMPORT.name,
        "account_id": actor.account_id,
        "key_id": actor.key_id,
        "user_id": actor.user_id,
        "actor": actor.name,
        "role": actor.role,
        "customer": "",
        "policy": upload.policy,
        "terms": upload.terms,
        "total": upload.total,
        "unasked": upload.counts.get(Verdict.DEACTIVATED, 0),
        "counts": upload.counts,
        "failed": refused,
        "state": State.FINISHED_WITH_FAILURES if refused else State.FINISHED,
        "created_at": at,
        "finished_at": at,
        "dialect": UPLOAD.name,
        "topic": upload.name,
    }


class Written:
    """How much of an import is written, told to those who look on."""

    def __init__(self, upload: Upload) -> None:
        self.upload, self.rows = upload, 0
        # What changes is recorded and written, what is refused is recorded.
        self.total = 2 * upload.changing + upload.counts.get(Verdict.REFUSED, 0)
        note_written(upload, 0)

    def add(self, rows: int) -> None:
        self.rows += rows
        note_written(self.upload, min(99, self.rows * 100 // max(self.total, 1)))


def write(upload: Upload, operation_id: UUID, actor: Actor, clock: Callable[[], datetime]) -> None:
    """In the caller's transaction. Raises `CatalogueChanged`."""
    written = Written(upload)
    if staged.counted(upload) != upload.counts:
        # Another release checked it, and keeps what it staged elsewhere.
        raise CatalogueChanged([])
    check_unchanged(upload, upload.checked_from or clock())
    began = clock()
    written.add(staged.record_items(upload, operation_id))
    lock_imports(exclusive=True)
    # What was written before was looked at without the lock; only what came while we waited is left.
    check_unchanged(upload, began)
    at = clock()
    written.add(staged.create(upload, at))
    written.add(staged.update(upload, at, off=False))
    if staged.switches_off(upload):
        lock_catalogue(exclusive=True)
        written.add(staged.update(upload, at, off=True))
        written.add(staged.retire(upload, at))
    row = operation_row(upload, operation_id, actor, at)
    writer.insert(BulkOperation, [row])
    # A file tells that it is in, not of each of its rows.
    outbox.put(actor.account_id, operation_id, at, lambda: [finished(row)])


def apply(hold: Hold, actor: Actor, clock: Callable[[], datetime] = timezone.now) -> None:
    """Carry out a confirmed upload, or send it back to be checked again where the catalogue has changed.

    Raises `LeaseLost` when somebody else has it by now; then nothing was written.
    """
    upload = hold.upload

    def attempt() -> None:
        operation_id = time_ordered_uuid()
        # A million new SKUs are one statement, which takes longer than anybody waits for an answer.
        with patient_for(LONGEST_WRITE):
            write(upload, operation_id, actor, clock)
        hold.move(UploadState.APPLIED, operation_id=operation_id, changed=[], lost=0)

    try:
        transact(attempt)
    except CatalogueChanged as error:
        hold.move(UploadState.CHECKING, changed=error.args[0], policy="")
        return
    finally:
        part_of(upload).unlink(missing_ok=True)
    forget_rows(upload)
    path_of(upload).unlink(missing_ok=True)
