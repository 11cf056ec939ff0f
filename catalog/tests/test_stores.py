"""What single stores see: the operation `skus.store` and what it leaves behind."""

from typing import Any

import pytest

from catalog.models import SKU, Store, StoreValue
from catalog.services.imports import IMPORT, import_skus
from catalog.services.stores import SET_VALUES, default_store, own_values
from catalog.shapes import skus as shapes
from printshop.api.reading import read_items
from printshop.api.refusals import Refused
from printshop.bulk.engine import Batch, Result, preview, run
from printshop.bulk.models import BulkItem, BulkOperation, Policy
from printshop.testing import NOON, make_actor, make_skus, snapshot, statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stores() -> None:
    Store.objects.create(code="de", name="Deutschland", default=True)
    Store.objects.create(code="fr", name="France")


def batch(*raws: dict[str, Any], store: str = "de", policy: Policy = Policy.ATOMIC, **rest: Any) -> Batch:
    """Items as they come over the wire."""
    return Batch(read_items(shapes.StoreItem, list(raws)), {"store": store}, make_actor(), NOON, policy, **rest)


def set_values(*raws: dict[str, Any], **terms: Any) -> Result:
    return run(SET_VALUES, batch(*raws, **terms))


def refused(*raws: dict[str, Any], **terms: Any) -> list[tuple[int | None, str, str]]:
    before = snapshot()
    with pytest.raises(Refused) as caught:
        set_values(*raws, **terms)
    assert snapshot() == before
    return [(index, fault.path, fault.code) for index, fault in caught.value.faults]


def test_it_sets_values_of_one_store_and_leaves_the_others_and_the_sku_alone() -> None:
    make_skus(2)
    before = SKU.objects.values_list().get(pk="sku-0001")
    result = set_values({"id": "sku-0001", "name": "Ein Würfel", "basePrice": 13.5, "description": ""})
    assert [one.verdict for one in result.outcomes] == ["updated"]
    assert own_values(["sku-0001", "sku-0002"], "de") == {
        "sku-0001": {"name": "Ein Würfel", "base_price": 1350, "description": ""}
    }
    assert own_values(["sku-0001"], "fr") == {}
    assert SKU.objects.values_list().get(pk="sku-0001") == before


def test_it_keeps_what_is_left_out_and_gives_back_to_the_shop_what_is_null() -> None:
    make_skus()
    set_values({"id": "sku-0001", "name": "Ein Würfel", "active": False})
    set_values({"id": "sku-0001", "basePrice": 9})
    assert own_values(["sku-0001"], "de")["sku-0001"] == {"name": "Ein Würfel", "active": False, "base_price": 900}
    set_values(dict.fromkeys(("name", "active", "basePrice")) | {"id": "sku-0001"})
    assert own_values(["sku-0001"], "de") == {}


def test_it_leaves_equal_values_alone() -> None:
    make_skus(2)
    for _ in range(2):
        result = set_values({"id": "sku-0001", "name": "Ein Würfel"}, {"id": "sku-0002", "name": None})
    assert [one.verdict for one in result.outcomes] == ["unchanged", "unchanged"]
    assert StoreValue.objects.count() == 1


def test_it_records_own_values_so_that_they_can_be_put_back() -> None:
    make_skus()
    set_values({"id": "sku-0001", "name": "Ein Würfel"})
    first = own_values(["sku-0001"], "de")
    set_values({"id": "sku-0001", "name": "Würfel", "basePrice": 7.25, "active": False})
    item = BulkItem.objects.order_by("-operation__uuid")[0]
    assert item.before == {"name": "Ein Würfel", "basePrice": None, "active": None}
    assert item.after == {"name": "Würfel", "basePrice": 7.25, "active": False}
    set_values({"id": item.reference, **item.before})
    assert own_values(["sku-0001"], "de") == first
    assert BulkOperation.objects.latest("uuid").terms == {"store": "de"}


def test_it_follows_the_global_value_where_the_store_has_none() -> None:
    make_skus()
    set_values({"id": "sku-0001", "name": "Ein Würfel"}, store="fr")
    edits = [{"id": "sku-0001", "name": "A die", "base_price": 100}]
    import_skus(edits, actor=make_actor(), at=NOON, mode="edit")
    assert own_values(["sku-0001"], "fr") == {"sku-0001": {"name": "Ein Würfel"}}
    assert SKU.objects.get().name == "A die"


