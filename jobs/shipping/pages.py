"""Ship many: a row for each order, what shipping them would do, and then just that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.plans.shipping import Fate, Parcel, read_paste
from jobs.shipping.forms import CARRIERS, Entry, ShipForm, entries_of, filled, fitting, packed, typed, unpacked
from jobs.shipping.shipments import MOST_PARCELS, Shipped, orders_named, plan, ship
from jobs.shipping.words import report, sections
from orders.models import Order
from printshop.api.errors import sentence
from printshop.api.people import actor_of
from printshop.api.refusals import Refused
from printshop.bulk.confirm import PlanChanged
from printshop.bulk.confirm.tickets import DoneAlready, once

MOST_COMPLAINTS = 10
TOO_MANY = f"At most {MOST_PARCELS} orders can be shipped from here at once."


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is drawn."""

    order: Order
    entry: Entry
    late: bool


class ShipPage:
    """One request of somebody who ships."""

    def __init__(self, model_admin: ModelAdmin, request: HttpRequest) -> None:
        self.model_admin, self.request = model_admin, request
        self.form = ShipForm(request.POST if "step" in request.POST else None)
        # A carrier that is too long is complained of at its field; until then there is none.
        self.carrier = self.form.cleaned_data.get("carrier", "") if self.form.is_valid() else ""

    # --- The rows ----------------------------------------------------------------------------------------------------
    def rows(self, entries: Sequence[Entry]) -> HttpResponse:
        """The page on which carriers and tracking numbers are typed."""
        known = {one.order: one for one in entries}
        orders = orders_named(list(known))
        for lost in sorted(known.keys() - {one.pk for one in orders}):
            messages.error(self.request, f"There is no order {Parcel(lost).reference}.")
        today = timezone.now().date()
        context = {
            **self.context(),
            "lines": [Line(order, known[order.pk], order.is_overdue(today)) for order in orders],
            "form": ShipForm(initial={"carrier": self.carrier}) if self.form.is_valid() else self.form,
            "carriers": CARRIERS,
        }
        return TemplateResponse(self.request, "orders/ship.html", context)

    def context(self) -> dict[str, Any]:
        return {
            **self.model_admin.admin_site.each_context(self.request),
            "title": "Ship orders",
            "opts": self.model_admin.opts,
            "ship_address": reverse("admin:orders_order_ship"),
        }

    # --- The steps ---------------------------------------------------------------------------------------------------
    def answer(self) -> HttpResponse:
        """What a step leads to. Raises `Unavailable`."""
        match self.request.POST.get("step", ""):
            case "fill":
                return self.rows(self.with_paste(typed(self.request.POST)))
            case "plan":
                return self.judged(self.with_paste(typed(self.request.POST)))
            case "edit":
                return self.rows(self.kept())
            case "confirm":
                return self.confirmed(self.kept())
            case _:
                return self.rows(entries_of(Order.objects.ready()[:MOST_PARCELS], chosen=False))

    def kept(self) -> list[Entry]:
        return unpacked(self.request.POST.get("entries", ""))

    def with_paste(self, entries: Sequence[Entry]) -> list[Entry]:
        """The rows, filled from what was pasted; what cannot be understood is told of."""
        pasted = read_paste(self.form.cleaned_data.get("paste", "") if self.form.is_valid() else "")
        more = len(pasted.complaints) - MOST_COMPLAINTS
        for complaint in pasted.complaints[:MOST_COMPLAINTS]:
            messages.error(self.request, complaint)
        if more > 0:
            messages.error(self.request, f"{more} more lines are like that.")
        found = filled(entries, dict(pasted.tracking))
        if pasted.tracking and sum(one.chosen for one in found) > MOST_PARCELS:
            messages.error(self.request, f"{TOO_MANY} Nothing was filled in.")
            return list(entries)
        return fitting(found, MOST_PARCELS)

    def judged(self, entries: Sequence[Entry]) -> HttpResponse:
        """The plan, or the rows again when there is nothing to plan."""
        chosen = [one for one in entries if one.chosen]
        if self.form.is_valid() and chosen and len(chosen) <= MOST_PARCELS:
            return self.planned(entries)
        if len(chosen) > MOST_PARCELS:
            messages.error(self.request, TOO_MANY)
        elif not chosen:
            messages.error(self.request, "Nothing is chosen: tick orders, or type or paste tracking numbers.")
        return self.rows(entries)

    def parcels(self, entries: Sequence[Entry]) -> list[Parcel]:
        return [one.parcel(self.carrier) for one in entries if one.chosen][: MOST_PARCELS + 1]

    def planned(self, entries: Sequence[Entry]) -> HttpResponse:
        """The page with the plan."""
        parcels = self.parcels(entries)
        found = plan(parcels, actor=actor_of(self.request.user), at=timezone.now())
        counts = Counter(found.fate(one) for one in found.edits)
        context = {
            **self.context(),
            "shipped": counts[Fate.SHIPPED],
            "labelled": counts[Fate.LABELLED],
            "unchanged": counts[Fate.UNCHANGED],
            "refused": counts[Fate.REFUSED],
            "jobs": len(found.moves),
            "sections": list(sections(found, parcels)),
            "entries": packed(entries),
            "carrier": self.carrier,
            "plan": found.fingerprint,
            "ticket": uuid4().hex,
        }
        return TemplateResponse(self.request, "orders/ship_plan.html", context)

    def confirmed(self, entries: Sequence[Entry]) -> HttpResponse:
        """Ship, and begin anew with the orders that still wait; or show the plan as it is now."""
        parcels, actor, at = self.parcels(entries), actor_of(self.request.user), timezone.now()
        if not parcels or len(parcels) > MOST_PARCELS:
            return self.judged(entries)
        sent = self.request.POST

        def act() -> Shipped:
            return ship(parcels, sent.get("plan", ""), actor=actor, at=at)

        try:
            shipped = once(actor, at, sent.get("ticket", ""), act)
            messages.add_message(self.request, *report(shipped))
        except (PlanChanged, Refused) as error:
            messages.error(self.request, sentence(error))
            return self.planned(entries)
        except DoneAlready:
            messages.info(self.request, str(DoneAlready.__doc__))
        return HttpResponseRedirect(reverse("admin:orders_order_ship"))
