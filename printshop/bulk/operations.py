"""Recorded operations, to be read later: who did what to which things, and what became of each."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from printshop.api.actors import Role
from printshop.api.answers import answer
from printshop.api.filters import Filters, Ordering, TextFilter
from printshop.api.refusals import Fault, refuse, unknown
from printshop.api.shapes import one_of
from printshop.api.views import NativeViewSet
from printshop.bulk.models import BulkItem, BulkOperation, Policy
from printshop.bulk.outcomes import Verdict


class OperationBody(TypedDict):
    """A recorded batch. `counts` are items by verdict, `terms` what was asked for all of them."""

    id: uuid.UUID
    name: str
    actor: str
    account: str
    policy: Annotated[str, one_of(Policy)]
    terms: dict[str, Any]
    status: Literal["finished", "finished_with_failures"]
    total: int
    counts: dict[str, int]
    failed: int
    createdAt: datetime


class ItemBody(TypedDict):
    """What became of one item; `before` and `after` hold the fields that changed."""

    index: int
    id: str | None
    result: Annotated[str, one_of(Verdict)]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    effects: list[dict[str, Any]]
    errors: list[dict[str, Any]]


def operation_body(operation: BulkOperation) -> OperationBody:
    """A recorded batch, without its items."""
    return {
        "id": operation.uuid,
        "name": operation.name,
        "actor": operation.actor,
        "account": operation.account.code,
        "policy": operation.policy,
        "terms": operation.terms,
        "status": "finished_with_failures" if operation.failed else "finished",
        "total": operation.total,
        "counts": operation.counts,
        "failed": operation.failed,
        "createdAt": operation.created_at,
    }


def item_body(item: BulkItem) -> ItemBody:
    """What became of one item."""
    return {
        "index": item.index,
        "id": item.reference or None,
        "result": item.verdict,
        "before": item.before,
        "after": item.after,
        "effects": item.effects or [],
        "errors": item.errors or [],
    }


class OperationFilters(Filters):
    """`name`, `createdAfter`, `createdBefore`."""

    name = TextFilter("name")
    ordering = Ordering(fields={"created_at": "createdAt"})

    class Meta:
        model = BulkOperation
        fields: tuple[str, ...] = ()


class OperationViewSet(NativeViewSet):
    """`/api/bulk-operations`: those of the own account; an admin sees all."""

    queryset = BulkOperation.objects.select_related("account").order_by("-created_at", "-uuid")
    filterset_class = OperationFilters

    def get_queryset(self) -> QuerySet[BulkOperation]:
        found = super().get_queryset()
        return found if self.actor.role is Role.ADMIN else found.filter(account_id=self.actor.account_id)

    def find(self, text: str) -> BulkOperation:
        """The operation by its uuid. Raises `Refused` when it is unknown or another account's."""
        try:
            found = self.get_queryset().filter(pk=uuid.UUID(text)).first()
        except ValueError:
            found = None
        if found is None:
            raise unknown("OPERATION_NOT_FOUND", f"There is no operation {text[:64]}.")
        return found

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([operation_body(one) for one in page or ()])

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return answer(operation_body(self.find(pk)))

    @action(detail=True)
    def items(self, request: Request, pk: str) -> Response:
        """Its items in order; `result` picks those of one verdict, `failed` being a word for refused."""
        items = self.find(pk).items.order_by("index")
        if wanted := request.query_params.get("result"):
            verdict = "refused" if wanted.lower() == "failed" else wanted.lower()
            if verdict not in Verdict.values:
                rule = f"result must be one of failed, {', '.join(Verdict.values)}."
                raise refuse(Fault("INVALID_FILTER", rule, "result", wanted[:200]))
            items = items.filter(verdict=verdict)
        return self.get_paginated_response([item_body(item) for item in self.paginate_queryset(items) or ()])
