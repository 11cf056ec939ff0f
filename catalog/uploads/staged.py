"""The statements between the staged rows of an upload and the catalogue: a fixed number, whatever the file's size.

Rows never leave the database. What is written is what stands in the rows' `after`, the image that people were shown:
each database opens its JSON in its own way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Count, Q, Sum

from catalog.models import SKU, StagedRow, StagedSpan, Upload, default_currency
from catalog.plans.imports import DEFAULTS, FIELDS, WIRE
from catalog.uploads.spans import ROWS, every_row, key
from printshop.bulk import writer
from printshop.bulk.columns import field_of, quoted
from printshop.bulk.models import BulkItem
from printshop.bulk.outcomes import Verdict

SKUS, ITEMS = (f'"{model._meta.db_table}"' for model in (SKU, BulkItem))
CHANGED_SHOWN = 100


def document(text: str) -> str:
    return f"'{text}'::jsonb" if connection.vendor == "postgresql" else f"'{text}'"


def moment(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def execute(sql: str, parameters: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def counted(upload: Upload) -> dict[str, int]:
    """Staged rows by verdict."""
    rows = StagedRow.objects.filter(upload=upload).order_by().values_list("verdict").annotate(Count("index"))
    unchanging = StagedSpan.objects.filter(upload=upload).order_by().values_list("verdict").annotate(Sum("size"))
    return {**dict(rows), **dict(unchanging)}


def add_retired(upload: Upload, first: int) -> None:
    """Stage what a replace switches off: every active SKU that no row names. Their indexes begin at `first`."""
    execute(
        f"""
        INSERT INTO {ROWS} (upload_id, "index", number, reference, verdict, seen, before, after)
        SELECT %s, %s + row_number() OVER (ORDER BY s.id) - 1, 0, s.id, '{Verdict.DEACTIVATED}', s.updated_at,
            {document('{"active": true}')}, {document('{"active": false}')}
        FROM {SKUS} AS s
        JOIN (SELECT id FROM {SKUS} WHERE active EXCEPT SELECT reference FROM ({every_row()}) AS u) AS gone
            ON gone.id = s.id
        """,
        [key(upload.pk), first, key(upload.pk), key(upload.pk)],
    )


def changed_since(upload: Upload, since: datetime, retires: bool) -> list[str]:
    """SKUs that are not as the check saw them, the first hundred; only what was written after `since` is looked at."""
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    unknown = "s.active" if retires else "false"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {SKUS} WHERE updated_at > %s LIMIT 1", [moment(since)])
        if cursor.fetchone() is None:
            return []
        cursor.execute(
            f"""
            SELECT s.id FROM {SKUS} AS s
            LEFT JOIN ({every_row()}) AS u ON u.reference = s.id AND u.verdict <> '{Verdict.REFUSED}'
            WHERE s.updated_at > %s
                AND CASE WHEN u.reference IS NULL THEN {unknown} ELSE u.seen {differs} s.updated_at END
            ORDER BY s.id LIMIT {CHANGED_SHOWN}
            """,
            [key(upload.pk), key(upload.pk), moment(since)],
        )
        return [sku_id for (sku_id,) in cursor.fetchall()]


def record_items(upload: Upload, operation_id: UUID) -> int:
    """Record what becomes of each row that changes something or is refused; how many these are."""
    return execute(
        f"""
        INSERT INTO {ITEMS} (operation_id, "index", reference, verdict, before, after, errors, payload)
        SELECT %s, "index", reference, verdict, before, after, errors, payload FROM {ROWS}
        WHERE upload_id = %s ORDER BY "index"
        """,
        [key(operation_id), key(upload.pk)],
    )


def fields_of(upload: Upload) -> list[str]:
    """The columns that its rows may change: elements of JSON may say anything, and a replace switches on."""
    return [name for name in FIELDS if not upload.mapping or WIRE[name] in upload.mapping or name == "active"]


def opened(verdict: Verdict, columns: Sequence[str]) -> str:
    """The FROM item `r`: `id`, `after`, and what this says of some columns, as the wire words it."""
    postgresql, fields = connection.vendor == "postgresql", [field_of(SKU, column) for column in columns]
    chosen = f"FROM {ROWS} AS u WHERE upload_id = %s AND verdict = '{verdict}'"
    if postgresql:
        kinds = ["numeric" if field.column == "base_price" else field.db_type(connection) for field in fields]
        typed = ", ".join(f'"{WIRE[column]}" {kind}' for column, kind in zip(columns, kinds, strict=True))
        rows = f"(SELECT reference AS id, after {chosen}) AS u, jsonb_to_record(u.after) AS c({typed})"
        return f"(SELECT u.*, c.* FROM {rows}) AS r"
    values = ", ".join(
        f'{writer.sqlite_value(field, WIRE[column])} AS "{WIRE[column]}"'
        for field, column in zip(fields, columns, strict=True)
    )
    return f"(SELECT id, value AS after, {values} FROM (SELECT reference AS id, after AS value {chosen})) AS r"


def literal(value: Any) -> str:
    """A default as SQL."""
    if isinstance(value, dict | list):
        return document(orjson.dumps(value).decode())
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value).lower()


def meant(column: str) -> str:
    """A column as `r` says it: money in minor units, and what is null or not said as a new SKU has it."""
    value = f'r."{WIRE[column]}"'
    if column == "base_price":
        value = f"CAST(round({value} * 100) AS bigint)"
    default = DEFAULTS.get(column, default_currency())
    return value if default is None else f"coalesce({value}, {literal(default)})"


def says(column: str) -> str:
    """Whether `r` says anything of a column."""
    name = WIRE[column]
    return f"r.after ? '{name}'" if connection.vendor == "postgresql" else f"json_type(r.after, '$.{name}') IS NOT NULL"


def retire(upload: Upload, at: datetime) -> int:
    """Switch off what the replace does not name."""
    return execute(
        f"""
        UPDATE {SKUS} SET active = {"false" if connection.vendor == "postgresql" else "0"}, updated_at = %s
        WHERE id IN (SELECT reference FROM {ROWS} WHERE upload_id = %s AND verdict = '{Verdict.DEACTIVATED}')
        """,
        [moment(at), key(upload.pk)],
    )


def create(upload: Upload, at: datetime) -> int:
    return execute(
        f"""
        INSERT INTO {SKUS} (id, {quoted(FIELDS)}, created_at, updated_at)
        SELECT r.id, {", ".join(map(meant, FIELDS))}, %s, %s FROM {opened(Verdict.CREATED, FIELDS)} ORDER BY r.id
        """,
        [moment(at), moment(at), key(upload.pk)],
    )


def switches_off(upload: Upload) -> bool:
    """Whether some SKU is inactive afterwards that was active: orders must not land on it."""
    return StagedRow.objects.filter(
        Q(verdict=Verdict.DEACTIVATED) | Q(verdict=Verdict.UPDATED, after__active=False), upload=upload
    ).exists()


def update(upload: Upload, at: datetime, *, off: bool) -> int:
    """Write what is different of the SKUs that are switched off, or of all the others."""
    columns = fields_of(upload)
    sets = ", ".join(f'"{one}" = CASE WHEN {says(one)} THEN {meant(one)} ELSE t."{one}" END' for one in columns)
    return execute(
        f"""
        UPDATE {SKUS} AS t SET {sets}, updated_at = %s FROM {opened(Verdict.UPDATED, columns)}
        WHERE t.id = r.id AND coalesce(r.active, true) {"IS FALSE" if off else "IS TRUE"}
        """,
        [moment(at), key(upload.pk)],
    )
