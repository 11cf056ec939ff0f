"""`/api/bulk-operations`: operations to be followed, read, called off, retried and undone."""

import uuid
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from printshop.api.actors import EVERYBODY, STAFF
from printshop.api.answers import ORJSONRenderer, answer
from printshop.api.refusals import Fault, Kind, Refused, refuse, unknown
from printshop.api.views import NativeViewSet
from printshop.bulk.deferred import endings
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.operations.bodies import NothingMore, bodies_of, item_body, operation_body, with_everything
from printshop.bulk.operations.filters import FAILED, OperationFilters, with_result
from printshop.bulk.operations.results import (
    CSVRenderer,
    JSONLinesRenderer,
    download,
    results_csv,
    results_jsonl,
)
from printshop.bulk.operations.retrying import retry_call
from printshop.bulk.registry import operations
from printshop.bulk.undoing import undo_call

Export = Callable[[BulkOperation, QuerySet[BulkItem], bool], Iterator[bytes]]


def no_operation(text: str) -> Refused:
    """The operation is unknown or another account's: the same answer for both."""
    return unknown("OPERATION_NOT_FOUND", f"There is no operation {text[:64]}.")


class OperationViewSet(NativeViewSet):
    """Those of the own account; an admin reads all, a customer's key what was asked for with it."""

    queryset = BulkOperation.objects.order_by("-created_at", "-uuid")
    filterset_class = OperationFilters
    roles = {"*": EVERYBODY, "undo": STAFF}

    @property
    def body_limit(self) -> int:  # type: ignore[override]
        """Bytes of a body: a retry may bring every item anew."""
        return settings.DEFERRED_BODY_LIMIT_BYTES if self.action == "retry" else settings.BODY_LIMIT_BYTES

    def get_queryset(self) -> QuerySet[BulkOperation]:
        return super().get_queryset().visible_to(self.actor)  # type: ignore[attr-defined]

    def find(self, text: str) -> BulkOperation:
        """The operation by its uuid. Raises `Refused` when it is unknown or another account's."""
        try:
            found = self.get_queryset().filter(pk=uuid.UUID(text)).first()
        except ValueError:
            found = None
        if found is None:
            raise no_operation(text)
        return found

    def find_own(self, text: str) -> BulkOperation:
        """The same for whoever wants to change it: in its account, with a role that may run such an operation."""
        found = self.find(text)
        operation = operations().get(found.name)
        roles = STAFF if operation is None else operation.roles
        if found.account_id != self.actor.account_id or self.actor.role not in roles:
            raise no_operation(text)
        return found

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(with_everything(self.get_queryset())))
        return self.get_paginated_response(bodies_of(page or []))

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return answer(operation_body(self.find(pk).pk))

    def items_of(self, recorded: BulkOperation) -> QuerySet[BulkItem]:
        return with_result(recorded.items.all(), self.request.query_params.get("result"))

    @action(detail=True)
    def items(self, request: Request, pk: str) -> Response:
        """Its items in order; `result` picks those of one verdict, `failed` being all that did not happen."""
        items = self.items_of(self.find(pk)).order_by("index")
        return self.get_paginated_response([item_body(item) for item in self.paginate_queryset(items) or ()])

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        """Call off what has not begun; again changes nothing."""

        self.body(NothingMore)

        def act() -> HttpResponse:
            recorded = self.find_own(pk)
            endings.cancel(recorded.pk)
            recorded.refresh_from_db()
            if recorded.cancelled_at is None:
                raise refuse(Fault("OPERATION_FINISHED", endings.FINISHED, kind=Kind.CONFLICT))
            return answer(operation_body(recorded.pk))

        return self.once(act)

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> HttpResponse:
        """Send what failed again, mended or as it was."""
        return self.once(lambda: retry_call(self.find_own(pk), request.data, self.actor, self.at))

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> HttpResponse:
        """Bring back what it changed."""
        return self.once(lambda: undo_call(self.find_own(pk), request.data, self.actor, self.at))

    @action(detail=True, url_path=r"results\.csv", renderer_classes=[CSVRenderer, ORJSONRenderer])
    def results_csv(self, request: Request, pk: str) -> StreamingHttpResponse:
        """What became of every item, as a sheet."""
        return self.results(pk, results_csv, "text/csv", "csv")

    @action(detail=True, url_path=r"results\.jsonl", renderer_classes=[JSONLinesRenderer, ORJSONRenderer])
    def results_jsonl(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The same as JSON lines."""
        return self.results(pk, results_jsonl, "application/jsonl", "jsonl")

    def results(self, pk: str, export: Export, media_type: str, suffix: str) -> StreamingHttpResponse:
        """A file of the items that `result` picks; what failed comes as it was sent."""
        recorded = self.find(pk)
        as_sent = self.request.query_params.get("result", "").lower() == FAILED
        return download(recorded, export(recorded, self.items_of(recorded), as_sent), media_type, suffix)
