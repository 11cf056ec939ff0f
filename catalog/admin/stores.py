"""Stores in the admin, and what each of them calls a SKU and asks for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from catalog.models import RESERVED_STORE_CODES, Store, StoreValue
from catalog.plans.stores import OWN
from catalog.services.stores import SET_VALUES
from catalog.shapes import skus as shapes
from printshop.bulk.admin import EngineAdmin, money
from printshop.bulk.saving import EngineForm, Saving


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


class StoreValueForm(EngineForm):
    """A store's own values of a SKU; what is left empty is as everywhere."""

    base_price = forms.DecimalField(
        min_value=0, decimal_places=2, required=False, widget=UnfoldAdminDecimalFieldWidget, help_text="In major units"
    )

    class Meta:
        model = StoreValue
        fields = ("sku", "store", "name", "description", "base_price", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.base_price is not None:
            self.initial["base_price"] = Decimal(self.instance.base_price).scaleb(-2)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.instance._state.adding and all(values.get(name) in (None, "") for name in OWN):
            raise forms.ValidationError("Give at least one value.")
        return values

    def given(self) -> dict[str, Any]:
        """The item is the SKU; the store holds for the whole batch."""
        values = super().given()
        values.pop("store", None)
        sku = values.pop("sku", None)
        return {"id": sku.pk, **values} if sku is not None else values

    def terms(self) -> Mapping[str, Any]:
        store = self.cleaned_data.get("store")
        return {"store": self.instance.store_id if store is None else store.pk}


@admin.register(StoreValue)
class StoreValueAdmin(EngineAdmin):
    """What single stores see. Whatever is changed here is an operation on one SKU in one store."""

    form = StoreValueForm
    creating = Saving(SET_VALUES, shapes.StoreItem)
    editing = Saving(SET_VALUES, shapes.StoreFields)
    recorded_as = SET_VALUES.name
    list_display = ("sku", "store", "name", "price", "active", "updated_at")
    list_filter = ("store", "active")
    list_select_related = ("sku", "store")
    search_fields = ("sku__id__icontains", "name__icontains")
    search_help_text = "The id of a SKU, or a name"
    raw_id_fields = ("sku",)
    fields = ("sku", "store", "name", "description", "base_price", "active", "recorded")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("sku", "store", "recorded") if obj else ("recorded",)

    def save_model(self, request: HttpRequest, obj: StoreValue, form: Any, change: bool) -> None:
        form.carry_out()
        if not change:
            # The operation names the SKU; the page that follows is that of the row.
            named = StoreValue.objects.in_store(form.cleaned_data["store"].pk, [form.cleaned_data["sku"].pk])
            obj.pk = named.values_list("pk", flat=True).get()
        obj.refresh_from_db()

    @display(description="Price", ordering="base_price")
    def price(self, row: StoreValue) -> str:
        return "–" if row.base_price is None else money(row.base_price, row.sku.currency)
