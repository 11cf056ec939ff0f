"""What a model's fields say of its columns, for statements that are put together from them."""

from collections.abc import Iterable
from functools import cache

from django.db import models
from django.db.models import Field, Model


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@cache
def field_of(model: type[Model], column: str) -> Field:
    return next(field for field in model._meta.concrete_fields if field.column == column)


def kept_as(field: Field) -> Field:
    """The field whose kind of value a column holds."""
    return field.target_field if isinstance(field, models.ForeignKey) else field