def test_it_knows_the_default_store() -> None:
    assert default_store() == "de"
    Store.objects.all().delete()
    assert default_store() is None


def test_it_names_everything_that_is_wrong_at_once() -> None:
    make_skus(2)
    faults = refused(
        {"id": "sku-001", "name": "x"},
        {"id": "sku-0001", "material": "ABS", "kind": "print"},
        {"id": "sku-0002", "name": "", "currency": "EUR"},
        {"id": "sku-0002", "colour": "red"},
    )
    assert sorted(faults, key=str) == sorted(
        [
            (0, "id", "SKU_NOT_FOUND"),
            (1, "material", "FIELD_IS_GLOBAL"),
            (2, "name", "TOO_SHORT"),
            (2, "currency", "FIELD_IS_GLOBAL"),
            (3, "colour", "UNKNOWN_FIELD"),
        ],
        key=str,
    )


def test_it_says_which_sku_was_meant() -> None:
    make_skus()
    with pytest.raises(Refused) as caught:
        set_values({"id": "sku-001", "name": "x"})
    [(_, fault)] = caught.value.faults
    assert fault.suggestion == "sku-0001"


@pytest.mark.parametrize("policy", Policy)
def test_it_refuses_the_batch_whole_for_a_store_that_does_not_exist(policy: Policy) -> None:
    make_skus()
    faults = refused({"id": "sku-0001", "name": "x"}, store="it", policy=policy)
    assert faults == [(None, "store", "STORE_NOT_FOUND")]


def test_it_sets_the_good_ones_when_asked_to() -> None:
    make_skus(2)
    good = {"id": "sku-0002", "name": "Ein Würfel"}
    result = set_values({"id": "nothing", "name": "x"}, {"id": "sku-0001", "name": 7}, good, policy=Policy.PARTIAL)
    assert [one.verdict for one in result.outcomes] == ["refused", "refused", "updated"]
    assert list(own_values(["sku-0001", "sku-0002"], "de")) == ["sku-0002"]


def test_it_applies_two_items_on_one_sku_one_after_the_other() -> None:
    make_skus()
    items = {"id": "sku-0001", "name": "One", "basePrice": 5}, {"id": "sku-0001", "name": "Two"}
    result = set_values(*items)
    assert [one.before for one in result.outcomes] == [{"name": None, "basePrice": None}, {"name": "One"}]
    assert own_values(["sku-0001"], "de") == {"sku-0001": {"name": "Two", "base_price": 500}}
    again = set_values({"id": "sku-0001", "name": "Three"}, {"id": "sku-0001", "name": "Two"})
    assert [one.verdict for one in again.outcomes] == ["updated", "updated"]
    assert own_values(["sku-0001"], "de")["sku-0001"]["name"] == "Two"


def test_it_writes_nothing_for_a_preview() -> None:
    make_skus()
    before = snapshot()
    result = preview(SET_VALUES, batch({"id": "sku-0001", "name": "Ein Würfel"}))
    assert result.outcomes[0].changes == {"name": [None, "Ein Würfel"]}
    run(SET_VALUES, batch({"id": "sku-0001", "name": "Ein Würfel"}, dry_run=True))
    assert snapshot() == before


def test_it_sends_as_many_statements_for_500_skus_as_for_2() -> None:
    def sent(count: int, prefix: str) -> int:
        known, new = make_skus(count, prefix), make_skus(count, f"new-{prefix}")
        set_values(*({"id": one, "name": "Ein Würfel"} for one in known))
        items = [{"id": one, "basePrice": 3} for one in [*known, *new]]
        with statements() as found:
            set_values(*items)
        assert len(own_values([*known, *new], "de")) == 2 * count
        return len(found)

    make_actor()
    sent(1, "first")
    assert sent(2, "few") == sent(250, "many") <= 10


def test_it_asks_for_own_values_in_one_statement() -> None:
    ids = make_skus(50)
    set_values(*({"id": one, "name": "Ein Würfel"} for one in ids))
    with statements() as found:
        assert len(own_values(ids, "de")) == 50
    assert len(found) == 1


def test_it_loses_the_values_of_a_store_with_the_store() -> None:
    make_skus()
    set_values({"id": "sku-0001", "name": "Ein Würfel"})
    Store.objects.get(pk="de").delete()
    assert not StoreValue.objects.exists()


def test_it_is_for_admins_like_every_change_of_the_catalogue() -> None:
    assert SET_VALUES.roles == IMPORT.roles
