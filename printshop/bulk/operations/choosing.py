"""Which items of an operation are to be sent again: what a retry may say, and what of it can be meant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

from django.db.models import QuerySet
from pydantic import Field
from typing_extensions import TypedDict

from printshop.api.reading import read
from printshop.api.refusals import Fault, Kind, refuse
from printshop.api.shapes import STRICT
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.outcomes import UNSUCCESSFUL, Verdict
from printshop.bulk.registry import operations

FIELDS = ("index", "verdict", "payload", "sealed", "errors")
Row = Mapping[str, Any]


class RetryItem(TypedDict):
    """An item that failed, by its index; `item` stands in for what was sent before.

    A line of `results.jsonl?result=failed` is one: what it says besides is passed over.
    """

    __pydantic_config__ = STRICT  # type: ignore[misc]

    index: Annotated[int, Field(ge=0, le=2**31 - 1)]
    item: NotRequired[Any]
    id: NotRequired[Any]
    result: NotRequired[Any]
    changes: NotRequired[Any]
    errors: NotRequired[Any]


class RetryBody(TypedDict):
    """What to send again: all that failed, also what was cancelled with `include`, or the listed ones of these."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    include: NotRequired[list[Literal["cancelled"]]]
    items: NotRequired[Annotated[list[RetryItem], Field(min_length=1, max_length=10_000)]]


@dataclass(frozen=True, slots=True)
class Again:
    """What a retry asks for: the verdicts that count as failed, and the listed items by index, with their places."""

    verdicts: frozenset[Verdict]
    listed: dict[int, RetryItem] = field(default_factory=dict)
    place_of: dict[int, int] = field(default_factory=dict)


def read_again(body: Any) -> Again:
    """The body of a retry. Raises `Refused` with every fault."""
    asked, faults = read(RetryBody, {} if body is None else body)
    listed: dict[int, RetryItem] = {}
    place_of: dict[int, int] = {}
    for place, one in enumerate(asked.get("items", ()) if not faults else ()):
        if one["index"] in listed:
            message = f"Item {one['index']} is listed twice."
            faults.append(Fault("DUPLICATE_INDEX", message, f"items.{place}.index", one["index"]))
        listed[one["index"]], place_of[one["index"]] = one, place
    if faults:
        raise refuse(*faults)
    more = {Verdict.CANCELLED} if asked.get("include") else set()
    return Again(UNSUCCESSFUL | more, listed, place_of)


def is_whole(recorded: BulkOperation) -> bool:
    """Whether the operation is one piece under any policy, so that part of it would mean something else."""
    operation = operations().get(recorded.name)
    return operation is not None and operation.is_whole(read(operation.terms, recorded.terms)[0])


def unfit(again: Again, verdicts: Mapping[int, str]) -> list[Fault]:
    """A fault for each listed index that names no item, or one that did not fail."""
    faults = []
    for index, place in again.place_of.items():
        path = f"items.{place}.index"
        if index not in verdicts:
            faults.append(Fault("ITEM_NOT_FOUND", f"There is no item {index}.", path, index))
        elif verdicts[index] not in again.verdicts:
            message = f"Item {index} is {verdicts[index]}; only what failed can be retried."
            faults.append(Fault("ITEM_NOT_FAILED", message, path, index))
    return faults


def failed_items(recorded: BulkOperation, again: Again) -> list[Row]:
    """The items to send again, in order. Raises `Refused` that names those that cannot be, or when there are none."""
    items: QuerySet[BulkItem] = recorded.items.order_by("index")
    if again.listed:
        named = items.filter(index__among=list(again.listed))
        if faults := unfit(again, dict(named.values_list("index", "verdict"))):
            raise refuse(*faults)
        # Part of a replace would switch off what the rest of it lists.
        items = items if is_whole(recorded) else named
    found = list(items.filter(verdict__in=again.verdicts).values(*FIELDS))
    if not found:
        raise refuse(Fault("NOTHING_TO_RETRY", "Nothing of this operation has failed.", kind=Kind.CONFLICT))
    return found


def unkept(recorded: BulkOperation, rows: Iterable[Row], again: Again) -> list[Fault]:
    """A fault for each item of which nothing was kept and nothing is sent now."""
    # What went through the queue is kept as it came: there it is null that was sent.
    if recorded.deferred:
        return []
    lost = [row["index"] for row in rows if row["payload"] is None and "item" not in again.listed.get(row["index"], {})]
    sentence = "Of item {} nothing was kept; list it with the item to send."
    places = {index: f"items.{place}.item" for index, place in again.place_of.items()}
    return [
        Fault("PAYLOAD_NOT_KEPT", sentence.format(index), places.get(index, "items"), index, kind=Kind.CONFLICT)
        for index in lost
    ]
