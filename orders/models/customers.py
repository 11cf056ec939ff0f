"""Who buys."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from printshop.api.actors import Actor
from printshop.api.models import Account
from printshop.api.shapes import ID_PATTERN


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, actor: Actor) -> "CustomerQuerySet":
        """A key bound to a customer sees that customer alone."""
        return self.bound_to(actor.customer_id)

    def bound_to(self, customer_id: str | None) -> "CustomerQuerySet":
        return self.filter(pk=customer_id) if customer_id else self

    def locked(self) -> "CustomerQuerySet":
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


class Customer(models.Model):
    """Somebody who buys. The e-mail address is kept in lower case, so that it is unique whatever its case."""

    id = models.CharField(primary_key=True, max_length=64, validators=[RegexValidator(ID_PATTERN)])
    uuid = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=64, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    firstname = models.CharField(max_length=255, blank=True)
    lastname = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    password = models.CharField(max_length=255, blank=True, editable=False, help_text="hashed")
    created_at = models.DateTimeField(editable=False)
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When all that was known of them went")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("email",), condition=~Q(email=""), name="customer_email_unique"),
            models.UniqueConstraint(
                "account", "external_id", condition=~Q(external_id=""), name="customer_external_id_unique"
            ),
        )
        indexes = (models.Index(fields=("-created_at",), name="customer_created"),)

    def __str__(self) -> str:
        return self.name or self.email or self.pk
