"""Print jobs and every move they made."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from catalog.models import SKU
from jobs.states import COUNTED, NOT_PRINTED_YET, OPEN, TERMINAL, JobStatus
from orders.models import LineItem, Order
from orders.references import number_in, reference
from printshop.api.actors import Actor
from printshop.bulk.models import BulkOperation


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, actor: Actor) -> "JobQuerySet":
        """A key bound to a customer sees the jobs of that customer's orders."""
        return self.bound_to(actor.customer_id)

    def bound_to(self, customer_id: str | None) -> "JobQuerySet":
        return self.filter(order__customer_id=customer_id) if customer_id else self

    def open(self) -> "JobQuerySet":
        """Jobs that can still move."""
        return self.filter(status__in=OPEN)

    def printed(self) -> "JobQuerySet":
        """Jobs of which something can be printed again: printing has begun at least."""
        return self.exclude(status__in=NOT_PRINTED_YET)

    def ended_since(self, status: JobStatus, at: datetime) -> "JobQuerySet":
        """Jobs that came to this end since then; nothing changes a job after that.

        One end at a time: of all of them PostgreSQL would say that the index holds nothing else, and read it whole.
        SQLite knows the index by its own words.
        """
        return self.filter(status__fixed=TERMINAL, updated_at__gte=at).filter(status=status)

    def numbered(self, numbers: Iterable[int]) -> "JobQuerySet":
        return self.filter(pk__among=numbers)

    def of_orders(self, numbers: Iterable[int]) -> "JobQuerySet":
        return self.filter(order_id__among=numbers)

    def locked(self) -> "JobQuerySet":
        """Locked in primary-key order until the transaction ends; lock their orders first."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


class Job(models.Model):
    """One printable line of an order at work; a reprint is a further job that names the first."""

    PREFIX = "job"

    order = models.ForeignKey(Order, models.PROTECT, related_name="jobs")
    line_item = models.ForeignKey(LineItem, models.PROTECT, related_name="jobs", db_index=False)
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=JobStatus.choices, default=JobStatus.CREATED)
    priority = models.IntegerField(default=0, help_text="higher first")
    reason = models.CharField(max_length=500, blank=True, help_text="why it last changed, where somebody said so")
    reprint_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reprints")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-priority", "id")
        constraints = (
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="job_status_known"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="job_quantity_positive"),
            # One job a line; what is printed again names the job it repeats.
            models.UniqueConstraint(
                fields=("line_item",), condition=Q(reprint_of__isnull=True), name="job_one_per_line"
            ),
        )
        indexes = (
            models.Index(
                fields=(
                    "status",
                    "-priority",
                    "id",
                ),
                name="job_status_priority",
            ),
            models.Index(fields=("-priority", "id"), name="job_priority"),
            models.Index(fields=("-created_at",), name="job_created"),
            models.Index(fields=("status", "updated_at"), name="job_done", condition=Q(status__in=sorted(TERMINAL))),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The public id."""
        return reference(self.PREFIX, self.pk)

    @classmethod
    def number_in(cls, text: str) -> int | None:
        """The primary key behind a public id."""
        return number_in(cls.PREFIX, text)


class JobMoveQuerySet(models.QuerySet["JobMove"]):
    def standing(self) -> "JobMoveQuerySet":
        """Moves that hold: those that were taken back count as little as what took them back."""
        taken_back = JobMove.objects.filter(undoes__isnull=False).order_by().values("undoes")
        # Plainly `undoes IS NULL` is true of nearly all, and SQLite would take the index of it for the way to few.
        takes_back = Coalesce("undoes", 0, output_field=models.BigIntegerField())
        return self.filter(Exact(takes_back, 0)).exclude(pk__in=taken_back)

    def arriving(self, since: datetime, *targets: JobStatus) -> "JobMoveQuerySet":
        """Moves since then that brought jobs to these statuses, all of them `COUNTED`, and hold."""
        return self.filter(target__fixed=COUNTED, target__in=targets, at__gte=since).standing()


class JobMove(models.Model):
    """One change of a job's status. Never edited and never deleted: an undo adds a move that names this one."""

    job = models.ForeignKey(Job, models.PROTECT, related_name="moves", db_index=False)
    source = models.CharField(max_length=12, choices=JobStatus.choices)
    target = models.CharField(max_length=12, choices=JobStatus.choices)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    reason = models.CharField(max_length=500, blank=True)
    # A move is never edited, so it goes on naming its operation when that has been purged: no constraint ties the two.
    operation = models.ForeignKey(
        BulkOperation, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    objects = JobMoveQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(source__in=JobStatus.values, target__in=JobStatus.values), name="job_move_statuses_known"
            ),
        )
        indexes = (
            models.Index(
                fields=(
                    "job",
                    "id",
                ),
                name="job_move_job",
            ),
            models.Index(fields=("-at",), name="job_move_time"),
            # With number and undoing it answers alone, without the table: a million moves are counted by day.
            models.Index(
                fields=("target", "at", "id", "undoes"),
                name="job_move_counted",
                condition=Q(target__in=sorted(COUNTED)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
