"""A shop in which every text holds a script that would run wherever a page forgot to escape it."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import CharField, JSONField, Model, TextField

from printshop.api.actors import Role
from printshop.testing import key_client
from printshop.tests.access.routes import Address, addresses, furnish

# Breaks out of a script's string, an attribute and a script, in this order.
PROBE = "'+alert(1)+'\"></script><img src=x onerror=alert(1)>"
SHOP = ("api", "bulk", "webhooks", "catalog", "orders", "jobs")
# What is no text of anybody's: states and kinds, secrets, names of files, and what code looks things up by.
NOT_SPOKEN = {"state", "status", "verdict", "kind", "type", "role", "mode", "policy", "currency", "file",
              "content_type", "password", "prefix", "hashed_key", "secret", "sealed", "digest", "hash", "fingerprint",
              "key", "scope", "target", "source", "reference", "dialect", "url", "topic", "op"}  # fmt: skip
NAMES = {("bulk.BulkOperation", "name"), ("api.Account", "code")}


def fields(model: type[Model]) -> Iterator[Any]:
    """The columns in which somebody's words may stand."""
    for field in model._meta.concrete_fields:
        spoken = isinstance(field, CharField | TextField | JSONField) and not field.choices
        is_name = (model._meta.label, field.name) in NAMES
        if spoken and not (field.primary_key or field.is_relation or is_name or field.name in NOT_SPOKEN):
            yield field


def probed(value: Any) -> Any:
    """Every text in a value of JSON."""
    if isinstance(value, dict):
        return {name: probed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [probed(inner) for inner in value]
    return PROBE if isinstance(value, str) else value


def probe_everything() -> None:
    """Put the script into every text there is, where the table's own rules let it."""
    for label in SHOP:
        for model in apps.get_app_config(label).get_models():
            for row in model._base_manager.all():
                for field in fields(model):
                    probe_one(row, field)


def probe_one(row: Model, field: Any) -> None:
    word = probed(getattr(row, field.attname)) if isinstance(field, JSONField) else PROBE[: field.max_length]
    with suppress(IntegrityError), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: word})


def probed_shop() -> dict[str, str]:
    """One of nearly everything, every word of it a script; what stands for the parameters of each address."""
    names = furnish(key_client(Role.ADMIN))
    probe_everything()
    return names


def pages() -> list[Address]:
    """What can be looked at."""
    return [one for one in addresses() if one.method == "get" and "logout" not in one.template]
