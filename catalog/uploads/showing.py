"""What the pages show of an upload: where it stands, and its rows page by page, whatever their number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import orjson

from catalog.models import StagedRow, Upload
from catalog.models.uploads import StagedRowQuerySet
from catalog.plans.imports import MODES
from catalog.states import UploadState
from catalog.uploads import spans
from catalog.uploads.keeping import written_of
from catalog.uploads.receiving import told_apart
from catalog.uploads.uses import needed_by
from printshop.bulk.confirm import shown
from printshop.bulk.outcomes import Verdict

PAGE = 50
CHANGED, PREFIX = "changed", "needed by "
TITLES: Mapping[str, str] = {
    Verdict.REFUSED: "refused",
    Verdict.UPDATED: "updated",
    Verdict.CREATED: "created",
    Verdict.DEACTIVATED: "switched off",
    Verdict.SKIPPED: "skipped",
    Verdict.UNCHANGED: "unchanged",
}
STANDING: Mapping[str, str] = {
    UploadState.RECEIVED: "its columns have to be looked at",
    UploadState.CHECKING: "is being checked",
    UploadState.CHECKED: "waits for your confirmation",
    UploadState.APPLYING: "is being imported",
    UploadState.APPLIED: "imported",
    UploadState.FAILED: "cannot be read",
}


def value_shown(field: str, value: Any) -> str:
    """A value of a field, for people: prices with their cents, structures as the JSON that a cell may hold."""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return f"{value:.2f}" if field == "basePrice" and value is not None else shown(value)


def changes_of(row: StagedRow) -> list[tuple[str, str, str]]:
    """Field, old and new."""
    before, after = row.before or {}, row.after or {}
    return [(name, value_shown(name, before.get(name)), value_shown(name, after.get(name))) for name in after]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, for people: the file's own name of the column, and the rule."""

    column: str
    message: str
    value: Any
    suggestion: str | None


def faults_of(row: StagedRow, columns: Mapping[str, str]) -> list[Fault]:
    return [
        Fault(
            columns.get(field := error.get("path", "").split(".")[0], field),
            error["message"],
            error.get("value") if isinstance(error.get("value"), str | int | float) else None,
            error.get("suggestion"),
        )
        for error in row.errors or ()
    ]


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to look at the rows."""

    name: str
    title: str
    count: int


def tabs_of(upload: Upload) -> list[Tab]:
    """One for each verdict that some row has, one for what is still needed, one for what changed since the preview."""
    by_verdict = [Tab(verdict, title, upload.counts.get(verdict, 0)) for verdict, title in TITLES.items()]
    by_use = [Tab(PREFIX + name, f"off, but needed by {name}", count) for name, count in upload.uses.items()]
    changed = Tab(CHANGED, "changed meanwhile", len(upload.changed))
    return [tab for tab in (changed, *by_verdict, *by_use) if tab.count]


def staged_of(upload: Upload, tab: str) -> StagedRowQuerySet:
    """The rows of a tab that are staged one by one."""
    if tab == CHANGED:
        return StagedRow.objects.filter(upload=upload, reference__in=upload.changed)
    if tab.startswith(PREFIX):
        return needed_by(upload, tab.removeprefix(PREFIX))
    return StagedRow.objects.filter(upload=upload, verdict=tab)


def rows_of(upload: Upload, tab: str, after: int, most: int) -> list[StagedRow]:
    """The first rows of a tab behind an index."""
    if tab in spans.SPANNED:
        return spans.page(upload, tab, after, most)
    rows = list(staged_of(upload, tab).filter(index__gt=after).order_by("index")[:most])
    if tab == CHANGED:
        rows += [row for row in spans.of_references(upload, upload.changed) if row.index > after]
    return sorted(rows, key=attrgetter("index"))[:most]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of rows, and where the next one begins."""

    tab: str
    rows: Sequence[StagedRow]
    after: int | None


def listed(upload: Upload, tabs: Sequence[Tab], asked: str, after: int) -> Listed:
    """Rows of a tab behind an index; the first tab where the asked one has none."""
    names = [tab.name for tab in tabs]
    tab = asked if asked in names else next(iter(names), "")
    rows = rows_of(upload, tab, after, PAGE + 1) if tab else []
    return Listed(tab, rows[:PAGE], rows[PAGE - 1].index if len(rows) > PAGE else None)


def lines_of(upload: Upload, rows: Sequence[StagedRow]) -> list[dict[str, Any]]:
    columns = told_apart(upload.format["columns"], upload.mapping)
    return [
        {"row": row.number, "id": row.reference, "verdict": row.verdict, "title": TITLES[row.verdict],
         "changes": changes_of(row), "faults": faults_of(row, columns)}
        for row in rows
    ]  # fmt: skip


def may_confirm(upload: Upload) -> bool:
    """Whether there is something to import, under some policy at least."""
    is_whole = MODES[upload.mode].retires_absent
    return not upload.blocks and upload.changing > 0 and not (is_whole and upload.counts.get(Verdict.REFUSED))


def counted(upload: Upload) -> dict[str, Any]:
    """The counts of a file, in the order in which people ask for them."""
    return {
        "counts": {title: upload.counts.get(verdict, 0) for verdict, title in TITLES.items()},
        "refused": upload.counts.get(Verdict.REFUSED, 0),
        "off": upload.counts.get(Verdict.DEACTIVATED, 0),
    }


def preview_of(upload: Upload, asked: str, after: int) -> dict[str, Any]:
    """What the preview shows. The number of statements does not depend on the file."""
    tabs = tabs_of(upload)
    page = listed(upload, tabs, asked, after)
    return counted(upload) | {
        "tabs": tabs,
        "page": page,
        "lines": lines_of(upload, page.rows),
        "may_confirm": may_confirm(upload),
        "plan": upload.checked_from.isoformat() if upload.checked_from else "",
    }


def progress_of(upload: Upload) -> dict[str, Any]:
    """How far a check has got, as far as can be told, or an import."""
    if upload.state == UploadState.APPLYING:
        return {"percent": written_of(upload), "checking": False}
    percent = min(99, upload.rows_read * 100 // upload.expected) if upload.expected else None
    return {"percent": percent, "checking": True}
