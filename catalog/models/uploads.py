"""Files of SKUs on their way into the catalogue, and what each of their rows would do there."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.states import BUSY, UploadState, sources
from printshop.bulk.models import BulkOperation
from printshop.bulk.outcomes import Verdict


class UploadQuerySet(models.QuerySet["Upload"]):
    def due(self) -> "UploadQuerySet":
        """Those that a worker has to take up: nobody is at them, or was not heard of any more."""
        nobody = Q(token__isnull=True) | Q(lease_until__lt=Now())
        return self.filter(nobody, state__in=sorted(BUSY)).order_by("changed_at")

    def move(self, target: UploadState, **fields: Any) -> bool:
        """Change the state of those that may reach it; False when none may. The one statement that writes a state."""
        return bool(self.filter(state__in=sources(target)).update(state=target, changed_at=Now(), **fields))

    def held(self, token: UUID) -> "UploadQuerySet":
        return self.filter(token=token)

    def forgotten(self, at: Any) -> "UploadQuerySet":
        """Those that nobody has touched since."""
        return self.filter(changed_at__lt=at).exclude(state__in=sorted(BUSY))


class Upload(models.Model):
    """A file that somebody chose. It is kept on disk; here is how it is read, what it would do, and who is at it.

    `token` and `lease_until` are those of the worker that checks or applies it. `checked_from` is when the check began:
    nothing that was written before is looked at again. `changed` are SKUs that were changed between preview and
    confirmation.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100, help_text="Of the file")
    format = models.JSONField(help_text="How the file is read: kind, encoding, delimiter, decimal, columns, sample")
    mapping = models.JSONField(default=list, help_text="The field of each column")
    mode = models.CharField(max_length=10)
    max_deactivate = models.PositiveBigIntegerField(null=True)
    policy = models.CharField(max_length=10, blank=True, help_text="As confirmed")
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.RECEIVED)
    expected = models.PositiveIntegerField(null=True, help_text="Rows, as far as can be told beforehand")
    rows_read = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Rows by verdict, and what a replace switches off")
    uses = models.JSONField(
        default=dict, help_text="What still needs SKUs that a replace switches off: how many by use"
    )
    blocks = models.JSONField(default=list, help_text="Why nothing of it can be imported")
    problem = models.TextField(blank=True)
    changed = models.JSONField(default=list)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    lost = models.PositiveIntegerField(default=0, help_text="How many workers were lost over it")
    checked_from = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    operation = models.ForeignKey(BulkOperation, models.SET_NULL, null=True, related_name="+")

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (models.CheckConstraint(condition=Q(state__in=UploadState.values), name="upload_state_known"),)
        indexes = (models.Index(fields=("changed_at",), name="upload_busy", condition=Q(state__in=sorted(BUSY))),)

    def __str__(self) -> str:
        return self.name

    @property
    def terms(self) -> dict[str, Any]:
        """What the API would be sent beside the rows."""
        return {"mode": self.mode} | ({} if self.max_deactivate is None else {"maxDeactivate": self.max_deactivate})

    @property
    def total(self) -> int:
        """Rows of the file."""
        return sum(count for verdict, count in self.counts.items() if verdict != Verdict.DEACTIVATED)

    @property
    def changing(self) -> int:
        """SKUs that would be written."""
        return sum(self.counts.get(one, 0) for one in (Verdict.CREATED, Verdict.UPDATED, Verdict.DEACTIVATED))


class StagedRowQuerySet(models.QuerySet["StagedRow"]):
    def retired(self, upload: Upload) -> "StagedRowQuerySet":
        """What a replace switches off."""
        return self.filter(upload=upload, verdict=Verdict.DEACTIVATED)

    def refused(self, upload: Upload) -> "StagedRowQuerySet":
        return self.filter(upload=upload, verdict=Verdict.REFUSED)


class StagedRow(models.Model):
    """What a row of a file would do: the plan's outcome, until it was applied or forgotten.

    `number` is the row's own in the file, 0 for a SKU that a replace switches off. `seen` is when the SKU was last
    written before, null where there was none. `after` is all that is written, `payload` the row as it stands where it
    was refused.
    """

    pk = models.CompositePrimaryKey("upload_id", "verdict", "index")
    # Rows are staged in the transaction that notes how many: the database need not look up the upload for each.
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="rows", db_index=False, db_constraint=False)
    index = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=64)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    seen = models.DateTimeField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    errors = models.JSONField(null=True)
    payload = models.JSONField(null=True)

    objects = StagedRowQuerySet.as_manager()

    class Meta:
        ordering = ("upload", "index")

    def __str__(self) -> str:
        return f"{self.number}: {self.reference} {self.verdict}"


class StagedSpan(models.Model):
    """Rows of a file, read together, that would change nothing: most rows of most files, so they are kept together.

    `rows` are `[index, number, reference, seen]` of each, as a `StagedRow` has them; `size` says how many they are and
    `last` is the greatest of their indexes.
    """

    pk = models.CompositePrimaryKey("upload_id", "verdict", "last")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="spans", db_index=False, db_constraint=False)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    last = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    rows = models.JSONField()

    class Meta:
        ordering = ("upload", "last")

    def __str__(self) -> str:
        return f"{self.size} rows {self.verdict}"


# How long a file waits for its confirmation.
KEPT_FOR = timedelta(days=1)
