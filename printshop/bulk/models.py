"""The record of every bulk call: who, what, when, under which policy, and what became of each item."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from printshop.api.models import Account, APIKey
from printshop.bulk.outcomes import Verdict


class Policy(models.TextChoices):
    """`atomic`: one fault refuses the lot. `partial`: good items happen, the others are reported."""

    ATOMIC = "atomic"
    PARTIAL = "partial"


class BulkOperationQuerySet(models.QuerySet["BulkOperation"]):
    def before(self, at: object) -> "BulkOperationQuerySet":
        return self.filter(created_at__lt=at)


class BulkOperation(models.Model):
    """One recorded batch. The uuid is made by the writer and ordered by time (RFC 9562, version 7)."""

    uuid = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=40, help_text="For example jobs.advance")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    key = models.ForeignKey(APIKey, models.SET_NULL, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(max_length=150, help_text="The name of the key or user at that time")
    policy = models.CharField(max_length=10, choices=Policy.choices)
    terms = models.JSONField(default=dict, help_text="What was asked for all items: target, reason, mode")
    total = models.PositiveIntegerField()
    counts = models.JSONField(default=dict, help_text="Items by verdict")
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = BulkOperationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(
                fields=(
                    "account",
                    "-created_at",
                ),
                name="bulk_operation_account_time",
            ),
            models.Index(fields=("-created_at",), name="bulk_operation_time"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(policy__in=Policy.values), name="bulk_operation_policy_known"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.uuid}"


class BulkItem(models.Model):
    """One item of a batch: its verdict, and images of the fields it changed."""

    operation = models.ForeignKey(BulkOperation, models.CASCADE, related_name="items", db_index=False)
    index = models.PositiveIntegerField(help_text="From 0, as sent; what a batch changed unasked follows after")
    reference = models.CharField(max_length=64, help_text="The id of the thing, where there is one")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    effects = models.JSONField(null=True)
    errors = models.JSONField(null=True)

    class Meta:
        ordering = ("operation", "index")
        constraints = (
            models.UniqueConstraint(
                fields=(
                    "operation",
                    "index",
                ),
                name="bulk_item_index_unique",
            ),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="bulk_item_verdict_known"),
        )
        indexes = (models.Index(fields=("reference",), name="bulk_item_reference"),)

    def __str__(self) -> str:
        return f"{self.index}: {self.reference} {self.verdict}"
