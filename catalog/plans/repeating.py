"""What an import only repeats: SKUs as they were sent beside those that are there, a column at a time.

Most rows of most imports say nothing new; of those nothing is read, and nothing put together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from types import NoneType
from typing import Any

import orjson

from catalog.plans.imports import FIELDS, WIRE, Columns, Row
from printshop.api.sharing import different, is_shared
from printshop.api.tables import Table


class Listed(Mapping[str, Row]):
    """SKUs by id, as columns: the values of `FIELDS` in their order, then the ids.

    Most are only compared: a row is put together where somebody wants more of it.
    """

    def __init__(self, columns: Sequence[Sequence[Any]]) -> None:
        *values, ids = columns
        self.columns = dict(zip(FIELDS, values, strict=True))
        self.place_of: dict[str, int] = dict(zip(ids, count(), strict=False))

    def at(self, ids: Sequence[str]) -> Columns:
        """The columns of some of them, in this order; mostly it is that of all."""
        places = list(map(self.place_of.__getitem__, ids))
        if places == list(range(len(self))):
            return self.columns
        return {name: [values[place] for place in places] for name, values in self.columns.items()}

    @cached_property
    def rows(self) -> Sequence[tuple[Any, ...]]:
        return list(zip(*self.columns.values(), strict=True))

    def __getitem__(self, sku_id: str) -> Row:
        return dict(zip(FIELDS, self.rows[self.place_of[sku_id]], strict=True))

    def __contains__(self, sku_id: object) -> bool:
        return sku_id in self.place_of

    def __iter__(self) -> Iterator[str]:
        return iter(self.place_of)

    def __len__(self) -> int:
        return len(self.place_of)

    def get(self, sku_id: str, default: Any = None) -> Any:
        return self[sku_id] if sku_id in self.place_of else default


FIELD_OF = {written: name for name, written in WIRE.items()}
# Python takes true for 1, and 1.0 for 1: what these fields may be sent as, and documents, in which truths may hide.
KINDS: Mapping[str, Set[type]] = {
    "estimatedPrintTime": {int, NoneType},
    "estimatedMaterialGrams": {int, float, NoneType},
    "basePrice": {int, float},
    "active": {bool},
}
DOCUMENTS = {"qualityTiers", "options"}


def holds_truth(document: Any) -> bool:
    """Whether JSON may hold true or false, or a text that reads so."""
    text = orjson.dumps(document)
    return b"true" in text or b"false" in text


def are_doubtful(columns: Columns) -> bool:
    """Whether any of the values may say something else than what it equals."""
    kinds = (allowed >= set(map(type, columns[name])) for name, allowed in KINDS.items() if name in columns)
    documents = [list(different(columns[name]).values()) for name in DOCUMENTS if name in columns]
    return not all(kinds) or holds_truth(documents)


def unlike(some: Sequence[Any], others: Sequence[Any]) -> Iterable[int]:
    """The places at which two columns differ."""
    if list(some) == list(others):
        return ()
    return [place for place, (one, other) in enumerate(zip(some, others, strict=True)) if one != other]


def unlike_documents(some: Sequence[Any], others: Sequence[Any]) -> Iterable[int]:
    """The same of documents, of which many share one: the very same pair is compared once."""
    if is_shared(some) and is_shared(others):
        return () if some[0] == others[0] else range(len(some))
    pairs = list(zip(map(id, some), map(id, others), strict=True))
    each = dict(zip(pairs, zip(some, others, strict=True), strict=True))
    differing = {pair for pair, (one, other) in each.items() if one != other}
    return [place for place, pair in enumerate(pairs) if pair in differing] if differing else ()


def changing(sent: Columns, there: Columns) -> Iterator[int]:
    """The places of SKUs that say something else than what there is, or of which that is not on sale.

    Columns as they are written, beside those of `FIELDS`.
    """
    yield from unlike(there["active"], [True] * len(there["active"]))
    for name in sent.keys() - {"id"}:
        stood = there[FIELD_OF[name]]
        if name == "basePrice":
            yield from unlike(sent[name], [price / 100 for price in stood])
        else:
            yield from (unlike_documents if name in DOCUMENTS else unlike)(sent[name], stood)
    if are_doubtful(sent):
        for place in range(len(sent["id"])):
            if are_doubtful({name: values[place : place + 1] for name, values in sent.items()}):
                yield place


@dataclass(frozen=True, slots=True)
class Alike:
    """SKUs as they were sent that name the same fields, with their places in the import."""

    places: Sequence[int]
    table: Table

    def repeating(self, listed: Listed) -> Iterator[tuple[int, str]]:
        """Place and id of those that equal what there is and is on sale."""
        ids, told = self.table.columns["id"], self.table.columns.keys() - {"id"}
        known = [number for number, sku_id in enumerate(ids) if sku_id in listed.place_of]
        if not known or not told or not FIELD_OF.keys() >= told:
            return
        table = self.table if len(known) == len(ids) else self.table.at(known)
        ids = table.columns["id"]
        changed = set(changing(table.columns, listed.at(ids)))
        for number, place in enumerate(known):
            if number not in changed:
                yield self.places[place], ids[number]


def named(sent: Any) -> bool:
    """Whether what was sent tells which SKU it is."""
    return isinstance(sent, dict) and isinstance(sent.get("id"), str)


def alike(sent: Sequence[Any]) -> Iterator[Alike]:
    """What names a SKU, put together by its fields: most calls send one shape, and as a table."""
    if isinstance(sent, Table):
        if "id" in sent.columns:
            yield Alike(range(len(sent)), sent)
        return
    found: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(sent):
        if named(one):
            found.setdefault(tuple(one), []).append(place)
    for places in found.values():
        yield Alike(places, Table.of([sent[place] for place in places]))


def repeating(sent: Sequence[Any], ask: Callable[[], Listed]) -> list[Row | None]:
    """The ids of SKUs that equal, as they were sent, what there is and is on sale: they have no fault.

    None for each that has to be read.
    """
    found: list[Row | None] = [None] * len(sent)
    listed = ask()
    for group in alike(sent) if listed else ():
        for place, sku_id in group.repeating(listed):
            found[place] = {"id": sku_id}
    return found
