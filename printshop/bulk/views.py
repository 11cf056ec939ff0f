"""Bulk calls and single calls of the native dialect: one code path, two phrasings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from printshop.api.answers import answer
from printshop.api.reading import Item, read
from printshop.api.refusals import Fault, Refused
from printshop.api.views import NativeViewSet, as_single, take_body
from printshop.bulk import native
from printshop.bulk.deferred.native import call_later, prefers_later
from printshop.bulk.engine import Batch, Operation, run


class EngineViewSet(NativeViewSet):
    """A viewset whose writing actions are batches.

    Subclasses say how one object is found by its public id (`find`) and worded (`body_of`), and what to say when there
    is none (`unknown`).
    """

    queryset: QuerySet[Any]
    body_of: Callable[[Any], Mapping[str, Any]]
    lookup_value_regex = "[^/]+"

    @property
    def body_limit(self) -> int:  # type: ignore[override]
        """Bytes of a body; a bulk call that can wait may bring more."""
        later = (self.action or "").startswith("bulk") and prefers_later(self.request._request)
        return settings.DEFERRED_BODY_LIMIT_BYTES if later else settings.BODY_LIMIT_BYTES

    def find(self, public_id: str) -> Model:
        """The object the actor may see. Raises `Refused` of kind UNKNOWN."""
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([type(self).body_of(one) for one in page or ()])

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return answer(type(self).body_of(self.find(pk)))

    def bulk_call(self, operation: Operation, status: int = 200) -> HttpResponse:
        """The request as a batch of the operation, now or, where that is preferred, later."""

        def act() -> HttpResponse:
            body = take_body(self.request)
            is_dry = isinstance(body, dict) and body.get("dryRun")
            if prefers_later(self.request._request) and not is_dry:
                return call_later(operation, body, self.actor, self.at)
            return native.call(operation, body, self.actor, self.at, status)

        # What cannot be read is said before anything else is.
        return self.once(act, ahead=lambda: self.request.data)

    def single_call(
        self, operation: Operation, value: Any, terms: Mapping[str, Any], faults: Sequence[Fault], status: int = 200,
        dry_run: bool = False,
    ) -> HttpResponse:  # fmt: skip
        """The request as a batch of one, answered with the object as it is now, or with what would become of it."""

        def act() -> HttpResponse:
            batch = Batch([Item(0, value, list(faults))], terms, self.actor, self.at, dry_run=dry_run)
            try:
                result = run(operation, batch)
            except Refused as refused:
                # A single request has no items to count: its faults stand for themselves.
                raise as_single(refused) from None
            if dry_run:
                return native.answer_bulk(result)
            body = type(self).body_of(self.find(result.outcomes[0].reference))
            return answer(body, status, {"X-Bulk-Operation": str(result.operation_id)})

        return self.once(act)

    def create_call(self, operation: Operation) -> HttpResponse:
        """POST of one new object: 201."""
        value, faults = read(operation.item, self.request.data)
        return self.single_call(operation, value, {}, faults, 201)

    def change_call(self, operation: Operation, public_id: str) -> HttpResponse:
        """POST to `…/{id}/{verb}`: the body holds the terms alone."""
        terms, faults = read(operation.terms, self.request.data)
        return self.single_call(operation, public_id, terms, faults)

    def edit_call(
        self, operation: Operation, shape: Any, public_id: str, terms: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """PATCH of one object: only the fields named change."""
        fields, faults = read(shape, self.request.data)
        return self.single_call(operation, {**(fields or {}), "id": public_id}, terms or {}, faults)
