"""The base of every list whose rows change through the engine."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from unfold.decorators import display

from printshop.api.people import actor_of, role_of
from printshop.api.refusals import Refused
from printshop.api.tallies import TalliedPaginator
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.admin.acting import ActingAdmin
from printshop.bulk.admin.items import visible_items
from printshop.bulk.admin.wording import link, list_link
from printshop.bulk.models import BulkItem
from printshop.bulk.saving import EngineForm, Saving, public_id

RECORDED_SHOWN = 10
OVERTAKEN = "Somebody else changed this at the same moment. Nothing was saved; please try again."


class EngineAdmin(ActingAdmin):
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
    paginator = TalliedPaginator
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

    # --- Saving ------------------------------------------------------------------------------------------------
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        made = super().get_form(request, obj, change=change, **kwargs)
        saving = self.editing if change else self.creating
        if saving is not None:
            made.saving, made.actor = saving, actor_of(request.user)
        return made

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        show = super().changeform_view
        try:
            # Django's own transaction would not tell a commit that nobody answered from one that failed.
            return transact(lambda: show(request, *args, **kwargs))
        except Unavailable as error:
            messages.error(request, str(error))
        except (Refused, IntegrityError):
            messages.error(request, OVERTAKEN)
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
