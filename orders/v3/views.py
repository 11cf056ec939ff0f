"""The v3 dialect: storefronts of digital goods, partial success."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from orders import shapes
from orders.models import Customer, Entitlement, Order
from orders.services import access, changes, storefront
from orders.v3 import phrases
from orders.v3.bodies import INCLUDES, entitlement_body, order_body
from orders.v3.listing import cursor_of, filtered, page_of, window_of
from printshop.api.answers import answer, encode
from printshop.api.authentication import APIKeyAuthentication
from printshop.api.errors import answer_error
from printshop.api.reading import Item, read, read_items
from printshop.api.refusals import Fault, Kind, Refused, refuse, unknown
from printshop.api.views import NativeViewSet
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import Policy


class UserToken(APIKeyAuthentication):
    """`X-User-Token: <key>`, the dialect's header for the same keys."""

    header = "X-User-Token"


def answer_v3(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Any exception in the dialect's words: a message, and by path what is wrong with the input."""
    if isinstance(error, Refused) and error.kind is not Kind.UNKNOWN:
        single = bool(context["view"].single)
        return answer(phrases.refusal(error, single=single), 422)
    response = answer_error(error)
    message = orjson.loads(response.content)["error"]
    if isinstance(error, AuthenticationFailed | NotAuthenticated):
        message, response["WWW-Authenticate"] = "Unauthenticated.", UserToken.header
    response.content = encode({"message": message})
    return response


class V3ViewSet(NativeViewSet):
    """The edge of the dialect: its header, its words for no."""

    authentication_classes = (UserToken,)
    single = True

    def get_exception_handler(self) -> Callable[[Exception, Any], HttpResponse]:
        return answer_v3


def read_envelope(body: Any) -> list[dict[str, Any]]:
    """The raw orders. Raises `Refused`: faults of the envelope refuse the request as a whole."""
    orders = body.get("orders") if isinstance(body, dict) else None
    if orders is None or orders == []:
        raise refuse(Fault("REQUIRED", "orders is required.", "orders"))
    if not isinstance(orders, list):
        raise refuse(Fault("NOT_A_LIST", "orders must be a list.", "orders"))
    limit = storefront.CREATE.limit
    if len(orders) > limit:
        raise refuse(Fault("TOO_MANY", f"orders may hold at most {limit}.", "orders", bound=limit))
    wrong = [
        Fault("NOT_AN_OBJECT", "Not an object.", f"orders.{i}")
        for i, one in enumerate(orders)
        if not isinstance(one, dict)
    ]
    if wrong:
        raise refuse(*wrong)
    return orders


class OrderViewSet(V3ViewSet):
    """`/api/v3/orders`: the orders of the account."""

    filter_backends = ()

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.filter(account_id=self.actor.account_id)

    def find(self, text: str) -> Order:
        """An order by number or uuid, or by the account's own id with `id_type=external`. Raises `Refused`."""
        orders = self.get_queryset().select_related("customer").prefetch_related("line_items")
        if self.request.query_params.get("id_type", "internal") == "external":
            found = orders.filter(external_id=text).exclude(external_id="") if "\0" not in text else orders.none()
        elif text.isascii() and text.isdigit() and len(text) < 19:
            found = orders.filter(pk=int(text))
        else:
            uuid = uuid_in(text)
            found = orders.filter(uuid=uuid) if uuid else orders.none()
        order = found.first()
        if order is None:
            raise unknown("ORDER_NOT_FOUND", f"There is no order {text[:64]}.")
        return order

    def list(self, request: Request) -> HttpResponse:
        window = window_of(request.query_params)
        wanted = self.get_queryset()
        if "user" in window.include:
            wanted = wanted.select_related("customer")
        if "products" in window.include:
            wanted = wanted.prefetch_related("line_items")
        orders, more = page_of(filtered(wanted, request.query_params), window)
        following = link(request._request, cursor_of(orders[-1], window.sort)) if more else None
        rows = [order_body(order, window.include, window.fields) for order in orders]
        return answer({"data": rows, "links": {"next": following, "prev": None}, "meta": {"has_more": more}})

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return answer({"data": order_body(self.find(pk))})

    @action(detail=False, methods=["post"], throttle_scope="orders-bulk", single=False)
    def bulk(self, request: Request) -> HttpResponse:
        """Make up to 100 orders: the good ones happen, the others are reported."""
        raws = read_envelope(request.data)

        def act() -> HttpResponse:
            items = read_items(shapes.StorefrontOrder, raws)
            result = run(storefront.CREATE, Batch(items, {}, self.actor, self.at, Policy.PARTIAL))
            return answer(phrases.partial_success(result.outcomes, raws), headers=named(result))

        return self.once(act)

    def create(self, request: Request) -> HttpResponse:
        def act() -> HttpResponse:
            value, faults = read(shapes.StorefrontOrder, request.data)
            result = run(storefront.CREATE, Batch([Item(0, value, faults)], {}, self.actor, self.at))
            order = self.find(str(Order.number_in(result.outcomes[0].reference)))
            return answer({"data": order_body(order, INCLUDES)}, 201, named(result))

        return self.once(act)

    def change(self, pk: str, operation: Operation, terms: Mapping[str, Any], faults: Sequence[Fault]) -> HttpResponse:
        """Carry out an operation on one order and show the order."""

        def act() -> HttpResponse:
            order = self.find(pk)
            try:
                result = run(operation, Batch([Item(0, order.reference)], terms, self.actor, self.at, faults=faults))
            except Refused as refused:
                raise about_status(refused) from None
            return answer({"data": order_body(self.find(pk))}, headers=named(result))

        return self.once(act)

    def update(self, request: Request, pk: str) -> HttpResponse:
        """Pause, approve again, or move the last day of access."""
        terms, faults = read(shapes.AccessTerms, request.data)
        return self.change(pk, access.CHANGE, terms or {}, faults)

    def destroy(self, request: Request, pk: str) -> HttpResponse:
        """Cancel the order, and the access with it."""
        return self.change(pk, changes.CANCEL, {"reason": "Cancelled by the storefront"}, [])


def about_status(refused: Refused) -> Refused:
    """A refusal of one order by its number, as one of the status that was asked for."""
    faults = [
        replace(fault, path="status") if fault.path.startswith("orderIds") else fault for _, fault in refused.faults
    ]
    return refuse(*faults)


def named(result: Result) -> dict[str, str]:
    """The header that names the recorded operation."""
    return {"X-Bulk-Operation": str(result.operation_id)}


def uuid_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def link(request: HttpRequest, cursor: str) -> str:
    """The address of the next page."""
    query = request.GET.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


class UserViewSet(V3ViewSet):
    """`/api/v3/users`: what customers of the account may use."""

    @action(detail=True)
    def entitlements(self, request: Request, pk: str) -> HttpResponse:
        """Everything a customer was ever given access to, newest first."""
        customer = self.find(pk)
        mine = Entitlement.objects.filter(customer=customer).select_related("sku").order_by("-id")
        return answer({"data": [entitlement_body(one, self.at.date()) for one in mine]})

    def find(self, text: str) -> Customer:
        """A customer by id or uuid, or by the account's own id with `id_type=external`. Raises `Refused`."""
        customers = Customer.objects.filter(account_id=self.actor.account_id)
        if "\0" in text:
            found = customers.none()
        elif self.request.query_params.get("id_type", "internal") == "external":
            found = customers.filter(external_id=text).exclude(external_id="")
        else:
            uuid = uuid_in(text)
            found = customers.filter(uuid=uuid) if uuid else customers.filter(pk=text)
        customer = found.first()
        if customer is None:
            raise unknown("CUSTOMER_NOT_FOUND", f"There is no user {text[:64]}.")
        return customer
