"""Forgetting a person in the records: what was asked for them, what became of it, and what was answered.

Records are found by the references of the person and their things (an index), and, among the few that keep what was
sent, by identifiers that are theirs alone. What happened stays: verdicts, counts, statuses, times.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from printshop.api.models import IdempotencyRecord
from printshop.bulk import writer
from printshop.bulk.models import BulkChunk, BulkItem, BulkOperation, Selection

# Fields of images that say nothing of a person.
KEPT = frozenset({"status", "total", "reprintOf", "quantity", "priority", "dueDate", "carrier"})
FORGOTTEN = {"erased": True}


def mentions(field: str, identifiers: Collection[str]) -> Q:
    """Whether a text, or JSON as text, holds one of the identifiers."""
    return reduce(or_, (Q(**{f"{field}__icontains": one}) for one in identifiers), Q(pk__in=[]))


def as_text(queryset: Any, **fields: str) -> Any:
    return queryset.annotate(**{name: Cast(field, TextField()) for name, field in fields.items()})


def items_about(references: Sequence[str], identifiers: Collection[str]) -> list[BulkItem]:
    """The items that name these things, and those that were kept as sent and hold an identifier."""
    named = Q(reference__among=references)
    with_texts = BulkItem.objects.filter(Q(payload__isnull=False) | Q(errors__isnull=False))
    kept = as_text(with_texts, sent="payload", no="errors")
    sent = kept.filter(mentions("sent", identifiers) | mentions("no", identifiers)).order_by()
    found = {item.pk: item for item in BulkItem.objects.filter(named).order_by()}
    return list((found | {item.pk: item for item in sent}).values())


def image(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if kept is None else {name: value for name, value in kept.items() if name in KEPT} or dict(FORGOTTEN)


def fault(error: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal without what was refused."""
    return {name: value for name, value in error.items() if name in ("index", "path", "code")} | {"message": "Erased."}


def item_row(item: BulkItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "before": image(item.before),
        "after": image(item.after),
        "errors": [fault(one) for one in item.errors] if item.errors else None,
        "payload": None,
        "sealed": None,
    }


def forget_items(references: Sequence[str], identifiers: Collection[str], names: Collection[str]) -> None:
    """Blank the items, and in the operations they belong to the reasons that are, or may be, about the person."""
    items = items_about(references, identifiers)
    writer.update(BulkItem, [item_row(item) for item in sorted(items, key=lambda item: item.pk)])
    about: dict[Any, int] = {}
    for item in items:
        about[item.operation_id] = about.get(item.operation_id, 0) + 1
    operations = BulkOperation.objects.filter(pk__among=list(about)).values_list("pk", "total", "terms")
    rows = [
        {"uuid": pk, "terms": {**terms, "reason": "Erased."}}
        for pk, total, terms in operations
        if "reason" in terms and (total <= about[pk] or speaks_of(str(terms["reason"]), [*identifiers, *names]))
    ]
    writer.update(BulkOperation, sorted(rows, key=lambda row: str(row["uuid"])))
    BulkChunk.objects.filter(operation_id__among=list(about)).exclude(error="").update(error="")


def speaks_of(text: str, names: Collection[str]) -> bool:
    return any(name.casefold() in text.casefold() for name in names)


def forget_answers(references: Collection[str], identifiers: Collection[str]) -> None:
    """Answers that are kept for a day: the key still keeps the request from being carried out twice."""
    quoted = [f'"{one}"' for one in references]
    IdempotencyRecord.objects.filter(mentions("body", [*quoted, *identifiers])).update(body='{"erased":true}')


def forget_selections(names: Collection[str]) -> None:
    """What somebody searched for, kept for a day."""
    Selection.objects.filter(mentions("query", names) | mentions("wording", names)).delete()


def forget_log(label: str, model: str, key: str) -> None:
    """What the admin noted of a row."""
    noted = LogEntry.objects.filter(content_type__app_label=label, content_type__model=model, object_id=key)
    noted.update(object_repr=key, change_message="")


def forget_actor(key_ids: Sequence[int]) -> None:
    """The names of a person's own keys."""
    BulkOperation.objects.filter(key_id__among=key_ids).update(actor="erased")
