"""Lists: `page` and `limit` in, `{count, next, previous, results}` out."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from printshop.api.refusals import Fault, refuse
from printshop.api.tallies import TalliedPaginator

MAX_LIMIT = 500
MAX_PAGE = 10**9


def whole_number(text: str, name: str, most: int) -> int:
    """A query parameter from 1 to `most`. Raises `Refused` that names it."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= most):
        raise refuse(Fault("INVALID_FILTER", f"{name} must be a whole number from 1 to {most}.", name, text[:200]))
    return int(text)


class EndlessPaginator(TalliedPaginator):
    """A page past the end is empty rather than an error: a client may walk until a page has nothing."""

    def validate_number(self, number: Any) -> int:
        return int(number)


class Pages(PageNumberPagination):
    """Numbered pages. What is no number gets a 400 that names it, a page past the end is empty."""

    django_paginator_class = EndlessPaginator
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = MAX_LIMIT

    def get_page_size(self, request: Request) -> int:
        return whole_number(request.query_params.get("limit", str(self.page_size)), "limit", MAX_LIMIT)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        return whole_number(request.query_params.get("page", "1"), "page", MAX_PAGE)
