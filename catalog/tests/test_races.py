"""Many at once on stores, media and pages: nobody deadlocks, nothing is lost, nothing exists twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Media, Page, Store, StoreValue
from catalog.services import media, pages
from catalog.services.stores import SET_VALUES
from printshop.api.reading import read_items
from printshop.api.refusals import Refused
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.testing import NOON, make_actor, make_skus
from printshop.tests.test_races import at_once, only, shuffled

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.trust(
        case="stores, media and pages changed at once",
        expects="nobody deadlocks, nothing is lost, nothing exists twice",
    ),
]
MANY = 6


def acting(operation: Operation, *raws: dict[str, Any], **terms: Any) -> Callable[[], Result]:
    actor = make_actor()
    return lambda: run(operation, Batch(read_items(operation.item, list(raws)), terms, actor, NOON))


def test_it_sets_values_of_one_store_from_many_sides() -> None:
    Store.objects.create(code="de", name="Deutschland")
    ids = make_skus(30)
    wanted = [[{"id": one, "name": f"Name {number}"} for one in shuffled(ids, number)] for number in range(MANY)]
    only(at_once([acting(SET_VALUES, *one, store="de") for one in wanted]), Result)
    # One after the other: whoever came last has named them all.
    assert len(set(StoreValue.objects.values_list("name", flat=True))) == 1
    assert StoreValue.objects.count() == 30


def test_it_gives_a_page_s_identifier_to_one_of_many() -> None:
    wanted = [{"identifier": "About" if number % 2 else "about", "title": f"{number}"} for number in range(MANY)]
    results = at_once([acting(pages.CREATE, one) for one in wanted])
    only(results, Result, Refused)
    refusals = [one for one in results if isinstance(one, Refused)]
    assert len(refusals) == MANY - 1
    assert {one.faults[0][1].code for one in refusals} == {"IDENTIFIER_TAKEN"}
    assert Page.objects.count() == 1


def test_it_changes_pages_named_in_any_order() -> None:
    made = run(pages.CREATE, Batch(read_items(pages.CREATE.item, [{"identifier": f"p{n}", "title": "x"}
               for n in range(20)]), {}, make_actor(), NOON))  # fmt: skip
    ids = [int(one.reference) for one in made.outcomes]
    wanted = [[{"id": one, "title": f"Title {number}"} for one in shuffled(ids, number)] for number in range(MANY)]
    only(at_once([acting(pages.EDIT, *one) for one in wanted]), Result)
    assert len(set(Page.objects.values_list("title", flat=True))) == 1


def test_it_gives_every_new_entry_a_place_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    skus = make_skus(3)
    wanted = {"mediaType": "image", "url": "https://pictures.example/1.png"}
    acts = [acting(media.CREATE, *({**wanted, "skuId": one} for one in shuffled(skus, n))) for n in range(MANY)]
    only(at_once(acts), Result)
    for sku in skus:
        places = Media.objects.filter(sku_id=sku).values_list("position", flat=True)
        assert sorted(places) == list(range(1, MANY + 1))


def test_it_deletes_an_entry_for_one_of_many() -> None:
    make_skus()
    entry = {"mediaType": "image", "skuId": "sku-0001", "url": "https://pictures.example/1.png"}
    acting(media.CREATE, entry)()
    where = {"id": Media.objects.get().pk, "skuId": "sku-0001"}
    results = at_once([acting(media.DELETE, where) for _ in range(MANY)])
    only(results, Result, Refused)
    assert sum(isinstance(one, Result) for one in results) == 1
