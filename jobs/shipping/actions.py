"""Where shipping many begins: an action of the list of orders, and the page beside it."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from jobs.services import ADVANCE
from jobs.shipping.forms import entries_of
from jobs.shipping.pages import TOO_MANY, ShipPage
from jobs.shipping.shipments import MOST_PARCELS
from orders.services.changes import EDIT
from printshop.api.people import role_of
from printshop.api.transactions import Unavailable
from printshop.bulk.admin import EngineAdmin


class ShipMany:
    """The action of the list of orders."""

    __name__ = "ship"
    short_description = "Ship selected %(verbose_name_plural)s"
    do_not_call_in_templates = True

    def __call__(self, model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The rows of the ticked orders; those that cannot leave are told of by the plan."""
        check_may_ship(model_admin, request)
        orders = list(queryset.order_by("pk")[: MOST_PARCELS + 1])
        if len(orders) > MOST_PARCELS:
            messages.error(request, TOO_MANY)
            return HttpResponseRedirect(request.get_full_path())
        return ShipPage(model_admin, request).rows(entries_of(orders, chosen=True))


SHIP = ShipMany()


def may_ship(model_admin: ModelAdmin, request: HttpRequest) -> bool:
    return role_of(request.user) in EDIT.roles & ADVANCE.roles and model_admin.has_change_permission(request)


def check_may_ship(model_admin: ModelAdmin, request: HttpRequest) -> None:
    if not may_ship(model_admin, request):
        raise PermissionDenied


class ShippingAdmin(EngineAdmin):
    """A list of orders that can be shipped from."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        if not may_ship(self, request):
            return found
        described = SHIP.short_description % {"verbose_name_plural": self.opts.verbose_name_plural}
        return {**found, SHIP.__name__: (SHIP, SHIP.__name__, described)}

    def get_urls(self) -> list[URLPattern]:
        return [
            path("ship/", self.admin_site.admin_view(self.ship_view), name="orders_order_ship"),
            *super().get_urls(),
        ]

    def ship_view(self, request: HttpRequest) -> HttpResponse:
        check_may_ship(self, request)
        try:
            return ShipPage(self, request).answer()
        except Unavailable as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:orders_order_ship"))
