"""Items of the dialect as batches of the engine: the same for a call at once and for what waits in the queue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from printshop.api.reading import Item, read
from printshop.bulk.deferred.cutting import in_turns
from printshop.bulk.deferred.dialects import Batches, Dialect, Payload, RowsOf, Taken, asker
from printshop.bulk.engine import Batch
from printshop.bulk.models import BulkOperation, Policy
from printshop.magento.calls import Change, Target
from printshop.magento.queueing import NAME, rejection
from printshop.magento.routes import TOPICS


@dataclass(frozen=True, slots=True)
class Single:
    """One item: what is asked of it beside its fields, and where it stands among the payloads."""

    item: Item
    terms: dict[str, Any]
    position: int


def item_of(change: Change, target: Target, payload: Any, index: int) -> Item:
    """The item as the engine takes it, with every fault of its shape."""
    if target.operation.item_is_id:
        raw, faults = change.fields.of_params(payload)
        return Item(index, next(iter(raw.values()), None), faults)
    raw, faults = change.fields.item(payload, target.shape)
    value, more = read(target.shape, {**raw, **change.fixed})
    # What could not be translated is not missing as well.
    places = {fault.path for fault in faults}
    return Item(index, value, faults + [fault for fault in more if not hidden(fault.path, places, change)])


def hidden(path: str, places: set[str], change: Change) -> bool:
    """Whether the shape's fault only follows from one found before: of the field, its parameter, or the whole body."""
    named = [name for name, param in change.fields.params.items() if param.field == path]
    return path in places or any(name in places for name in named) or change.fields.wrapper in places


def terms_of(change: Change, payload: Any) -> dict[str, Any]:
    """What an item asks for beside its fields, on the shop's names."""
    return dict(change.terms_of({k: v for k, v in payload.items() if k not in change.fields.params}))


def readied(change: Change, singles: Sequence[Single]) -> list[Single]:
    """The same, the values of faultless items made fit for writing."""
    good = [single for single in singles if not single.item.faults]
    values = change.ready([single.item.value for single in good])
    fit = {single.position: value for single, value in zip(good, values, strict=True)}
    return [
        replace(single, item=replace(single.item, value=fit.get(single.position, single.item.value)))
        for single in singles
    ]


def turns(change: Change, payloads: Sequence[Payload]) -> list[list[int]]:
    """The positions of the payloads in turns, of which each can be planned as one."""
    if not change.in_turns:
        return [list(range(len(payloads)))]
    return in_turns([(payload.index, change.touches(payload.value)) for payload in payloads])


def alike(singles: Sequence[Single]) -> Iterator[list[Single]]:
    """Neighbours that ask for the same."""
    group: list[Single] = []
    for single in singles:
        if group and group[-1].terms != single.terms:
            yield group
            group = []
        group.append(single)
    if group:
        yield group


def batch_of(target: Target, group: Sequence[Single], template: Batch) -> Batch:
    """Items that ask for the same, as a batch."""
    asked = group[0].terms
    terms, faults = (target.terms, []) if target.terms else read(target.operation.terms, asked)
    return replace(template, items=[one.item for one in group], terms=terms, faults=faults)


def batches_of(change: Change, scope: str, payloads: Sequence[Payload], template: Batch) -> Batches:
    """The payloads as batches, in order. `template` says who asks, when, and under which policy."""
    target = change.target(scope)
    singles = readied(
        change,
        [
            Single(item_of(change, target, one.value, one.index), terms_of(change, one.value), position)
            for position, one in enumerate(payloads)
        ],
    )
    return [
        (target.operation, batch_of(target, group, template))
        for turn in turns(change, payloads)
        for group in alike([singles[position] for position in turn])
    ]


def opened(payload: Payload) -> Payload:
    """A payload with what was sealed of it in its place."""
    return replace(payload, value={**payload.value, **payload.sealed}) if payload.sealed else payload


def batches(recorded: BulkOperation, payloads: Sequence[Payload], at: datetime) -> Batches:
    """What waited in the queue, read when its turn has come: the store scope means what it means by then."""
    template = Batch((), {}, asker(recorded), at, Policy.PARTIAL, operation_id=recorded.pk)
    return batches_of(TOPICS[recorded.topic], recorded.scope, [opened(one) for one in payloads], template)


def rows_of(recorded: BulkOperation) -> RowsOf:
    """What names the rows that the payloads of a bulk touch."""
    return TOPICS[recorded.topic].touches


def take_in(recorded: BulkOperation, value: Any) -> Taken:
    """A mended item, for a retry."""
    change = TOPICS[recorded.topic]
    shown, sealed = change.seal(value)
    return Taken(shown, sealed, rejection(value, list(change.fields.params)))


DIALECT = Dialect(NAME, batches, rows_of=rows_of, take_in=take_in)
