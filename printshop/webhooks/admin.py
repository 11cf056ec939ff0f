"""Webhooks in the admin: endpoints, what was sent to them, and sending it again."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from printshop.api.admin import AdminsOnly, ReadOnlyAdmin
from printshop.api.refusals import Refused
from printshop.bulk.events import outbox
from printshop.webhooks import endpoints
from printshop.webhooks.actions import ENDPOINT_ACTIONS, REPLAY, deliveries_of, shown_once
from printshop.webhooks.addresses import url_fault
from printshop.webhooks.models import EVERY, Delivery, Endpoint

COLOURS = {"delivered": "success", "waiting": "info", "failed": "danger"}


class EndpointForm(forms.ModelForm):
    """Where to send which events."""

    class Meta:
        model = Endpoint
        fields = ("account", "url", "description", "types", "everything")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if fault := url_fault(url):
            raise forms.ValidationError(f"The URL {fault}.")
        return url

    def clean_types(self) -> list[str]:
        types = self.cleaned_data["types"]
        known = isinstance(types, list) and all(name in outbox.types or name == EVERY for name in types)
        if not known:
            raise forms.ValidationError(f"A list of these: {', '.join([EVERY, *sorted(outbox.types)])}.")
        return list(types)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.instance._state.adding and "account" in found:
            try:
                endpoints.check_room(found["account"])
            except Refused as refused:
                self.add_error("account", str(refused))
        return found


@admin.register(Endpoint)
class EndpointAdmin(AdminsOnly):
    """Where the shop sends what happens."""

    form = EndpointForm
    list_display = ("url", "account", "description", "state", "reason", "delivered", "failed", "created_at")
    list_filter = ("active", "account")
    list_select_related = ("account",)
    search_fields = ("url", "description")
    fields = ("account", "url", "description", "types", "everything")
    actions = ENDPOINT_ACTIONS

    @display(description="State", label={"active": "success", "switched off": "danger"})
    def state(self, endpoint: Endpoint) -> str:
        return "active" if endpoint.active else "switched off"

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        shown = ("state", "reason", "delivered", "failed", "created_at")
        return (*self.fields, *shown) if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("account", "state", "reason", "delivered", "failed", "created_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Endpoint, form: forms.ModelForm, change: bool) -> None:
        given = form.cleaned_data
        sent = {"url": given["url"], "events": given["types"], "description": given["description"]}
        sent["accounts"] = "all" if given["everything"] else "own"
        if change:
            endpoints.change(obj, sent)
            return
        try:
            made, secret = endpoints.create(given["account"], sent, timezone.now())
        except Refused as refused:
            raise PermissionDenied(str(refused)) from None
        obj.pk = made.pk
        messages.add_message(request, *shown_once(made, secret))

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Its deliveries, of which there may be any number, go along counted and not one by one."""
        rows = list(objs)
        of_each = deliveries_of(rows)
        told = [f"{row} and its {of_each[row.pk]:,} deliveries" for row in rows]
        return told, {"webhooks": len(rows), "deliveries": sum(of_each.values())}, set(), []

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        endpoints.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        endpoints.delete(*queryset)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, AdminsOnly):
    """What was sent, what came of it, and what waits."""

    list_display = ("created_at", "event", "endpoint", "state_shown", "attempts", "status", "error", "tried_at")
    list_filter = ("state", "endpoint", "created_at")
    list_select_related = ("message", "endpoint")
    search_fields = ("message__type",)
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields: Any = ("event", "message_id_shown", "endpoint", "state_shown", "attempts", "due_at", "status", "error",
                   "tried_at", "created_at", "payload")  # fmt: skip
    actions = (REPLAY,)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and AdminsOnly.has_change_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without what is sent, which may be long and is shown of one delivery only."""
        return super().get_queryset(request).defer("message__body")

    @display(description="Event", ordering="message__type")
    def event(self, delivery: Delivery) -> str:
        return delivery.message.type

    @display(description="webhook-id")
    def message_id_shown(self, delivery: Delivery) -> str:
        return delivery.message.reference

    @display(description="State", ordering="state", label=COLOURS)
    def state_shown(self, delivery: Delivery) -> str:
        return delivery.state

    @display(description="Payload")
    def payload(self, delivery: Delivery) -> str:
        return delivery.message.body
