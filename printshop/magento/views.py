"""The routes at work: now, later for one, later for many."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from printshop.api.actors import EVERYBODY, Role
from printshop.api.answers import answer
from printshop.api.refusals import Fault, Refused, refuse, unknown
from printshop.api.views import as_single
from printshop.bulk.deferred.dialects import Payload
from printshop.bulk.engine import Batch, run
from printshop.magento.calls import Asked, Change, Look
from printshop.magento.edge import AsyncViewSet
from printshop.magento.queueing import Purpose, check_depth, read_array, take
from printshop.magento.reading import batches_of, opened
from printshop.magento.routes import Route


class RouteViewSet(AsyncViewSet):
    """One route in one of its forms; `urls.py` makes them of the table."""

    route: Route = None  # type: ignore[assignment]
    sent: Mapping[str, Any] | None = None

    @property
    def call(self) -> Change | Look | None:
        method = str(self.request.method)
        return self.route.calls.get("GET" if method == "HEAD" else method)

    @property
    def change(self) -> Change:
        """The change that was asked for; addresses are made for no other methods."""
        assert isinstance(self.call, Change)
        return self.call

    @property
    def roles(self) -> Mapping[str | None, frozenset[Role]]:  # type: ignore[override]
        return {"*": self.call.roles if self.call else EVERYBODY}

    @property
    def params(self) -> dict[str, str]:
        """The parameters in the path."""
        return {name: value for name, value in self.kwargs.items() if name != "store"}

    @property
    def has_body(self) -> bool:
        return self.request.method != "DELETE"

    def spoken(self, path: str) -> str:
        call = self.call
        return call.fields.spoken(path, self.sent) if isinstance(call, Change) else path

    def item(self) -> Mapping[str, Any]:
        """The one item of the request, the parameters of the path in it as in the bulk form. Raises `Refused`."""
        body = self.request.data if self.has_body else {}
        if not isinstance(body, dict):
            raise refuse(Fault("NOT_AN_OBJECT", "The body must be an object."))
        check_depth(body)
        self.sent = {**body, **self.params}
        return self.sent


class NowViewSet(RouteViewSet):
    """`V1/…`: at once, a batch of one."""

    def show(self, request: Request, **params: str) -> HttpResponse:
        call = self.call
        assert isinstance(call, Look)
        found = call.shows(Asked(self.scope, self.actor, self.params, query=request._request.GET))
        if found is None:
            raise unknown("NOT_FOUND", f"There is no such {call.thing}.")
        return answer(found)

    def act(self, request: Request, **params: str) -> HttpResponse:
        change = self.change
        shown, sealed = change.seal(self.item())
        template = Batch((), {}, self.actor, self.at)
        # Before the transaction: hashing a password takes longer than any row should be locked.
        [(operation, batch)] = batches_of(change, self.scope, [opened(Payload(0, shown, sealed))], template)

        def act() -> HttpResponse:
            try:
                result = run(operation, batch)
            except Refused as refused:
                # A single request has no items to count: its faults stand for themselves.
                raise as_single(refused) from None
            asked = Asked(self.scope, self.actor, self.params, result.outcomes[0].reference)
            headers = {"X-Bulk-Operation": str(result.operation_id)}
            return answer(change.shows(asked) if change.shows else True, headers=headers)

        return self.once(act)


class LaterViewSet(RouteViewSet):
    """`async/V1/…`: one item for the queue."""

    body_limit = settings.DEFERRED_BODY_LIMIT_BYTES

    def items(self) -> list[Any]:
        return [self.item()]

    def act(self, request: Request, **params: str) -> HttpResponse:
        items = self.items()
        purpose = Purpose(self.change, self.route.topic(str(request.method)), self.scope)

        def act() -> HttpResponse:
            accepted = take(purpose, items, self.actor, self.at)
            return answer(accepted, 202, {"X-Bulk-Operation": str(accepted["bulk_uuid"])})

        return self.once(act)


class BulkViewSet(LaterViewSet):
    """`async/bulk/V1/…`: many items for the queue, the parameters in each of them."""

    def items(self) -> list[Any]:
        items = read_array(self.request.data)
        check_depth(items)
        return items
