"""Everything that is held about a customer, as a file, for the person who asks what that is."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin
from unfold.enums import ActionVariant

from orders.models import Customer
from orders.serializers import export_body
from printshop.api.actors import Role
from printshop.api.answers import answer
from printshop.api.people import role_of


class TellingAdmin(ModelAdmin):
    """Offers administrators the file on the page of a customer."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.told_view))
        return [path("<path:object_id>/everything/", view, name="orders_customer_everything"), *super().get_urls()]

    def told_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if role_of(request.user) is not Role.ADMIN:
            raise PermissionDenied
        customer = Customer.objects.filter(pk=unquote(object_id)).first()
        if customer is None:
            raise Http404
        return answer(export_body(customer), headers={"Content-Disposition": 'attachment; filename="customer.json"'})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response: Any = super().render_change_form(request, context, *args, **kwargs)
        row = kwargs.get("obj")
        if row is not None and role_of(request.user) is Role.ADMIN:
            address = reverse("admin:orders_customer_everything", args=[quote(row.pk)])
            button = {"title": "All that is held", "icon": "download", "variant": ActionVariant.DEFAULT, "attrs": {}}
            offered = response.context_data.get("actions_detail") or []
            response.context_data["actions_detail"] = [*offered, {**button, "path": address}]
        return response
