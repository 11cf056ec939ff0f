"""Who wants to hear, what there is to tell, and how far the telling has got."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q

from printshop.api.models import Account

EVERY = "*"


class DeliveryState(models.TextChoices):
    """A delivery that failed for good can be replayed."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def listening_to(self, account_id: object) -> "EndpointQuerySet":
        """Those that are told of what this account does."""
        return self.filter(Q(everything=True) | Q(account_id=account_id), active=True)

    def due(self, at: datetime) -> "EndpointQuerySet":
        """Those that have something waiting, do not rest, and are in nobody's hands."""
        waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), state=DeliveryState.WAITING, due_at__lte=at)
        free = Q(lease_until=None) | Q(lease_until__lt=at)
        rested = Q(ready_at=None) | Q(ready_at__lte=at)
        return self.filter(free, rested, Exists(waiting), active=True)


class Endpoint(models.Model):
    """An address that events are posted to. Its secrets are sealed (`sealing`): signing needs their text."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    url = models.CharField("URL", max_length=2000)
    description = models.CharField(max_length=255, blank=True)
    types = models.JSONField(default=list, help_text='The events to be told of; ["*"] is all of them')
    everything = models.BooleanField(default=True, help_text="Told of what every account does, not the own one alone")
    secret = models.TextField(editable=False)
    former = models.TextField(blank=True, editable=False, help_text="The secret before, while it still counts")
    former_until = models.DateTimeField(null=True, editable=False)
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is switched off")
    delivered = models.BigIntegerField(default=0, editable=False)
    failed = models.BigIntegerField(default=0, editable=False)
    token = models.UUIDField(null=True, editable=False, help_text="Of the courier that has it in hand")
    lease_until = models.DateTimeField(null=True, editable=False)
    ready_at = models.DateTimeField(null=True, editable=False, help_text="It failed, and rests until then")
    created_at = models.DateTimeField(editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        verbose_name = "webhook"

    def __str__(self) -> str:
        return self.url

    @property
    def reference(self) -> str:
        """The public id."""
        return str(self.pk)


class Message(models.Model):
    """One event as it is sent: `body` is what is signed, byte for byte, whenever and to whomever it goes."""

    id = models.UUIDField(primary_key=True)
    type = models.CharField(max_length=60)
    body = models.TextField()
    operation = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("created_at",), name="webhook_message_created"),)

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The header webhook-id: the same at every attempt, by which receivers know it again."""
        return f"msg_{self.pk.hex}"


class Delivery(models.Model):
    """A message on its way to an endpoint."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    status = models.PositiveIntegerField(null=True, help_text="Of the last answer")
    error = models.CharField(max_length=300, blank=True, help_text="Why the last attempt failed")
    tried_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(fields=("endpoint", "message"), name="webhook_delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="webhook_delivery_state_known"),
        )
        indexes = (
            models.Index(fields=("endpoint", "-id"), name="webhook_delivery_endpoint"),
            models.Index(fields=("endpoint", "id"), name="webhook_delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=("created_at",), name="webhook_delivery_created"),
        )

    def __str__(self) -> str:
        return f"{self.message} to {self.endpoint}"
