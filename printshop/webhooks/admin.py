"""Webhooks in the admin: endpoints, what was sent to them, and sending it again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from printshop.api.admin import AdminsOnly, ReadOnlyAdmin
from printshop.api.refusals import Refused
from printshop.bulk.events import outbox
from printshop.webhooks import endpoints
from printshop.webhooks.addresses import url_fault
from printshop.webhooks.models import EVERY, Delivery, DeliveryState, Endpoint

COLOURS = {"delivered": "success", "waiting": "info", "failed": "danger"}


class Confirmed:
    """Something done to the ticked rows after one more look at them."""

    allowed_permissions = ("change",)
    do_not_call_in_templates = True

    def __init__(self, name: str, title: str, warning: str, act: Callable[[HttpRequest, Any, datetime], None]) -> None:
        self.__name__, self.short_description, self.title = name, title, title
        self.warning, self.act = warning, act

    def __call__(self, model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        if not model_admin.has_change_permission(request):
            raise PermissionDenied
        if "confirmed" not in request.POST:
            context = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": self.title}
            context |= {"action": self, "action_name": self.__name__, "rows": rows}
            return TemplateResponse(request, "admin/webhooks/confirm.html", context)
        try:
            self.act(request, rows, timezone.now())
        except Refused as refused:
            messages.error(request, str(refused))
        return None


def show_once(request: HttpRequest, endpoint: Endpoint, secret: str) -> None:
    """The one time that the secret is seen."""
    code = format_html('<code class="font-mono select-all break-all">{}</code>', secret)
    said = "The secret for {}: {} – copy it now, it is not shown again."
    messages.warning(request, format_html(said, endpoint.url, code))


def rotate(request: HttpRequest, rows: QuerySet[Endpoint], at: datetime) -> None:
    for endpoint in rows:
        show_once(request, endpoint, endpoints.rotate(endpoint, at=at))


def switch(active: bool) -> Callable[[HttpRequest, QuerySet[Endpoint], datetime], None]:
    def act(request: HttpRequest, rows: QuerySet[Endpoint], at: datetime) -> None:
        for endpoint in rows:
            endpoints.change(endpoint, {"active": active})
        messages.success(request, f"Switched {'on' if active else 'off'}: {len(rows)}.")

    return act


def ping(request: HttpRequest, rows: QuerySet[Endpoint], at: datetime) -> None:
    for endpoint in rows:
        endpoints.ping(endpoint, at)
    messages.success(request, "A ping is on its way; its delivery tells what came of it.")


def replay_failed(request: HttpRequest, rows: QuerySet[Endpoint], at: datetime) -> None:
    failed = Delivery.objects.filter(endpoint__in=rows, state=DeliveryState.FAILED)
    messages.success(request, f"Deliveries sent again: {endpoints.replay(failed, at)}.")


def replay(request: HttpRequest, rows: QuerySet[Delivery], at: datetime) -> None:
    replayed = endpoints.replay(Delivery.objects.filter(pk__in=rows.values("pk")), at)
    messages.success(request, f"Deliveries sent again: {replayed}. Those of webhooks that are switched off stay.")


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


@admin.register(Endpoint)
class EndpointAdmin(AdminsOnly):
    """Where the shop sends what happens."""

    form = EndpointForm
    list_display = ("url", "account", "description", "state", "reason", "delivered", "failed", "created_at")
    list_filter = ("active", "account")
    list_select_related = ("account",)
    search_fields = ("url", "description")
    fields = ("account", "url", "description", "types", "everything")
    actions = (
        Confirmed("ping", "Send a ping", "An event of type ping is sent to these.", ping),
        Confirmed("replay_failed", "Send again all that failed", "Every failed delivery of these is sent again.",
                  replay_failed),
        Confirmed("switch_on", "Switch on", "These are told of what happens from now on.", switch(True)),
        Confirmed("switch_off", "Switch off", "What waits for these has failed; it can be sent again.", switch(False)),
        Confirmed("rotate", "Rotate secrets", "A new secret is made for each and shown once. Messages are signed by "
                  "the former one as well for a day.", rotate),
    )  # fmt: skip

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
        show_once(request, made, secret)

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        endpoints.delete(obj)


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
    actions = (Confirmed("replay", "Send again", "These are sent again under the ids they had.", replay),)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and AdminsOnly.has_change_permission(self, request)

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
