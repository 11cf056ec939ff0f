"""Mappings of columns that a person confirmed, found again for the next file with the same columns."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from catalog.models import ColumnMapping
from catalog.uploads.reading.columns import Mapping
from catalog.uploads.reading.fields import FIELDS, REMARKS, folded


def named(columns: Sequence[str]) -> list[str]:
    """The columns whatever their case and punctuation, without the remarks that were given back with refused rows."""
    return [name for name in map(folded, columns) if name != REMARKS]


def signature(columns: Sequence[str]) -> str:
    """What files with the same columns in the same order have in common."""
    return hashlib.sha256("\n".join(named(columns)).encode()).hexdigest()


def remembered(user_id: int, columns: Sequence[str]) -> Mapping | None:
    """What the user said of such columns; a field that there is no more is passed over."""
    found = ColumnMapping.objects.filter(user_id=user_id, signature=signature(columns)).first()
    if found is None:
        return None
    fields = iter(found.fields)
    again = [None if folded(column) == REMARKS else next(fields) for column in columns]
    return [field if field in FIELDS else None for field in again]


def remember(user_id: int, columns: Sequence[str], mapping: Mapping, at: datetime) -> None:
    fields = [field for column, field in zip(columns, mapping, strict=True) if folded(column) != REMARKS]
    ColumnMapping.objects.update_or_create(
        user_id=user_id, signature=signature(columns), defaults={"fields": fields, "confirmed_at": at}
    )
