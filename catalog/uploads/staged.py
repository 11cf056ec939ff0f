"""The statements between the staged rows of an upload and the catalogue: a fixed number, whatever the file's size.

Rows never leave the database. A staged change is a JSON object of columns; each database opens it in its own way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from catalog.models import SKU, Upload, UploadRow
from catalog.plans.imports import FIELDS
from printshop.bulk import writer
from printshop.bulk.models import BulkItem
from printshop.bulk.outcomes import Verdict

SKUS, ROWS, ITEMS = (f'"{model._meta.db_table}"' for model in (SKU, UploadRow, BulkItem))
# Rows that change nothing are counted, not recorded one by one.
UNRECORDED = (Verdict.UNCHANGED, Verdict.SKIPPED)
CHANGED_SHOWN = 100


def among(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(f"'{verdict.value}'" for verdict in verdicts)


def document(text: str) -> str:
    return f"'{text}'::jsonb" if connection.vendor == "postgresql" else f"'{text}'"


def key(value: UUID) -> Any:
    """A uuid as the database keeps it."""
    return Upload._meta.pk.get_db_prep_value(value, connection)


def moment(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def execute(sql: str, parameters: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def add_retired(upload: Upload, first: int) -> None:
    """Stage what a replace switches off: every active SKU that no row names. Their indexes begin at `first`."""
    execute(
        f"""
        INSERT INTO {ROWS} (upload_id, "index", number, reference, verdict, seen, before, after)
        SELECT %s, %s + row_number() OVER (ORDER BY s.id) - 1, 0, s.id, '{Verdict.DEACTIVATED}', s.updated_at,
            {document('{"active": true}')}, {document('{"active": false}')}
        FROM {SKUS} AS s
        JOIN (SELECT id FROM {SKUS} WHERE active EXCEPT SELECT reference FROM {ROWS} WHERE upload_id = %s) AS gone
            ON gone.id = s.id
        """,
        [key(upload.pk), first, key(upload.pk)],
    )


def changed_since(upload: Upload, since: datetime, retires: bool) -> list[str]:
    """SKUs that are not as the check saw them, the first hundred; only what was written after `since` is looked at."""
    postgresql = connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    # The plus keeps SQLite from reading all rows of the upload for each SKU, by the index that it has: it makes one.
    own = "u.upload_id" if postgresql else "+u.upload_id"
    unknown = "s.active" if retires else "false"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {SKUS} WHERE updated_at > %s LIMIT 1", [moment(since)])
        if cursor.fetchone() is None:
            return []
        cursor.execute(
            f"""
            SELECT s.id FROM {SKUS} AS s
            LEFT JOIN {ROWS} AS u ON u.reference = s.id AND {own} = %s AND u.verdict <> '{Verdict.REFUSED}'
            WHERE s.updated_at > %s AND CASE WHEN u.id IS NULL THEN {unknown} ELSE u.seen {differs} s.updated_at END
            ORDER BY s.id LIMIT {CHANGED_SHOWN}
            """,
            [key(upload.pk), moment(since)],
        )
        return [sku_id for (sku_id,) in cursor.fetchall()]


def record_items(upload: Upload, operation_id: UUID) -> int:
    """Record what becomes of each row that changes something or is refused; how many these are."""
    return execute(
        f"""
        INSERT INTO {ITEMS} (operation_id, "index", reference, verdict, before, after, errors, payload)
        SELECT %s, "index", reference, verdict, before, after, errors, payload FROM {ROWS}
        WHERE upload_id = %s AND verdict NOT IN ({among(UNRECORDED)}) ORDER BY "index"
        """,
        [key(operation_id), key(upload.pk)],
    )


def opened(verdict: Verdict) -> str:
    """The FROM item `r`: the changes of the rows with a verdict, as columns beside the id."""
    fields = [writer.field_of(SKU, column) for column in FIELDS]
    chosen = f"upload_id = %s AND verdict = '{verdict}'"
    if connection.vendor == "postgresql":
        typed = ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)
        rows = f"{ROWS} AS u, jsonb_to_record(u.change) AS c({typed})"
        return f"(SELECT u.reference AS id, c.* FROM {rows} WHERE {chosen}) AS r"
    values = ", ".join(
        f'{writer.sqlite_value(field, name)} AS "{name}"' for field, name in zip(fields, FIELDS, strict=True)
    )
    rows = f"(SELECT reference, change AS value FROM {ROWS} WHERE {chosen})"
    return f"(SELECT reference AS id, {values} FROM {rows} AS u) AS r"


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
    columns = writer.quoted(FIELDS)
    return execute(
        f"""
        INSERT INTO {SKUS} (id, {columns}, created_at, updated_at)
        SELECT r.id, {writer.quoted(FIELDS, "r.")}, %s, %s FROM {opened(Verdict.CREATED)} ORDER BY r.id
        """,
        [moment(at), moment(at), key(upload.pk)],
    )


def switches_off(upload: Upload) -> bool:
    """Whether some SKU that is written is inactive afterwards: orders must not land on it."""
    return UploadRow.objects.filter(
        Q(verdict=Verdict.DEACTIVATED) | Q(verdict=Verdict.UPDATED, change__active=False), upload=upload
    ).exists()


def update(upload: Upload, at: datetime, *, active: bool) -> int:
    """Write what is different of the SKUs that are active afterwards, or of those that are not."""
    sets = ", ".join(f'"{column}" = r."{column}"' for column in FIELDS)
    return execute(
        f"""
        UPDATE {SKUS} AS t SET {sets}, updated_at = %s FROM {opened(Verdict.UPDATED)}
        WHERE t.id = r.id AND {"" if active else "NOT"} r.active
        """,
        [moment(at), key(upload.pk)],
    )
