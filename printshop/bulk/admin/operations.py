"""Operations: every batch that was carried out, waits or is under way."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from printshop.api.admin import ReadOnlyAdmin
from printshop.api.people import actor_of
from printshop.bulk.admin.actions import CANCEL, RETRY
from printshop.bulk.admin.filters import OperationNameFilter, OperationStateFilter
from printshop.bulk.admin.items import ItemInline, chosen_result, results_offered
from printshop.bulk.admin.standing import COLOURS, with_standing
from printshop.bulk.admin.steps import OperationSteps, offered
from printshop.bulk.admin.wording import link, list_link
from printshop.bulk.confirm import shown
from printshop.bulk.models import BulkOperation
from printshop.bulk.operations.counting import with_progress
from printshop.bulk.running import running_view


@admin.register(BulkOperation)
class BulkOperationAdmin(ReadOnlyAdmin):
    """Every batch that was carried out, waits or is under way: who, what, when, why, and how far it has got."""

    when_empty = "Whatever is changed, here or over the API, is recorded as an operation. Nothing was changed yet."
    change_form_template = "admin/bulk/operation.html"
    list_display = ("name", "state_shown", "progress", "tallied", "actor", "account", "created_at")
    list_filter = (OperationStateFilter, OperationNameFilter, "policy", "created_at", "finished_at", "account")
    list_select_related = ("account",)
    list_per_page = 50
    search_fields = ("actor", "uuid__exact")
    search_help_text = "The name of a key or a person, or the whole uuid"
    fields = (
        ("name", "policy"), ("actor", "account"), "asked", ("created_at", "started_at"),
        ("finished_at", "cancelled_at"), "kin", "uuid", "all_items",
    )  # fmt: skip
    readonly_fields = ("asked", "kin", "all_items")
    inlines = (ItemInline,)
    actions = (RETRY, CANCEL)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkOperation]:
        """Operations of other accounts are for administrators."""
        found = super().get_queryset(request).visible_to(actor_of(request.user))
        return with_progress(found)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        found.result_list = with_standing(list(found.result_list))
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return with_standing([found])[0] if found else None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        try:
            return super().get_search_results(request, queryset, search_term)
        except ValueError:
            return queryset.filter(actor__icontains=search_term), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The list of items is for those who may see it; the page shows them in any case."""
        found = super().get_fields(request, obj)
        return found if request.user.has_perm("bulk.view_bulkitem") else [one for one in found if one != "all_items"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(running_view)
        running = path("running/", view, name="bulk_bulkoperation_running")
        return [running, *OperationSteps(self).urls(), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page shows how far it has got and offers what may be done about it."""
        recorded = kwargs["obj"]
        more = {"standing": recorded.standing, "offered": offered(request, recorded), "chosen": chosen_result(request)}
        context |= more | {"results": results_offered(recorded.standing)}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- In words ----------------------------------------------------------------------------------------------
    @display(description="State", ordering="state", label=COLOURS)
    def state_shown(self, operation: Any) -> str:
        return operation.standing.word

    @display(description="Progress")
    def progress(self, operation: Any) -> str:
        standing = operation.standing
        return f"{standing.done:,} of {standing.total:,}" if standing.unfinished else f"{standing.total:,}"

    @display(description="Results")
    def tallied(self, operation: Any) -> str:
        return operation.standing.tally

    @display(description="Asked for")
    def asked(self, operation: BulkOperation) -> SafeString | str:
        """Terms such as target and reason, the file or route, and the store."""
        told = {**operation.terms}
        if operation.dialect == "upload":
            told["file"] = operation.topic
        told |= {"store": operation.scope} if operation.scope else {}
        return format_html_join("", "<div>{}: {}</div>", [(name, shown(value)) for name, value in told.items()]) or "–"

    @display(description="Belongs to")
    def kin(self, operation: BulkOperation) -> SafeString | str:
        """What this one retries or undoes, and what retried or undid it."""
        found = [("retries", operation.parent), ("undoes", operation.undoes)]
        found += [("retried by", one) for one in operation.retries.order_by("pk")]
        found += [("undone by", one) for one in operation.undone_by.order_by("pk")]
        lines = [(word, operation_link(one)) for word, one in found if one]
        return format_html_join("", "<div>{} {}</div>", lines) or "–"

    @display(description="Items")
    def all_items(self, operation: BulkOperation) -> SafeString:
        listed = f"All {operation.total:,} as a list that can be filtered"
        return list_link("admin:bulk_bulkitem_changelist", listed, operation__exact=operation.pk)


def operation_link(operation: BulkOperation) -> SafeString | str:
    text = format_html("{} of {}", operation.name, operation.created_at.strftime("%Y-%m-%d %H:%M"))
    return link("admin:bulk_bulkoperation_change", operation.pk, text)
