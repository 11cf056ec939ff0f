"""What making, changing and deleting pages does, without a database."""

from typing import Any

import pytest

from catalog.plans.pages import Known, plan_creation, plan_deletion, plan_edits
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict

ABOUT = {"identifier": "about", "title": "About", "content": "We print.", "active": True}
HELP = {"identifier": "Help", "title": "Help", "content": "", "active": False}


def known() -> Known:
    return Known.of([{"id": 1, **ABOUT}, {"id": 2, **HELP}])


def items(*values: dict[str, Any]) -> list[Item]:
    return [Item(index, value) for index, value in enumerate(values)]


def edit(*changes: dict[str, Any]) -> list[Outcome]:
    return plan_edits(items(*changes), known())


def codes(outcome: Outcome) -> list[tuple[str, str]]:
    return [(fault.path, fault.code) for fault in outcome.faults]


def test_it_makes_a_page_that_is_active_and_empty_unless_it_says_otherwise():
    plain, full = plan_creation(items({"identifier": "a", "title": "A"}, {**HELP, "identifier": "b"}), known())
    assert plain.change == plain.after == {"identifier": "a", "title": "A", "content": "", "active": True}
    assert full.change == {**HELP, "identifier": "b"}
    assert (plain.verdict, plain.before) == (Verdict.CREATED, None)


@pytest.mark.parametrize("identifier", ["about", "ABOUT", "help"])
def test_it_gives_no_identifier_twice_whatever_its_capitals(identifier: str):
    [outcome] = plan_creation(items({"identifier": identifier, "title": "A"}), known())
    [fault] = outcome.faults
    assert (fault.code, fault.kind, fault.path) == ("IDENTIFIER_TAKEN", Kind.CONFLICT, "identifier")
    assert fault.message == f"Another page has the identifier {identifier} already."


def test_it_gives_an_identifier_to_the_first_good_item():
    bad = Item(0, {"identifier": "new"}, [Fault("REQUIRED", "title is required.", "title")])
    outcomes = plan_creation([bad, *items({"identifier": "NEW", "title": "A"}, {"identifier": "new", "title": "B"})],
                             known())  # fmt: skip
    assert [codes(one) for one in outcomes] == [[], [], [("identifier", "IDENTIFIER_TAKEN")]]
    assert outcomes[2].faults[0].holder is outcomes[1]


def test_it_changes_what_is_named_and_tells_the_difference():
    [outcome] = edit({"id": 1, "title": "About us", "content": None, "active": True})
    assert outcome.changes == {"title": ["About", "About us"], "content": ["We print.", ""]}
    assert outcome.change == {**ABOUT, "title": "About us", "content": ""}
    assert outcome.reference == "1"


def test_it_leaves_alone_what_is_equal():
    for change in ({}, ABOUT, {"identifier": "about"}):
        [outcome] = edit({"id": 1, **change})
        assert outcome.verdict is Verdict.UNCHANGED


def test_it_lets_a_page_write_its_own_identifier_otherwise():
    [outcome] = edit({"id": 1, "identifier": "About"})
    assert outcome.changes == {"identifier": ["about", "About"]}


def test_it_lets_each_item_meet_the_pages_as_the_items_before_it_left_them():
    outcomes = edit({"id": 1, "identifier": "help"}, {"id": 1, "identifier": "new"}, {"id": 2, "identifier": "about"},
                    {"id": 1, "title": "New"}, {"id": 2, "identifier": "NEW"})  # fmt: skip
    taken = [("identifier", "IDENTIFIER_TAKEN")]
    assert [codes(one) for one in outcomes] == [taken, [], [], [], taken]
    assert outcomes[3].change == {**ABOUT, "identifier": "new", "title": "New"}


@pytest.mark.parametrize("plan", [plan_edits, plan_deletion])
def test_it_knows_no_page_that_is_not_there(plan: Any):
    [outcome] = plan(items({"id": 3, "title": "x"}), known())
    assert codes(outcome) == [("id", "PAGE_NOT_FOUND")]
    assert outcome.faults[0].message == "There is no page 3."


def test_it_deletes_a_page_once_and_keeps_all_of_it_in_the_record():
    first, second = plan_deletion(items({"id": 1}, {"id": 1}), known())
    assert (first.verdict, first.before, first.after) == (Verdict.UPDATED, ABOUT, None)
    assert codes(second) == [("id", "PAGE_NOT_FOUND")]


@pytest.mark.parametrize("plan", [plan_creation, plan_edits, plan_deletion])
def test_it_changes_nothing_for_an_item_that_its_shape_refuses(plan: Any):
    bad = Item(0, {"id": 1, **ABOUT, "identifier": "new"}, [Fault("X", "x.")])
    [outcome] = plan([bad], known())
    assert (outcome.verdict, outcome.change) == (Verdict.UNCHANGED, None)


def test_it_passes_over_an_item_of_which_nothing_was_read():
    for plan in (plan_edits, plan_deletion):
        [outcome] = plan([Item(0, {}, [Fault("REQUIRED", "id is required.", "id")])], known())
        assert (outcome.reference, outcome.faults) == ("", [])
