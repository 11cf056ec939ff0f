"""What an import does to each SKU, worked out from values alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from operator import itemgetter
from types import NoneType
from typing import Any, Literal

import orjson
from pydantic.alias_generators import to_camel

from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind, nearest
from printshop.api.sharing import different, each_different
from printshop.api.tables import Table, column
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mode:
    """How an import meets what it finds: the modes differ in these four answers and in nothing else."""

    on_known: Literal["update", "skip", "refuse"]
    creates_unknown: bool
    retires_absent: bool = False
    activates_listed: bool = False


MODES: Mapping[str, Mode] = {
    "upsert": Mode("update", creates_unknown=True),
    "append": Mode("skip", creates_unknown=True),
    "replace": Mode("update", creates_unknown=True, retires_absent=True, activates_listed=True),
    "create": Mode("refuse", creates_unknown=True),
    "edit": Mode("update", creates_unknown=False),
}

# What a new SKU has where the import is silent, and what null puts back. No entry: null has no meaning there.
CLEARED: Mapping[str, Any] = {
    "description": "",
    "machine_type": "",
    "material": "",
    "estimated_print_time": None,
    "estimated_material_grams": None,
    "quality_tiers": {},
    "options": [],
}
EMPTIED = tuple(name for name, value in CLEARED.items() if value == "")
DEFAULTS: Mapping[str, Any] = {**CLEARED, "name": "", "kind": "print", "base_price": 0, "active": True}
FIELDS = ("name", "kind", "description", "machine_type", "material", "estimated_print_time", "estimated_material_grams",
          "base_price", "currency", "quality_tiers", "options", "active")  # fmt: skip
WIRE = {name: to_camel(name) for name in FIELDS}
Pick = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Known:
    """The catalogue as an import finds it: rows of the listed ids, the active ids it does not list, and candidates for
    "did you mean"."""

    rows: Mapping[str, Row]
    unlisted: Sequence[str] = ()
    resembling: Sequence[str] = field(default=())
    currency: str = "USD"


def image(values: Row) -> dict[str, Any]:
    """Fields as they stand on the wire: camel case, money in major units."""
    worded = {WIRE[name]: value for name, value in values.items()}
    if "base_price" in values:
        worded["basePrice"] = values["base_price"] / 100
    for name in EMPTIED:
        if values.get(name) == "":
            worded[WIRE[name]] = None
    return worded


@cache
def blank(currency: str) -> Row:
    """The fields of a new SKU where the import is silent."""
    return {name: DEFAULTS.get(name, currency) for name in FIELDS}


def null_faults(given: Row) -> list[Fault]:
    """Null clears a field; a field that cannot be empty cannot be cleared."""
    cleared = [name for name, value in given.items() if value is None and name not in CLEARED]
    return [Fault("CANNOT_BE_CLEARED", f"{WIRE[name]} cannot be cleared.", WIRE[name], None) for name in cleared]


def rule_faults(row: Row, given: Row, mode: Mode) -> list[Fault]:
    """Rules over more than one field, judged on what the SKU would be."""
    faults = []
    if row["machine_type"] and row["kind"] != "print":
        faults.append(
            Fault(
                "MACHINE_TYPE_OF_PRINTS_ONLY",
                "Only a SKU of kind print has a machineType.",
                "machineType",
                row["machine_type"],
            )
        )
    if mode.activates_listed and given.get("active") is False:
        faults.append(
            Fault(
                "INACTIVE_IN_REPLACE",
                "A replace lists the SKUs to be active; leave an inactive one out.",
                "active",
                False,
            )
        )
    return faults


def unknown_sku(sku_id: str, resembling: Sequence[str], path: str = "id", kind: Kind = Kind.UNKNOWN) -> Fault:
    """The fault for an id that no SKU has, with the nearest one that exists."""
    return Fault("SKU_NOT_FOUND", f"There is no SKU {sku_id}.", path, sku_id, nearest(sku_id, resembling), kind)


class Listed(Mapping[str, Row]):
    """SKUs by id. Most are only compared: a row is put together where somebody wants more of it.

    Its rows hold the values of `FIELDS` and the id.
    """

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.values_of = {row[-1]: row for row in rows}

    def __getitem__(self, sku_id: str) -> Row:
        return dict(zip(FIELDS, self.values_of[sku_id], strict=False))

    def __contains__(self, sku_id: object) -> bool:
        return sku_id in self.values_of

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_of)

    def __len__(self) -> int:
        return len(self.values_of)

    def get(self, sku_id: str, default: Any = None) -> Any:
        return self[sku_id] if sku_id in self.values_of else default


PLACES = {WIRE[name]: place for place, name in enumerate(FIELDS)}
PRICE, ACTIVE = PLACES["basePrice"], PLACES["active"]
# Python takes true for 1, and 1.0 for 1: what these fields may be sent as, and documents, in which truths may hide.
KINDS: Mapping[str, Set[type]] = {
    "estimatedPrintTime": {int, NoneType},
    "estimatedMaterialGrams": {int, float, NoneType},
    "basePrice": {int, float},
    "active": {bool},
}
DOCUMENTS = {"qualityTiers", "options"}


@lru_cache(maxsize=1000)
def pick_of(names: tuple[str, ...]) -> Pick | None:
    """What picks fields out of a row, as a tuple. None where one is unknown, or none is named."""
    if not names or not PLACES.keys() >= set(names):
        return None
    places = [PLACES[name] for name in names]
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))


def holds_truth(document: Any) -> bool:
    """Whether JSON may hold true or false, or a text that reads so."""
    text = orjson.dumps(document)
    return b"true" in text or b"false" in text


def are_doubtful(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether any of the values may say something else than what it equals."""
    kinds = (allowed >= set(map(type, columns[name])) for name, allowed in KINDS.items() if name in columns)
    documents = [list(different(columns[name]).values()) for name in DOCUMENTS if name in columns]
    return not all(kinds) or holds_truth(documents)


