"""Money is exact: every number with two decimals is its minor units, and no other number is taken. A document that is
remembered reads as it would alone."""

import math
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from printshop.api.shapes import LONGEST_REMEMBERED, MAX_CENTS, MOST_REMEMBERED, cents, remembering

MINOR = st.integers(0, MAX_CENTS)


@given(MINOR)
def test_two_decimals_are_exact_up_to_the_greatest_amount(minor: int) -> None:
    assert cents(minor / 100) == minor
    assert cents(float(f"{minor // 100}.{minor % 100:02d}")) == minor


@given(st.floats(0, MAX_CENTS / 100))
def test_a_number_is_taken_when_its_shortest_text_has_two_decimals(value: float) -> None:
    exact = Decimal(repr(value)) * 100
    if exact == exact.to_integral_value():
        assert cents(value) == exact
    else:
        with pytest.raises(PydanticCustomError, match="two decimals"):
            cents(value)


@given(MINOR.map(lambda minor: minor / 100))
def test_the_doubles_beside_an_amount_are_judged_by_their_own_text(value: float) -> None:
    for beside in (math.nextafter(value, math.inf), math.nextafter(value, 0)):
        test_a_number_is_taken_when_its_shortest_text_has_two_decimals.hypothesis.inner_test(  # type: ignore[attr-defined]
            min(beside, MAX_CENTS / 100)
        )


@pytest.mark.parametrize("value", [0.0, -0.0, 0, 1, MAX_CENTS // 100, 0.29, 1.1, 8.2, 1_000_000_000_000.0])
def test_amounts_that_are_easily_got_wrong(value: float) -> None:
    assert cents(value) == Decimal(repr(value)) * 100


@pytest.mark.parametrize("value", [-0.01, -1, 1e12 + 1, 1e308, math.inf, math.nan, True, "1", None, 0.001, 5e-324])
def test_what_is_no_amount(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        cents(value)


Numbers = dict[str, list[float]]
ALIKE: tuple[Any, ...] = (
    {"a": [1]}, {"a": [1.0]}, {"a": [True]}, {"a": ["1"]}, {"a": []}, {}, None, {"a": [10**30]}, {"\ud800": [1]},
    {1: [2]})  # fmt: skip


def read(adapter: TypeAdapter[Any], value: Any) -> tuple[Any, Any]:
    """What is read, with the type of its number, or the faults."""
    try:
        found = adapter.validate_python(value, strict=True)
    except ValidationError as error:
        return None, error.errors(include_url=False)
    return found, [type(number) for numbers in found.values() for number in numbers]


def test_a_document_that_is_remembered_reads_as_it_would_alone() -> None:
    plain, remembered = TypeAdapter(Numbers), TypeAdapter(Annotated[Numbers, remembering()])
    for value in ALIKE * 2:
        assert read(remembered, value) == read(plain, value)


def test_documents_that_are_written_alike_are_read_once_and_few_are_kept() -> None:
    adapter = TypeAdapter(Annotated[Numbers, remembering()])
    first = adapter.validate_python({"a": [1.5]})
    assert adapter.validate_python({"a": [1.5]}) is first
    large = {"a": [0.5] * LONGEST_REMEMBERED}
    assert adapter.validate_python(large) is not adapter.validate_python(large)
    for number in range(MOST_REMEMBERED):
        adapter.validate_python({"a": [float(number)]})
    assert adapter.validate_python({"a": [1.5]}) is not first
