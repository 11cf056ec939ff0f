"""What is shown of SKUs."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from catalog.models.skus import SKU


class MediaType(models.TextChoices):
    """What an entry shows. Only an external video is never a file of ours."""

    IMAGE = "image"
    EXTERNAL_VIDEO = "external-video"
    MODEL = "model"


class MediaQuerySet(models.QuerySet["Media"]):
    def shown(self) -> "MediaQuerySet":
        return self.filter(disabled=False)

    def of_skus(self, ids: Iterable[str]) -> "MediaQuerySet":
        return self.filter(sku_id__among=ids)

    def locked(self) -> "MediaQuerySet":
        """Locked in primary-key order until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


class Media(models.Model):
    """A picture, a video or a model of a SKU: a file that is kept here, or an address that is only told."""

    uuid = models.UUIDField(unique=True, editable=False)
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="media", db_index=False)
    media_type = models.CharField(max_length=14, choices=MediaType.choices)
    label = models.CharField(max_length=255, blank=True)
    position = models.PositiveIntegerField()
    disabled = models.BooleanField(default=False)
    url = models.URLField(max_length=2048, blank=True)
    file = models.FileField(blank=True, help_text="Its name is random; the name it came with stands in `name`")
    content_type = models.CharField(max_length=40, blank=True, help_text="Of the file, told by its bytes")
    size = models.PositiveIntegerField(default=0, help_text="Of the file, in bytes")
    name = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = MediaQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "media"
        ordering = ("sku", "position", "id")
        constraints = (
            models.CheckConstraint(condition=Q(media_type__in=MediaType.values), name="media_type_known"),
            models.CheckConstraint(
                condition=(Q(file="") & ~Q(url="")) | (~Q(file="") & Q(url="")), name="media_file_or_url"
            ),
            models.CheckConstraint(
                condition=~Q(media_type=MediaType.EXTERNAL_VIDEO) | Q(file=""), name="media_video_is_url"
            ),
            models.UniqueConstraint(fields=("file",), condition=~Q(file=""), name="media_file_unique"),
        )
        indexes = (models.Index(fields=("sku", "position"), name="media_sku_position"),)

    def __str__(self) -> str:
        return self.label or self.name or self.url
