"""Plain and well written: Django REST framework's serializers over the whole list, one look-up per table, bulk writes.

What somebody makes who knows both libraries and measures queries: nothing in a loop asks the database. It keeps no
operation, no items and no idempotency record, so it does less than the others, not the same more slowly.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import SKU
from jobs.models import Job, JobMove
from jobs.states import NEXT, JobStatus, rolled_up
from orders.models import Customer, LineItem, Order
from orders.plans.pricing import Offer, unit_price
from orders.states import OrderStatus
from printshop.api.actors import Actor
from printshop.api.authentication import APIKeyAuthentication
from printshop.api.limits import AccountThrottle

OFFER = ("name", "kind", "base_price", "currency", "quality_tiers", "options", "active")
SKU_COLUMNS = {
    "name": "name",
    "description": "description",
    "machineType": "machine_type",
    "material": "material",
    "estimatedPrintTime": "estimated_print_time",
    "estimatedMaterialGrams": "estimated_material_grams",
    "qualityTiers": "quality_tiers",
    "options": "options",
}


class PlainView(APIView):
    """Authenticated and counted like ours."""

    authentication_classes = (APIKeyAuthentication,)
    throttle_classes = (AccountThrottle,)

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request.user  # type: ignore[assignment]
        return actor

    def read(self, serializer: type[serializers.Serializer], noun: str) -> list[dict[str, Any]]:
        body: Any = self.request.data
        many = serializer(data=body[noun], many=True)
        many.is_valid(raise_exception=True)
        return list(many.validated_data)


def known(model: type[Model], wanted: set[str]) -> dict[Any, Any]:
    found = model._default_manager.in_bulk(wanted)
    if missing := wanted - found.keys():
        raise serializers.ValidationError({"unknown": sorted(missing)})
    return found


class LineIn(serializers.Serializer):
    skuId = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=10_000)
    options = serializers.DictField(required=False)


class OrderIn(serializers.Serializer):
    customerId = serializers.CharField(max_length=64)
    lineItems = LineIn(many=True, allow_empty=False)
    shippingAddress = serializers.DictField(required=False)
    notes = serializers.CharField(required=False, max_length=5_000)


class PlainOrders(PlainView):
    @transaction.atomic
    def post(self, request: Request) -> Response:
        asked, now = self.read(OrderIn, "orders"), timezone.now()
        customers = known(Customer, {one["customerId"] for one in asked})
        skus = known(SKU, {line["skuId"] for one in asked for line in one["lineItems"]})
        orders, lines = [], []
        for one in asked:
            order = Order(
                uuid=uuid4(), account_id=self.actor.account_id, customer=customers[one["customerId"]], subtotal=0,
                shipping_address=one.get("shippingAddress"), notes=one.get("notes", ""), created_at=now, updated_at=now,
            )  # fmt: skip
            for line in one["lineItems"]:
                lines.append(line_of(order, skus[line["skuId"]], line))
                order.subtotal += lines[-1].total
            order.total = order.subtotal
            orders.append(order)
        Order.objects.bulk_create(orders)
        LineItem.objects.bulk_create(lines)
        return Response({"orders": [{"id": order.reference, "status": order.status} for order in orders]}, status=201)


def line_of(order: Order, sku: SKU, line: dict[str, Any]) -> LineItem:
    options = line.get("options") or {}
    price = unit_price(Offer(*(getattr(sku, name) for name in OFFER)), options)
    return LineItem(
        order=order, sku=sku, kind=sku.kind, name=sku.name, quantity=line["quantity"], options=options,
        unit_price=price, total=price * line["quantity"],
    )  # fmt: skip


class JobsIn(serializers.Serializer):
    jobIds = serializers.ListField(child=serializers.CharField(max_length=64), allow_empty=False)
    targetStatus = serializers.ChoiceField(JobStatus.choices)


class PlainJobs(PlainView):
    @transaction.atomic
    def post(self, request: Request) -> Response:
        asked = JobsIn(data=request.data)
        asked.is_valid(raise_exception=True)
        target, now = JobStatus(asked.validated_data["targetStatus"]), timezone.now()
        jobs = Job.objects.select_for_update(of=("self",)).select_related("order").order_by("pk")
        moved = list(jobs.filter(pk__in=[Job.number_in(text) for text in asked.validated_data["jobIds"]]))
        if any(target not in NEXT[JobStatus(job.status)] for job in moved):
            raise serializers.ValidationError({"jobIds": "There is no such move."})
        moves = [JobMove(job=job, source=job.status, target=target, at=now, actor=self.actor.name) for job in moved]
        for job in moved:
            job.status, job.updated_at = target, now
        Job.objects.bulk_update(moved, ["status", "updated_at"])
        JobMove.objects.bulk_create(moves)
        self.roll_up({job.order_id: job.order for job in moved}, now)
        return Response({"jobs": [{"id": job.reference, "status": job.status} for job in moved]})

    def roll_up(self, orders: dict[int, Order], now: Any) -> None:
        statuses = defaultdict(list)
        for order_id, status in Job.objects.filter(order__in=orders).values_list("order_id", "status"):
            statuses[order_id].append(JobStatus(status))
        for order in orders.values():
            status = rolled_up(OrderStatus(order.status), statuses[order.pk], digital=order.digital)
            order.status, order.updated_at = status, now
        Order.objects.bulk_update(orders.values(), ["status", "updated_at"])


class SKUIn(serializers.Serializer):
    id = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    name = serializers.CharField(max_length=255)
    description = serializers.CharField(required=False, allow_blank=True)
    machineType = serializers.CharField(required=False)
    material = serializers.CharField(required=False)
    estimatedPrintTime = serializers.IntegerField(required=False, min_value=0)
    estimatedMaterialGrams = serializers.FloatField(required=False, min_value=0)
    basePrice = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    qualityTiers = serializers.DictField(required=False)
    options = serializers.ListField(required=False)


class PlainSKUs(PlainView):
    @transaction.atomic
    def post(self, request: Request) -> Response:
        asked, now = self.read(SKUIn, "skus"), timezone.now()
        found = SKU.objects.in_bulk([one["id"] for one in asked])
        new: list[SKU] = []
        changed: list[SKU] = []
        for one in asked:
            sku = found.get(one["id"]) or SKU(pk=one["id"], created_at=now, updated_at=now)
            if fill(sku, one):
                sku.updated_at = now
                (changed if one["id"] in found else new).append(sku)
        SKU.objects.bulk_create(new)
        self.update(changed)
        return Response({"created": len(new), "updated": len(changed), "unchanged": len(asked) - len(new + changed)})

    def update(self, changed: Sequence[SKU]) -> None:
        if changed:
            SKU.objects.bulk_update(changed, [*SKU_COLUMNS.values(), "base_price", "updated_at"])


def fill(sku: SKU, one: dict[str, Any]) -> bool:
    """Whether that makes a difference."""
    values = {column: one[name] for name, column in SKU_COLUMNS.items() if name in one}
    values["base_price"] = int(one["basePrice"] * 100)
    differs = any(getattr(sku, column) != value for column, value in values.items())
    for column, value in values.items():
        setattr(sku, column, value)
    return differs
