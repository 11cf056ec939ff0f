"""Orders and customers in the native dialect."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from orders import shapes
from orders.filters import CustomerFilters, OrderFilters
from orders.models import Customer, LineItem, Order
from orders.serializers import customer_body, export_body, order_body
from orders.services import changes, creation, customers, erasing
from printshop.api.actors import ADMINS, EVERYBODY, STAFF
from printshop.api.answers import answer
from printshop.api.flights import together
from printshop.api.prepared import prepared
from printshop.api.reading import read
from printshop.api.refusals import unknown
from printshop.bulk.views import EngineViewSet

BULK = "orders-bulk"


@prepared
def order_numbered(number: Any, bound_to: Any) -> QuerySet[Order]:
    return Order.objects.bound_to(bound_to).filter(pk=number).order_by()


@prepared
def lines_of(number: Any) -> QuerySet[LineItem]:
    return LineItem.objects.filter(order_id=number)


class OrderViewSet(EngineViewSet):
    """`/api/orders`."""

    queryset = Order.objects.all()
    filterset_class = OrderFilters
    body_of = staticmethod(order_body)
    roles = {"*": EVERYBODY, "bulk_pay": STAFF, "pay": STAFF, "refund": STAFF, "partial_update": STAFF}

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.visible_to(self.actor).with_lines().order_by("-id")

    def find(self, public_id: str) -> Order:
        number = Order.number_in(public_id)
        if number is not None:
            with together():
                found, lines = order_numbered.send(number, self.actor.customer_id), lines_of.send(number)
            for order in found():
                order.lines = lines()
                return order
        raise unknown("ORDER_NOT_FOUND", f"There is no order {public_id[:64]}.")

    def create(self, request: Request) -> HttpResponse:
        return self.create_call(creation.CREATE)

    def partial_update(self, request: Request, pk: str) -> HttpResponse:
        return self.edit_call(changes.EDIT, shapes.OrderEdit, pk)

    @action(detail=False, methods=["post"], url_path="bulk", throttle_scope=BULK)
    def bulk(self, request: Request) -> HttpResponse:
        return self.bulk_call(creation.CREATE, 201)

    @action(detail=False, methods=["post"], url_path="bulk/cancel", throttle_scope=BULK)
    def bulk_cancel(self, request: Request) -> HttpResponse:
        return self.bulk_call(changes.CANCEL)

    @action(detail=False, methods=["post"], url_path="bulk/pay", throttle_scope=BULK)
    def bulk_pay(self, request: Request) -> HttpResponse:
        return self.bulk_call(changes.PAY)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        return self.change_call(changes.CANCEL, pk)

    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> HttpResponse:
        return self.change_call(changes.PAY, pk)

    @action(detail=True, methods=["post"])
    def refund(self, request: Request, pk: str) -> HttpResponse:
        return self.change_call(changes.REFUND, pk)


class CustomerViewSet(EngineViewSet):
    """`/api/customers`."""

    queryset = Customer.objects.order_by("id")
    filterset_class = CustomerFilters
    body_of = staticmethod(customer_body)
    roles = {"*": STAFF, "erase": ADMINS, "export": ADMINS}

    def find(self, public_id: str) -> Customer:
        customer = self.get_queryset().filter(pk=public_id).first()
        if customer is None:
            raise unknown("CUSTOMER_NOT_FOUND", f"There is no customer {public_id[:64]}.")
        return customer

    def create(self, request: Request) -> HttpResponse:
        return self.create_call(customers.CREATE)

    def partial_update(self, request: Request, pk: str) -> HttpResponse:
        return self.edit_call(customers.EDIT, shapes.CustomerFields, pk)

    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> HttpResponse:
        asked, faults = read(shapes.Erasure, request.data)
        return self.single_call(erasing.ERASE, {"id": pk}, {}, faults, dry_run=asked.get("dry_run", False))

    @action(detail=True, methods=["get"])
    def export(self, request: Request, pk: str) -> HttpResponse:
        return answer(export_body(self.find(pk)))
