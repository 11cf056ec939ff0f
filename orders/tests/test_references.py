"""Public ids: one thing, one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.references import MAX_NUMBER, number_in, plain_number, reference


@pytest.mark.parametrize(
    ("number", "text"), [(1, "ord-001"), (42, "ord-042"), (999, "ord-999"), (1000, "ord-1000"), (123456, "ord-123456")]
)
def test_it_pads_the_number_to_three_digits(number: int, text: str):
    assert reference("ord", number) == text
    assert number_in("ord", text) == number


@given(st.integers(1, MAX_NUMBER))
def test_it_reads_back_what_it_wrote(number: int):
    assert number_in("job", reference("job", number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "ord", "ord-", "ord-0", "ord-000", "ord-1", "ord-01", "ord-0001", "ord-+01", "ord--01", "ord-001 ",
        " ord-001", "ORD-001", "job-001", "001", "1", "ord-1e3", "ord-١٢٣", "ord-²²²", "ord-001\n", "ord-ord-001",
        f"ord-{MAX_NUMBER + 1}", "ord-" + "9" * 20, "ord-" + "9" * 5000,
    ],
)  # fmt: skip
def test_it_takes_no_other_spelling(text: str):
    assert number_in("ord", text) is None


@given(st.text(max_size=30))
def test_it_never_fails_on_what_people_type(text: str):
    for attempt in (text, f"ord-{text}"):
        number = number_in("ord", attempt)
        assert number is None or reference("ord", number) == attempt


def test_it_reads_the_largest_number_that_the_database_can_hold():
    assert number_in("ord", f"ord-{MAX_NUMBER}") == MAX_NUMBER


@pytest.mark.parametrize("number", [1, 42, MAX_NUMBER])
def test_it_reads_a_plain_number(number: int):
    assert plain_number(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "0", "007", "-1", "+1", " 1", "1 ", "1.0", "1e3", "١٢٣", "²", "ord-001", "9" * 5000]
)
def test_it_takes_no_other_spelling_of_a_plain_number(text: str):
    assert plain_number(text) is None
    assert plain_number(str(MAX_NUMBER + 1)) is None
