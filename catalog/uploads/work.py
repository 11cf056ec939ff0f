"""What is done about uploads: by workers, or at once where a file is small."""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from catalog.models import Upload
from catalog.states import BUSY, UploadState
from catalog.uploads.applying import apply
from catalog.uploads.checking import check
from catalog.uploads.leases import MOST_LOST, Hold, claim, is_due, take
from printshop.api.people import actor_of
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.deferred.chunks import LeaseLost
from printshop.bulk.deferred.errands import Errand, GiveWay, go_on, wake_soon

log = logging.getLogger(__name__)
# What is read and written while somebody waits for the answer: a second's work.
ROWS_AT_ONCE, BYTES_AT_ONCE = 2_000, 500_000
LOST = "Three workers were lost over this file. Split it, and send the parts one by one."
BROKEN = "Something went wrong that is not the file's fault; nothing was changed. It is in the log."


def carry_out(hold: Hold, give_way: GiveWay = go_on) -> None:
    """Check or apply an upload, as its state asks for; the next worker tries again where the database is away.

    A check gives way between two slices. An import is one transaction, in which nothing else has a place.
    """
    upload = hold.upload
    if upload.lost >= MOST_LOST:
        return give_up(hold, LOST)
    try:
        if upload.state == UploadState.CHECKING:
            check(hold, actor_of(upload.user), give_way=give_way)
        else:
            apply(hold, actor_of(upload.user))
    except LeaseLost:
        log.warning("Upload %s: the lease ran out, somebody else has it now.", upload.pk)
    except (Unavailable, OperationalError, InterfaceError):
        hold.give_back()
        raise
    except Exception:
        log.exception("Upload %s", upload.pk)
        give_up(hold, BROKEN)


def give_up(hold: Hold, problem: str) -> None:
    """Say why it did not come to an end. What could not be applied is checked again, and waits to be confirmed anew."""
    if hold.upload.state == UploadState.APPLYING:
        hold.move(UploadState.CHECKING, problem=problem, policy="", lost=0)
    else:
        hold.move(UploadState.FAILED, problem=problem, lost=0)


def settled(upload: Upload) -> Upload:
    """Carry on with an upload in this very request, until it waits for somebody or is over."""
    upload.refresh_from_db()
    while upload.state in BUSY:
        carry_out(transact(lambda: take(upload)))
        upload.refresh_from_db()
    return upload


def is_small(upload: Upload, size: int) -> bool:
    return size <= BYTES_AT_ONCE and (upload.expected or 0) <= ROWS_AT_ONCE


def begin_check(upload: Upload, at_once: bool, **fields: object) -> None:
    """Have an upload checked, at once or by a worker; nothing where it is being checked already or is over."""
    with transaction.atomic():
        fields = {"changed": [], "problem": "", "rows_read": 0, **fields}
        if Upload.objects.filter(pk=upload.pk).move(UploadState.CHECKING, **fields) and not at_once:
            wake_soon()
    if at_once:
        settled(upload)


def begin_apply(upload: Upload, policy: str, checked_from: datetime) -> bool:
    """Have a checked upload applied, provided that its check is still the one that began then; False otherwise."""
    at_once = upload.total <= ROWS_AT_ONCE and upload.counts.get("deactivated", 0) <= ROWS_AT_ONCE
    with transaction.atomic():
        seen = Upload.objects.filter(pk=upload.pk, checked_from=checked_from)
        began = seen.move(UploadState.APPLYING, policy=policy, changed=[], problem="")
        if began and not at_once:
            wake_soon()
    if began and at_once:
        settled(upload)
    return began


UPLOADS = Errand("uploads", is_due, claim, carry_out)
