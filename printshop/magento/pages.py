"""`cmsPage`: the pages that storefronts show."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from catalog.models import Page
from catalog.serializers import page_body
from catalog.services import pages
from printshop.api.actors import EVERYBODY
from printshop.magento.calls import Asked, Change, Look
from printshop.magento.fields import Fields
from printshop.magento.params import Param, as_number

PAGE_ID = Param("id", as_number, "page")
BODY = Fields("page", numeric=frozenset({"id"}), names={"is_active": "active"}, ignored=frozenset({"created_at"}))
ONE = Fields("page", numeric=BODY.numeric, names=BODY.names, ignored=BODY.ignored, params={"pageId": PAGE_ID})
EXAMPLE = {"identifier": "care", "title": "How to care for prints", "content": "<p>Keep them dry.</p>", "active": True}


class AsyncPage(TypedDict):
    """A page."""

    id: int
    identifier: str
    title: str
    content: str
    active: bool


def shown(asked: Asked) -> dict[str, Any] | None:
    """A page, just made or changed, or named by the path."""
    number = as_number(asked.reference or asked.params["pageId"])
    page = Page.objects.filter(pk=number or 0).first()
    return page_body(page) if page else None


def told(reference: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": int(reference), **recorded}


def rows_of(payload: Any) -> list[str]:
    """The identifier that a page is to have."""
    page = payload.get("page") if isinstance(payload, dict) else None
    identifier = page.get("identifier") if isinstance(page, dict) else None
    return [f"identifier:{identifier.lower()}"] if isinstance(identifier, str) else []


ANSWER = {"id": 1, **EXAMPLE}
CREATE = Change(
    "Create a page", pages.CREATE, BODY, rows_of=rows_of, shows=shown, result=told,
    answers=AsyncPage, example={"page": EXAMPLE}, answer=ANSWER,
)  # fmt: skip
EDIT = Change(
    "Change a page", pages.EDIT, ONE, rows_of=rows_of, shows=shown, result=told,
    answers=AsyncPage, example={"pageId": "1", "page": {"title": "Caring for prints"}},
    answer=ANSWER | {"title": "Caring for prints"},
)  # fmt: skip
DELETE = Change("Delete a page", pages.DELETE, Fields(params={"pageId": PAGE_ID}), rows_of=rows_of,
                example={"pageId": "1"})  # fmt: skip
SHOW = Look("Show a page", shown, EVERYBODY, "page", AsyncPage, ANSWER)
