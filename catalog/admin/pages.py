"""Pages in the admin: written by their operations alone."""

from django.contrib import admin
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from catalog.models import Page
from catalog.services import pages
from catalog.shapes import pages as page_shapes
from printshop.bulk.admin import EngineAdmin
from printshop.bulk.confirm import ConfirmedAction
from printshop.bulk.saving import EngineForm, Saving


class PageForm(EngineForm):
    """A page."""

    class Meta:
        model = Page
        fields = pages.FIELDS
        widgets = {"content": UnfoldAdminExpandableTextareaWidget}
        help_texts = {"identifier": "As it stands in addresses: letters, digits, dots, dashes, underscores and slashes"}


@admin.register(Page)
class PageAdmin(EngineAdmin):
    """Pages that a storefront shows."""

    form = PageForm
    creating = Saving(pages.CREATE, page_shapes.PageItem)
    editing = Saving(pages.EDIT, page_shapes.PageFields)
    recorded_as = "pages."
    list_display = ("title", "identifier", "active", "updated_at")
    list_filter = ("active", "updated_at")
    search_fields = ("title", "identifier")
    fields = ("title", "identifier", "content", "active", "created_at", "updated_at", "recorded")
    readonly_fields = ("created_at", "updated_at", "recorded")
    actions = (
        ConfirmedAction(
            "publish",
            "Publish",
            pages.EDIT,
            item_of=lambda page_id: {"id": page_id, "active": True},
            about=lambda page: page.identifier,
            done="published",
            icon="visibility",
        ),
        ConfirmedAction(
            "hide",
            "Hide",
            pages.EDIT,
            item_of=lambda page_id: {"id": page_id, "active": False},
            about=lambda page: page.identifier,
            done="hidden",
            icon="visibility_off",
        ),
        ConfirmedAction(
            "delete",
            "Delete",
            pages.DELETE,
            item_of=lambda page_id: {"id": page_id},
            about=lambda page: page.identifier,
            icon="delete",
        ),
    )
