"""What is done at the desk to the jobs of one order, from its page: print parts of it again, or say how urgent it is.

Both are actions of jobs, shown as a plan and confirmed as from the list of jobs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from jobs.admin.actions import ACTIONS, about, reference_of
from jobs.models import Job
from jobs.services import REPRINT
from orders.models import Order
from printshop.bulk.admin import EngineAdmin
from printshop.bulk.confirm import ConfirmedAction, ReasonForm

QUANTITY = "quantity_"
PRIORITIZE = next(one for one in ACTIONS if one.__name__ == "prioritize")


class PartsForm(ReasonForm):
    """How much of each of the `jobs` of an order is printed again, and why."""

    shapes_the_plan = True
    jobs: Sequence[Job] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for job in self.jobs:
            self.fields[f"{QUANTITY}{job.pk}"] = forms.IntegerField(
                label=f"Again of {job.reference}: {job.quantity} × {job.sku.name}, {job.status}",
                required=False,
                min_value=0,
                max_value=job.quantity,
                widget=UnfoldAdminIntegerFieldWidget,
            )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def terms(self) -> dict[str, Any]:
        return {name: value for name, value in super().terms().items() if not name.startswith(QUANTITY)}

    def quantities(self) -> dict[int, int]:
        """How many of each job, where any."""
        asked = {job.pk: self.given().get(f"{QUANTITY}{job.pk}") for job in self.jobs}
        return {key: quantity for key, quantity in asked.items() if quantity}


def parts_action(form: type[PartsForm], quantities: Mapping[int, int]) -> ConfirmedAction:
    """Printing these quantities again."""
    return ConfirmedAction(
        "reprint",
        "Reprint",
        REPRINT,
        item_of=lambda number: {"jobId": reference_of(number), "quantity": quantities[number]},
        about=about,
        form=form,
        done="printed again",
    )


def reprint(model_admin: ModelAdmin, request: HttpRequest, order: Order, back: str) -> HttpResponse:
    """The lines of the order that were printed, how much of each again, and the plan for that."""
    jobs = Job.objects.of_orders([order.pk]).printed().select_related("sku").order_by("pk")
    form: type[PartsForm] = type("PartsForm", (PartsForm,), {"jobs": tuple(jobs)})
    typed = form(request.POST if "step" in request.POST else None, rows=jobs)
    typed.is_valid()
    if not typed.jobs:
        messages.warning(request, f"Nothing of {order.reference} was printed yet, so there is nothing to reprint.")
        return HttpResponseRedirect(back)
    quantities = typed.quantities()
    return parts_action(form, quantities).respond(model_admin, request, list(quantities), back)


def prioritize(model_admin: ModelAdmin, request: HttpRequest, order: Order, back: str) -> HttpResponse:
    """One priority for all jobs of the order that are still to be done."""
    keys = list(Job.objects.of_orders([order.pk]).open().order_by("pk").values_list("pk", flat=True))
    if not keys:
        messages.warning(request, f"{order.reference} has no job that is still to be done.")
        return HttpResponseRedirect(back)
    return PRIORITIZE.respond(model_admin, request, keys, back)


# Verb, icon, and what is done.
STEPS = {"reprint": ("Reprint", "replay", reprint), "prioritize": ("Priority", "priority_high", prioritize)}


class OrderJobsAdmin(EngineAdmin):
    """The page of an order offers what can be done to its jobs."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.jobs_view)
        return [path("<int:key>/jobs/<slug:step>/", view, name="orders_order_jobs"), *super().get_urls()]

    def jobs_view(self, request: HttpRequest, key: int, step: str) -> HttpResponse:
        """A step for the jobs of an order, asked for on its page."""
        order = Order.objects.numbered([key]).first()
        if order is None or step not in STEPS:
            raise Http404
        job_admin = self.admin_site.get_model_admin(Job)
        if not job_admin.has_change_permission(request):
            raise PermissionDenied
        return STEPS[step][2](job_admin, request, order, reverse("admin:orders_order_change", args=[key]))

    def render_change_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: Any = super().render_change_form(request, *args, **kwargs)
        order = kwargs.get("obj")
        if order is not None and self.admin_site.get_model_admin(Job).has_change_permission(request):
            offered = response.context_data.get("actions_detail") or []
            response.context_data["actions_detail"] = [*offered, *buttons(order)]
        return response


def buttons(order: Order) -> list[dict[str, Any]]:
    """As the admin draws what can be done to a row."""
    return [
        {
            "title": title,
            "icon": icon,
            "variant": ActionVariant.DEFAULT,
            "attrs": {},
            "path": reverse("admin:orders_order_jobs", args=[order.pk, step]),
        }
        for step, (title, icon, _) in STEPS.items()
    ]
