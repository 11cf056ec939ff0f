"""Recorded operations in the admin, and the base of every list whose rows change through the engine."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.enums import ActionVariant

from printshop.api.actors import Role
from printshop.api.admin import ReadOnlyAdmin, ReadOnlyInline
from printshop.api.models import Account
from printshop.api.people import actor_of, role_of
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable
from printshop.bulk.confirm import ConfirmedAction, shown, told
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.registry import operations
from printshop.bulk.saving import EngineForm, Saving, public_id

RECORDED_SHOWN = 10
VERDICT_COLOURS = {
    "created": "success",
    "updated": "success",
    "deactivated": "warning",
    "unchanged": "",
    "skipped": "",
    "refused": "danger",
}


def money(minor: int, currency: str) -> str:
    """Minor units as people write them: `1,250.00 USD`."""
    return f"{minor / 100:,.2f} {currency}"


def link(url_name: str, key: Any, text: str) -> SafeString | str:
    """A link to the admin page of a row, an empty text where there is none."""
    return (
        format_html('<a href="{}" class="text-link">{}</a>', reverse(url_name, args=[quote(key)]), text) if key else ""
    )


def list_link(url_name: str, text: str, **filters: Any) -> SafeString:
    """A link to a filtered list."""
    return format_html('<a href="{}?{}" class="text-link">{}</a>', reverse(url_name), urlencode(filters), text)


def visible_items(user: User | AnonymousUser) -> QuerySet[BulkItem]:
    """Operations of other accounts are for administrators."""
    items = BulkItem.objects.select_related("operation")
    return items if role_of(user) is Role.ADMIN else items.filter(operation__account__code=Account.HOUSE)


class EngineAdmin(ModelAdmin):
    """A model whose every change is an operation: its forms and its actions run the engine, and nothing is deleted.

    `creating` and `editing` say what the forms become; `recorded_as` is how the names of its operations begin;
    `numbered` names the columns in which a public id such as `ord-007` typed into the search box is looked for.
    """

    form = EngineForm
    creating: Saving | None = None
    editing: Saving | None = None
    recorded_as = ""
    numbered: Mapping[str, Callable[[str], int | None]] = {}
    show_full_result_count = False
    list_per_page = 50

    def may(self, request: HttpRequest, saving: Saving | None) -> bool:
        return saving is not None and role_of(request.user) in saving.operation.roles

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.creating) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of a row: whether its form may be saved. Of the list: whether actions may be run."""
        return super().has_change_permission(request) and (obj is None or self.may(request, self.editing))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- Finding -----------------------------------------------------------------------------------------------
    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        numbers = {column: number_in(search_term.strip().lower()) for column, number_in in self.numbered.items()}
        found = [Q(**{column: number}) for column, number in numbers.items() if number is not None]
        if found:
            return queryset.filter(found[0]), False
        return super().get_search_results(request, queryset, search_term)

    # --- Actions -----------------------------------------------------------------------------------------------
    def confirmed(self, request: HttpRequest) -> list[ConfirmedAction]:
        """The actions that the user's role may run."""
        return [one for one in self.actions or () if isinstance(one, ConfirmedAction) and one.allows(request.user)]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        allowed = self.confirmed(request)
        found = super().get_actions(request)
        return {name: entry for name, entry in found.items() if entry[0] in allowed}

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_plan"
        view = self.admin_site.admin_view(self.plan_view)
        return [path("<path:object_id>/plan/<slug:action>/", view, name=name), *super().get_urls()]

    def plan_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """An action for one row, asked for on its page."""
        row = self.get_object(request, object_id)
        chosen = next((one for one in self.confirmed(request) if one.__name__ == action), None)
        if row is None:
            raise Http404
        if chosen is None:
            raise PermissionDenied
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(row.pk)])
        return chosen.respond(self, request, [row.pk], back)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a row offers the actions as buttons."""
        row = kwargs.get("obj")
        if row is not None and self.has_change_permission(request):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_plan"
            context["actions_detail"] = [
                {
                    "title": one.verb,
                    "icon": one.icon,
                    "variant": ActionVariant.DEFAULT,
                    "attrs": {},
                    "path": reverse(name, args=[quote(row.pk), one.__name__]),
                }
                for one in self.confirmed(request)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Saving ------------------------------------------------------------------------------------------------
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        made = super().get_form(request, obj, change=change, **kwargs)
        saving = self.editing if change else self.creating
        if saving is not None:
            made.saving, made.actor = saving, actor_of(request.user)
        return made

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (Refused, IntegrityError, Unavailable):
            messages.error(
                request, "Somebody else changed this at the same moment. Nothing was saved; please try again."
            )
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        result = form.carry_out()
        if result is not None:
            if not change:
                obj.pk = result.outcomes[0].reference
            obj.refresh_from_db()

    # --- What happened to a row --------------------------------------------------------------------------------
    def recorded_items(self, request: HttpRequest, row: Model) -> QuerySet[BulkItem]:
        items = visible_items(request.user).filter(reference=public_id(row))
        return items.filter(operation__name__startswith=self.recorded_as).order_by("-operation_id")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.recorded_items = self.recorded_items(request, row)[:RECORDED_SHOWN]
        return row

    @display(description="Operations")
    def recorded(self, row: Any) -> SafeString | str:
        """The last operations that named this row, newest first."""
        lines = [
            (
                link("admin:bulk_bulkoperation_change", item.operation_id, item.operation.name),
                item.get_verdict_display().lower(),
                item.operation.actor,
                date_format(localtime(item.operation.created_at), "DATETIME_FORMAT"),
            )
            for item in getattr(row, "recorded_items", ())
        ]
        rows = format_html_join("", "<li>{} – {} by {}, {}</li>", lines)
        if not lines:
            return "none"
        every = list_link("admin:bulk_bulkitem_changelist", "All of them", reference__exact=public_id(row))
        return format_html("<ul>{}</ul>{}", rows, every)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The record of the engine is the history of a row."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        query = urlencode({"reference__exact": public_id(row)})
        return HttpResponseRedirect(f"{reverse('admin:bulk_bulkitem_changelist')}?{query}")


class OperationNameFilter(admin.SimpleListFilter):
    """The kinds of operation that the apps brought."""

    title = "kind"
    parameter_name = "name"
    column = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(operations())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class ItemOperationFilter(OperationNameFilter):
    """The same for items."""

    column = "operation__name"


class Images:
    """How an item is shown, in a list and on the page of its operation."""

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


class ItemInline(Images, ReadOnlyInline):
    """The items of an operation, a page at a time."""

    model = BulkItem
    fields = readonly_fields = ("index", "reference", "result", "changes", "notes")
    per_page = 50
    ordering = ("index",)


@admin.register(BulkOperation)
class BulkOperationAdmin(ReadOnlyAdmin):
    """Every batch that was carried out: who, what, when, and how it went."""

    list_display = ("name", "actor", "account", "policy", "total", "tallied", "failed", "created_at")
    list_filter = (OperationNameFilter, "policy", "created_at", "account")
    list_select_related = ("account",)
    search_fields = ("actor", "uuid__exact")
    search_help_text = "The name of a key or a person, or the whole uuid"
    date_hierarchy = "created_at"
    fields = ("name", "actor", "account", "policy", "terms", "total", "tallied", "created_at", "uuid", "all_items")
    readonly_fields = ("tallied", "all_items")
    inlines = (ItemInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkOperation]:
        found = super().get_queryset(request)
        return found if role_of(request.user) is Role.ADMIN else found.filter(account__code=Account.HOUSE)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        try:
            return super().get_search_results(request, queryset, search_term)
        except ValueError:
            return queryset.filter(actor__icontains=search_term), False

    @display(description="Results")
    def tallied(self, operation: BulkOperation) -> str:
        return ", ".join(f"{count} {verdict}" for verdict, count in operation.counts.items())

    @display(description="Items")
    def all_items(self, operation: BulkOperation) -> SafeString:
        listed = f"All {operation.total:,} as a list that can be filtered"
        return list_link("admin:bulk_bulkitem_changelist", listed, operation__exact=operation.pk)


@admin.register(BulkItem)
class BulkItemAdmin(Images, ReadOnlyAdmin):
    """What became of single rows, across all operations."""

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
