"""What a store sees and what setting its values does, without a database."""

from typing import Any

import pytest

from catalog.plans.imports import DEFAULTS
from catalog.plans.stores import Known, plan_values, seen
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

ROW = {**DEFAULTS, "name": "A cube", "currency": "USD", "base_price": 1250, "material": "PLA"}
OWN = {"id": 7, "name": "Ein Würfel", "description": None, "base_price": None, "active": None}


def plan(*skus: dict[str, Any], own: dict[str, Any] | None = None, faults: tuple[Fault, ...] = ()) -> list[Outcome]:
    items = [Item(index, sku, list(faults)) for index, sku in enumerate(skus)]
    return plan_values(items, Known({"a": ROW}, own or {}, "de"), NOON)


def test_it_lays_own_values_over_the_global_ones():
    assert seen(ROW, {}) == ROW
    assert seen(ROW, {"name": "Ein Würfel", "base_price": 0}) == {**ROW, "name": "Ein Würfel", "base_price": 0}
    assert seen(ROW, {"name": None, "base_price": None, "active": None}) == ROW
    assert seen(ROW, {"description": ""})["description"] == ""


@pytest.mark.parametrize(
    ("everywhere", "here", "sees"),
    [(True, None, True), (True, True, True), (True, False, False), (False, None, False), (False, True, False)],
)
def test_it_lets_a_store_only_narrow_what_is_active(everywhere: bool, here: bool | None, sees: bool):
    assert seen({**ROW, "active": everywhere}, {"active": here})["active"] is sees


def test_it_adds_values_where_the_store_had_none():
    [outcome] = plan({"id": "a", "base_price": 990})
    assert outcome.change == {
        "sku_id": "a", "store_id": "de", "updated_at": NOON,
        "name": None, "description": None, "base_price": 990, "active": None,
    }  # fmt: skip
    assert (outcome.verdict, outcome.before, outcome.after) == ("updated", {"basePrice": None}, {"basePrice": 9.9})


def test_it_changes_the_row_that_is_there():
    [outcome] = plan({"id": "a", "name": None}, own={"a": OWN})
    assert (outcome.change["id"], outcome.change["name"]) == (7, None)
    assert outcome.changes == {"name": ["Ein Würfel", None]}


def test_it_tells_an_empty_description_from_none_at_all():
    [outcome] = plan({"id": "a", "description": ""})
    assert outcome.changes == {"description": [None, ""]}


def test_it_counts_a_value_equal_to_the_global_one_as_an_own_one():
    [outcome] = plan({"id": "a", "name": "A cube"})
    assert outcome.verdict is Verdict.UPDATED


@pytest.mark.parametrize(("field", "value"), [("material", "PLA"), ("machine_type", None), ("currency", "USD")])
def test_it_minds_no_global_field_that_stays_as_it_is(field: str, value: Any):
    [outcome] = plan({"id": "a", field: value})
    assert outcome.verdict is Verdict.UNCHANGED


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [("material", None, "material"), ("machine_type", "resin", "machineType"), ("options", [{"key": "k"}], "options")],
)
def test_it_refuses_a_field_that_only_the_whole_shop_has(field: str, value: Any, path: str):
    [outcome] = plan({"id": "a", "name": "x", field: value})
    [fault] = outcome.faults
    assert (outcome.verdict, fault.path) == (Verdict.REFUSED, path)
    assert fault.message == f"{path} is the same in every store; send it for all stores."


def test_it_does_not_count_on_an_item_that_its_shape_refuses():
    bad, good = Item(0, {"id": "a", "name": "One"}, [Fault("X", "x.")]), Item(1, {"id": "a", "name": "One"})
    outcomes = plan_values([bad, good], Known({"a": ROW}, {}, "de"), NOON)
    assert outcomes[1].before == {"name": None}


def test_it_passes_over_an_item_without_an_id():
    [outcome] = plan({"name": "x"}, faults=(Fault("REQUIRED", "id is required.", "id"),))
    assert outcome.faults == []
