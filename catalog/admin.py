"""The catalogue in the admin. SKUs are written by the import operation alone; stores and pages are plain rows."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminExpandableTextareaWidget

from catalog import shapes
from catalog.models import RESERVED_STORE_CODES, SKU, Page, Store
from catalog.plans.imports import FIELDS
from catalog.services.imports import IMPORT
from catalog.uploads import upload_urls
from printshop.bulk.admin import EngineAdmin, money
from printshop.bulk.confirm import ConfirmedAction
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
class SKUAdmin(EngineAdmin):
    """The catalogue. Whatever is changed here is an import of one SKU; what is no longer sold is deactivated."""

    form = SKUForm
    creating = Saving(IMPORT, shapes.SKUItem, {"mode": "create"})
    editing = Saving(IMPORT, shapes.SKUFields, {"mode": "edit"})
    recorded_as = "skus."
    list_display = ("id", "name", "active", "kind", "machine_type", "material", "price", "updated_at")
    list_display_links = ("id", "name")
    list_filter = ("active", "kind", "machine_type", "updated_at")
    search_fields = ("id__icontains", "name__icontains", "material__iexact")
    search_help_text = "Id, name or material"
    date_hierarchy = "created_at"
    readonly_fields = ("created_at", "updated_at", "recorded")
    fieldsets = (
        (None, {"fields": ("id", "name", "description", ("kind", "active"))}),
        ("Price", {"fields": (("base_price", "currency"), "quality_tiers", "options")}),
        ("Making it", {"fields": (("machine_type", "material"), ("estimated_print_time", "estimated_material_grams"))}),
        ("Record", {"fields": (("created_at", "updated_at"), "recorded")}),
    )
    add_fieldsets = fieldsets[:3]
    actions = (
        ConfirmedAction(
            "deactivate",
            "Deactivate",
            IMPORT,
            item_of=lambda sku_id: {"id": sku_id, "active": False},
            about=lambda sku: sku.name,
            terms={"mode": "edit"},
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


class StoreForm(forms.ModelForm):
    """A store; what the database would refuse is said in words."""

    class Meta:
        model = Store
        fields = ("code", "name", "default")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if code in RESERVED_STORE_CODES:
            raise forms.ValidationError(f"{code} is an address of the shop itself; choose another code.")
        return code

    def clean_default(self) -> bool:
        default = bool(self.cleaned_data["default"])
        other = Store.objects.filter(default=True).exclude(pk=self.instance.pk).first()
        if default and other is not None:
            raise forms.ValidationError(f"{other.code} is the default store; take the mark from it first.")
        return default


@admin.register(Store)
class StoreAdmin(ModelAdmin):
    """Views on the catalogue."""

    form = StoreForm
    list_display = ("code", "name", "default")
    list_filter = ("default",)
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


@admin.register(Page)
class PageAdmin(ModelAdmin):
    """Pages that a storefront shows."""

    list_display = ("title", "identifier", "active", "updated_at")
    list_filter = ("active", "updated_at")
    search_fields = ("title", "identifier")
    date_hierarchy = "created_at"
    fields = ("title", "identifier", "content", "active", "created_at", "updated_at")
    readonly_fields = ("created_at", "updated_at")

    def save_model(self, request: HttpRequest, obj: Page, form: forms.ModelForm, change: bool) -> None:
        obj.updated_at = timezone.now()
        if not change:
            obj.created_at = obj.updated_at
        super().save_model(request, obj, form, change)
