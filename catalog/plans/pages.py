"""Making, changing and deleting pages, worked out from values alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
FIELDS = ("identifier", "title", "content", "active")
NEW: Row = {"content": "", "active": True}


@dataclass(slots=True)
class Known:
    """Pages by id, and which page has an identifier, in lower case: no two may differ by capitals alone."""

    rows: dict[int, Row] = field(default_factory=dict)
    holders: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "Known":
        """From rows of `FIELDS` and `id`."""
        known = cls()
        for row in rows:
            known.put(row["id"], {name: row[name] for name in FIELDS})
        return known

    def put(self, page_id: int, row: Row) -> None:
        self.take_away(page_id)
        self.rows[page_id] = row
        self.holders[row["identifier"].lower()] = page_id

    def take_away(self, page_id: int) -> None:
        if page_id in self.rows:
            del self.holders[self.rows.pop(page_id)["identifier"].lower()]


def taken_faults(given: Mapping[str, Any], known: Known, own_id: int | None = None) -> list[Fault]:
    """Whether another page has the identifier, be it one that an item before this one made."""
    identifier = given.get("identifier", "")
    holder = known.holders.get(identifier.lower())
    if holder is None or holder == own_id:
        return []
    message = f"Another page has the identifier {identifier} already."
    return [Fault("IDENTIFIER_TAKEN", message, "identifier", identifier, kind=Kind.CONFLICT, holder=holder)]


def given_fields(given: Mapping[str, Any]) -> Row:
    """The fields that are set; a content may be taken away."""
    return {name: given[name] or "" if name == "content" else given[name] for name in FIELDS if name in given}


def plan_creation(items: Sequence[Item], known: Known) -> list[Outcome]:
    """New pages; an identifier belongs to the first good item that has it."""
    outcomes = []
    for item in items:
        given = item.value or {}
        outcome = Outcome(item.index)
        outcomes.append(outcome)
        if faults := taken_faults(given, known):
            outcome.refuse(*faults)
        elif not item.faults:
            row = {**NEW, **given_fields(given)}
            known.holders[row["identifier"].lower()] = outcome
            outcome.verdict, outcome.after, outcome.change = Verdict.CREATED, dict(row), row
    return outcomes


def found(item: Item, known: Known) -> tuple[Outcome, Row | None]:
    """The outcome to fill for an item that names a page, and the page when there is one."""
    page_id = (item.value or {}).get("id", 0)
    outcome = Outcome(item.index, str(page_id or ""))
    row = known.rows.get(page_id)
    if row is None and page_id:
        message = f"There is no page {page_id}."
        outcome.refuse(Fault("PAGE_NOT_FOUND", message, "id", page_id, kind=Kind.UNKNOWN))
    return outcome, row


def plan_edits(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Changed pages; each item meets the pages as the items before it left them."""
    outcomes = []
    for item in items:
        outcome, row = found(item, known)
        outcomes.append(outcome)
        if row is None:
            continue
        page_id = item.value["id"]
        changed = {name: value for name, value in given_fields(item.value).items() if value != row[name]}
        if faults := taken_faults(changed, known, page_id):
            outcome.refuse(*faults)
        elif changed and not item.faults:
            outcome.verdict = Verdict.UPDATED
            outcome.before, outcome.after = {name: row[name] for name in changed}, changed
            outcome.change = {**row, **changed}
            known.put(page_id, outcome.change)
    return outcomes


def plan_deletion(items: Sequence[Item], known: Known) -> list[Outcome]:
    """Deleted pages; one that is named twice is unknown the second time."""
    outcomes = []
    for item in items:
        outcome, row = found(item, known)
        outcomes.append(outcome)
        if row is not None and not item.faults:
            outcome.verdict, outcome.before = Verdict.UPDATED, row
            known.take_away(item.value["id"])
    return outcomes
