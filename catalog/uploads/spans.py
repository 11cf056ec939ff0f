"""Rows of a file that would change nothing: kept a slice at a time, and told one by one where that is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from catalog.models import StagedRow, StagedSpan, Upload
from printshop.api.among import membership
from printshop.bulk.outcomes import Verdict

# Index, number, reference, and when the SKU was last written, as text.
Entry = tuple[int, int, str, str]
SPANNED = (Verdict.UNCHANGED, Verdict.SKIPPED)
ROWS, SPANS = (f'"{model._meta.db_table}"' for model in (StagedRow, StagedSpan))


def key(value: UUID) -> Any:
    """A uuid as the database keeps it."""
    return Upload._meta.pk.get_db_prep_value(value, connection)


def spans(upload: Upload, entries: Mapping[Verdict, Iterable[Entry]]) -> list[dict[str, Any]]:
    """The rows of `StagedSpan` that hold these."""
    in_order = ((verdict, sorted(rows)) for verdict, rows in entries.items())
    return [
        {"upload_id": upload.pk, "verdict": verdict.value, "last": rows[-1][0], "size": len(rows), "rows": rows}
        for verdict, rows in in_order
        if rows
    ]


def every_row() -> str:
    """A SELECT of all rows of an upload, staged by themselves or in spans; its id is the parameter, twice."""
    postgresql = connection.vendor == "postgresql"
    opened = 'jsonb_array_elements(s."rows") AS e(value)' if postgresql else 'json_each(s."rows") AS e'
    seen = "(e.value ->> 3)::timestamptz" if postgresql else "e.value ->> 3"
    return f"""
        SELECT "index", number, reference, verdict, seen FROM {ROWS} WHERE upload_id = %s
        UNION ALL
        SELECT CAST(e.value ->> 0 AS integer), CAST(e.value ->> 1 AS integer), e.value ->> 2, s.verdict, {seen}
        FROM {SPANS} AS s, {opened} WHERE s.upload_id = %s
    """


def ask(columns: str, upload: Upload, references: Sequence[str], tail: str = "") -> list[Any]:
    """What is asked of all rows of an upload that name one of these SKUs."""
    named = membership(connection.vendor, "reference", "text")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM ({every_row()}) AS u WHERE {named} {tail}",
            [key(upload.pk), key(upload.pk), orjson.dumps(references).decode()],
        )
        return cursor.fetchall()


def first_numbers(upload: Upload, references: Sequence[str]) -> dict[str, int]:
    """The first row that names each of these SKUs, staged by itself or in a span."""
    return dict(ask("reference, min(number)", upload, references, "GROUP BY reference"))


def page(upload: Upload, verdict: str, after: int, most: int) -> list[StagedRow]:
    """The first rows with a verdict behind an index."""
    found = StagedSpan.objects.filter(upload=upload, verdict=verdict, last__gt=after).order_by("last")
    sizes = list(found.values_list("size", flat=True)[:most])
    # The first may end right behind the index; all of the others lie behind it.
    needed = 1 + sum(total < most for total in accumulate(sizes[1:], initial=0))
    entries = [entry for rows in found.values_list("rows", flat=True)[:needed] for entry in rows if entry[0] > after]
    return [unstaged(upload, index, number, reference, verdict) for index, number, reference, _ in entries[:most]]


def of_references(upload: Upload, references: Sequence[str]) -> list[StagedRow]:
    """The rows in spans that name one of these SKUs."""
    rows = ask('"index", number, reference, verdict', upload, references)
    return [unstaged(upload, *row) for row in rows if row[-1] in SPANNED]


def unstaged(upload: Upload, index: int, number: int, reference: str, verdict: str) -> StagedRow:
    """A row that is not staged by itself, as if it were."""
    return StagedRow(upload=upload, index=index, number=number, reference=reference, verdict=verdict)
