"""What became of each item of a batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices

from printshop.api.refusals import Fault


class Verdict(TextChoices):
    """One word for each item.

    A plan gives the first six. The others are the queue's: an item waits (`open`), never got in (`rejected`), was
    called off (`cancelled`), or could not be carried out (`failed`), for no fault of its own: a retry may well help.
    """

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    DEACTIVATED = "deactivated"
    REFUSED = "refused"
    OPEN = "open"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


# What did not happen and was not called off: an operation with one of these has finished with failures.
UNSUCCESSFUL = frozenset({Verdict.REFUSED, Verdict.REJECTED, Verdict.FAILED})


@dataclass(slots=True)
class Outcome:
    """The plan for one item, and after writing the record of it.

    `status` is the one the thing ends in. `before` and `after` hold the fields that change, named and worded as on the
    wire. `change` is what the operation's own writer needs; `follows` the same for each consequence, by its name.
    `effects` tells of rows that change besides the item: `{"kind": "job_created", …}`. An outcome whose `index` is None
    was not asked for by an item of its own (a SKU that a replace switches off).
    """

    index: int | None
    reference: str = ""
    verdict: Verdict = Verdict.UNCHANGED
    status: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    effects: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    change: Any = None
    follows: dict[str, Any] = field(default_factory=dict)

    def refuse(self, *faults: Fault) -> None:
        """Add faults: the item will not happen, nor what would have followed from it."""
        self.faults.extend(faults)
        self.effects.clear()
        self.before = self.after = None
        self.verdict = Verdict.REFUSED

    @property
    def changes(self) -> dict[str, list[Any]]:
        """`{field: [before, after]}` for people."""
        before, after = self.before or {}, self.after or {}
        return {name: [before.get(name), after.get(name)] for name in {**before, **after}}


def tally(outcomes: Iterable[Outcome]) -> dict[Verdict, int]:
    """How many outcomes there are of each verdict."""
    counts = dict.fromkeys(Verdict, 0)
    for outcome in outcomes:
        counts[outcome.verdict] += 1
    return counts
