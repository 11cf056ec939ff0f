"""Putting the catalogue back, worked out without a database."""

from typing import Any

import pytest

from catalog.plans import imports, media
from catalog.plans.pages import Known
from catalog.plans.remaking import There, media_row, plan_media, plan_pages
from catalog.plans.restoring import own_values, plan_skus, present_sku, sku_row
from printshop.api.reading import Item
from printshop.bulk.images import Present
from printshop.bulk.outcomes import Outcome
from printshop.testing import NOON

ROW = {**imports.DEFAULTS, "name": "A cube", "base_price": 1250, "currency": "USD"}


def image(reference: str, before: Any, after: Any, verdict: str = "updated") -> Item:
    return Item(0, {"index": 0, "reference": reference, "verdict": verdict, "before": before, "after": after,
                    "effects": [], "at": NOON})  # fmt: skip


def codes(outcome: Outcome) -> list[str]:
    return [fault.code for fault in outcome.faults]


# --- SKUs ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"description": "Bent", "machine_type": "resin", "material": "PLA", "estimated_print_time": 0},
        {"base_price": 0, "estimated_material_grams": 0.1, "active": False},
        {"base_price": 10**14, "quality_tiers": {"fine": {"multiplier": 1.1}}, "options": [{"key": "k"}]},
        {"base_price": 29, "currency": "EUR", "kind": "content"},
    ],
)
def test_it_reads_every_row_back_from_its_image(fields: dict[str, Any]):
    row = {**ROW, **fields}
    assert sku_row(present_sku(row, NOON).fields) == row


@pytest.mark.parametrize("price", [0, 1, 29, 115, 1999, 10**14 - 1])
def test_it_reads_a_stores_own_values_back(price: int):
    assert own_values({"name": None, "basePrice": price / 100}) == {"name": None, "base_price": price}
    assert own_values({"basePrice": None, "description": ""}) == {"base_price": None, "description": ""}


@pytest.mark.parametrize(
    ("item", "after"),
    [
        (image("a", None, {"name": "A cube"}, "created"), {"active": False}),
        (image("a", {"material": None}, {"material": None}), None),
        (image("a", {"basePrice": 10.0, "options": [1]}, {"basePrice": 12.5}), {"basePrice": 10.0, "options": [1]}),
    ],
)
def test_it_switches_off_what_was_made_and_puts_the_rest_back(item: Item, after: Any):
    [outcome] = plan_skus([item], {"a": present_sku(ROW, NOON)}, {})
    assert (outcome.faults, outcome.after) == ([], after)


def test_it_switches_on_what_a_replace_had_switched_off():
    off = present_sku({**ROW, "active": False}, NOON)
    [outcome] = plan_skus([image("a", {"active": True}, {"active": False}, "deactivated")], {"a": off}, {})
    assert sku_row(outcome.change.fields) == ROW


# --- Pages -----------------------------------------------------------------------------------------------------------
PAGE = {"identifier": "about", "title": "About", "content": "", "active": True}


def pages_back(*items: Item, again: bool = False, **rows: dict[str, Any]) -> list[Outcome]:
    numbered = {name.removeprefix("p"): row for name, row in rows.items()}
    known = Known.of({"id": int(page), **row} for page, row in numbered.items())
    there = {page: Present(dict(row), NOON) for page, row in numbered.items()}
    return plan_pages(items, There(there, {}, again), known)


def test_it_makes_a_deleted_page_again_once():
    deletion = image("1", PAGE, None)
    first, second = pages_back(deletion, deletion)
    assert (first.verdict, first.after, first.change.fields) == ("created", PAGE, PAGE)
    assert codes(second) == ["CHANGED_SINCE"]
    assert codes(pages_back(deletion, p1=PAGE)[0]) == ["CHANGED_SINCE"]
    assert codes(pages_back(deletion, p2={**PAGE, "identifier": "ABOUT"})[0]) == ["IDENTIFIER_TAKEN"]


def test_it_switches_a_page_off_that_was_made_and_deletes_one_that_an_undo_made():
    creation = image("1", None, PAGE, "created")
    [off] = pages_back(creation, p1=PAGE)
    assert (off.verdict, off.after) == ("updated", {"active": False})
    [gone] = pages_back(creation, again=True, p1=PAGE)
    assert (gone.verdict, gone.before, gone.after) == ("updated", PAGE, None)


# --- Media -----------------------------------------------------------------------------------------------------------
LINK = {**media.NEW, "sku_id": "a", "media_type": "image", "position": 1, "url": "https://example.com/1"}
FILED = {**LINK, "url": "", "file": "catalog/1.png", "name": "a.png", "content_type": "image/png", "size": 9}


def media_back(row: dict[str, Any] | None, *items: Item) -> list[Outcome]:
    rows = {"1": Present(media.image(row), NOON, row)} if row else {}
    return plan_media(items, There(rows))


def test_it_lets_go_of_a_file_that_stands_for_an_address():
    before, after = ({name: media.image(row)[name] for name in ("url", "file")} for row in (LINK, FILED))
    [outcome] = media_back(FILED, image("1", before, after))
    row = media_row(outcome.change.fields, outcome.change.key)
    assert (row["url"], row["file"], row["name"], row["size"]) == (LINK["url"], "", "", 0)
    assert row["dropped"] == FILED["file"]


def test_it_keeps_the_file_of_an_entry_that_is_only_renamed():
    [outcome] = media_back(FILED, image("1", {"label": "Old"}, {"label": ""}))
    row = media_row(outcome.change.fields, outcome.change.key)
    assert row == {**FILED, "label": "Old"}


@pytest.mark.parametrize(
    "item", [image("1", {"file": "a.png"}, {"file": "a.png"}), image("2", media.image(FILED), None)]
)
def test_it_cannot_bring_a_file_back(item: Item):
    [outcome] = media_back(FILED, item)
    assert codes(outcome) == ["IRREVERSIBLE"]
