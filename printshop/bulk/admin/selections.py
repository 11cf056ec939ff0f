"""What people chose by the filters of lists and have not confirmed yet, or did lately."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from printshop.api.admin import AdminsOnly, ReadOnlyAdmin
from printshop.bulk.admin.wording import link
from printshop.bulk.models import Selection


@admin.register(Selection)
class SelectionAdmin(ReadOnlyAdmin, AdminsOnly):
    """Whose selections wait, of what, and what came of them."""

    list_display = ("created_at", "owner", "model", "wording", "count", "operation_shown")
    list_select_related = ("owner",)
    list_filter = ("model", "created_at")
    search_fields = ("owner__username", "wording")
    search_help_text = "Whose, or the filters in words"
    ordering = ("-created_at", "pk")
    exclude: Any = ("packed", "shown")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # It records nothing, and goes with its owner, whose deletion it must not forbid.
        return self.has_view_permission(request, obj)

    @display(description="Operation")
    def operation_shown(self, selection: Selection) -> SafeString | str:
        return link("admin:bulk_bulkoperation_change", selection.operation_id, "what came of it") or "–"
