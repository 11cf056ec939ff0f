"""The naive loop: what a bulk endpoint looks like after the first page of every tutorial.

A `ModelViewSet`, a `ModelSerializer`, `many=True` where it goes, and everything written row by row in one transaction.
It keeps no operation, no items and no idempotency record, so it does less than the others, not the same more slowly.
"""

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from pydantic.alias_generators import to_snake
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import SKU
from jobs.models import Job, JobMove
from jobs.states import NEXT, JobStatus, rolled_up
from orders.models import LineItem, Order
from orders.plans.pricing import Offer, unit_price
from orders.states import OrderStatus
from printshop.api.authentication import APIKeyAuthentication
from printshop.api.limits import AccountThrottle

OFFER = ("name", "kind", "base_price", "currency", "quality_tiers", "options", "active")


def snake(value: Any) -> Any:
    """Field names as the serializers spell them."""
    return {to_snake(key): inner for key, inner in value.items()}


class NaiveViewSet(viewsets.ModelViewSet):
    """Authenticated and counted like ours."""

    authentication_classes = (APIKeyAuthentication,)
    throttle_classes = (AccountThrottle,)


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = LineItem
        fields = ("sku", "quantity", "options")
        extra_kwargs = {"options": {"required": False}}


class OrderSerializer(serializers.ModelSerializer):
    line_items = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = ("id", "status", "customer", "shipping_address", "notes", "line_items")
        read_only_fields = ("status",)

    def create(self, validated_data: dict[str, Any]) -> Order:
        lines = validated_data.pop("line_items")
        now = timezone.now()
        order = Order.objects.create(
            **validated_data,
            uuid=uuid4(),
            account_id=self.context["request"].user.account_id,
            subtotal=0,
            total=0,
            created_at=now,
            updated_at=now,
        )
        for line in lines:
            offer = Offer(*(getattr(line["sku"], name) for name in OFFER))
            price = unit_price(offer, line.get("options") or {})
            LineItem.objects.create(
                order=order, **line, kind=offer.kind, name=offer.name, unit_price=price, total=price * line["quantity"]
            )
            order.subtotal += price * line["quantity"]
        order.total = order.subtotal
        order.save()
        return order


class NaiveOrders(NaiveViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    @transaction.atomic
    def create(self, request: Request) -> Response:
        body: Any = request.data
        asked = [
            {
                **snake(order),
                "customer": order["customerId"],
                "line_items": [{**line, "sku": line["skuId"]} for line in order["lineItems"]],
            }
            for order in body["orders"]
        ]
        serializer = self.get_serializer(data=asked, many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)


class JobSerializer(serializers.ModelSerializer):
    class Meta:
        model = Job
        fields = ("id", "status", "reason")

    def validate_status(self, value: str) -> str:
        assert self.instance is not None
        if value not in NEXT[JobStatus(self.instance.status)]:
            raise serializers.ValidationError(f"A {self.instance.status} job cannot become {value}.")
        return value

    def update(self, instance: Job, validated_data: dict[str, Any]) -> Job:
        source, now = instance.status, timezone.now()
        instance.updated_at = now
        instance = super().update(instance, validated_data)
        actor = self.context["request"].user.name
        JobMove.objects.create(job=instance, source=source, target=instance.status, at=now, actor=actor)
        order = instance.order
        statuses = [JobStatus(job.status) for job in order.jobs.all()]
        order.status = rolled_up(OrderStatus(order.status), statuses, digital=order.digital)
        order.updated_at = now
        order.save()
        return instance


class NaiveJobs(NaiveViewSet):
    queryset = Job.objects.all()
    serializer_class = JobSerializer

    @transaction.atomic
    def create(self, request: Request) -> Response:
        body: Any = request.data
        done = []
        for job_id in body["jobIds"]:
            job = self.get_queryset().select_for_update().get(pk=Job.number_in(job_id))
            serializer = self.get_serializer(job, data={"status": body["targetStatus"]}, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
            done.append(serializer.data)
        return Response(done)


class SKUSerializer(serializers.ModelSerializer):
    id = serializers.CharField(max_length=64)

    class Meta:
        model = SKU
        exclude = ("created_at", "updated_at")


class NaiveSKUs(NaiveViewSet):
    queryset = SKU.objects.all()
    serializer_class = SKUSerializer

    @transaction.atomic
    def create(self, request: Request) -> Response:
        body: Any = request.data
        done = []
        for given in body["skus"]:
            sku, now = self.get_queryset().filter(pk=given["id"]).first(), timezone.now()
            values = {**snake(given), "base_price": round(given["basePrice"] * 100)}
            serializer = self.get_serializer(sku, data=values, partial=sku is not None)
            serializer.is_valid(raise_exception=True)
            stamps = {"updated_at": now} if sku else {"created_at": now, "updated_at": now}
            serializer.save(**stamps)
            done.append(serializer.data)
        return Response(done)
