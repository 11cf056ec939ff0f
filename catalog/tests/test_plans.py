"""What an import does to each SKU, worked out without a database."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from catalog.plans.imports import CLEARED, DEFAULTS, FIELDS, MODES, Known, new_rows, plan_import
from catalog.plans.repeating import Listed, repeating
from catalog.shapes.skus import SKUItem
from printshop.api.reading import Item, read_items
from printshop.api.refusals import Fault, Kind
from printshop.api.tables import Line, Table
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON


def row(**given: Any) -> dict[str, Any]:
    """A SKU as it stands."""
    return {**DEFAULTS, "name": "A cube", "currency": "USD", "base_price": 1250, "material": "PLA", **given}


def plan(
    mode: str,
    *skus: Mapping[str, Any],
    known: Mapping[str, dict[str, Any]] | None = None,
    faults: Sequence[Fault] = (),
    limit: int | None = None,
    **rest: Any,
) -> list[Outcome]:
    items = [Item(index, dict(sku), list(faults)) for index, sku in enumerate(skus)]
    return plan_import(items, Known(known or {}, **rest), MODES[mode], NOON, limit)


def codes(outcome: Outcome) -> list[str]:
    return [fault.code for fault in outcome.faults]


WRITING = ["upsert", "replace", "append", "create"]
CHANGING = ["upsert", "replace", "edit"]


# --- New -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", WRITING)
def test_it_creates_an_unknown_sku_with_defaults_where_it_is_silent(mode: str):
    [outcome] = plan(mode, {"id": "a", "name": "A cube"}, currency="EUR")
    assert outcome.verdict is Verdict.CREATED
    rows = new_rows([outcome], "EUR", NOON)
    assert {name: value for name, [value] in rows.items()} == {
        "id": "a", **DEFAULTS, "name": "A cube", "currency": "EUR", "created_at": NOON, "updated_at": NOON
    }  # fmt: skip
    assert outcome.before is None


@pytest.mark.parametrize("mode", WRITING)
@pytest.mark.parametrize("name", [None, "absent"])
def test_it_wants_a_name_for_a_new_sku(mode: str, name: str | None):
    sku = {"id": "a"} if name else {"id": "a", "name": None}
    [outcome] = plan(mode, sku)
    assert outcome.verdict is Verdict.REFUSED
    assert codes(outcome)[0] == "REQUIRED"
    assert outcome.faults[0].path == "name"


def test_it_does_not_ask_for_a_name_that_was_sent_but_misread():
    [outcome] = plan("upsert", {"id": "a"}, faults=[Fault("NOT_TEXT", "name must be text.", "name")])
    assert codes(outcome) == []


@pytest.mark.parametrize("field", sorted(CLEARED))
def test_it_takes_null_in_a_new_sku_for_empty(field: str):
    [outcome] = plan("upsert", {"id": "a", "name": "A cube", field: None})
    assert outcome.change[field] == CLEARED[field]


def test_it_tells_the_wire_names_and_major_units_of_what_is_new():
    sku = {"id": "a", "name": "A cube", "base_price": 1250, "machine_type": "resin", "description": None}
    [outcome] = plan("upsert", sku)
    assert outcome.after == {"name": "A cube", "basePrice": 12.5, "machineType": "resin", "description": None}


# --- Known -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", CHANGING)
def test_it_keeps_what_is_left_out(mode: str):
    known = row(description="Old", quality_tiers={"fine": {"multiplier": 2}}, options=[{"key": "x"}])
    [outcome] = plan(mode, {"id": "a", "base_price": 990}, known={"a": known})
    assert outcome.verdict is Verdict.UPDATED
    assert {name: outcome.change[name] for name in FIELDS} == {**known, "base_price": 990}
    assert outcome.changes == {"basePrice": [12.5, 9.9]}


@pytest.mark.parametrize("mode", CHANGING)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "Old"), ("machine_type", "resin"), ("material", "PLA"), ("estimated_print_time", 90),
        ("estimated_material_grams", 1.5), ("quality_tiers", {"fine": {"multiplier": 2}}), ("options", [{"key": "x"}]),
    ],
)  # fmt: skip
def test_it_clears_what_is_null(mode: str, field: str, value: Any):
    [outcome] = plan(mode, {"id": "a", field: None}, known={"a": row(**{field: value})})
    assert outcome.change[field] == CLEARED[field]
    assert outcome.verdict is Verdict.UPDATED


@pytest.mark.parametrize("mode", CHANGING)
@pytest.mark.parametrize("field", ["name", "kind", "base_price", "currency", "active"])
def test_it_refuses_to_clear_what_cannot_be_empty(mode: str, field: str):
    [outcome] = plan(mode, {"id": "a", field: None}, known={"a": row()})
    assert codes(outcome) == ["CANNOT_BE_CLEARED"]
    assert outcome.change is None


@pytest.mark.parametrize("mode", CHANGING)
def test_it_leaves_an_equal_sku_unchanged(mode: str):
    [outcome] = plan(mode, {"id": "a", **row()}, known={"a": row()})
    assert (outcome.verdict, outcome.change, outcome.changes) == (Verdict.UNCHANGED, None, {})


@pytest.mark.parametrize("mode", CHANGING)
def test_it_leaves_a_sku_unchanged_when_null_meets_empty(mode: str):
    [outcome] = plan(mode, {"id": "a", "description": None, "options": None}, known={"a": row()})
    assert outcome.verdict is Verdict.UNCHANGED


def test_it_lists_only_the_fields_that_change():
    [outcome] = plan("upsert", {"id": "a", "name": "A ball", "material": "PLA"}, known={"a": row()})
    assert outcome.changes == {"name": ["A cube", "A ball"]}


def test_it_does_not_alter_what_it_was_given():
    sku, known = {"id": "a", "description": None, "name": "A ball"}, {"a": row()}
    plan("replace", sku, known=known)
    assert sku == {"id": "a", "description": None, "name": "A ball"}
    assert known == {"a": row()}


# --- Modes -----------------------------------------------------------------------------------------------------------
def test_it_skips_known_ids_when_appending():
    known, new = plan("append", {"id": "a", "name": "Other"}, {"id": "b", "name": "B"}, known={"a": row()})
    assert (known.verdict, known.change) == (Verdict.SKIPPED, None)
    assert new.verdict is Verdict.CREATED


def test_it_judges_what_it_skips():
    [outcome] = plan("append", {"id": "a", "name": None}, known={"a": row()})
    assert codes(outcome) == ["CANNOT_BE_CLEARED"]


def test_it_refuses_to_create_what_exists():
    [outcome] = plan("create", {"id": "a", "name": "Other"}, known={"a": row()})
    assert [(fault.code, fault.kind) for fault in outcome.faults] == [("SKU_EXISTS", Kind.CONFLICT)]


def test_it_refuses_to_edit_what_does_not_exist_and_says_what_was_meant():
    [outcome] = plan("edit", {"id": "sku-pla-blck-cube", "name": "X"}, resembling=["sku-pla-black-cube", "sku-abs"])
    [fault] = outcome.faults
    assert (fault.code, fault.kind, fault.suggestion) == ("SKU_NOT_FOUND", Kind.UNKNOWN, "sku-pla-black-cube")


def test_it_suggests_nothing_where_nothing_is_near():
    [outcome] = plan("edit", {"id": "zzz"}, resembling=["sku-pla-black-cube"])
    assert outcome.faults[0].suggestion is None


# --- Replace ---------------------------------------------------------------------------------------------------------
def test_it_switches_off_every_active_sku_that_is_not_listed():
    listed, *others = plan("replace", {"id": "a"}, known={"a": row()}, unlisted=["b", "c"])
    assert listed.verdict is Verdict.UNCHANGED
    assert [(one.index, one.reference, one.verdict, one.change) for one in others] == [
        (None, "b", Verdict.DEACTIVATED, "b"),
        (None, "c", Verdict.DEACTIVATED, "c"),
    ]
    assert others[0].changes == {"active": [True, False]}


@pytest.mark.parametrize("mode", ["upsert", "append", "create", "edit"])
def test_it_switches_nothing_off_in_any_other_mode(mode: str):
    assert len(plan(mode, {"id": "a", "name": "A"}, unlisted=["b", "c"])) == 1


def test_it_switches_a_listed_sku_on_again():
    [outcome] = plan("replace", {"id": "a"}, known={"a": row(active=False)})
    assert (outcome.verdict, outcome.changes) == (Verdict.UPDATED, {"active": [False, True]})
    assert outcome.change["active"] is True


@pytest.mark.parametrize("known", [{}, {"a": row()}])
def test_it_refuses_an_inactive_sku_inside_a_replace(known: dict[str, Any]):
    [outcome] = plan("replace", {"id": "a", "name": "A", "active": False}, known=known)
    assert codes(outcome) == ["INACTIVE_IN_REPLACE"]


def test_it_lets_an_upsert_leave_the_inactive_inactive():
    [outcome] = plan("upsert", {"id": "a", "name": "A ball"}, known={"a": row(active=False)})
    assert outcome.change["active"] is False


@pytest.mark.parametrize(
    ("limit", "verdicts"), [(2, ["deactivated"] * 2), (None, ["deactivated"] * 2), (1, ["refused"])]
)
def test_it_switches_off_no_more_than_allowed(limit: int | None, verdicts: list[str]):
    _, *others = plan("replace", {"id": "a"}, known={"a": row()}, unlisted=["b", "c"], limit=limit)
    assert [one.verdict for one in others] == verdicts


def test_it_names_a_conflict_when_too_many_would_go():
    *_, outcome = plan("replace", {"id": "a"}, known={"a": row()}, unlisted=["b"], limit=0)
    [fault] = outcome.faults
    assert (outcome.index, fault.code, fault.kind, fault.path) == (
        None, "TOO_MANY_DEACTIVATIONS", Kind.CONFLICT, "maxDeactivate",
    )  # fmt: skip


# --- Faults ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", sorted(MODES))
def test_it_refuses_an_id_that_stands_twice_and_names_both_places(mode: str):
    first, other, second, third = plan(mode, *({"id": one, "name": one} for one in "abaa"), known={"b": row()})
    assert "DUPLICATE_ID" not in codes(first) + codes(other)
    assert codes(second) == codes(third) == ["DUPLICATE_ID"]
    assert second.faults[0].message == "SKU a stands in this import twice, at index 0 and index 2."
    assert third.faults[0].message == "SKU a stands in this import twice, at index 0 and index 3."


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"kind": "content", "machine_type": "resin"}, {}),
        ({"kind": "content"}, {"a": row(machine_type="resin")}),
        ({"machine_type": "resin"}, {"a": row(kind="content")}),
    ],
)
def test_it_judges_what_the_sku_would_be(given: dict[str, Any], known: dict[str, Any]):
    [outcome] = plan("upsert", {"id": "a", "name": "A", **given}, known=known)
    assert codes(outcome) == ["MACHINE_TYPE_OF_PRINTS_ONLY"]


def test_it_lets_a_print_become_content_when_the_machine_is_cleared():
    known = {"a": row(machine_type="resin")}
    [outcome] = plan("upsert", {"id": "a", "kind": "content", "machine_type": None}, known=known)
    assert outcome.verdict is Verdict.UPDATED


def test_it_names_every_fault_of_a_sku_at_once():
    sku = {"id": "a", "kind": "content", "machine_type": "resin", "currency": None, "active": False}
    [outcome] = plan("replace", sku)
    assert codes(outcome) == ["REQUIRED", "CANNOT_BE_CLEARED", "MACHINE_TYPE_OF_PRINTS_ONLY", "INACTIVE_IN_REPLACE"]


def test_it_has_nothing_to_say_of_an_item_without_an_id():
    items = [Item(0, None), Item(1, {}), Item(2, {"name": "A"})]
    outcomes = plan_import(items, Known({}), MODES["upsert"], NOON)
    assert [(one.index, one.reference, one.faults) for one in outcomes] == [(0, "", []), (1, "", []), (2, "", [])]


# --- What is only repeated -------------------------------------------------------------------------------------------
STOOD = row(
    description="Tall", machine_type="resin", estimated_print_time=1, estimated_material_grams=1.0, base_price=100,
    quality_tiers={"fine": {"multiplier": 1.0}},
    options=[{"key": "k", "label": "K", "type": "select", "choices": ["1"], "priceModifier": 1.0}],
)  # fmt: skip
REPEATED: dict[str, Any] = {
    "id": "a", "name": "A cube", "kind": "print", "description": "Tall", "machineType": "resin", "material": "PLA",
    "estimatedPrintTime": 1, "estimatedMaterialGrams": 1, "basePrice": 1, "currency": "USD",
    "qualityTiers": {"fine": {"multiplier": 1}},
    "options": [{"key": "k", "label": "K", "type": "select", "choices": ["1"], "priceModifier": 1}],
}  # fmt: skip
NASTY: tuple[Any, ...] = (
         None, True, False, 0, 1, 1.0, -0.0, "", "1", "true", [], [None], {}, {"fine": {"multiplier": True}},
         {"fine": {"multiplier": 1.0}}, {"fine": None}, {"fine": {}}, [{"key": "k", "priceModifier": True}],
         [{**REPEATED["options"][0], "priceModifier": True}], [{**REPEATED["options"][0], "choices": [1]}])  # fmt: skip


def found(row: dict[str, Any]) -> Listed:
    """The SKU `a` as the database gives it."""
    return Listed([[row[name]] for name in FIELDS] + [["a"]])


@pytest.mark.parametrize("fields", [REPEATED, {"id": "a", "name": "A cube"}, REPEATED | {"active": True}])
def test_it_reads_nothing_of_what_is_only_repeated(fields: dict[str, Any]):
    assert repeating([fields, {"id": "b"}, None, {}], lambda: found(STOOD)) == [{"id": "a"}, None, None, None]


def test_nothing_is_repeated_where_nothing_is():
    assert repeating([REPEATED, None], lambda: Listed([()] * (len(FIELDS) + 1))) == [None, None]


def test_it_judges_many_that_are_repeated_as_it_would_each_alone():
    def rows() -> Listed:
        return found(STOOD)

    sent: list[Any] = [None, REPEATED, {"id": "b", "name": "A cube"}]
    sent += [REPEATED | {field: value} for field in [*REPEATED, "active", "unknown"] for value in NASTY]
    sent += [{"id": "a", "name": "A cube", field: value} for field in [*REPEATED, "active"] for value in NASTY]
    together = repeating(sent, rows)
    assert together == [one for each in sent for one in repeating([each], rows)]
    assert together.count({"id": "a"}) > 10


@pytest.mark.parametrize("field", [*REPEATED, "active", "unknown"])
def test_a_table_repeats_what_its_items_do(field: str):
    # No table has an id that is a document.
    values = [value for value in NASTY if field != "id" or isinstance(value, Hashable)]
    sent = [REPEATED, *(REPEATED | {"id": "a", field: value} for value in values)]
    alike = [REPEATED | {field: REPEATED.get(field, True)} | one for one in sent]
    assert repeating(Table.of(alike), lambda: found(STOOD)) == repeating(alike, lambda: found(STOOD))


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("mode", ["upsert", "replace", "append"])
@pytest.mark.parametrize("field", [*REPEATED, "active", "unknown"])
def test_it_judges_what_is_repeated_as_it_would_the_whole(field: str, mode: str, active: bool):
    rows = found(STOOD | {"active": active})
    sent: list[Any] = [REPEATED | {field: value} for value in NASTY] + [{"id": "a", field: value} for value in NASTY]
    for one in sent:
        whole, short = (read_items(SKUItem, [one], ready=ready) for ready in (None, repeating([one], lambda: rows)))
        plans = [plan_import(items, Known(rows), MODES[mode], NOON) for items in (whole, short)]
        assert plans[0] == plans[1]
        assert [item.faults for item in whole] == [item.faults for item in short]


# --- New SKUs of a table ---------------------------------------------------------------------------------------------
FRESH: dict[str, Any] = {"id": "n", "name": "A cube", "basePrice": 12.5, "material": "PLA"}
SAID: tuple[Any, ...] = (None, "", " ", "x", "print", "content", "resin", "EUR", True, False, 0, 1, 2.5, [], {})


def told(outcomes: Sequence[Outcome]) -> list[Any]:
    """Outcomes, and in place of what changes with those that are new the rows that are written."""
    made = [one for one in outcomes if one.verdict is Verdict.CREATED]
    rows = {name: list(values) for name, values in new_rows(made, "USD", NOON).items()}
    return [[replace(one, change=None) if one in made else one for one in outcomes], rows]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("field", ["name", "material", "machineType", "kind", "active", "currency", "options"])
def test_it_plans_new_skus_of_a_table_as_it_would_each_alone(field: str, mode: str):
    fresh = [{**FRESH, "kind": "content", "id": f"n{place}", field: value} for place, value in enumerate(SAID)]
    # Good ones by themselves, with one that is there, with one that stands twice, and one after the other.
    for sent in (fresh, *([one, {**one, "id": sku_id}] for one in fresh for sku_id in ("z", "a", one["id"]))):
        table = read_items(SKUItem, Table.of(sent))
        plain = read_items(SKUItem, list(sent))
        plans = [plan_import(items, Known(found(STOOD)), MODES[mode], NOON) for items in (table, plain)]
        assert told(plans[0]) == told(plans[1])


def test_it_writes_new_skus_of_a_table_in_the_order_that_is_asked_for():
    items = read_items(SKUItem, Table.of([{**FRESH, "id": sku_id, "name": sku_id.upper()} for sku_id in "cab"]))
    outcomes = plan_import(items, Known({}), MODES["upsert"], NOON)
    rows = new_rows(sorted(outcomes, key=lambda one: one.reference), "USD", NOON)
    assert (rows["id"], rows["name"], rows["base_price"]) == (["a", "b", "c"], ["A", "B", "C"], [1250] * 3)
    assert {type(one.change) for one in outcomes} == {Line}
