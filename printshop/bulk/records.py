"""Writing the record of a batch: two statements, in the transaction of its effects."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from printshop.api.errors import worded
from printshop.bulk import writer
from printshop.bulk.events import Event, finished
from printshop.bulk.models import BulkItem, BulkOperation, State
from printshop.bulk.outcomes import Outcome, Verdict, tally

if TYPE_CHECKING:
    from printshop.bulk.engine import Batch


def errors_of(outcome: Outcome) -> list[dict[str, Any]] | None:
    return [worded(None, fault) for fault in outcome.faults] if outcome.faults else None


# The columns of an item that an outcome decides.
KEPT: Mapping[str, Callable[[Outcome], Any]] = {
    "reference": attrgetter("reference"),
    "verdict": attrgetter("verdict"),
    "before": attrgetter("before"),
    "after": attrgetter("after"),
    "effects": lambda outcome: outcome.effects or None,
    "errors": errors_of,
}


def record(name: str, batch: "Batch", outcomes: Sequence[Outcome]) -> Event:
    """Insert the operation; the event that it is over. It says nothing that is known only once it is carried out."""
    counts = tally(outcomes)
    actor = batch.actor
    operation: dict[str, Any] = {
        "uuid": batch.operation_id,
        "name": name,
        "account_id": actor.account_id,
        "key_id": actor.key_id,
        "user_id": actor.user_id,
        "actor": actor.name,
        "role": actor.role,
        "customer": actor.customer_id or "",
        "policy": batch.policy,
        "terms": batch.asked or {to_camel(name): value for name, value in batch.terms.items()},
        "total": len(batch.items),
        "unasked": sum(outcome.index is None for outcome in outcomes),
        "counts": {verdict.value: count for verdict, count in counts.items() if count},
        "failed": counts[Verdict.REFUSED],
        "state": State.FINISHED_WITH_FAILURES if counts[Verdict.REFUSED] else State.FINISHED,
        "created_at": batch.at,
        "finished_at": batch.at,
        "undoes_id": batch.undoes,
    }
    writer.insert(BulkOperation, [operation])
    return finished(operation)


def record_items(batch: "Batch", outcomes: Sequence[Outcome]) -> None:
    """Insert the items of an operation, references that were made for them included.

    What nobody asked for by name follows after the last item.
    """
    writer.insert_columns(BulkItem, item_columns(batch, outcomes))


def item_columns(batch: "Batch", outcomes: Sequence[Outcome]) -> dict[str, Sequence[Any]]:
    """The rows of a batch's items, by column; with what was sent, where something of it did not happen."""
    last = max((outcome.index for outcome in outcomes if outcome.index is not None), default=-1)
    unasked = count(last + 1)
    indexes = [next(unasked) if outcome.index is None else outcome.index for outcome in outcomes]
    columns: dict[str, Sequence[Any]] = {
        "operation_id": [batch.operation_id] * len(outcomes),
        "index": indexes,
        **{name: list(map(kept, outcomes)) for name, kept in KEPT.items()},
    }
    if batch.raws and Verdict.REFUSED in columns["verdict"]:
        refused = [verdict is Verdict.REFUSED for verdict in columns["verdict"]]
        columns["payload"] = [
            batch.raws[index] if is_refused else None for index, is_refused in zip(indexes, refused, strict=True)
        ]
    return columns


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """What is recorded of an outcome."""
    return {name: kept(outcome) for name, kept in KEPT.items()}
