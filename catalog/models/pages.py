"""What a storefront shows beside the catalogue."""

from django.db import models
from django.db.models.functions import Lower


class PageQuerySet(models.QuerySet["Page"]):
    def locked(self) -> "PageQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


class Page(models.Model):
    """A page that a storefront shows."""

    identifier = models.CharField(max_length=100)
    title = models.CharField(max_length=255)
    content = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(Lower("identifier"), name="page_identifier_unique"),)

    def __str__(self) -> str:
        return self.title
