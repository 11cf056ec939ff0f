"""SKUs in the admin: written by the import operation alone."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminExpandableTextareaWidget

from catalog.exports import SKUS
from catalog.models import SKU
from catalog.plans.imports import FIELDS
from catalog.plans.stores import OWN, image
from catalog.services.imports import IMPORT
from catalog.shapes import skus as shapes
from catalog.uploads.pages import upload_urls
from printshop.bulk.admin import EngineAdmin, ExportingAdmin, link, money
from printshop.bulk.confirm import ConfirmedAction, shown
from printshop.bulk.saving import EngineForm, Saving


class SKUForm(EngineForm):
    """A SKU, its price in major units."""

    base_price = forms.DecimalField(
        min_value=0,
        decimal_places=2,
        initial=0,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="In major units: 12.50",
    )

    class Meta:
        model = SKU
        fields = ("id", *FIELDS)
        widgets = dict.fromkeys(("description", "quality_tiers", "options"), UnfoldAdminExpandableTextareaWidget)
        help_texts = {
            "machine_type": "Prints only.",
            "estimated_material_grams": "grams",
            "quality_tiers": 'What draft, standard and fine multiply the price by: {"fine": {"multiplier": 1.5}}',
            "options": 'What a buyer can choose: [{"key": "colour", "label": "Colour", "type": "select", '
            '"choices": ["red", "blue"], "priceModifier": 1.5}]',
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["base_price"] = Decimal(self.instance.base_price).scaleb(-2)


@admin.register(SKU)
class SKUAdmin(ExportingAdmin, EngineAdmin):
    """The catalogue. Whatever is changed here is an import of one SKU; what is no longer sold is deactivated."""

    when_empty = "Upload a list of what the shop sells, or add the first SKU by hand."
    form = SKUForm
    creating = Saving(IMPORT, shapes.SKUItem, {"mode": "create"})
    editing = Saving(IMPORT, shapes.SKUFields, {"mode": "edit"})
    recorded_as = "skus."
    exported = SKUS
    export_formats = ("csv", "xlsx", "jsonl")
    list_display = ("id", "name", "active", "kind", "machine_type", "material", "price", "updated_at")
    list_display_links = ("id", "name")
    list_filter = ("active", "kind", "machine_type", "updated_at")
    search_fields = ("id__icontains", "name__icontains", "material__iexact")
    search_help_text = "Id, name or material"
    readonly_fields = ("in_stores", "entries", "created_at", "updated_at", "recorded")
    fieldsets = (
        (None, {"fields": ("id", "name", "description", ("kind", "active"))}),
        ("Price", {"fields": (("base_price", "currency"), "quality_tiers", "options")}),
        ("Making it", {"fields": (("machine_type", "material"), ("estimated_print_time", "estimated_material_grams"))}),
        ("Shown as", {"fields": ("in_stores", "entries")}),
        ("Record", {"fields": (("created_at", "updated_at"), "recorded")}),
    )
    add_fieldsets = fieldsets[:3]
    actions = (
        ConfirmedAction(
            "activate",
            "Activate",
            IMPORT,
            item_of=lambda sku_id: {"id": sku_id, "active": True},
            about=lambda sku: sku.name,
            terms={"mode": "upsert"},
            done="activated",
            icon="visibility",
        ),
        ConfirmedAction(
            "deactivate",
            "Deactivate",
            IMPORT,
            item_of=lambda sku_id: {"id": sku_id, "active": False},
            about=lambda sku: sku.name,
            terms={"mode": "upsert"},
            done="deactivated",
            icon="visibility_off",
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        return [*upload_urls(self.admin_site), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("id", *self.readonly_fields) if obj else self.readonly_fields

    @display(description="Base price", ordering="base_price")
    def price(self, sku: SKU) -> SafeString | str:
        return money(sku.base_price, sku.currency)

    @display(description="In stores")
    def in_stores(self, sku: SKU) -> SafeString | str:
        """The own values of each store that has some."""
        lines = []
        for row in sku.store_values.all():
            own = {name: value for name in OWN if (value := getattr(row, name)) is not None}
            told = ", ".join(f"{name}: {shown(value)}" for name, value in image(own).items())
            lines.append((link("admin:catalog_storevalue_change", row.pk, row.store_id), told or "as everywhere"))
        return listed(lines)

    @display(description="Media")
    def entries(self, sku: SKU) -> SafeString | str:
        rows = sku.media.order_by("position", "pk")
        return listed([(link("admin:catalog_media_change", one.pk, str(one)), one.media_type) for one in rows])


def listed(lines: list[tuple[SafeString | str, str]]) -> SafeString | str:
    """Things with a remark each, one below the other."""
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{} – {}</li>", lines)) if lines else "none"
