"""Undoing what was done to pages and media."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from catalog.models import Media, Page
from catalog.services import media, pages
from catalog.tests.files import png
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Refused
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import BulkOperation
from printshop.bulk.undoing import undo
from printshop.testing import NOON, make_actor, make_skus, statements

pytestmark = pytest.mark.django_db


def at(hours: float) -> Any:
    return NOON + timedelta(hours=hours)


def recorded(result: Any) -> BulkOperation:
    return BulkOperation.objects.get(pk=result.operation_id)


def carried_out(operation: Operation, values: list[Any], hours: float = 1) -> BulkOperation:
    items = [Item(index, value) for index, value in enumerate(values)]
    return recorded(run(operation, Batch(items, {}, make_actor(), at(hours))))


def undone(operation: BulkOperation, hours: float = 2) -> Result:
    result = undo(operation, actor=make_actor(), at=at(hours))
    assert isinstance(result, Result)
    return result


def refusals_of(operation: BulkOperation, hours: float = 2) -> list[Fault]:
    with pytest.raises(Refused) as refused:
        undone(operation, hours)
    return [fault for _, fault in refused.value.faults]


# --- Pages -----------------------------------------------------------------------------------------------------------
def make_pages(*identifiers: str) -> list[int]:
    """The ids of new pages, made at noon."""
    carried_out(pages.CREATE, [{"identifier": one, "title": f"About {one}"} for one in identifiers], 0)
    return list(Page.objects.order_by("pk").values_list("pk", flat=True))


def all_pages() -> list[Any]:
    return list(Page.objects.order_by("pk").values_list("pk", "identifier", "title", "content", "active"))


def test_it_switches_off_pages_that_were_made():
    operation = carried_out(pages.CREATE, [{"identifier": "a", "title": "A"}, {"identifier": "b", "title": "B"}])
    back = undone(operation)
    assert [page.active for page in Page.objects.all()] == [False, False]
    undone(recorded(back), 3)
    assert [page.active for page in Page.objects.all()] == [True, True]


def test_it_puts_pages_back_that_had_swapped_their_identifiers():
    one, two = make_pages("a", "b")
    before = all_pages()
    edits = [
        {"id": one, "identifier": "c"},
        {"id": two, "identifier": "a", "content": "<p>", "active": False},
        {"id": one, "identifier": "b", "title": "New"},
    ]
    operation = carried_out(pages.EDIT, edits)
    after = all_pages()
    back = undone(operation)
    assert all_pages() == before
    undone(recorded(back), 3)
    assert all_pages() == after


def test_it_makes_deleted_pages_again_under_their_ids_and_deletes_them_again():
    one, two = make_pages("a", "b")
    before = all_pages()
    operation = carried_out(pages.DELETE, [{"id": one}, {"id": two}])
    back = undone(operation)
    assert all_pages() == before
    again = undone(recorded(back), 3)
    assert all_pages() == []
    undone(recorded(again), 4)
    assert all_pages() == before
    assert make_pages("c")[2] > two


def test_it_makes_no_page_again_whose_identifier_is_taken():
    one, _ = make_pages("a", "b")
    operation = carried_out(pages.DELETE, [{"id": one}])
    carried_out(pages.CREATE, [{"identifier": "A", "title": "Another"}], 1.5)
    assert [fault.code for fault in refusals_of(operation)] == ["IDENTIFIER_TAKEN"]


def test_it_leaves_pages_alone_that_were_edited_or_deleted_since():
    one, two, three = make_pages("a", "b", "c")
    operation = carried_out(pages.EDIT, [{"id": page, "title": "New"} for page in (one, two, three)])
    second = carried_out(pages.EDIT, [{"id": one, "active": False}], 1.5)
    third = carried_out(pages.DELETE, [{"id": two}], 1.5)
    result = undone(operation)
    assert [page.title for page in Page.objects.order_by("pk")] == ["New", "About c"]
    assert {fault.message for outcome in result.outcomes for fault in outcome.faults} == {
        f"{one} has been changed since, by pages.edit {second.pk}.",
        f"{two} has been deleted since, by pages.delete {third.pk}.",
    }


# --- Media -----------------------------------------------------------------------------------------------------------
LINK = {"sku_id": "sku-0001", "media_type": "external-video", "url": "https://example.com/1"}
FILE = {"base64_encoded_data": b64encode(png()).decode(), "type": "image/png", "name": "cube.png"}


def all_media() -> list[Any]:
    columns = ("pk", "sku", "media_type", "label", "position", "disabled", "url", "name")
    return list(Media.objects.order_by("pk").values_list(*columns))


def make_entry(**fields: Any) -> int:
    make_skus()
    carried_out(media.CREATE, [{**LINK, **fields}], 0)
    return Media.objects.get().pk


def test_it_hides_entries_that_were_made():
    make_skus()
    operation = carried_out(media.CREATE, [LINK])
    undone(operation)
    assert Media.objects.get().disabled


def test_it_puts_entries_back_and_makes_deleted_ones_again():
    entry = make_entry(label="A cube")
    before = all_media()
    named = {"id": entry, "sku_id": "sku-0001"}
    edit = carried_out(media.EDIT, [{**named, "label": None, "url": "https://example.com/2", "position": 9}])
    undone(edit)
    assert all_media() == before
    back = undone(carried_out(media.DELETE, [named], 3), 4)
    assert all_media() == before
    undone(recorded(back), 5)
    assert all_media() == []


def test_it_takes_a_file_away_that_stands_for_an_address():
    entry = make_entry(media_type="image")
    before = all_media()
    edit = carried_out(media.EDIT, [{"id": entry, "sku_id": "sku-0001", "content": FILE}])
    assert Media.objects.get().file
    undone(edit)
    assert all_media() == before
    assert not Media.objects.get().file


def test_it_cannot_bring_files_back():
    make_skus()
    content = {"sku_id": "sku-0001", "media_type": "image", "content": FILE}
    carried_out(media.CREATE, [content], 0)
    entry = Media.objects.get()
    named = {"id": entry.pk, "sku_id": "sku-0001"}
    edit = carried_out(media.EDIT, [{**named, "content": FILE}])
    sentence = f"The file cube.png of entry {entry.pk} was not kept."
    assert [(fault.code, fault.message) for fault in refusals_of(edit)] == [("IRREVERSIBLE", sentence)]
    deletion = carried_out(media.DELETE, [named], 3)
    assert [fault.message for fault in refusals_of(deletion, 4)] == [sentence]


@pytest.mark.django_db(transaction=True)
def test_it_removes_the_file_that_nothing_names_any_more():
    entry = make_entry(media_type="image")
    edit = carried_out(media.EDIT, [{"id": entry, "sku_id": "sku-0001", "content": FILE}])
    name = str(Media.objects.get().file)
    assert default_storage.exists(name)
    undone(edit)
    assert not default_storage.exists(name)


# --- How -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("operation", [pages.EDIT, pages.DELETE])
def test_it_sends_as_many_statements_for_a_hundred_pages_as_for_two(operation: Operation):
    sent = []
    for count in 2, 100:
        ids = make_pages(*[f"p{count}-{number}" for number in range(count)])[-count:]
        edits = [{"id": page} | ({"identifier": f"q{page}"} if operation is pages.EDIT else {}) for page in ids]
        with statements() as found:
            undone(carried_out(operation, edits))
        sent.append(len(found))
    assert sent[0] == sent[1]
