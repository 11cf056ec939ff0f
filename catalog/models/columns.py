"""What people said about the columns of their files."""

from django.conf import settings
from django.db import models


class ColumnMapping(models.Model):
    """Which column is which field in files with certain columns, as a person confirmed it last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    signature = models.CharField(max_length=64, help_text="SHA-256 of the columns' names")
    fields = models.JSONField(help_text="The field of each column, null for one that is passed over")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "signature"), name="column_mapping_unique"),)

    def __str__(self) -> str:
        return self.signature[:8]
