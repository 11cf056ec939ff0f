"""Sheets as items of an import, and back to a sheet that can be sent again."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from catalog.uploads.reading.fields import FIELDS, REMARKS, Misread, Raw, column_letter, folded, text
from catalog.uploads.reading.formats import Unreadable, blank
from catalog.uploads.sheets import Sheet
from printshop.api.reading import Item, read_items
from printshop.api.refusals import Fault, nearest
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


Column = tuple[str, Callable[[Any, str], Any]]


def nameless(position: int) -> Column:
    """A column that has cells and no name."""

    def refuse(cell: Any, decimal: str) -> Any:
        raise Misread("NO_COLUMN", f"stands in column {column_letter(position)}, which has no name")

    return "", refuse


def columns_of(sheet: Sheet) -> list[Column]:
    """Field and reader of every column, also of those beyond the header. Raises `Unreadable` with every fault."""
    fields = fields_of(sheet.columns)
    width = max((len(cells) for _, cells in sheet.rows), default=0)
    named = [(field, FIELDS[field]) if field in FIELDS else (field, text) for field in fields]
    return [column if column[0] else nameless(at) for at, column in enumerate(named)] + [
        nameless(position) for position in range(len(fields), width)
    ]


def read_row(cells: Sequence[Any], columns: Sequence[Column], decimal: str) -> Raw:
    """The fields of one row, and the faults of cells that could not be read."""
    raw: dict[str, Any] = {}
    faults = []
    for (field, read), cell in zip(columns, cells, strict=False):
        if blank(cell) or field == REMARKS:
            continue
        try:
            if isinstance(cell, dict):
                raise Misread("NOT_A_VALUE", cell["rule"])
            raw[field] = read(cell, decimal)
        except Misread as misread:
            code, rule = misread.args
            shown = cell[:200] if isinstance(cell, str) else None
            faults.append(Fault(code, f"{field or 'A cell'} {rule}.", field, shown))
    return raw, faults


def raws_of(sheet: Sheet) -> list[Raw]:
    """The rows as an API would be sent them, and the faults of cells that could not be read."""
    if not sheet.columns:
        return [(element, []) for _, element in sheet.rows]
    columns = columns_of(sheet)
    decimal = "." if sheet.delimiter in ("", ",") else ","
    return [read_row(cells, columns, decimal) for _, cells in sheet.rows]


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
    if isinstance(cell, dict):
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
