"""What the preview page shows of a plan, and what is said of an import that was carried out."""

from typing import Any

import orjson
from django.urls import reverse
from django.utils.html import format_html

from catalog.uploads.previews import Preview
from printshop.bulk.confirm import shown
from printshop.bulk.engine import Result
from printshop.bulk.outcomes import Outcome, Verdict

FAULTS_SHOWN = 100
ROWS_SHOWN = 50
IDS_SHOWN = 200
PLANNED = (
    Verdict.CREATED, Verdict.UPDATED, Verdict.UNCHANGED, Verdict.SKIPPED, Verdict.DEACTIVATED, Verdict.REFUSED
)  # fmt: skip
TITLES = {
    Verdict.UPDATED: "Updated",
    Verdict.CREATED: "Created",
    Verdict.DEACTIVATED: "Switched off",
    Verdict.SKIPPED: "Skipped: known already",
    Verdict.UNCHANGED: "Unchanged",
}


def value_shown(field: str, value: Any) -> str:
    """A value of a field, for people: prices with their cents, structures as the JSON that a cell may hold."""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return f"{value:.2f}" if field == "basePrice" and value is not None else shown(value)


def changes_of(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Field, old and new."""
    changes = outcome.changes.items()
    return [(name, value_shown(name, before), value_shown(name, after)) for name, (before, after) in changes]


def sections_of(plan: Preview) -> list[dict[str, Any]]:
    """What happens to the rows that are not refused, verdict by verdict, the first of each listed."""
    sections = []
    for verdict, title in TITLES.items():
        found = [one for one in plan.outcomes if one.verdict is verdict]
        detailed = verdict in (Verdict.CREATED, Verdict.UPDATED)
        listed = found[: ROWS_SHOWN if detailed else IDS_SHOWN]
        rows = [{"row": plan.row(one), "id": one.reference, "changes": changes_of(one)} for one in listed]
        sections.append(
            {"name": verdict.value, "title": title, "total": len(found), "detailed": detailed, "rows": rows,
             "hidden": len(found) - len(listed)}
        )  # fmt: skip
    return [section for section in sections if section["total"]]


def shown_preview(plan: Preview) -> dict[str, Any]:
    """What the preview page shows of a plan."""
    refused = plan.of(Verdict.REFUSED)
    faults = [fault for one in refused[:FAULTS_SHOWN] for fault in plan.refusals(one)][:FAULTS_SHOWN]
    return {
        "title": f"Preview of {plan.upload.name}",
        "upload": plan.upload,
        "total": len(plan.upload.sheet.rows),
        "counts": {verdict.value: plan.counts[verdict] for verdict in PLANNED},
        "blocks": plan.blocks,
        "changing": plan.changing,
        "plan": plan.plan,
        "faults": faults,
        "hidden_refused": len(refused) - len({fault.row for fault in faults}),
        "sections": sections_of(plan),
        "may_confirm": plan.changing and not plan.blocks,
    }


def told(result: Result) -> str:
    """What was done, and the way to its record."""
    counts = ", ".join(f"{count:,} {verdict.value}" for verdict, count in result.counts.items() if count)
    url = reverse("admin:bulk_bulkoperation_change", args=[result.operation_id])
    return format_html('Imported: {}. <a href="{}" class="underline">See what happened to each SKU</a>', counts, url)
