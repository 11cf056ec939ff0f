"""The v3 dialect: storefronts of digital goods, partial success."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from orders import shapes
from orders.models import Customer, Entitlement, Order
from orders.services import access, changes, storefront
from orders.v3 import phrases
from orders.v3.bodies import entitlement_body, order_body
from orders.v3.edge import V3ViewSet
from orders.v3.filters import filtered
from orders.v3.listing import page_of, window_of
from orders.v3.query import Query, number
from orders.v3.reading import present, read_envelope
from printshop.api.answers import answer
from printshop.api.reading import Item, read, read_items
from printshop.api.refusals import Fault, Refused, refuse, unknown
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import Policy


class OrderViewSet(V3ViewSet):
    """`/api/v3/orders`: the orders of the account."""

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.filter(account_id=self.actor.account_id)

    def find(self, text: str) -> Order:
        """An order by number or uuid, or by the account's own id with `id_type=external`. Raises `Refused`."""
        named = by_own_id(text) if self.external() else by_number_or_uuid(text)
        order = self.get_queryset().filter(named).select_related("customer").prefetch_related("line_items").first()
        if order is None:
            raise unknown("ORDER_NOT_FOUND", f"There is no order {text[:64]}.")
        return order

    def shown(self, result: Result) -> dict[str, Any]:
        """The one order of a result as it is after it."""
        return {"data": order_body(self.get_queryset().get(pk=Order.number_in(result.outcomes[0].reference) or 0))}

    def list(self, request: Request) -> HttpResponse:
        query = Query(request.query_params)
        window, wanted = window_of(query), filtered(self.get_queryset(), query)
        query.settle()
        if "user" in window.include:
            wanted = wanted.select_related("customer")
        if "products" in window.include:
            wanted = wanted.prefetch_related("line_items")
        page = page_of(wanted, window)
        rows = [order_body(order, window.include, window.fields) for order in page.orders]
        links = {"next": link(request._request, page.following), "prev": link(request._request, page.preceding)}
        return answer({"data": rows, "links": links, "meta": {"has_more": page.following is not None}})

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return answer({"data": order_body(self.find(pk))})

    @action(detail=False, methods=["post"], throttle_scope="orders-bulk", single=False)
    def bulk(self, request: Request) -> HttpResponse:
        """Make up to 100 orders: the good ones happen, the others are reported."""
        raws = read_envelope(request.data)

        def act() -> HttpResponse:
            items = read_items(shapes.StorefrontOrder, [present(raw) for raw in raws])
            result = run(storefront.CREATE, Batch(items, {}, self.actor, self.at, Policy.PARTIAL))
            return answer(phrases.partial_success(result.outcomes, raws), headers=named(result))

        return self.once(act)

    def create(self, request: Request) -> HttpResponse:
        def act() -> HttpResponse:
            value, faults = read(shapes.StorefrontOrder, present(request.data))
            result = run(storefront.CREATE, Batch([Item(0, value, faults)], {}, self.actor, self.at))
            return answer(self.shown(result), 201, named(result))

        return self.once(act)

    def change(self, pk: str, operation: Operation, terms: Mapping[str, Any], faults: Sequence[Fault]) -> HttpResponse:
        """Carry out an operation on one order and show the order."""

        def act() -> HttpResponse:
            order = self.find(pk)
            try:
                result = run(operation, Batch([Item(0, order.reference)], terms, self.actor, self.at, faults=faults))
            except Refused as refused:
                raise about_status(refused) from None
            return answer(self.shown(result), headers=named(result))

        return self.once(act)

    def update(self, request: Request, pk: str) -> HttpResponse:
        """Pause, approve again, or move the last day of access."""
        terms, faults = read(shapes.AccessTerms, request.data)
        if not terms and not faults:
            faults = [
                Fault("NOTHING_ASKED", "The status field is required when expiration_date is not present.", "status")
            ]
        return self.change(pk, access.CHANGE, terms, faults)

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


def by_number_or_uuid(text: str) -> Q:
    """An order by what the dialect shows of it as `id` or `uuid`."""
    try:
        return Q(pk=number(text))
    except ValueError:
        return Q(uuid=uuid_in(text))


def by_own_id(text: str) -> Q:
    """An order or customer by the account's own id; NUL, which PostgreSQL cannot compare, is in none."""
    return Q(external_id=text) & ~Q(external_id="") if "\0" not in text else Q(pk=None)


def link(request: HttpRequest, cursor: str | None) -> str | None:
    """The address of another page."""
    if cursor is None:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


class UserViewSet(V3ViewSet):
    """`/api/v3/users`: what customers may use by the orders of the account."""

    @action(detail=True)
    def entitlements(self, request: Request, pk: str) -> HttpResponse:
        """Everything that the account's orders ever gave a customer access to, newest first."""
        given = Entitlement.objects.filter(customer=self.find(pk), order__account_id=self.actor.account_id)
        rows = [entitlement_body(one, self.at.date()) for one in given.select_related("sku").order_by("-id")]
        return answer({"data": rows})

    def find(self, text: str) -> Customer:
        """A customer by id or uuid, or by the account's own id with `id_type=external`. Raises `Refused`.

        Customers of the account, and those whom its orders found by e-mail address.
        """
        account_id = self.actor.account_id
        served = Exists(Order.objects.filter(customer=OuterRef("pk"), account_id=account_id))
        if self.external():
            wanted = by_own_id(text) & Q(account_id=account_id)
        else:
            uuid = uuid_in(text)
            named = Q(uuid=uuid) if uuid else Q(pk=text if "\0" not in text else None)
            wanted = named & (Q(account_id=account_id) | Q(served))
        customer = Customer.objects.filter(wanted).first()
        if customer is None:
            raise unknown("CUSTOMER_NOT_FOUND", f"There is no user {text[:64]}.")
        return customer
