"""What making, changing and deleting media entries does, without a database."""

from typing import Any

import pytest

from catalog.plans.contents import Content
from catalog.plans.media import NEW, Known, last_changes, plan_creation, plan_deletion, plan_edits
from catalog.tests import files
from catalog.tests.files import content
from printshop.api.reading import Item
from printshop.api.refusals import Fault
from printshop.bulk.outcomes import Outcome, Verdict

URL = "https://pictures.example/1.png"
PICTURE = content(files.png(), "image/png", "cube.png")
HAS_URL = {**NEW, "sku_id": "a", "media_type": "image", "position": 3, "url": URL}
HAS_FILE = {
    **NEW, "sku_id": "a", "media_type": "image", "position": 3,
    "file": "catalog/1.png", "content_type": "image/png", "size": 70, "name": "cube.png",
}  # fmt: skip


def items(*values: dict[str, Any], faults: tuple[Fault, ...] = ()) -> list[Item]:
    return [Item(index, value, list(faults)) for index, value in enumerate(values)]


def create(*values: dict[str, Any], faults: tuple[Fault, ...] = ()) -> list[Outcome]:
    return plan_creation(items(*values, faults=faults), Known(10_000, skus={"a": 0, "b": 7}, resembling=["a"]))


def edit(*changes: dict[str, Any], row: dict[str, Any] = HAS_URL, **rest: Any) -> list[Outcome]:
    sent = items(*({"id": 5, "sku_id": "a", **one} for one in changes), **rest)
    return plan_edits(sent, Known(10_000, rows={5: row}))


def entry(sku_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"sku_id": sku_id, "media_type": "image", "label": "Front", **fields}


def codes(outcome: Outcome) -> list[tuple[str, str]]:
    return [(fault.path, fault.code) for fault in outcome.faults]


# --- Making ----------------------------------------------------------------------------------------------------------
def test_it_puts_new_entries_after_the_last_of_their_sku():
    outcomes = create(entry(url=URL), entry("b", url=URL), entry(url=URL, position=9), entry(url=URL))
    assert [one.change["position"] for one in outcomes] == [1, 8, 9, 10]
    assert [one.verdict for one in outcomes] == [Verdict.CREATED] * 4


def test_it_keeps_an_address_as_it_is_told():
    [outcome] = create(entry(url=URL, disabled=True))
    assert outcome.after == {
        "skuId": "a", "mediaType": "image", "label": "Front", "position": 1, "disabled": True, "url": URL, "file": None,
    }  # fmt: skip
    assert (outcome.before, outcome.change["content"]) == (None, None)


def test_it_tells_a_file_by_its_bytes_and_shows_its_name():
    [outcome] = create(entry(content=PICTURE))
    assert outcome.change["content"] == Content(files.png(), "image/png", "cube.png")
    assert (outcome.change["content_type"], outcome.change["size"]) == ("image/png", len(files.png()))
    assert outcome.after is not None
    assert (outcome.after["url"], outcome.after["file"]) == (None, "cube.png")


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, [("url", "URL_OR_CONTENT")]),
        ({"url": URL, "content": PICTURE}, [("url", "URL_OR_CONTENT")]),
        ({"media_type": "external-video", "content": PICTURE}, [("content", "CONTENT_NOT_TAKEN")]),
        ({"media_type": "model", "content": PICTURE}, [("content.base64_encoded_data", "CONTENT_NOT_TAKEN")]),
        ({"sku_id": "c"}, [("skuId", "SKU_NOT_FOUND"), ("url", "URL_OR_CONTENT")]),
        ({"sku_id": "c", "content": {**PICTURE, "type": "image/gif"}},
         [("skuId", "SKU_NOT_FOUND"), ("content.type", "CONTENT_TYPE_DIFFERS")]),
    ],
)  # fmt: skip
def test_it_names_every_fault_of_a_new_entry(fields: dict[str, Any], faults: list[tuple[str, str]]):
    [outcome] = create({**entry(), **fields})
    assert (outcome.verdict, codes(outcome)) == (Verdict.REFUSED, faults)


def test_it_does_not_ask_for_a_source_that_was_sent_but_misread():
    for path in ("url", "content.type"):
        [outcome] = create(entry(), faults=(Fault("X", "x.", path),))
        assert codes(outcome) == []


