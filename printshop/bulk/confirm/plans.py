"""A plan as a page shows it, and by what it is known again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import orjson

from printshop.api.confirming import MOST_LISTED, Row, Section
from printshop.bulk.confirm.wording import plain, shown, told
from printshop.bulk.outcomes import Outcome, Verdict

CHANGING = (Verdict.CREATED, Verdict.UPDATED, Verdict.DEACTIVATED)


@dataclass(frozen=True, slots=True)
class Group:
    """A section before its rows are worded."""

    name: str
    title: str
    outcomes: Sequence[Outcome]

    @property
    def listed(self) -> Sequence[Outcome]:
        return self.outcomes[:MOST_LISTED]

    def section(self, rows: Sequence[Row]) -> Section:
        return Section(self.name, self.title, len(self.outcomes), rows)


def grouped(outcomes: Sequence[Outcome], done: str) -> list[Group]:
    """The outcomes by their fate. Refused first: that is what a person must not miss."""
    titles = [("refused", "Refused, will be left as it is", (Verdict.REFUSED,)),
              ("changing", f"Will be {done}", CHANGING),
              ("unchanged", "Stays as it is, nothing to do", (Verdict.UNCHANGED, Verdict.SKIPPED))]  # fmt: skip
    found = [Group(name, title, [one for one in outcomes if one.verdict in fate]) for name, title, fate in titles]
    return [group for group in found if group.outcomes]


def row_of(outcome: Outcome, url: str = "", about: str = "") -> Row:
    """An outcome in words."""
    changes = [(plain(name), shown(before), shown(after)) for name, (before, after) in outcome.changes.items()]
    if outcome.verdict is Verdict.UNCHANGED and outcome.status:
        changes = [("status", shown(outcome.status), "")]
    effects, reasons = [told(effect) for effect in outcome.effects], [fault.message for fault in outcome.faults]
    return Row(outcome.reference, url, about, changes, effects, reasons)


def summed(counts: Mapping[Verdict, int]) -> dict[str, int]:
    """What the head of a page counts."""
    return {
        "changing": sum(counts[verdict] for verdict in CHANGING),
        "unchanged": counts[Verdict.UNCHANGED] + counts[Verdict.SKIPPED],
        "refused": counts[Verdict.REFUSED],
    }


def fingerprint(outcomes: Iterable[Outcome]) -> str:
    """The same for plans that do the same to the same rows."""
    plan = [
        (one.reference, one.verdict, one.changes, one.effects, [fault.message for fault in one.faults])
        for one in outcomes
    ]
    return sha256(orjson.dumps(plan, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()
