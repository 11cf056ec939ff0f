"""Pictures, videos and models of SKUs: the operations, and the files that come and go with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from catalog.models import Media
from catalog.serializers import media_body
from catalog.services.imports import IMPORT
from catalog.services.media import CREATE, DELETE, EDIT
from catalog.tests import files
from catalog.tests.files import content
from printshop.api.reading import read_items
from printshop.api.refusals import Kind, Refused
from printshop.bulk.engine import Batch, Operation, Result, preview, run
from printshop.bulk.models import BulkItem, Policy
from printshop.testing import NOON, make_actor, make_skus, snapshot, statements

pytestmark = pytest.mark.django_db
URL = "https://pictures.example/1.png"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def file_names() -> list[str]:
    """The files that entries name."""
    return sorted(Media.objects.exclude(file="").values_list("file", flat=True))


def kept(folder: Path) -> list[str]:
    """The files there are, as storages call them."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def batch(operation: Operation, raws: Sequence[Any], policy: Policy = Policy.ATOMIC, **rest: Any) -> Batch:
    return Batch(read_items(operation.item, list(raws)), {}, make_actor(), NOON, policy, **rest)


def act(operation: Operation, *raws: dict[str, Any], policy: Policy = Policy.ATOMIC) -> Result:
    """Items as they come over the wire."""
    return run(operation, batch(operation, raws, policy))


def entry(sku_id: str = "sku-0001", **fields: Any) -> dict[str, Any]:
    given = {"skuId": sku_id, "mediaType": "image", "label": "Front", **fields}
    return given if {"url", "content"} & given.keys() else {**given, "url": URL}


def picture(**fields: Any) -> dict[str, Any]:
    return entry(content=content(files.png(), "image/png", "cube.png"), **fields)


def refused(operation: Operation, *raws: Any, **rest: Any) -> list[tuple[int | None, str, str]]:
    before = snapshot()
    with pytest.raises(Refused) as caught:
        act(operation, *raws, **rest)
    assert snapshot() == before
    return [(index, fault.path, fault.code) for index, fault in caught.value.faults]


def ids() -> list[int]:
    return list(Media.objects.order_by("pk").values_list("pk", flat=True))


# --- Making ----------------------------------------------------------------------------------------------------------
def test_it_keeps_addresses_and_files_and_names_each_outcome_after_its_entry(folder: Path) -> None:
    make_skus(2)
    model = content(files.threemf(), "model/3mf", "cube.3mf")
    result = act(CREATE, entry("sku-0002"), picture(position=9), picture(), entry(mediaType="model", content=model))
    entries = [Media.objects.get(pk=one.reference) for one in result.outcomes]
    assert [(one.sku_id, one.position) for one in entries] == [
        ("sku-0002", 1), ("sku-0001", 9), ("sku-0001", 10), ("sku-0001", 11),
    ]  # fmt: skip
    assert kept(folder) == file_names()
    assert entries[3].file.read() == files.threemf()
    assert media_body(entries[0]) == {
        "id": entries[0].pk, "media_type": "image", "label": "Front", "position": 1, "disabled": False, "url": URL,
    }  # fmt: skip
    assert media_body(entries[3])["file"] == f"/media/{entries[3].file.name}"
    assert BulkItem.objects.get(index=1).reference == str(entries[1].pk)


