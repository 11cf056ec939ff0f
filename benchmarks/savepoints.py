"""Partial success as it is mostly done: a loop, and a savepoint around each order. Its addresses, and ours beside it.

It reads with the same shapes and finds the same faults, but keeps no operation, no items and no idempotency record.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.urls import include, path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import SKU
from orders.models import Customer, Entitlement, LineItem, Order
from orders.shapes import StorefrontOrder
from orders.v3.edge import UserToken
from printshop.api.actors import Actor
from printshop.api.limits import AccountThrottle
from printshop.api.reading import read


class Faulty(Exception):
    """An order that is not made."""


class SavepointOrders(APIView):
    """Authenticated and counted like ours."""

    authentication_classes = (UserToken,)
    throttle_classes = (AccountThrottle,)

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request.user  # type: ignore[assignment]
        return actor

    @transaction.atomic
    def post(self, request: Request) -> Response:
        made: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for index, order in enumerate(dict(request.data)["orders"]):
            try:
                with transaction.atomic():
                    made.append(self.make(order))
            except Faulty as fault:
                errors.append({"index": index, "errors": fault.args[0]})
        return Response({"data": {"created": len(made), "failed": len(errors), "orders": made, "errors": errors}})

    def make(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        order, faults = read(StorefrontOrder, raw)
        if faults:
            raise Faulty({fault.path: [fault.message] for fault in faults})
        account_id, now = self.actor.account_id, timezone.now()
        customer = Customer.objects.filter(account_id=account_id, external_id=order["user"]["id"]).first()
        if customer is None:
            person = {"external_id": order["user"]["id"], "email": order["user"]["email"]}
            customer = Customer(
                id=f"cust-{uuid4().hex[:16]}", uuid=uuid4(), account_id=account_id, created_at=now, **person
            )
            customer.save(force_insert=True)
        skus = [SKU.objects.filter(pk=product["external_id"], active=True).first() for product in order["products"]]
        if None in skus:
            raise Faulty({"products.0.external_id": ["The product does not exist."]})
        if Order.objects.filter(account_id=account_id, external_id=order["external_id"]).exists():
            raise Faulty({"external_id": ["The external_id has already been taken."]})
        stamps = {"created_at": now, "updated_at": now, "paid_at": now}
        row = Order.objects.create(
            uuid=uuid4(), account_id=account_id, customer=customer, type=order["type"], status="paid", digital=True,
            external_id=order["external_id"], subtotal=0, total=0, **stamps,
        )  # fmt: skip
        for sku in filter(None, skus):
            LineItem.objects.create(
                order=row, sku=sku, kind=sku.kind, name=sku.name, quantity=1, options={}, unit_price=0, total=0
            )
            Entitlement.objects.create(order=row, customer=customer, sku=sku, starts_at=now)
        return {"id": str(row.pk), "uuid": row.uuid, "external_id": row.external_id, "status": "approved"}


urlpatterns = [
    path("naive/v3/orders/bulk", SavepointOrders.as_view()),
    path("api/v3/", include("orders.v3.urls")),
]
