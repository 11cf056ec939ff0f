"""Undoing what was done to the catalogue."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.models import SKU, Store, StoreValue
from catalog.services.imports import import_skus
from catalog.services.stores import SET_VALUES
from printshop.api.reading import Item
from printshop.api.refusals import Refused
from printshop.bulk.deferred.acceptance import Request
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.engine import Batch, Result, run
from printshop.bulk.models import BulkOperation
from printshop.bulk.undoing import undo
from printshop.testing import NOON, make_actor, make_skus, statements

pytestmark = pytest.mark.django_db
STAMPS = ("created_at", "updated_at")
LATER, LATEST = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


def carry_out_everything() -> None:
    while carry_out_next():
        pass


def cells() -> list[dict[str, Any]]:
    """Every SKU cell by cell, timestamps aside."""
    names = [field.attname for field in SKU._meta.concrete_fields if field.attname not in STAMPS]
    return list(SKU.objects.order_by("pk").values(*names))


def imported(skus: list[dict[str, Any]], mode: str = "upsert", at: Any = NOON) -> BulkOperation:
    return recorded(import_skus(skus, actor=make_actor(), at=at, mode=mode))


def recorded(result: Any) -> BulkOperation:
    return BulkOperation.objects.get(pk=result.operation_id)


def undone(operation: BulkOperation, at: Any = LATER, **how: Any) -> Result:
    result = undo(operation, actor=make_actor(), at=at, **how)
    assert isinstance(result, Result)
    return result


def full(sku_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": sku_id,
        "name": f"Part {sku_id}",
        "description": "Bent",
        "machine_type": "resin",
        "material": "PETG",
        "estimated_print_time": 90,
        "estimated_material_grams": 12.25,
        "base_price": 1999,
        "currency": "EUR",
        "quality_tiers": {"fine": {"multiplier": 1.75}},
        "options": [{"key": "hue", "label": "Hue", "type": "select", "choices": ["a", "b"], "priceModifier": 0.1}],
        **fields,
    }


@pytest.mark.django_db(transaction=True)
def test_it_puts_every_cell_back_after_a_replace_of_five_hundred():
    make_skus(400, machine_type="fdm_large", base_price=333, quality_tiers={"draft": {"multiplier": 0.7}})
    make_skus(100, prefix="off", active=False)
    before = cells()
    listed = [full(f"sku-{number:04d}") for number in range(101, 401)]
    listed += [full(f"off-{number:04d}") for number in range(1, 101)]
    listed += [full(f"new-{number:04d}") for number in range(1, 101)]
    operation = imported(listed, "replace")
    assert operation.counts == {"created": 100, "updated": 400, "deactivated": 100}
    request = undo(operation, actor=make_actor(), at=LATER)
    assert isinstance(request, Request)
    carry_out_everything()
    mine = BulkOperation.objects.get(pk=request.operation_id)
    assert (mine.state, mine.counts, mine.undoes_id) == ("finished", {"updated": 600}, operation.pk)
    assert mine.chunks.get().whole, "nobody ever sees half a catalogue"
    made = [row for row in cells() if row["id"].startswith("new-")]
    assert [row for row in cells() if row not in made] == before
    assert {row["active"] for row in made} == {False}
    undo(mine, actor=make_actor(), at=LATEST)
    carry_out_everything()
    assert set(SKU.objects.active().values_list("pk", flat=True)) == {one["id"] for one in listed}


def test_it_puts_back_what_a_replace_changed_and_switches_off_what_it_made():
    make_skus(
        30, description="", machine_type="fdm_large", base_price=333, quality_tiers={"draft": {"multiplier": 0.7}}
    )
    make_skus(10, prefix="off", active=False, name="Off")
    before = cells()
    listed = [full(f"sku-{number:04d}") for number in range(11, 31)]
    listed += [full(f"off-{number:04d}") for number in range(1, 11)] + [full("new-0001"), full("new-0002")]
    operation = imported(listed, "replace")
    result = undone(operation)
    assert [outcome.faults for outcome in result.outcomes if outcome.faults] == []
    made = [row for row in cells() if row["id"].startswith("new-")]
    assert [row for row in cells() if row not in made] == before
    assert [row["active"] for row in made] == [False, False]
    mine = recorded(result)
    assert (mine.name, mine.undoes_id, mine.policy, mine.counts) == (
        "skus.restore", operation.pk, "partial", {"updated": 42},
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["upsert", "append", "create", "edit", "replace"])
def test_it_undoes_an_import_of_every_mode_and_undoes_that_again(mode: str):
    make_skus(2, material="PLA", machine_type="", estimated_print_time=None)
    before = cells()
    ids = {"append": ["sku-0001", "n"], "create": ["n"], "edit": ["sku-0001"]}.get(mode, ["sku-0001", "n"])
    first = imported([full(sku_id) for sku_id in ids], mode)
    after = cells()
    back = undone(first)
    assert [row for row in cells() if row["id"] != "n"] == before
    assert not SKU.objects.filter(pk="n", active=True)
    again = undone(recorded(back), at=LATEST)
    assert cells() == after
    undone(recorded(again), at=LATEST + timedelta(hours=1))
    assert [row for row in cells() if row["id"] != "n"] == before


def test_it_leaves_alone_what_was_changed_since_and_names_it():
    make_skus(3)
    first = imported([{"id": f"sku-000{n}", "base_price": 1400, "material": None} for n in (1, 2, 3)])
    second = imported([{"id": "sku-0002", "base_price": 1500}], at=LATER)
    result = undone(first, LATEST)
    assert dict(SKU.objects.values_list("pk", "base_price")) == {
        "sku-0001": 1250, "sku-0002": 1500, "sku-0003": 1250,
    }  # fmt: skip
    [fault] = [fault for outcome in result.outcomes for fault in outcome.faults]
    assert (fault.code, fault.kind.name, fault.path, fault.value) == (
        "CHANGED_SINCE",
        "CONFLICT",
        "basePrice",
        "sku-0002",
    )
    assert fault.message == (
        f"sku-0002 has been changed since, by skus.import {second.pk}: basePrice is 15.0 and not 14.0."
    )
    assert recorded(result).counts == {"updated": 2, "refused": 1}


def test_it_leaves_alone_what_was_changed_and_changed_back():
    make_skus()
    first = imported([{"id": "sku-0001", "base_price": 1400}])
    imported([{"id": "sku-0001", "base_price": 1500}], at=LATER)
    third = imported([{"id": "sku-0001", "base_price": 1400}], at=LATER + timedelta(minutes=1))
    with pytest.raises(Refused) as refused:
        undone(first, LATEST)
    [(_, fault)] = refused.value.faults
    assert fault.message == f"sku-0001 has been changed since, by skus.import {third.pk}."
    assert refused.value.kind.name == "CONFLICT"


def test_it_does_nothing_to_what_was_made_inactive():
    operation = imported([full("n", active=False)])
    result = undone(operation)
    assert [outcome.verdict for outcome in result.outcomes] == ["unchanged"]


def test_it_undoes_two_hundred_in_as_many_statements_as_two():
    sent = []
    for count in 2, 200:
        operation = imported([full(f"s{count}-{number}") for number in range(count)])
        with statements() as found:
            undone(operation)
        sent.append(len(found))
    assert sent[0] == sent[1] <= 9


# --- Values of stores ------------------------------------------------------------------------------------------------
def valued(items: list[dict[str, Any]], at: Any = NOON) -> BulkOperation:
    asked = [Item(index, item) for index, item in enumerate(items)]
    return recorded(run(SET_VALUES, Batch(asked, {"store": "french"}, make_actor(), at)))


def own(sku_id: str) -> tuple[Any, ...] | None:
    found = StoreValue.objects.filter(sku=sku_id, store="french")
    return found.values_list("name", "description", "base_price", "active").first()


def test_it_puts_the_values_of_a_store_back_and_those_it_had_not():
    make_skus(2)
    Store.objects.create(code="french", name="French")
    Store.objects.create(code="german", name="German")
    valued([{"id": "sku-0001", "name": "Cube bleu", "base_price": 900}])
    second = valued(
        [
            {"id": "sku-0001", "name": None, "description": "", "active": False},
            {"id": "sku-0002", "base_price": 1},
            {"id": "sku-0001", "base_price": 950},
        ],
        at=LATER,
    )
    back = undone(second, at=LATEST)
    assert own("sku-0001") == ("Cube bleu", None, 900, None)
    assert own("sku-0002") == (None, None, None, None)
    undone(recorded(back), at=LATEST + timedelta(hours=1))
    assert own("sku-0001") == (None, "", 950, False)
    assert own("sku-0002") == (None, None, 1, None)


def test_it_leaves_alone_what_a_store_has_set_since():
    make_skus(2)
    Store.objects.create(code="french", name="French")
    first = valued([{"id": "sku-0001", "name": "A"}, {"id": "sku-0002", "name": "B"}])
    second = valued([{"id": "sku-0001", "base_price": 5}], at=LATER)
    result = undone(first, at=LATEST)
    assert (own("sku-0001"), own("sku-0002")) == (("A", None, 5, None), (None, None, None, None))
    [fault] = [fault for outcome in result.outcomes for fault in outcome.faults]
    assert fault.message == f"sku-0001 has been changed since, by skus.store {second.pk}."
