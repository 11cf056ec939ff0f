"""The record of every bulk call: who, what, when, under which policy, and what became of each item."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from printshop.api.actors import Actor, Role
from printshop.api.models import Account, APIKey
from printshop.bulk.outcomes import Verdict
from printshop.bulk.selections import Selection as Selection


class Policy(models.TextChoices):
    """`atomic`: one fault refuses the lot. `partial`: good items happen, the others are reported."""

    ATOMIC = "atomic"
    PARTIAL = "partial"


class State(models.TextChoices):
    """How far an operation has got. What was asked for at once is finished when it is recorded."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FINISHED_WITH_FAILURES = "finished_with_failures"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({State.QUEUED, State.RUNNING})


class BulkOperationQuerySet(models.QuerySet["BulkOperation"]):
    def before(self, at: object) -> "BulkOperationQuerySet":
        return self.filter(created_at__lt=at)

    def unfinished(self) -> "BulkOperationQuerySet":
        return self.filter(state__fixed=UNFINISHED)

    def over(self) -> "BulkOperationQuerySet":
        return self.exclude(state__in=UNFINISHED)

    def visible_to(self, actor: Actor) -> "BulkOperationQuerySet":
        """Operations of other accounts are for administrators; a customer's key sees what was asked for with it."""
        if actor.role is Role.ADMIN:
            return self
        own = self.filter(account_id=actor.account_id)
        return own.filter(customer=actor.customer_id or "") if actor.role is Role.CUSTOMER else own


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
    state = models.CharField(max_length=22, choices=State.choices, db_default=State.FINISHED)
    deferred = models.BooleanField(db_default=False, help_text="Went through the queue")
    dialect = models.CharField(max_length=12, db_default="native", help_text="By which its payloads are read")
    topic = models.CharField(max_length=100, db_default="", help_text="The route of the async dialect")
    scope = models.CharField(max_length=32, db_default="", help_text="The store of the path")
    role = models.CharField(max_length=10, choices=Role.choices, db_default="")
    customer = models.CharField(max_length=64, db_default="", help_text="Whom the key was bound to")
    unasked = models.PositiveIntegerField(db_default=0, help_text="Items that nobody named: what a replace retires")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="retries", help_text="Retried by this")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True, help_text="When what had not begun was called off")

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
            models.Index(
                fields=("created_at",), name="bulk_operation_unfinished", condition=Q(state__in=sorted(UNFINISHED))
            ),
            models.Index(
                fields=("finished_at",),
                name="bulk_operation_failures",
                condition=Q(state__in=[State.FINISHED_WITH_FAILURES.value]),
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(policy__in=Policy.values), name="bulk_operation_policy_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="bulk_operation_state_known"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.uuid}"


class ChunkState(models.TextChoices):
    """A chunk waits, is being carried out under a lease, or is over."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN = frozenset({ChunkState.QUEUED, ChunkState.RUNNING})


class Worker(models.Model):
    """A worker process, by what it last said of itself. Kept beside the rate limits, where no import holds it up."""

    name = models.CharField(primary_key=True, max_length=150)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    chunks = models.PositiveIntegerField(default=0, help_text="Carried out so far")
    seconds = models.FloatField(default=0, help_text="Spent on them")
    buckets = models.JSONField(default=dict, help_text="Chunks by the upper bound of their seconds")
    failures = models.JSONField(default=dict, help_text="Items that did not happen, by code")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class BulkChunk(models.Model):
    """Items of a deferred operation that are carried out in one transaction, by whoever holds the token.

    `counts` are its items by verdict once it is over. A chunk that was halved shares its number with its other half;
    what touches the same rows waits for every chunk up to number `after`, and for the halves that begin before it.
    """

    id = models.UUIDField(primary_key=True)
    operation = models.ForeignKey(BulkOperation, models.CASCADE, related_name="chunks", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    first = models.PositiveIntegerField(help_text="The lowest index of its items")
    after = models.IntegerField(default=-1)
    whole = models.BooleanField(default=False, help_text="Never halved: all or nothing")
    size = models.PositiveIntegerField()
    unasked = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ChunkState.choices, default=ChunkState.QUEUED)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(help_text="Not before")
    tries = models.PositiveIntegerField(default=0, help_text="How often the database was in trouble")
    lost = models.PositiveIntegerField(default=0, help_text="How often its worker was lost")
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True, help_text="Why it was put back the last time")
    worker = models.CharField(max_length=150, blank=True)
    sent_at = models.DateTimeField(null=True, help_text="When workers were last woken for it")
    claimed_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True, help_text="The clock of what it wrote")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("operation", "number", "first")
        constraints = (
            models.UniqueConstraint(fields=("operation", "number", "first"), name="bulk_chunk_place_unique"),
            models.CheckConstraint(condition=Q(state__in=ChunkState.values), name="bulk_chunk_state_known"),
            models.CheckConstraint(
                condition=Q(state=ChunkState.RUNNING) ^ Q(token__isnull=True), name="bulk_chunk_token_iff_running"
            ),
        )
        indexes = (
            models.Index(
                fields=("operation", "number", "first"), name="bulk_chunk_open", condition=Q(state__in=sorted(OPEN))
            ),
            models.Index(
                fields=("account", "-claimed_at"), name="bulk_chunk_turn", condition=Q(claimed_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.number}"


def whole_number(digits: str) -> int | float:
    """PostgreSQL writes 1e300 out in full, and no encoder takes an integer of that length."""
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


class SentDecoder(json.JSONDecoder):
    """Reads numbers as they were sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_int=whole_number, **options)


class SentField(models.JSONField):
    """JSON that a client sent, whatever it is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "decoder": SentDecoder})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """As the field that it is in the database."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, {key: options[key] for key in options if key != "decoder"}


class BulkItem(models.Model):
    """One item of a batch: its verdict, and images of the fields it changed.

    `payload` is what was sent, kept of items that wait or did not happen; `sealed` is what must not be shown of it.
    """

    operation = models.ForeignKey(BulkOperation, models.CASCADE, related_name="items", db_index=False)
    index = models.PositiveIntegerField(help_text="From 0, as sent; what a batch changed unasked follows after")
    reference = models.CharField(max_length=64, help_text="The id of the thing, where there is one")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    effects = models.JSONField(null=True)
    errors = models.JSONField(null=True)
    payload = SentField(null=True)
    sealed = SentField(null=True)
    chunk = models.ForeignKey(BulkChunk, models.CASCADE, null=True, related_name="items", db_index=False)

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
        indexes = (
            models.Index(fields=("reference",), name="bulk_item_reference"),
            models.Index(fields=("chunk", "index"), name="bulk_item_chunk", condition=Q(chunk__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.index}: {self.reference} {self.verdict}"