def standing(sent: Sequence[Any], there: Iterable[Any]) -> Sequence[Any]:
    """Documents as they were sent; what equals one that is there is given as that very one, and so soon compared."""
    stood = different(there).values()
    if len(different(sent)) * len(stood) > len(sent):
        return sent
    return each_different(lambda one: next((other for other in stood if other == one), one), sent)


@dataclass(frozen=True, slots=True)
class Alike:
    """SKUs as they were sent that name the same fields, with their places in the import."""

    places: Sequence[int]
    table: Table

    def repeating(self, rows: Mapping[str, Sequence[Any]]) -> Iterator[tuple[int, str]]:
        """Place and id of those that equal what there is and is on sale, `rows` by id."""
        columns = self.table.columns
        told = tuple(name for name in columns if name not in {"id", "basePrice"})
        pick, stood = pick_of(told), [rows.get(sku_id) for sku_id in columns["id"]]
        there = [row for row in stood if row is not None]
        if pick is None or not there:
            return
        same = {name: standing(columns[name], [row[PLACES[name]] for row in there]) for name in DOCUMENTS & set(told)}
        said = zip(*(same.get(name, columns[name]) for name in told), strict=True)
        is_doubtful = cache(lambda: are_doubtful(columns))
        for number, (row, one) in enumerate(zip(stood, said, strict=True)):
            if row is None or pick(row) != one or not row[ACTIVE]:
                continue
            if "basePrice" in columns and columns["basePrice"][number] != row[PRICE] / 100:
                continue
            if not (is_doubtful() and are_doubtful({name: [values[number]] for name, values in columns.items()})):
                yield self.places[number], columns["id"][number]


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
    rows = ask().values_of
    for group in alike(sent) if rows else ():
        for place, sku_id in group.repeating(rows):
            found[place] = {"id": sku_id}
    return found


def may_switch_off(sent: Sequence[Any], mode: Mode) -> bool:
    """Whether an import may end with a SKU off that was on, by what was sent, read already or not."""
    return mode.retires_absent or any(one is not True for one in column(sent, "active"))


def named(sent: Any) -> bool:
    """Whether what was sent tells which SKU it is."""
    return isinstance(sent, dict) and isinstance(sent.get("id"), str)


