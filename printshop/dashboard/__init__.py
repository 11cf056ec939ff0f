"""What somebody who comes in sees first: where the shop stands, and the way to the list behind each number."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from printshop.dashboard.sections import sections_for


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: the context of the admin's index. The number of statements does not grow with the shop."""
    shown = sections_for(request, timezone.now())
    charts = [chart.drawn() for section in shown for chart in section.charts]
    return context | {"title": "Dashboard", "sections": shown, "charts": charts}
