"""What became of single rows: a list across all operations, and the rows of an operation on its page."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from printshop.api.actors import Role
from printshop.api.admin import ReadOnlyAdmin, ReadOnlyInline
from printshop.api.models import Account
from printshop.api.people import role_of
from printshop.bulk.admin.filters import ItemOperationFilter
from printshop.bulk.admin.standing import Standing
from printshop.bulk.admin.wording import link
from printshop.bulk.confirm import shown, told
from printshop.bulk.deferred.dialects import dialect_of
from printshop.bulk.models import BulkItem
from printshop.bulk.operations.filters import FAILED, RESULTS, with_result
from printshop.bulk.outcomes import UNSUCCESSFUL

VERDICT_COLOURS = {
    "created": "success",
    "updated": "success",
    "deactivated": "warning",
    "unchanged": "",
    "skipped": "",
    "refused": "danger",
    "open": "info",
    "rejected": "danger",
    "cancelled": "warning",
    "failed": "danger",
}


def visible_items(user: User | AnonymousUser) -> QuerySet[BulkItem]:
    """Operations of other accounts are for administrators."""
    items = BulkItem.objects.select_related("operation")
    return items if role_of(user) is Role.ADMIN else items.filter(operation__account__code=Account.HOUSE)


class Images:
    """How an item is shown, in a list and on the page of its operation."""

    @display(description="Item", ordering="index")
    def place(self, item: BulkItem) -> str:
        """Its index; before that the row of an uploaded file, by which people find it there."""
        place_of = dialect_of(item.operation).place_of
        if place_of is None or item.payload is None:
            return str(item.index)
        return f"{place_of(item.payload)} (item {item.index})"

    @display(description="Id", ordering="reference")
    def thing(self, item: BulkItem) -> str:
        """What it is about; of an item that waits, the id that was sent."""
        return item.reference or (item.payload if isinstance(item.payload, str) else "–")

    @display(description="Result", label=VERDICT_COLOURS)
    def result(self, item: BulkItem) -> str:
        return item.verdict

    @display(description="What changed")
    def changes(self, item: BulkItem) -> SafeString | str:
        before, after = item.before or {}, item.after or {}
        lines = [(name, shown(before.get(name)), shown(after.get(name))) for name in {**before, **after}]
        return format_html_join("", "<div>{}: {} → {}</div>", lines) or "–"

    @display(description="Side effects and faults")
    def notes(self, item: BulkItem) -> SafeString | str:
        lines = [told(effect) for effect in item.effects or ()] + [fault["message"] for fault in item.errors or ()]
        return format_html_join("", "<div>{}</div>", [(line,) for line in lines]) or "–"


def chosen_result(request: HttpRequest) -> str:
    """The verdict, or `failed` for whatever did not happen, that the page of an operation is narrowed down to."""
    asked = request.GET.get("result", "")
    return asked if asked in RESULTS else ""


def results_offered(standing: Standing) -> list[tuple[str, int]]:
    """What the page of an operation can be narrowed down to, with counts."""
    counts = [(verdict, count) for verdict, count in standing.counts if verdict not in UNSUCCESSFUL]
    return [(FAILED, standing.failed), *counts] if standing.failed else counts


class ItemInline(Images, ReadOnlyInline):
    """The items of an operation, a page at a time."""

    model = BulkItem
    is_part = True
    fields = readonly_fields = ("place", "thing", "result", "changes", "notes")
    per_page = 50
    ordering = ("index",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkItem]:
        found = super().get_queryset(request).select_related("operation")
        return with_result(found, chosen_result(request))


@admin.register(BulkItem)
class BulkItemAdmin(Images, ReadOnlyAdmin):
    """What became of single rows, across all operations."""

    when_empty = "They come with the first operation."
    list_display = ("reference", "operation_name", "result", "changes", "notes", "by", "at")
    list_filter = ("verdict", ItemOperationFilter, "operation__created_at")
    search_fields = ("reference__exact",)
    search_help_text = "The whole id, such as job-001"
    ordering = ("-operation_id", "index")
    fields = ("operation_name", "index", "reference", "result", "changes", "notes", "by", "at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkItem]:
        return visible_items(request.user)

    @display(description="Operation", ordering="operation__name")
    def operation_name(self, item: BulkItem) -> SafeString | str:
        return link("admin:bulk_bulkoperation_change", item.operation_id, item.operation.name)

    @display(description="By", ordering="operation__actor")
    def by(self, item: BulkItem) -> str:
        return item.operation.actor

    @display(description="At", ordering="operation__created_at")
    def at(self, item: BulkItem) -> Any:
        return item.operation.created_at
