"""Making, changing and deleting the pictures, videos and models of SKUs, worked out from values alone.

A row is an entry's columns and two things more: `content`, the file that is still to be kept for it, and `dropped`, the
name of the kept file that is no longer its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from catalog.plans.contents import RULES, Content, examined, types_of
from catalog.plans.imports import unknown_sku
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
PLAIN = ("media_type", "label", "position", "disabled")
FILE = ("file", "content_type", "size", "name")
COLUMNS = ("sku_id", *PLAIN, "url", *FILE)
NO_FILE: Row = {"file": "", "content_type": "", "size": 0, "name": "", "content": None}
NEW: Row = {"label": "", "disabled": False, "url": "", **NO_FILE, "dropped": ""}
SENT = frozenset({"base64_encoded_data", "type", "name"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the batch names: entries by id, the SKUs that exist and the last position of each; `limit` in bytes."""

    limit: int
    rows: Mapping[int, Row] | None = None
    skus: Mapping[str, int] | None = None
    resembling: Sequence[str] = ()


def image(row: Row) -> Row:
    """An entry as it stands on the wire; of a file the name that it came with."""
    plain = {to_camel(name): row[name] for name in ("sku_id", *PLAIN)}
    return {**plain, "url": row["url"] or None, "file": row["name"] or None}


def misread(item: Item, *names: str) -> bool:
    """Whether the shape has found fault with one of the fields already."""
    return any(fault.path.split(".")[0] in names for fault in item.faults)


def source_faults(given: Row, item: Item, *, needed: bool) -> list[Fault]:
    """An entry is either an address or a file."""
    sources = {"url", "content"} & given.keys()
    if misread(item, "url", "content") or len(sources) == 1 or not (sources or needed):
        return []
    return [Fault("URL_OR_CONTENT", "An entry has either a url or a content.", "url")]


def sourced(row: Row, given: Row, limit: int) -> tuple[Row, list[Fault]]:
    """The row with its new url or content in place of what it had."""
    content: Row = given.get("content") or {}
    if "url" in given:
        gone = {"dropped": row["file"] or row["dropped"], **NO_FILE}
        return {**row, **gone, "url": given["url"]}, []
    if not content.keys() >= SENT:
        return row, []
    found, faults = examined(content, row["media_type"], limit)
    return (row, faults) if found is None else (filed(row, found), [])


def filed(row: Row, content: Content) -> Row:
    """The row with a file that is yet to be kept."""
    told = {"content_type": content.content_type, "size": len(content.data), "name": content.name}
    return {**row, "dropped": row["file"] or row["dropped"], "file": "", **told, "url": "", "content": content}


def given_plain(given: Row) -> Row:
    """The fields that are set as they are sent; a label may be taken away."""
    return {name: given[name] or "" if name == "label" else given[name] for name in PLAIN if name in given}


# --- Making ------------------------------------------------------------------------------------------------------
def plan_creation(items: Sequence[Item], known: Known) -> list[Outcome]:
    """New entries, each after the last of its SKU unless it says where."""
    last = dict(known.skus or {})
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index)
        outcomes.append(outcome)
        sku_id, faults = given.get("sku_id", ""), source_faults(given, item, needed=True)
        row = {**NEW, "sku_id": sku_id, "position": last.get(sku_id, 0) + 1, **given_plain(given)}
        if "media_type" in given and not faults:
            row, faults = sourced(row, given, known.limit)
        if sku_id and sku_id not in last:
            faults = [unknown_sku(sku_id, known.resembling, "skuId"), *faults]
        if faults:
            outcome.refuse(*faults)
        elif not item.faults:
            last[sku_id] = max(last[sku_id], row["position"])
            outcome.verdict, outcome.after, outcome.change = Verdict.CREATED, image(row), row
    return outcomes


# --- Changing and deleting ---------------------------------------------------------------------------------------
def found(item: Item, rows: Mapping[int, Row]) -> tuple[Outcome, Row | None]:
    """The outcome to fill for an item that names an entry, of any SKU or of one, and the entry when there is one."""
    given = item.value or {}
    entry_id, sku_id = given.get("id", 0), given.get("sku_id", "")
    outcome = Outcome(item.index, str(entry_id or ""))
    row = rows.get(entry_id)
    if row is not None and sku_id in ("", row["sku_id"]) and not misread(item, "skuId"):
        return outcome, row
    if entry_id and not misread(item, "skuId"):
        message = f"SKU {sku_id} has no media entry {entry_id}." if sku_id else f"There is no media entry {entry_id}."
        outcome.refuse(Fault("MEDIA_NOT_FOUND", message, "id", entry_id, kind=Kind.UNKNOWN))
    return outcome, None


def known_rows(known: Known) -> dict[int, Row]:
    return {entry_id: {**row, "content": None, "dropped": ""} for entry_id, row in (known.rows or {}).items()}


def kind_faults(row: Row) -> list[Fault]:
    """What an entry keeps must go with what it becomes: a picture is no model."""
    has_file = bool(row["file"] or row["content"])
    if not has_file or row["content_type"] in types_of(row["media_type"]):
        return []
    return [Fault("CONTENT_NOT_TAKEN", RULES[row["media_type"]], "mediaType", row["media_type"])]


def changed_row(row: Row, given: Row, item: Item, limit: int) -> tuple[Row, list[Fault]]:
    """The row as it will be, or why it cannot be so."""
    faults = source_faults(given, item, needed=False)
    wanted = {**row, **given_plain(given)}
    if not faults:
        wanted, faults = sourced(wanted, given, limit)
    return wanted, faults or kind_faults(wanted)


def compare(outcome: Outcome, row: Row, wanted: Row) -> None:
    """Fill in what changes, if anything does. A content that is sent always counts: old bytes are not read."""
    if wanted == row:
        return
    before, after = image(row), image(wanted)
    fresh = wanted["content"] is not row["content"]
    names = [name for name in after if before[name] != after[name] or (name == "file" and fresh)]
    outcome.verdict, outcome.change = Verdict.UPDATED, wanted
    outcome.before = {name: before[name] for name in names}
    outcome.after = {name: after[name] for name in names}


def plan_edits(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Changed entries; of one that is named twice the later item meets what the earlier one left."""
    rows = known_rows(known)
    outcomes = []
    for item in items:
        outcome, row = found(item, rows)
        outcomes.append(outcome)
        if row is None:
            continue
        wanted, faults = changed_row(row, item.value, item, known.limit)
        if faults:
            outcome.refuse(*faults)
        elif not item.faults:
            compare(outcome, row, wanted)
            rows[item.value["id"]] = wanted
    return outcomes


def plan_deletion(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Deleted entries; one that is named twice is unknown the second time."""
    rows = known_rows(known)
    outcomes = []
    for item in items:
        outcome, row = found(item, rows)
        outcomes.append(outcome)
        if row is not None and not item.faults:
            outcome.verdict, outcome.before, outcome.change = Verdict.UPDATED, image(row), row
            del rows[item.value["id"]]
    return outcomes


def last_changes(outcomes: Iterable[Outcome]) -> dict[int, Row]:
    """What each changed entry ends as, by id, in the order of ids."""
    last = {int(outcome.reference): outcome.change for outcome in outcomes if outcome.verdict is Verdict.UPDATED}
    return dict(sorted(last.items()))
