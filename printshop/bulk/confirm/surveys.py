"""A plan for more rows than one transaction should lock, taken slice by slice.

Everything is counted; of each fate, and of each reason to be refused, the first rows are kept. So a page about a
hundred thousand rows takes the memory of one slice.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from printshop.api.confirming import Row, Section
from printshop.bulk.confirm import plans
from printshop.bulk.confirm.plans import CHANGING, fingerprint, summed
from printshop.bulk.outcomes import Outcome, Verdict

SLICE = 2_000
# Sentences that differ in more than numbers and names are few; should they not be, the page stays readable.
MOST_REASONS = 20
OTHER_REASONS = "other reasons"
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


def reason_of(outcome: Outcome) -> str:
    return " ".join(fault.message for fault in outcome.faults)


def alike(outcome: Outcome) -> str:
    """The reason without what only this row has in it: its name and numbers."""
    reason = reason_of(outcome)
    return NUMBER.sub("…", reason.replace(outcome.reference, "…") if outcome.reference else reason)


@dataclass(slots=True)
class Fate:
    """What awaits some rows: all counted, the first kept. `title` is exact as long as it is true of all of them."""

    title: str
    total: int = 0
    first: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.total += 1
        if len(self.first) < plans.MOST_LISTED:
            self.first.append(outcome)


class Survey:
    """The plans of the slices that were added, in order."""

    def __init__(self, done: str) -> None:
        self.verdicts: Counter[Verdict] = Counter(dict.fromkeys(Verdict, 0))
        self.refused: dict[str, Fate] = {}
        self.changing, self.unchanged = Fate(f"Will be {done}"), Fate("Stays as it is, nothing to do")
        self.prints: list[str] = []

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Count a slice; of its outcomes few are kept."""
        self.prints.append(fingerprint(outcomes))
        for outcome in outcomes:
            self.verdicts[outcome.verdict] += 1
            self.fate_of(outcome).add(outcome)

    def fate_of(self, outcome: Outcome) -> Fate:
        if outcome.verdict is not Verdict.REFUSED:
            return self.changing if outcome.verdict in CHANGING else self.unchanged
        key, reason = alike(outcome), reason_of(outcome)
        if key not in self.refused and len(self.refused) >= MOST_REASONS:
            return self.refused.setdefault(OTHER_REASONS, Fate(OTHER_REASONS))
        fate = self.refused.setdefault(key, Fate(reason))
        if fate.title != reason:
            fate.title = key
        return fate

    @property
    def counts(self) -> dict[str, int]:
        """What the head of the page counts."""
        return summed(self.verdicts)

    @property
    def plan(self) -> str:
        """The fingerprint: of one slice its own, so that doing it at once compares the same."""
        return self.prints[0] if len(self.prints) == 1 else sha256("".join(self.prints).encode()).hexdigest()

    def sections(self, worded: Callable[[Sequence[Outcome]], list[Row]]) -> list[Section]:
        """Refused first, by reason, the most frequent reason first; then what changes and what stays."""
        reasons = sorted(self.refused.values(), key=lambda fate: -fate.total)
        names = ("refused", *(f"refused-{place}" for place in range(2, len(reasons) + 1)))
        titles = [f"Refused – {fate.title.removesuffix('.')}" for fate in reasons]
        named = list(zip(names, titles, reasons, strict=False))
        named += [("changing", self.changing.title, self.changing), ("unchanged", self.unchanged.title, self.unchanged)]
        return [Section(name, title, fate.total, worded(fate.first)) for name, title, fate in named if fate.total]
