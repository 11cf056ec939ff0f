"""Pages: the operations that make, change and delete them."""

from typing import Any

import pytest
from django.db import IntegrityError

from catalog.models import Page
from catalog.serializers import page_body
from catalog.services.imports import IMPORT
from catalog.services.pages import CREATE, DELETE, EDIT
from printshop.api.reading import read_items
from printshop.api.refusals import Refused
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import BulkItem, Policy
from printshop.testing import NOON, make_actor, snapshot, statements

pytestmark = pytest.mark.django_db


def act(operation: Operation, *raws: dict[str, Any], policy: Policy = Policy.ATOMIC, **rest: Any) -> Result:
    """Items as they come over the wire."""
    return run(operation, Batch(read_items(operation.item, list(raws)), {}, make_actor(), NOON, policy, **rest))


def refused(operation: Operation, *raws: Any, **rest: Any) -> list[tuple[int | None, str, str]]:
    before = snapshot()
    with pytest.raises(Refused) as caught:
        act(operation, *raws, **rest)
    assert snapshot() == before
    return [(index, fault.path, fault.code) for index, fault in caught.value.faults]


def page(identifier: str, **fields: Any) -> dict[str, Any]:
    return {"identifier": identifier, "title": "A page", **fields}


def make_pages(*identifiers: str) -> list[int]:
    """Their ids."""
    return [int(one.reference) for one in act(CREATE, *map(page, identifiers)).outcomes]


def identifiers() -> dict[int, str]:
    return dict(Page.objects.values_list("pk", "identifier"))


def test_it_makes_pages_and_names_each_outcome_after_its_page() -> None:
    result = act(CREATE, page("zoo", content="<p>Animals</p>"), page("about/us", active=False))
    zoo, about = (Page.objects.get(pk=one.reference) for one in result.outcomes)
    assert page_body(zoo) == {
        "id": zoo.pk, "identifier": "zoo", "title": "A page", "content": "<p>Animals</p>", "active": True,
    }  # fmt: skip
    assert (about.identifier, about.content, about.active) == ("about/us", "", False)
    assert zoo.created_at == zoo.updated_at == NOON
    assert list(BulkItem.objects.values_list("reference", flat=True)) == [str(zoo.pk), str(about.pk)]


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"identifier": ""}, "identifier", "BAD_FORMAT"),
        ({"identifier": "a b"}, "identifier", "BAD_FORMAT"),
        ({"identifier": "~1"}, "identifier", "BAD_FORMAT"),
        ({"identifier": "a\n"}, "identifier", "BAD_FORMAT"),
        ({"identifier": "ä"}, "identifier", "BAD_FORMAT"),
        ({"identifier": "a" * 101}, "identifier", "BAD_FORMAT"),
        ({"title": " "}, "title", "BLANK"),
        ({"title": None}, "title", "NOT_TEXT"),
        ({"content": 7}, "content", "NOT_TEXT"),
        ({"active": None}, "active", "NOT_A_BOOLEAN"),
        ({"id": 7}, "id", "UNKNOWN_FIELD"),
        ({"identifier": "GOOD"}, "identifier", "IDENTIFIER_TAKEN"),
        ({"identifier": "Known"}, "identifier", "IDENTIFIER_TAKEN"),
    ],
)
def test_it_names_the_fault_of_a_new_page(fields: dict[str, Any], path: str, code: str) -> None:
    make_pages("known")
    assert refused(CREATE, page("good"), {**page("bad"), **fields}) == [(1, path, code)]


def test_it_makes_the_good_ones_when_asked_to() -> None:
    result = act(CREATE, page("a"), page("A"), {"identifier": "b"}, page("c"), policy=Policy.PARTIAL)
    assert [one.verdict for one in result.outcomes] == ["created", "refused", "refused", "created"]
    assert sorted(identifiers().values()) == ["a", "c"]


def test_it_changes_what_is_named() -> None:
    first, second = make_pages("a", "b")
    result = act(EDIT, {"id": second, "title": "B", "content": "New"}, {"id": first, "identifier": "A"})
    assert [one.verdict for one in result.outcomes] == ["updated", "updated"]
    item = BulkItem.objects.get(operation__name="pages.edit", index=0)
    assert (item.before, item.after) == ({"title": "A page", "content": ""}, {"title": "B", "content": "New"})
    assert identifiers() == {first: "A", second: "b"}
    assert [one.verdict for one in act(EDIT, {"id": first, "identifier": "A"}).outcomes] == ["unchanged"]


def test_it_lets_pages_change_places() -> None:
    first, second = make_pages("a", "b")
    act(EDIT, {"id": first, "identifier": "c"}, {"id": second, "identifier": "a"}, {"id": first, "identifier": "b"})
    assert identifiers() == {first: "b", second: "a"}


def test_it_names_every_fault_of_a_change() -> None:
    first, second = make_pages("a", "b")
    sent = [{"id": second + 9, "title": "x"}, {"id": first, "identifier": "B"}, {"id": first, "title": ""}, {"id": 0}]
    assert sorted(refused(EDIT, *sent)) == [
        (0, "id", "PAGE_NOT_FOUND"), (1, "identifier", "IDENTIFIER_TAKEN"), (2, "title", "TOO_SHORT"),
        (3, "id", "OUT_OF_RANGE"),
    ]  # fmt: skip


def test_it_deletes_pages_for_good_and_records_all_of_them() -> None:
    first, second = make_pages("a", "b")
    result = act(DELETE, {"id": first}, {"id": first}, policy=Policy.PARTIAL)
    assert [one.verdict for one in result.outcomes] == ["updated", "refused"]
    assert identifiers() == {second: "b"}
    before = {"identifier": "a", "title": "A page", "content": "", "active": True}
    assert BulkItem.objects.get(operation__name="pages.delete", index=0).before == before
    assert refused(DELETE, {"id": second}, {"id": first}) == [(1, "id", "PAGE_NOT_FOUND")]
    act(CREATE, before)
    assert sorted(identifiers().values()) == ["a", "b"]


def test_it_writes_nothing_for_a_preview() -> None:
    [first] = make_pages("a")
    before = snapshot()
    act(CREATE, page("b"), dry_run=True)
    act(EDIT, {"id": first, "identifier": "c"}, dry_run=True)
    act(DELETE, {"id": first}, dry_run=True)
    assert snapshot() == before


def test_it_has_a_database_that_agrees() -> None:
    make_pages("a")
    with pytest.raises(IntegrityError):
        Page.objects.create(identifier="A", title="x", created_at=NOON, updated_at=NOON)


def test_it_sends_as_many_statements_for_200_pages_as_for_2() -> None:
    def sent(count: int, prefix: str) -> list[int]:
        counts = []
        with statements() as found:
            ids = make_pages(*(f"{prefix}-{number}" for number in range(count)))
        counts.append(len(found))
        changes = [{"id": key, "identifier": f"{prefix}-new-{key}", "title": "x"} for key in ids]
        for operation, batch in ((EDIT, changes), (DELETE, [{"id": key} for key in ids])):
            with statements() as found:
                act(operation, *batch)
            counts.append(len(found))
        assert not Page.objects.exists()
        return counts

    sent(1, "first")
    few, many = sent(2, "few"), sent(200, "many")
    assert few == many
    assert max(many) <= 8


def test_it_is_for_admins() -> None:
    assert CREATE.roles == EDIT.roles == DELETE.roles == IMPORT.roles
