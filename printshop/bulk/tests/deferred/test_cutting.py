"""How items are cut into chunks: worked out from values alone."""

from hypothesis import given
from hypothesis import strategies as st

from printshop.bulk.deferred.cutting import Cut, cut, in_turns

ROWS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=3, unique=True), max_size=60)


def numbered(rows: list[list[str]]) -> list[tuple[int, list[str]]]:
    return list(enumerate(rows))


def test_it_cuts_what_has_nothing_in_common_by_size():
    cuts = cut(numbered([[str(number)] for number in range(5)]), 2)
    assert cuts == [Cut([0, 1]), Cut([2, 3]), Cut([4])]


def test_it_cuts_nothing_into_nothing():
    assert cut([], 2) == []
    assert in_turns([]) == []


def test_it_joins_an_item_to_the_chunk_that_touched_its_row():
    assert cut(numbered([["a"], ["b"], ["c"], ["a"]]), 2) == [Cut([0, 1, 3]), Cut([2])]


def test_it_lets_the_later_chunk_wait_where_rows_stand_in_two():
    assert cut(numbered([["a"], ["b"], ["a", "b"]]), 1) == [Cut([0]), Cut([1, 2], after=0)]


def test_it_keeps_the_indexes_it_is_given():
    assert cut([(3, ["a"]), (7, ["b"])], 1) == [Cut([3]), Cut([7])]


def test_it_takes_turns_where_a_row_comes_again():
    assert in_turns(numbered([["a"], ["b"], ["a"], ["a", "b"]])) == [[0, 1], [2], [3]]


@given(ROWS, st.integers(1, 7))
def test_it_loses_no_item_and_keeps_their_order_in_each_chunk(rows, size):
    cuts = cut(numbered(rows), size)
    assert sorted(index for one in cuts for index in one.indexes) == list(range(len(rows)))
    assert all(one.indexes == sorted(one.indexes) for one in cuts)
    assert all(-1 <= one.after < number for number, one in enumerate(cuts))


@given(ROWS, st.integers(1, 7))
def test_it_never_lets_two_items_of_a_row_overtake_each_other(rows, size):
    cuts = cut(numbered(rows), size)
    chunk_of = {index: number for number, one in enumerate(cuts) for index in one.indexes}
    for index, row in enumerate(rows):
        for earlier in (before for before in range(index) if set(rows[before]) & set(row)):
            first, second = chunk_of[earlier], chunk_of[index]
            assert first == second or first <= cuts[second].after


@given(ROWS)
def test_it_touches_no_row_twice_in_a_turn_and_keeps_their_order(rows):
    turns = in_turns(numbered(rows))
    assert sorted(position for turn in turns for position in turn) == list(range(len(rows)))
    for turn in turns:
        touched = [row for position in turn for row in rows[position]]
        assert len(touched) == len(set(touched))
    turn_of = {position: number for number, turn in enumerate(turns) for position in turn}
    for index, row in enumerate(rows):
        assert all(turn_of[before] < turn_of[index] for before in range(index) if set(rows[before]) & set(row))
