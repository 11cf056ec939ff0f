"""Work that is under way, told of at the head of every page, so that whoever left it finds it again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from printshop.api.people import actor_of
from printshop.bulk.models import BulkOperation

MOST_COUNTED = 100
# What the list of operations calls those that are not over.
UNFINISHED_STATES = "unfinished"


def running(request: HttpRequest) -> dict[str, Any]:
    """How many operations wait or run, and where they are found: of one its own page. Nothing for who may not see."""
    if not request.user.has_perm("bulk.view_bulkoperation"):
        return {"count": 0}
    unfinished = BulkOperation.objects.unfinished().visible_to(actor_of(request.user)).order_by("created_at")
    found = list(unfinished.values_list("pk", flat=True)[:MOST_COUNTED])
    every = reverse("admin:bulk_bulkoperation_changelist")
    only = reverse("admin:bulk_bulkoperation_change", args=found) if len(found) == 1 else ""
    return {"count": len(found), "where": only or f"{every}?state={UNFINISHED_STATES}", "every": every}


def running_view(request: HttpRequest) -> HttpResponse:
    """The same, as the head of a page asks for it as long as something runs."""
    return TemplateResponse(request, "admin/bulk/running.html", {**running(request), "was": True})
