"""The states of an upload, as a table."""

from collections.abc import Mapping, Set

from django.db.models import TextChoices


class UploadState(TextChoices):
    """Where a file of SKUs stands between its choosing and the catalogue."""

    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"


# From received: once its columns are known. Back to checking: with other columns, or because the catalogue changed.
NEXT: Mapping[UploadState, Set[UploadState]] = {
    UploadState.RECEIVED: {UploadState.CHECKING},
    UploadState.CHECKING: {UploadState.CHECKED, UploadState.FAILED},
    UploadState.CHECKED: {UploadState.CHECKING, UploadState.APPLYING},
    UploadState.APPLYING: {UploadState.APPLIED, UploadState.CHECKING},
    UploadState.FAILED: {UploadState.CHECKING},
    UploadState.APPLIED: set(),
}
# What a worker has to do something about.
BUSY = frozenset({UploadState.CHECKING, UploadState.APPLYING})


def sources(target: UploadState) -> list[UploadState]:
    """The states from which one may be reached."""
    return [state for state, targets in NEXT.items() if target in targets]
