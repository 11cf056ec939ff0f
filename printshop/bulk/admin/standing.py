"""How far an operation has got, as its page and the list of operations show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from printshop.bulk.models import UNFINISHED, BulkOperation, State
from printshop.bulk.operations.counting import WAITING, are_stuck, progress_of
from printshop.bulk.outcomes import Verdict

WORDS = {
    State.QUEUED: "queued",
    State.RUNNING: "running",
    State.FINISHED: "finished",
    State.FINISHED_WITH_FAILURES: "finished with failures",
    State.CANCELLED: "cancelled",
    WAITING: "waiting: no worker",
}
COLOURS = {
    WORDS[State.QUEUED]: "info",
    WORDS[State.RUNNING]: "primary",
    WORDS[State.FINISHED]: "success",
    WORDS[State.FINISHED_WITH_FAILURES]: "danger",
    WORDS[State.CANCELLED]: "warning",
    WORDS[WAITING]: "warning",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """State in words, items by verdict, which add up to `total`, and how many of them are decided.

    `total` includes what was changed unasked; `unfinished` says that looking again is worth while.
    """

    word: str
    counts: Sequence[tuple[str, int]]
    done: int
    total: int
    failed: int
    unfinished: bool
    waits: bool

    @property
    def percent(self) -> int:
        """Full only when nothing is open any more."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def cancelled(self) -> int:
        return dict(self.counts).get(Verdict.CANCELLED.value, 0)

    @property
    def tally(self) -> str:
        return ", ".join(f"{count:,} {word}" for word, count in self.counts)


def standing_of(operation: BulkOperation, stuck: bool) -> Standing:
    """Of an operation read by `with_progress`; `stuck`: nobody is there to carry out what is due."""
    progress = progress_of(operation)
    waits = stuck and progress.is_due
    counts = [(verdict.value, count) for verdict in Verdict if (count := progress.counts[verdict.value])]
    word = WORDS[WAITING if waits else operation.state]
    unfinished = operation.state in UNFINISHED
    return Standing(word, counts, progress.done, progress.total, progress.failed, unfinished, waits)


def with_standing(operations: Sequence[BulkOperation]) -> Sequence[BulkOperation]:
    """The same, each with its `standing`; whether a worker lives is asked once at most."""
    stuck = are_stuck(operations)
    for operation in operations:
        operation.standing = standing_of(operation, stuck)  # type: ignore[attr-defined]
    return operations
