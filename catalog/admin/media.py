"""Pictures, videos and models of SKUs in the admin: looked at, shown, hidden and deleted. Programs send the files."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from catalog.models import Media
from catalog.services import media
from printshop.bulk.admin import ActingOnlyAdmin, link
from printshop.bulk.confirm import ConfirmedAction


def about(entry: Media) -> str:
    return f"{entry}, {entry.media_type} of {entry.sku_id}"


def shown(key: int) -> dict[str, Any]:
    return {"id": key, "disabled": False}


def hidden(key: int) -> dict[str, Any]:
    return {"id": key, "disabled": True}


@admin.register(Media)
class MediaAdmin(ActingOnlyAdmin):
    """What is shown of SKUs."""

    when_empty = "Programs send pictures, videos and models over the API."
    actions = (
        ConfirmedAction("show", "Show", media.EDIT, item_of=shown, about=about, done="shown", icon="visibility"),
        ConfirmedAction("hide", "Hide", media.EDIT, item_of=hidden, about=about, done="hidden", icon="visibility_off"),
        ConfirmedAction("delete", "Delete", media.DELETE, item_of=lambda key: {"id": key}, about=about, icon="delete"),
    )

    list_display = ("__str__", "of_sku", "media_type", "position", "disabled", "size", "updated_at")
    list_filter = ("media_type", "disabled", "updated_at")
    search_fields = ("sku__id__icontains", "label__icontains", "name__icontains")
    search_help_text = "The id of a SKU, a label or the name of a file"
    fields = ("of_sku", "media_type", "label", "position", "disabled", "source", "content_type", "size", "name",
              "created_at", "updated_at")  # fmt: skip

    @display(description="SKU", ordering="sku")
    def of_sku(self, entry: Media) -> SafeString | str:
        return link("admin:catalog_sku_change", entry.sku_id, entry.sku_id)

    @display(description="Source")
    def source(self, entry: Media) -> SafeString:
        address = reverse("media", args=[entry.file.name]) if entry.file else entry.url
        return format_html('<a href="{0}" class="text-link" rel="noreferrer">{0}</a>', address)
