"""The proof that ours and the floor do the same work: both leave the same rows, compared before the clock starts.

Numbers, uuids and times are each call's own, so digits are masked and the columns that hold nothing else are left out.
"""

import re
from collections import Counter, defaultdict
from typing import Any

import orjson
from django.db.models import Model

from catalog.models import SKU
from jobs.models import Job, JobMove
from orders.models import LineItem, Order
from printshop.api.models import IdempotencyRecord
from printshop.bulk.models import BulkItem, BulkOperation

MODELS = (SKU, Order, LineItem, Job, JobMove, BulkOperation, BulkItem, IdempotencyRecord)
OWN_TYPES = {"BigAutoField", "UUIDField", "DateTimeField"}
# A single request is answered with the thing itself, which only the database can word; the floor stores less.
VARYING: defaultdict[type[Model], set[str]] = defaultdict(set, {IdempotencyRecord: {"fingerprint", "body"}})
Rows = Counter[tuple[Any, ...]]


def masked(value: Any) -> str:
    if isinstance(value, dict | list):
        value = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+(\.\d+)?", "#", str(value))


def columns_of(model: type[Model]) -> list[str]:
    """The columns whose values two calls of one kind have in common."""
    fields = [field for field in model._meta.concrete_fields if field.get_internal_type() not in OWN_TYPES]
    return [field.attname for field in fields if field.attname not in VARYING[model]]


def everything() -> Rows:
    """All rows of all tables that a call may write, masked and counted."""
    return Counter(
        (model._meta.db_table, *map(masked, row))
        for model in MODELS
        for row in model._default_manager.order_by().values_list(*columns_of(model))
    )


def difference(before: Rows, after: Rows) -> tuple[Rows, Rows]:
    """What a call put there, and what it took away; an update is one of each."""
    return after - before, before - after
