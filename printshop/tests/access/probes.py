"""A shop in which every text holds a script that would run wherever a page forgot to escape it."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import CharField, JSONField, Model, TextField
from django.urls import reverse
from django.utils import timezone

from catalog.models import Upload
from catalog.uploads.receiving import is_sure, made, receive
from catalog.uploads.work import begin_apply, begin_check
from printshop.api.actors import Role
from printshop.bulk.models import Policy
from printshop.testing import NOON, house, key_client
from printshop.tests.access.routes import Address, addresses, furnish
from printshop.webhooks import endpoints
from printshop.webhooks.models import Delivery, DeliveryState, Endpoint

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


def probed(value: Any, word: str) -> Any:
    """Every text in a value of JSON."""
    if isinstance(value, dict):
        return {name: probed(inner, word) for name, inner in value.items()}
    if isinstance(value, list):
        return [probed(inner, word) for inner in value]
    return word if isinstance(value, str) else value


def probe_everything(word: str) -> None:
    """Put the word into every text there is, where the table's own rules let it."""
    for label in SHOP:
        for model in apps.get_app_config(label).get_models():
            for row in model._base_manager.all():
                for field in fields(model):
                    probe_one(row, field, word)


def probe_one(row: Model, field: Any, word: str) -> None:
    kept = probed(getattr(row, field.attname), word) if isinstance(field, JSONField) else word[: field.max_length]
    with suppress(IntegrityError), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: kept})


def make_webhook() -> dict[str, str]:
    """An endpoint at whose address something did not arrive."""
    endpoint, _ = endpoints.create(house(), {"url": "https://receiver.example/", "description": "x"}, NOON)
    delivery = endpoints.ping(endpoint, NOON)
    Endpoint.objects.update(url=f"https://receiver.example/?{PROBE}", reason="x")
    Delivery.objects.update(state=DeliveryState.FAILED, error="x", status=500)
    return {"webhooks": str(endpoint.pk), "endpoint": str(endpoint.pk), "deliveries": str(delivery.pk),
            "delivery": str(delivery.pk), "message": str(delivery.message_id)}  # fmt: skip


def probed_shop(word: str = PROBE) -> dict[str, str]:
    """One of nearly everything, every word of it a script; what stands for the parameters of each address."""
    names = furnish(key_client(Role.ADMIN)) | make_webhook()
    probe_everything(word)
    return names


def pages() -> list[Address]:
    """What can be looked at."""
    return [one for one in addresses() if one.method == "get" and "logout" not in one.template]


# --- Uploads: each at an address of its own, and only for whoever sent the file -----------------------------------
def quoted(*cells: str) -> str:
    """A line of CSV."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def uploaded(user: User, word: str, header: str) -> Upload:
    """A file that is named after the word, two of whose rows are refused for it."""
    upload = made(user.pk, f"{word}.csv", "upsert", None, timezone.now())
    rows = quoted("good", "A cube", "5", word) + quoted(word, word, word, word) + quoted("dear", "A cube", word, word)
    receive(ContentFile((header + rows).encode()), upload)
    return upload


def upload_pages(user: User, word: str = PROBE) -> Iterator[str]:
    """The pages of uploads in every state, and what can be downloaded there."""
    asked = uploaded(user, word, quoted("id", "name", "basePrice", word))
    assert not is_sure(asked)
    yield reverse("admin:catalog_sku_upload_one", args=[asked.pk])
    yield reverse("admin:catalog_sku_upload_columns", args=[asked.pk])
    looked_at, applied, failed = (uploaded(user, word, "id,name,basePrice,description\n") for _ in range(3))
    begin_check(failed, at_once=False)
    yield reverse("admin:catalog_sku_upload_progress", args=[failed.pk])
    Upload.objects.filter(pk=failed.pk).update(state="failed", problem=word)
    for upload in (asked, looked_at, applied):
        begin_check(upload, at_once=True)
    applied.refresh_from_db()
    assert applied.checked_from
    assert begin_apply(applied, Policy.PARTIAL, applied.checked_from)
    applied.refresh_from_db()
    for upload in (looked_at, applied, failed):
        yield reverse("admin:catalog_sku_upload_one", args=[upload.pk])
    for upload in (asked, looked_at):
        yield reverse("admin:catalog_sku_upload_refused", args=[upload.pk])
    yield reverse("admin:catalog_sku_upload_failed", args=[applied.operation_id])
    yield reverse("admin:bulk_bulkoperation_change", args=[applied.operation_id])
    yield reverse("admin:bulk_bulkoperation_results", args=[applied.operation_id]) + "?result=failed"
    yield reverse("admin:catalog_sku_upload")