def says_nothing_new(given: Row, before: Row | None, mode: Mode) -> bool:
    """Whether an import only repeats what a SKU is: most rows of most imports, which need no second look."""
    return (
        before is not None
        and mode.on_known == "update"
        and given.items() <= before.items()
        and (before["active"] or not mode.activates_listed)
    )


def plan_item(
    outcome: Outcome, given: Row, before: Row | None, known: Known, mode: Mode, at: datetime, misread: Iterable[Fault]
) -> None:
    """Judge one SKU and work out its row; `misread` are the faults of its shape."""
    if before is None and not mode.creates_unknown:
        return outcome.refuse(unknown_sku(outcome.reference, known.resembling))
    if before is not None and mode.on_known == "refuse":
        return outcome.refuse(
            Fault("SKU_EXISTS", f"SKU {outcome.reference} exists already.", "id", outcome.reference, kind=Kind.CONFLICT)
        )
    filled, faults = given, []
    if before is None and not given.get("name") and all(fault.path != "name" for fault in misread):
        faults.append(Fault("REQUIRED", "name is required for a new SKU.", "name"))
    if None in given.values():
        filled = {name: CLEARED.get(name) if value is None else value for name, value in given.items()}
        faults += null_faults(given)
    if mode.activates_listed:
        filled = {"active": True, **filled}
    row = {"id": outcome.reference, **(blank(known.currency) if before is None else before), **filled}
    if faults := faults + rule_faults(row, given, mode):
        return outcome.refuse(*faults)
    if before is not None and mode.on_known == "skip":
        outcome.verdict = Verdict.SKIPPED
        return None
    changed = filled if before is None else {name: value for name, value in filled.items() if before[name] != value}
    if not changed and before is not None:
        return None
    outcome.verdict = Verdict.CREATED if before is None else Verdict.UPDATED
    outcome.before = None if before is None else image({name: before[name] for name in changed})
    outcome.after = image(changed)
    if before is None:
        row["created_at"] = at
    row["updated_at"] = at
    outcome.change = row
    return None


def plan_import(
    items: Sequence[Item], known: Known, mode: Mode, at: datetime, max_deactivate: int | None = None
) -> list[Outcome]:
    """One outcome for each item, then one for each SKU that a replace switches off."""
    first_at: dict[str, int] = {}
    outcomes = []
    # To name a SKU says nothing of it, unless that is to skip it or to switch it on.
    is_enough = mode.on_known == "update" and not mode.activates_listed
    for item in items:
        value = item.value or {}
        outcome = Outcome(item.index, value.get("id", ""))
        outcomes.append(outcome)
        if not outcome.reference:
            continue
        first = first_at.setdefault(outcome.reference, item.index)
        if first != item.index:
            message = f"SKU {outcome.reference} stands in this import twice, at index {first} and index {item.index}."
            outcome.refuse(Fault("DUPLICATE_ID", message, "id", outcome.reference))
        elif len(value) > 1 or not is_enough or outcome.reference not in known.rows:
            given = value.copy()
            del given["id"]
            before = known.rows.get(outcome.reference)
            if not says_nothing_new(given, before, mode):
                plan_item(outcome, given, before, known, mode, at, item.faults)
    return outcomes + plan_retirement(known, mode, max_deactivate)


def plan_retirement(known: Known, mode: Mode, max_deactivate: int | None) -> list[Outcome]:
    """What a replace switches off: every active SKU that it does not list, unless that is more than allowed."""
    if not mode.retires_absent:
        return []
    if max_deactivate is not None and len(known.unlisted) > max_deactivate:
        count = len(known.unlisted)
        message = (
            f"This replace would deactivate {count} SKUs, more than the {max_deactivate} that maxDeactivate allows."
        )
        outcome = Outcome(None)
        outcome.refuse(Fault("TOO_MANY_DEACTIVATIONS", message, "maxDeactivate", max_deactivate, kind=Kind.CONFLICT))
        return [outcome]
    off: dict[str, Any] = {"before": {"active": True}, "after": {"active": False}}
    return [Outcome(None, sku_id, Verdict.DEACTIVATED, change=sku_id, **off) for sku_id in known.unlisted]
