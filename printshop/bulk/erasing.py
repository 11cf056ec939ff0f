"""Forgetting a person in the records: what was asked for them, what became of it, and what was answered.

Records are found by the references of the person and their things (an index), and, among the few that keep what was
sent, by identifiers that are theirs alone. What happened stays: verdicts, counts, statuses, times.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import orjson
from django.contrib.admin.models import LogEntry
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from printshop.api.models import IdempotencyRecord
from printshop.bulk import writer
from printshop.bulk.models import OPEN, BulkChunk, BulkItem, BulkOperation, Selection
from printshop.bulk.outcomes import Verdict

# Fields of images that say nothing of a person.
KEPT = frozenset({"status", "total", "reprintOf", "quantity", "priority", "dueDate", "carrier"})
FORGOTTEN = {"erased": True}
AT_ONCE = 1_000
# A text within JSON.
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def mentions(field: str, identifiers: Collection[str]) -> Q:
    """Whether a text, or JSON as text, holds one of the identifiers."""
    return reduce(or_, (Q(**{f"{field}__icontains": one}) for one in identifiers), Q(pk__in=[]))


def within(text: str) -> str:
    """A text as it stands within JSON, less its quotes."""
    return orjson.dumps(text).decode()[1:-1]


def texts_of(rows: Any, field: str) -> Iterator[tuple[int, str]]:
    """Keys and texts of rows, some at a time: among statements that fly together no cursor stays open."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", field)[:AT_ONCE]):
        yield from page
        last = page[-1][0]


def naming(rows: Any, field: str, references: Collection[str]) -> list[int]:
    """The keys of the rows whose JSON text holds one of the references, which may be too many for a condition."""
    wanted = frozenset(references)
    return [key for key, text in texts_of(rows, field) if not wanted.isdisjoint(TEXT.findall(text))]


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


def is_awaited(references: Collection[str]) -> bool:
    """Whether something that waits names one of them: it bears no reference until it is carried out."""
    waiting = BulkItem.objects.filter(verdict=Verdict.OPEN, chunk__state__in=sorted(OPEN), payload__isnull=False)
    return bool(naming(as_text(waiting, sent="payload"), "sent", references))


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
    kept = IdempotencyRecord.objects.all()
    named = naming(kept, "body", references)
    kept.filter(mentions("body", identifiers) | Q(pk__among=named)).update(body='{"erased":true}')


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
