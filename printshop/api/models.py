"""Accounts, their keys, and the answers kept for idempotent requests."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager

from printshop.api.actors import Actor, Role


class Account(models.Model):
    """Whoever holds keys: an integration, or the shop itself (`Account.HOUSE`)."""

    HOUSE = "shop"

    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("code",), name="account_code_unique"),)

    def __str__(self) -> str:
        return self.code


class APIKeyManager(BaseAPIKeyManager):
    """Keys with a primary key of their own: the hash does not become part of foreign keys."""

    def assign_key(self, obj: AbstractAPIKey) -> str:
        key = super().assign_key(obj)
        obj.id = None  # type: ignore[assignment]
        return key

    def live(self, at: datetime) -> "models.QuerySet[APIKey]":
        """Keys that open something at that moment."""
        return APIKey.objects.filter(models.Q(expiry_date=None) | models.Q(expiry_date__gt=at), revoked=False)


class APIKey(AbstractAPIKey):
    """A key of an account. Only a hash is stored; the key is shown once, when it is made.

    `customer` names the one customer that a key of role `customer` is bound to: its id as text, since customers live in
    an app above this one.
    """

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="keys")
    role = models.CharField(max_length=10, choices=Role.choices)
    customer = models.CharField(max_length=64, blank=True)

    objects: ClassVar[APIKeyManager] = APIKeyManager()  # type: ignore[assignment]

    class Meta(AbstractAPIKey.Meta):
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role=Role.CUSTOMER) ^ models.Q(customer=""),
                name="api_key_customer_iff_role",
                violation_error_message="A key of role customer is bound to a customer; no other key is.",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="api_key_role_known"),
        )

    @property
    def is_live(self) -> bool:
        """Whether it opens anything now."""
        return not (self.revoked or self.has_expired)

    def actor(self) -> Actor:
        """Who asks when this key is shown; needs no query once the account is known."""
        return Actor(
            account_id=self.account_id,
            role=Role(self.role),
            name=self.name,
            key_id=self.pk,
            customer_id=self.customer or None,
        )


class IdempotencyRecord(models.Model):
    """The first answer to a request with an `Idempotency-Key`, kept to be given again byte for byte."""

    account = models.ForeignKey(Account, models.CASCADE)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=(
                    "account",
                    "key",
                ),
                name="idempotency_key_unique",
            ),
        )
        indexes = (models.Index(fields=("created_at",), name="idempotency_created"),)

    def __str__(self) -> str:
        return self.key


class Tally(models.Model):
    """What was added to a list that is counted, or taken away: its length is the sum (`printshop.api.tallies`).

    `is_base` marks what was there before anything was noted; without it the sum means nothing yet.
    """

    name = models.CharField(max_length=40, db_index=True)
    rows = models.BigIntegerField()
    is_base = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"{self.name} {self.rows:+}"
