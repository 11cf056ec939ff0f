"""Jobs in the admin: moved by actions that show their plan, and never edited by hand."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from jobs.admin.actions import ACTIONS, reference_of
from jobs.admin.filters import GivenReason, Held, Material
from jobs.admin.orders import OrderJobsAdmin
from jobs.admin.searching import resembling
from jobs.board.pages import board_urls
from jobs.exports import JOBS
from jobs.models import Job, JobMove, JobQuerySet
from jobs.printing.printables import OF_JOBS, OF_ORDERS, PrintingAdmin
from jobs.scanning.pages import scan_urls
from jobs.shipping.actions import ShippingAdmin
from jobs.states import JobStatus
from orders.admin import Due, OrderAdmin, due_date
from orders.models import Order
from printshop.api.admin import ReadOnlyAdmin, ReadOnlyInline
from printshop.bulk.admin import ExportingAdmin, link

SEARCHED = timedelta(days=31)
STATUS_COLOURS = {
    JobStatus.CREATED: "",
    JobStatus.VALIDATED: "",
    JobStatus.SLICED: "",
    JobStatus.QUEUED: "info",
    JobStatus.PRINTING: "primary",
    JobStatus.POST_PROCESS: "primary",
    JobStatus.READY: "success",
    JobStatus.SHIPPED: "success",
    JobStatus.FAILED: "danger",
    JobStatus.CANCELLED: "warning",
}


class StillOpen(admin.SimpleListFilter):
    """Jobs that can still move: what is neither shipped nor cancelled."""

    title = "still to do"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Still to do")]

    def queryset(self, request: HttpRequest, queryset: JobQuerySet) -> QuerySet[Job]:  # type: ignore[override]
        return queryset.open() if self.value() == "yes" else queryset


class OrderDue(Due):
    """Jobs by the day on which their orders are due."""

    column = "order"


class MoveInline(ReadOnlyInline):
    """Every move of the job, oldest first."""

    model = JobMove
    is_part = True
    verbose_name_plural = "Moves"
    fields = readonly_fields = ("at", "source", "target", "actor", "reason", "in_operation")
    ordering = ("id",)

    @display(description="Operation")
    def in_operation(self, move: JobMove) -> SafeString | str:
        return link("admin:bulk_bulkoperation_change", move.operation_id, "what else happened") or "–"


@admin.register(Job)
class JobAdmin(ExportingAdmin, PrintingAdmin):
    """The shop floor's list: most urgent first."""

    when_empty = "Jobs are made when an order is paid: choose orders in their list and pay them."
    list_display = ("id_shown", "state", "priority", "quantity", "sku_shown", "order_shown", "due", "created_at")
    list_display_links = ("id_shown",)
    list_filter = (StillOpen, "status", Material, "sku__machine_type", "created_at", "updated_at", OrderDue)
    list_select_related = ("order", "sku")
    search_fields = ("pk",)
    search_help_text = "Job or order id, SKU, customer, the order's external id"
    ordering = ("-priority", "id")
    numbered = {"pk": Job.number_in, "order_id": Order.number_in}
    recorded_as = "jobs."
    exported = JOBS
    readonly_fields = ("id_shown", "state", "order_shown", "sku_shown", "due", "repeats", "recorded")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("id_shown", "state"),
                    ("sku_shown", "quantity"),
                    ("order_shown", "due"),
                    ("priority", "reason"),
                )
            },
        ),
        ("Times", {"fields": (("created_at", "updated_at"), "repeats", "recorded")}),
    )
    inlines = (MoveInline,)
    printables = OF_JOBS
    actions = ACTIONS

    def get_urls(self) -> list[URLPattern]:
        return [*scan_urls(self), *board_urls(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("order", "sku")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        term = search_term.strip()
        if not term or any(number_in(term.lower()) for number_in in self.numbered.values()):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(resembling(term)), False

    @display(description="Job", ordering="id")
    def id_shown(self, job: Job) -> str:
        return job.reference

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def state(self, job: Job) -> str:
        return job.status

    @display(description="SKU", ordering="sku_id")
    def sku_shown(self, job: Job) -> SafeString | str:
        return link("admin:catalog_sku_change", job.sku_id, f"{job.sku_id} – {job.sku.name}")

    @display(description="Order", ordering="order_id")
    def order_shown(self, job: Job) -> SafeString | str:
        return link("admin:orders_order_change", job.order_id, job.order.reference)

    @display(description="Due", ordering="order__due_date")
    def due(self, job: Job) -> Any:
        return due_date(job.order)

    @display(description="Reprint of")
    def repeats(self, job: Job) -> SafeString | str:
        number = job.reprint_of_id
        return link("admin:jobs_job_change", number, reference_of(number)) if number else "–"


class JobInline(ReadOnlyInline):
    """The jobs of an order, on the order's page."""

    model = Job
    fields = readonly_fields = ("job_shown", "status", "priority", "quantity", "sku_id", "reason", "updated_at")
    ordering = ("id",)

    @display(description="Job")
    def job_shown(self, job: Job) -> SafeString | str:
        return link("admin:jobs_job_change", job.pk, job.reference)


admin.site.unregister(Order)


@admin.register(Order)
class OrderWithJobsAdmin(ShippingAdmin, OrderJobsAdmin, PrintingAdmin, OrderAdmin):
    """Orders as the shop floor sees them: with their jobs, paper for them, and the way to the carrier."""

    inlines = (OrderAdmin.inlines[0], JobInline, *OrderAdmin.inlines[1:])
    printables = OF_ORDERS


@admin.register(JobMove)
class JobMoveAdmin(ReadOnlyAdmin):
    """Every move of every job, newest first."""

    when_empty = "Every change of a job's status is kept here, from the first one on."
    list_display = ("at", "job_shown", "source", "target", "actor", "reason", "in_operation")
    list_filter = ("target", "source", Held, GivenReason, "at")
    search_fields = ("actor", "reason")
    search_help_text = "Job id; or actor or reason of a move within the last 31 days"
    ordering = ("-at", "-id")
    fields = ("job_shown", "source", "target", "at", "actor", "reason", "in_operation")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        number = Job.number_in(search_term.strip().lower())
        if number is not None:
            return queryset.filter(job=number), False
        if search_term.strip():
            # There are many times more moves than jobs, and no index answers for a part of a word.
            queryset = queryset.filter(at__gte=timezone.now() - SEARCHED)
        return super().get_search_results(request, queryset, search_term)

    @display(description="Job", ordering="job_id")
    def job_shown(self, move: JobMove) -> SafeString | str:
        return link("admin:jobs_job_change", move.job_id, reference_of(move.job_id))

    @display(description="Operation")
    def in_operation(self, move: JobMove) -> SafeString | str:
        return link("admin:bulk_bulkoperation_change", move.operation_id, "what else happened") or "–"
