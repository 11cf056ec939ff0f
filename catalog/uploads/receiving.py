"""Taking a file in: it is put by, looked at once, and its columns are guessed."""

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import File

from catalog.models import Upload
from catalog.uploads.keeping import keep, path_of
from catalog.uploads.reading import Format, Mapping, detect, guess, mapping_faults, read_again
from catalog.uploads.reading.fields import FIELDS, REMARKS, folded
from catalog.uploads.remembering import remembered

NAME_CHARACTERS = 100
SAMPLE_ROWS, SAMPLE_CHARACTERS = 3, 60
OWN = {folded(name) for name in (*FIELDS, REMARKS, "")}
PIECE = 1 << 20
# What each row of a text holds once.
MARKS = {"csv": b"\n", "jsonl": b"\n", "json": b'"id"'}


def rows_in(path: Path, form: Format) -> int | None:
    """About how many rows there are; None where nothing tells."""
    if form.kind == "xlsx":
        return form.last_row
    mark = MARKS[form.kind]
    with path.open("rb") as file:
        return sum(piece.count(mark) for piece in iter(lambda: file.read(PIECE), b"")) or None


def shown(cell: Any) -> str:
    return "" if cell is None or not isinstance(cell, str | int | float) else str(cell)[:SAMPLE_CHARACTERS]


def kept_format(form: Format) -> dict[str, Any]:
    """A format as it is recorded: a few cells of its sample are shown beside the columns."""
    rows = form.sample[:SAMPLE_ROWS] if form.columns else []
    sample = [(number, [shown(cell) for cell in cells]) for number, cells in rows]
    return asdict(replace(form, sample=sample))


def looked_at(upload: Upload, path: Path, form: Format) -> Upload:
    """Note how a file is read, and what its columns may be."""
    upload.format = kept_format(form)
    upload.mapping = guess(form.columns, remembered(upload.user_id, form.columns))
    return upload


def is_sure(upload: Upload) -> bool:
    """Whether nobody has to be asked about the columns: each bears a field's name, or was confirmed before."""
    columns: list[str] = upload.format["columns"]
    if not columns:
        return True
    own_names = all(folded(one) in OWN for one in columns)
    confirmed = own_names or remembered(upload.user_id, columns) is not None
    return confirmed and not mapping_faults(columns, upload.mapping)


def receive(file: File, upload: Upload) -> Upload:
    """Keep a file that was sent, and record it. Raises `Unreadable`, with nothing kept."""
    path = keep(upload, file)
    try:
        form = detect(path, upload.name)
        looked_at(upload, path, form)
        upload.expected = rows_in(path, form)
        upload.save(force_insert=True)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def made(user_id: int, name: str, mode: str, max_deactivate: int | None, at: datetime) -> Upload:
    """An upload that is not recorded yet; of a long name the end is kept, which tells the kind."""
    sent = {"mode": mode, "max_deactivate": max_deactivate, "created_at": at, "changed_at": at}
    return Upload(user_id=user_id, name=name[-NAME_CHARACTERS:], **sent)


def read_as(upload: Upload, encoding: str, delimiter: str, decimal: str) -> Upload:
    """Read the file in another way; its columns may be others then. Raises `Unreadable`."""
    known = Format(**upload.format)
    if (known.encoding, known.delimiter) == (encoding, delimiter):
        upload.format["decimal"] = decimal
        return upload
    path = path_of(upload)
    form = read_again(path, replace(known, encoding=encoding, delimiter=delimiter, decimal=decimal))
    return looked_at(upload, path, form)


def told_apart(columns: list[str], mapping: Mapping) -> dict[str, str]:
    """What the file calls each field."""
    return {field: column for column, field in zip(columns, mapping, strict=True) if field}
