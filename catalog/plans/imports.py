"""What an import does to each SKU, worked out from values alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

from pydantic.alias_generators import to_camel

from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind, nearest
from printshop.api.tables import Line, Table, column, column_or, lines, together
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
Columns = Mapping[str, Sequence[Any]]


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


def may_switch_off(sent: Sequence[Any], mode: Mode) -> bool:
    """Whether an import may end with a SKU off that was on, by what was sent, read already or not."""
    return mode.retires_absent or any(one is not True for one in column(sent, "active"))


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
    """Judge one SKU and work out what is written: of one that is there its row, of a new one what an import says.

    `misread` are the faults of its shape.
    """
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
    row = {**(blank(known.currency) if before is None else before), **filled}
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
    outcome.change = filled if before is None else {"id": outcome.reference, **row, "updated_at": at}
    return None


def image_columns(columns: Columns) -> Columns:
    """`image` of many: the columns of what it makes."""
    worded = {WIRE[name]: values for name, values in columns.items()}
    if "base_price" in columns:
        worded["basePrice"] = [price / 100 for price in columns["base_price"]]
    for name in EMPTIED:
        if "" in columns.get(name, ()):
            worded[WIRE[name]] = [value or None for value in columns[name]]
    return worded


def is_sound(columns: Columns, mode: Mode) -> bool:
    """Whether new SKUs that name these fields leave nothing to be worded or cleared."""
    if not mode.creates_unknown or not all(columns.get("name", [""])):
        return False
    if any(None in values for values in columns.values()):
        return False
    if mode.activates_listed and not all(columns["active"]):
        return False
    # Without a kind of its own each is a print.
    both = zip(columns.get("machine_type", ()), columns.get("kind", ()), strict=False)
    return not any(machine and kind != "print" for machine, kind in both)


def plan_new(items: Sequence[Item], outcomes: Sequence[Outcome], known: Known, mode: Mode) -> None:
    """Plan together what a table says of SKUs that are all new, as `plan_item` would each; or leave that to it."""
    places = [place for place, item in enumerate(items) if type(item.value) is Line]
    said = [items[place].value for place in places]
    table = together(said)
    if table is None or not set(known.rows).isdisjoint(table.columns["id"]):
        return
    if mode.activates_listed and "active" not in table.columns:
        table = Table({"active": [True] * len(table), **table.columns})
        said = lines(table)
    columns = {name: values for name, values in table.columns.items() if name != "id"}
    if any(outcomes[place].faults for place in places) or not columns or not is_sound(columns, mode):
        return
    for place, change, after in zip(places, said, Table(image_columns(columns)), strict=True):
        outcome = outcomes[place]
        outcome.verdict, outcome.after, outcome.change = Verdict.CREATED, after, change


def refuse_repeated(outcomes: Sequence[Outcome]) -> None:
    """A SKU can be in an import once."""
    if len({one.reference for one in outcomes}) == len(outcomes):
        return
    first_at: dict[str, int | None] = {}
    for one in outcomes:
        first = first_at.setdefault(one.reference, one.index)
        if first != one.index and one.reference:
            message = f"SKU {one.reference} stands in this import twice, at index {first} and index {one.index}."
            one.refuse(Fault("DUPLICATE_ID", message, "id", one.reference))


def plan_import(
    items: Sequence[Item], known: Known, mode: Mode, at: datetime, max_deactivate: int | None = None
) -> list[Outcome]:
    """One outcome for each item, then one for each SKU that a replace switches off."""
    ids = column_or([item.value for item in items], "id", "")
    outcomes = [Outcome(item.index, sku_id) for item, sku_id in zip(items, ids, strict=True)]
    refuse_repeated(outcomes)
    plan_new(items, outcomes, known, mode)
    # To name a SKU says nothing of it, unless that is to skip it or to switch it on.
    named = set(known.rows) if mode.on_known == "update" and not mode.activates_listed else set()
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.verdict is not Verdict.UNCHANGED or not outcome.reference:
            continue
        if outcome.reference not in named or len(item.value) > 1:
            given = item.value.copy()
            del given["id"]
            before = known.rows.get(outcome.reference)
            if not says_nothing_new(given, before, mode):
                plan_item(outcome, given, before, known, mode, at, item.faults)
    return outcomes + plan_retirement(known, mode, max_deactivate)


def new_rows(made: Sequence[Outcome], currency: str, at: datetime) -> Columns:
    """Rows of SKUs that are new, by column: where an import is silent they have what a new SKU has."""
    said = [one.change for one in made]
    # Put in order once, where it is a table.
    rows = together(said) or said
    stood = {**blank(currency), "created_at": at, "updated_at": at}
    columns = {name: column_or(rows, name, value) for name, value in stood.items()}
    return {"id": [one.reference for one in made], **columns}


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