def test_it_gives_files_random_names_with_the_ending_of_what_they_are(folder: Path) -> None:
    make_skus()
    act(CREATE, *(entry(content=content(files.jpeg(), "image/jpeg", ["..", "evil.html"][1])) for _ in range(3)))
    names = file_names()
    assert len(set(names)) == 3
    assert all(name.startswith("catalog/") and name.endswith(".jpg") and "evil" not in name for name in names)


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"skuId": "sku-001"}, "skuId", "SKU_NOT_FOUND"),
        ({"mediaType": "sound"}, "mediaType", "NOT_A_CHOICE"),
        ({"url": "ftp://pictures.example/1.png"}, "url", "NOT_A_URL"),
        ({"url": "javascript:alert(1)"}, "url", "NOT_A_URL"),
        ({"url": "//pictures.example/1.png"}, "url", "NOT_A_URL"),
        ({"url": "https://"}, "url", "NOT_A_URL"),
        ({"url": "https://pictures.example/a b"}, "url", "NOT_A_URL"),
        ({"url": "https://pictures.example:99999/"}, "url", "NOT_A_URL"),
        ({"url": "https://[::1/"}, "url", "NOT_A_URL"),
        ({"url": "https://pictures.example/" + "a" * 2048}, "url", "TOO_LONG"),
        ({"url": None}, "url", "NOT_TEXT"),
        ({"position": -1}, "position", "OUT_OF_RANGE"),
        ({"disabled": 1}, "disabled", "NOT_A_BOOLEAN"),
        ({"label": "a\nb"}, "label", "NOT_PRINTABLE"),
        ({"content": {"type": "image/png", "name": "a"}}, "content.base64_encoded_data", "REQUIRED"),
        ({"content": content(b"", "image/png", "../../etc/passwd")}, "content.name", "NOT_A_FILE_NAME"),
        ({"content": content(b"", "image/png", "..\\a")}, "content.name", "NOT_A_FILE_NAME"),
        ({"content": content(files.SVG, "image/svg+xml")}, "content.base64_encoded_data", "CONTENT_NOT_TAKEN"),
        ({"content": content(files.HTML, "image/png")}, "content.base64_encoded_data", "CONTENT_NOT_TAKEN"),
        ({"content": content(files.png(), "image/gif")}, "content.type", "CONTENT_TYPE_DIFFERS"),
        ({"content": content(files.bomb(201), "model/3mf"), "mediaType": "model"}, "content.base64_encoded_data",
         "CONTENT_TOO_LARGE"),
        ({"file": "catalog/1.png"}, "file", "UNKNOWN_FIELD"),
    ],
)  # fmt: skip
def test_it_names_the_fault_and_keeps_nothing(fields: dict[str, Any], path: str, code: str, folder: Path) -> None:
    make_skus()
    assert refused(CREATE, picture(), entry(**fields)) == [(1, path, code)]
    assert kept(folder) == []


def test_it_says_which_sku_was_meant() -> None:
    make_skus()
    with pytest.raises(Refused) as caught:
        act(CREATE, entry("sku-001"))
    assert (caught.value.faults[0][1].suggestion, caught.value.kind) == ("sku-0001", Kind.UNKNOWN)


def test_it_takes_files_up_to_the_limit(settings: Any) -> None:
    make_skus()
    settings.MEDIA_LIMIT_BYTES = len(files.png())
    act(CREATE, picture())
    settings.MEDIA_LIMIT_BYTES -= 1
    assert refused(CREATE, picture()) == [(0, "content.base64_encoded_data", "CONTENT_TOO_LARGE")]


def test_it_keeps_the_good_ones_when_asked_to(folder: Path) -> None:
    make_skus()
    result = act(CREATE, entry("nothing"), picture(), entry(url="x"), policy=Policy.PARTIAL)
    assert [one.verdict for one in result.outcomes] == ["refused", "created", "refused"]
    assert len(kept(folder)) == 1


def test_it_writes_nothing_for_a_preview(folder: Path) -> None:
    make_skus()
    before = snapshot()
    preview(CREATE, batch(CREATE, [picture()]))
    run(CREATE, batch(CREATE, [picture()], dry_run=True))
    assert snapshot() == before
    assert kept(folder) == []


# --- Changing and deleting -------------------------------------------------------------------------------------------
def test_it_changes_and_records_what_is_named() -> None:
    make_skus()
    act(CREATE, entry(), entry())
    one, two = ids()
    result = act(EDIT, {"id": two, "skuId": "sku-0001", "label": "Back", "disabled": True},
                 {"id": one, "skuId": "sku-0001", "label": "Front"})  # fmt: skip
    assert [outcome.verdict for outcome in result.outcomes] == ["updated", "unchanged"]
    item = BulkItem.objects.get(operation__name="media.edit", index=0)
    assert (item.before, item.after) == ({"label": "Front", "disabled": False}, {"label": "Back", "disabled": True})
    assert Media.objects.get(pk=two).label == "Back"
    assert Media.objects.get(pk=one).label == "Front"


