"""Mappings of columns that a person confirmed, found again for the next file with the same columns."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from catalog.models import ColumnMapping
from catalog.uploads.reading.columns import Mapping
from catalog.uploads.reading.fields import FIELDS, folded


def signature(columns: Sequence[str]) -> str:
    """What files with the same columns in the same order have in common, whatever their case and punctuation."""
    return hashlib.sha256("\n".join(map(folded, columns)).encode()).hexdigest()


def remembered(user_id: int, columns: Sequence[str]) -> Mapping | None:
    """What the user said of such columns; a field that there is no more is passed over."""
    found = ColumnMapping.objects.filter(user_id=user_id, signature=signature(columns)).first()
    return None if found is None else [field if field in FIELDS else None for field in found.fields]


def remember(user_id: int, columns: Sequence[str], mapping: Mapping, at: datetime) -> None:
    ColumnMapping.objects.update_or_create(
        user_id=user_id, signature=signature(columns), defaults={"fields": mapping, "confirmed_at": at}
    )
