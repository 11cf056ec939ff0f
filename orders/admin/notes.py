"""Notes of orders: a quick one from the order's page goes below what was written before, with time and author."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from orders import shapes
from orders.models import Order
from orders.services import changes
from printshop.api.actors import Actor
from printshop.api.people import actor_of
from printshop.api.reading import Item, read
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.admin import EngineAdmin
from printshop.bulk.engine import Batch, Result, run

MOST_QUOTED = 200


class NoteForm(forms.Form):
    """What is to be remembered."""

    note = forms.CharField(
        label="Add a note",
        max_length=1_000,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text="Goes below the notes with the time and your name. What is typed further down is not saved with it.",
    )

    def clean_note(self) -> str:
        return plain_lines(self.cleaned_data["note"])


def plain_lines(text: str) -> str:
    """With the line ends of everybody else in place of a form's."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def with_note(notes: str, note: str, author: str, at: datetime) -> str:
    """The notes, and below them one more."""
    added = f"[{at:%Y-%m-%d %H:%M} {author}] {note}"
    return f"{notes.rstrip()}\n{added}" if notes.strip() else added


def add_note(number: int, note: str, *, actor: Actor, at: datetime) -> Result:
    """Write a note below those of an order, in one transaction: of two at the same moment neither is lost.

    Raises `Refused` when the notes become too long, and `Order.DoesNotExist`.
    """

    def attempt() -> Result:
        order = Order.objects.numbered([number]).locked().get()
        value, faults = read(shapes.OrderEdit, {"notes": with_note(order.notes, note, actor.name, at)})
        item = Item(0, {**value, "id": order.reference}, faults)
        return run(changes.EDIT, Batch([item], {}, actor, at))

    return transact(attempt)


class NotedAdmin(EngineAdmin):
    """Orders with their notes: told of in the list, added to on the page."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.note_view))
        return [path("<int:key>/note/", view, name="orders_order_note"), *super().get_urls()]

    def note_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Add a note, and back to the page with what came of it."""
        back = HttpResponseRedirect(reverse("admin:orders_order_change", args=[quote(key)]))
        if not (self.has_change_permission(request) and self.may(request, self.editing)):
            raise PermissionDenied
        form = NoteForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(f"Note: {text}" for text in form.errors["note"]))
            return back
        try:
            add_note(key, form.cleaned_data["note"], actor=actor_of(request.user), at=timezone.now())
            messages.success(request, "The note was added.")
        except Order.DoesNotExist as error:
            raise Http404 from error
        except Refused as error:
            messages.error(request, " ".join(fault.message for _, fault in error.faults))
        except Unavailable as error:
            messages.error(request, str(error))
        return back

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order = kwargs.get("obj")
        if order is not None and self.has_change_permission(request, order):
            address = reverse("admin:orders_order_note", args=[quote(order.pk)])
            context |= {"note_form": NoteForm(), "note_address": address}
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="Notes")
    def noted(self, order: Order) -> SafeString | str:
        """An icon, which says for those who do not see it what it stands for."""
        if not order.notes.strip():
            return ""
        said = f"Notes: {Truncator(order.notes).chars(MOST_QUOTED)}"
        icon = '<span class="material-symbols-outlined" role="img" aria-label="{}" title="{}">sticky_note_2</span>'
        return format_html(icon, said, said)