def test_it_names_every_fault_of_a_change() -> None:
    make_skus(2)
    act(CREATE, picture())
    [one] = ids()
    mine = {"id": one, "skuId": "sku-0001"}
    sent = [{**mine, "skuId": "sku-0002"}, {**mine, "id": one + 9}, {**mine, "mediaType": "external-video"},
            {**mine, "id": "1"}]  # fmt: skip
    assert sorted(refused(EDIT, *sent)) == [
        (0, "id", "MEDIA_NOT_FOUND"), (1, "id", "MEDIA_NOT_FOUND"),
        (2, "mediaType", "CONTENT_NOT_TAKEN"), (3, "id", "NOT_AN_INTEGER"),
    ]  # fmt: skip
    assert refused(DELETE, {"id": one, "skuId": "sku-0002"}) == [(0, "id", "MEDIA_NOT_FOUND")]


@pytest.mark.django_db(transaction=True)
def test_it_removes_the_file_that_was_replaced_or_deleted(folder: Path) -> None:
    make_skus()
    act(CREATE, picture(), picture(), picture())
    one, two, three = ids()
    first = kept(folder)
    where = {"skuId": "sku-0001"}
    act(EDIT, {"id": one, **where, "content": content(files.gif(), "image/gif")}, {"id": two, **where, "url": URL})
    assert len(kept(folder)) == 2
    assert Media.objects.get(pk=one).file.name not in first
    assert Media.objects.get(pk=two).file.name == ""
    act(DELETE, *({"id": key, **where} for key in (one, two, three)))
    assert kept(folder) == []
    assert ids() == []


@pytest.mark.django_db(transaction=True)
def test_it_keeps_only_the_last_file_of_an_entry_that_is_changed_twice(folder: Path) -> None:
    make_skus()
    act(CREATE, picture())
    [one] = ids()
    change = {"id": one, "skuId": "sku-0001"}
    act(EDIT, {**change, "content": content(files.gif(), "image/gif")}, {**change, "label": "Side"},
        {**change, "content": content(files.webp(), "image/webp")})  # fmt: skip
    entry = Media.objects.get()
    assert (entry.label, entry.content_type, kept(folder)) == ("Side", "image/webp", file_names())


class Trouble(Exception):
    """Something fails between the write and the commit."""


@pytest.mark.django_db(transaction=True)
def test_it_leaves_no_file_of_a_transaction_that_failed_and_removes_none(folder: Path) -> None:
    make_skus()
    act(CREATE, picture())
    [one], before = ids(), (snapshot(), kept(folder))

    def fail_after(*changes: tuple[Operation, dict[str, Any]]) -> None:
        with transaction.atomic():
            for operation, change in changes:
                act(operation, change)
            assert kept(folder) != before[1] or operation is DELETE
            raise Trouble

    where = {"id": one, "skuId": "sku-0001"}
    new = content(files.gif(), "image/gif")
    for changes in [[(CREATE, picture())], [(EDIT, {**where, "content": new})], [(DELETE, where)]]:
        with pytest.raises(Trouble):
            fail_after(*changes)
        assert (snapshot(), kept(folder)) == before


@pytest.mark.django_db(transaction=True)
def test_it_takes_back_the_files_of_a_part_that_was_rolled_back(folder: Path) -> None:
    make_skus()

    @transaction.atomic
    def in_vain() -> None:
        act(CREATE, picture(), picture())
        raise Trouble

    with transaction.atomic():
        act(CREATE, picture())
        with pytest.raises(Trouble):
            in_vain()
        assert len(kept(folder)) == 1
    assert kept(folder) == file_names()
    assert len(file_names()) == 1


# --- As a whole ------------------------------------------------------------------------------------------------------
def test_it_sends_as_many_statements_for_100_entries_as_for_2() -> None:
    def sent(count: int, prefix: str) -> list[int]:
        skus = make_skus(count, prefix)
        counts = []
        with statements() as found:
            act(CREATE, *(picture(skuId=sku) for sku in skus))
        counts.append(len(found))
        made = Media.objects.filter(sku_id__in=skus).order_by("pk").values_list("pk", "sku_id")
        wheres = [{"id": key, "skuId": sku} for key, sku in made]
        for operation, change in (
            (EDIT, {"content": content(files.gif(), "image/gif")}), (EDIT, {"url": URL}), (DELETE, {}),
        ):  # fmt: skip
            with statements() as found:
                act(operation, *({**where, **change} for where in wheres))
            counts.append(len(found))
        return counts

    sent(1, "first")
    few, many = sent(2, "few"), sent(100, "many")
    assert few == many
    assert max(many) <= 8


def test_it_is_for_admins() -> None:
    assert CREATE.roles == EDIT.roles == DELETE.roles == IMPORT.roles
