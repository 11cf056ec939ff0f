"""Work that is under way, for the head of the admin's pages."""

from typing import Any

from django import template
from django.template import RequestContext

from printshop.bulk.running import running

register = template.Library()


@register.inclusion_tag("admin/bulk/running.html", takes_context=True)
def running_work(context: RequestContext) -> dict[str, Any]:
    """A link to what waits or runs; an empty place where nothing does."""
    return running(context["request"])