def test_it_gives_no_place_to_what_is_refused():
    bad = Item(0, entry(url=URL), [Fault("X", "x.", "label")])
    outcomes = plan_creation([bad, *items(entry(url=URL))], Known(10_000, skus={"a": 0}))
    assert outcomes[1].change["position"] == 1


# --- Changing --------------------------------------------------------------------------------------------------------
def test_it_changes_what_is_named_and_tells_the_difference():
    [outcome] = edit({"label": "Back", "position": 3})
    assert outcome.changes == {"label": ["", "Back"]}
    assert outcome.change == {**HAS_URL, "label": "Back"}


def test_it_leaves_alone_what_is_equal():
    for change in ({"label": None}, {"url": URL}, {"position": 3, "media_type": "image"}, {}):
        [outcome] = edit(change)
        assert outcome.verdict is Verdict.UNCHANGED, change


def test_it_drops_the_file_that_an_address_replaces():
    [outcome] = edit({"url": URL}, row=HAS_FILE)
    assert outcome.changes == {"url": [None, URL], "file": ["cube.png", None]}
    assert (outcome.change["dropped"], outcome.change["file"], outcome.change["size"]) == ("catalog/1.png", "", 0)


def test_it_drops_the_file_that_another_replaces_even_of_the_same_name():
    [outcome] = edit({"content": PICTURE}, row=HAS_FILE)
    assert outcome.changes == {"file": ["cube.png", "cube.png"]}
    assert outcome.change["dropped"] == "catalog/1.png"
    assert outcome.change["content"] is not None


def test_it_turns_an_address_into_a_file():
    [outcome] = edit({"content": PICTURE})
    assert (outcome.change["url"], outcome.change["dropped"]) == ("", "")


@pytest.mark.parametrize(
    ("row", "change", "faults"),
    [
        (HAS_URL, {"media_type": "external-video"}, []),
        (HAS_FILE, {"media_type": "external-video"}, [("mediaType", "CONTENT_NOT_TAKEN")]),
        (HAS_FILE, {"media_type": "model"}, [("mediaType", "CONTENT_NOT_TAKEN")]),
        (HAS_FILE, {"media_type": "external-video", "url": URL}, []),
        (HAS_FILE, {"media_type": "model", "content": content(files.text_stl(), "model/stl")}, []),
        (HAS_FILE, {"content": content(files.text_stl(), "model/stl")},
         [("content.base64_encoded_data", "CONTENT_NOT_TAKEN")]),
        (HAS_URL, {"url": URL, "content": PICTURE}, [("url", "URL_OR_CONTENT")]),
    ],
)  # fmt: skip
def test_it_keeps_what_an_entry_is_and_what_it_has_together(
    row: dict[str, Any], change: dict[str, Any], faults: list[tuple[str, str]]
):
    [outcome] = edit(change, row=row)
    assert codes(outcome) == faults


def test_it_lets_the_later_of_two_items_meet_what_the_earlier_left():
    first, second, third = edit({"content": PICTURE}, {"label": "Back"}, {"url": URL}, row=HAS_FILE)
    assert second.changes == {"label": ["", "Back"]}
    assert second.change["content"] is not None
    assert third.change["content"] is None
    assert last_changes([first, second, third]) == {5: {**HAS_URL, "label": "Back", "dropped": "catalog/1.png"}}


# --- Whose entry -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("plan", [plan_edits, plan_deletion])
@pytest.mark.parametrize(("entry_id", "sku_id"), [(5, "b"), (6, "a")])
def test_it_knows_an_entry_only_as_one_of_its_sku(plan: Any, entry_id: int, sku_id: str):
    [outcome] = plan(items({"id": entry_id, "sku_id": sku_id}), Known(10_000, rows={5: HAS_URL}))
    assert codes(outcome) == [("id", "MEDIA_NOT_FOUND")]
    assert outcome.faults[0].message == f"SKU {sku_id} has no media entry {entry_id}."
    assert outcome.reference == str(entry_id)


def test_it_deletes_an_entry_once():
    one = {"id": 5, "sku_id": "a"}
    first, second = plan_deletion(items(one, one), Known(10_000, rows={5: HAS_FILE}))
    assert (first.verdict, codes(second)) == (Verdict.UPDATED, [("id", "MEDIA_NOT_FOUND")])
    assert first.before is not None
    assert (first.before["file"], first.after) == ("cube.png", None)
