"""Sheets as items of an import, and back to a sheet that can be sent again."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.uploads.reading.fields import FIELDS, REMARKS, Raw, column_letter, folded
from catalog.uploads.reading.formats import Broken, Format, Unreadable
from catalog.uploads.reading.raws import raws
from catalog.uploads.sheets import Sheet
from printshop.api.reading import Item, read_items
from printshop.api.refusals import nearest
from printshop.bulk.cells import neutral, written

BY_FOLDED = {folded(name): name for name in (*FIELDS, REMARKS)}


def column_faults(columns: Sequence[str], fields: Sequence[str]) -> list[str]:
    """Sentences on columns that are unknown or stand twice, and on a missing id."""
    said = []
    for position, (column, field) in enumerate(zip(columns, fields, strict=True)):
        if column and not field:
            meant = nearest(folded(column), list(BY_FOLDED))
            hint = f" Did you mean {BY_FOLDED[meant]}?" if meant else ""
            said.append(f"Column {column_letter(position)}, “{column[:60]}”, is not a field of a SKU.{hint}")
        elif field and fields.index(field) != position:
            both = f"{column_letter(fields.index(field))} and {column_letter(position)}"
            said.append(f"Columns {both} are both {field}; keep one of them.")
    if "id" not in fields:
        said.append("There is no column named id.")
    return said


def fields_of(columns: Sequence[str]) -> list[str]:
    """The field of each column, empty for a column without a name. Raises `Unreadable` with every fault."""
    fields = [BY_FOLDED.get(folded(column), "") for column in columns]
    if said := column_faults(columns, fields):
        raise Unreadable(" ".join(said))
    return fields


def raws_of(sheet: Sheet) -> list[Raw]:
    """The rows as an API would be sent them, and the faults of cells that could not be read."""
    if not sheet.columns:
        return [(element, []) for _, element in sheet.rows]
    mapping = [None if field in ("", REMARKS) else field for field in fields_of(sheet.columns)]
    form = Format("", decimal=sheet.decimal, columns=sheet.columns)
    return [raw for _, raw in raws(sheet.rows, form, mapping)]


def judged(raws: Sequence[Raw], shape: Any, places: Sequence[int] | None = None) -> list[Item]:
    """Rows as items of a batch, judged by the shape; `places` are their indexes where they are part of more."""
    items = read_items(shape, [raw for raw, _ in raws], places=places)
    for item, (_, faults) in zip(items, raws, strict=True):
        if faults:
            misread = {fault.path for fault in faults}
            item.faults = [*faults, *(fault for fault in item.faults if fault.path not in misread)]
    return items


def items_of(sheet: Sheet, shape: Any) -> list[Item]:
    """The rows of a sheet as items; indexes count them from 0."""
    return judged(raws_of(sheet), shape)


# --- Back to a sheet ------------------------------------------------------------------------------------------------
def as_cells(sheet: Sheet, rows: Sequence[Any]) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of some of a sheet's rows, remarks of an earlier time left out."""
    if sheet.columns:
        kept = [position for position, field in enumerate(fields_of(sheet.columns)) if field != REMARKS]
        kept += range(len(sheet.columns), max(map(len, rows), default=0))
        columns = [sheet.columns[position] if position < len(sheet.columns) else "" for position in kept]
        return columns, [[cell_again(cells[at]) if at < len(cells) else "" for at in kept] for cells in rows]
    objects = [row if isinstance(row, dict) else {} for row in rows]
    used = dict.fromkeys(name for one in objects for name in one)
    columns = [name for name in FIELDS if name == "id" or name in used] + [name for name in used if name not in FIELDS]
    return columns, [[written(one.get(name)) for name in columns] for one in objects]


def cell_again(cell: Any) -> str:
    """A cell of a sheet as it stood there: an apostrophe before a formula is there already."""
    if isinstance(cell, Broken):
        return ""
    return neutral(cell) if isinstance(cell, str) else written(cell)


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """RFC 4180 with a byte order mark, by which Excel knows UTF-8."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=delimiter)
    writer.writerow(map(neutral, columns))
    writer.writerows(rows)
    return sheet.getvalue().encode("utf-8-sig")


def refused_csv(sheet: Sheet, refused: Mapping[int, Sequence[str]]) -> bytes:
    """The refused rows in the sheet's own columns, and what is wrong with each: `{index of the row: sentences}`."""
    columns, rows = as_cells(sheet, [sheet.rows[index][1] for index in refused])
    remarks = [neutral(" ".join(sentences)) for sentences in refused.values()]
    lines = [[*row, remark] for row, remark in zip(rows, remarks, strict=True)]
    return csv_of([*columns, REMARKS], lines, sheet.delimiter or ",")
