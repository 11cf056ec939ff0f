"""Pictures, videos and models of SKUs in the admin: to look at. Their operations are for those who send files."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from catalog.models import Media
from printshop.api.admin import ReadOnlyAdmin
from printshop.bulk.admin import link


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    """What is shown of SKUs."""

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
