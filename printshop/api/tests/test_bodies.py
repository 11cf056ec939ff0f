"""Whatever stands in a body: a 400 with a sentence, a code and a path, and no row changes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from printshop.api.tests.addresses import WRITES, Write, named
from printshop.testing import KeyClient, snapshot

pytestmark = pytest.mark.django_db
FREE_FORM = {"options.colour", "before", "after"}
OTHERS: dict[type, tuple[Any, ...]] = {
    str: (True, 7, 1.5, ["a"], {"a": 1}),
    int: ("7", True, 1.5, [1], {"a": 1}, 2**63, 2**64, -(2**63), 10**30),
    float: ("7", True, [1.5], {"a": 1}, -(10**12), 1e15, 1e300, 2**63),
    bool: ("true", 1, 0, "yes", [True], {}),
    list: ("a", 1, True, {}, {"0": 1}),
    dict: ("a", 1, False, [], [1]),
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place in a body and what stands there."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of a body with another value at one place."""
    if not path:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[path[0]] = replaced(body[path[0]], path[1:], value)
    return copy


def sent(body: Any) -> bytes:
    """JSON as Python writes it, which has integers of any size."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def refusals_of(client: KeyClient, write: Write, names: dict[str, str], bodies: list[Any]) -> list[Any]:
    """The answers to bodies that must all be refused, nothing being written."""
    before = snapshot()
    answers = [client.send(write.method, named(write.path, names), sent(body)) for body in bodies]
    odd = [(body, answer.status_code, answer.content) for body, answer in zip(bodies, answers, strict=True)
           if answer.status_code != 400]  # fmt: skip
    assert not odd
    assert snapshot() == before
    return [answer.json() for answer in answers]


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_it_refuses_a_value_of_the_wrong_type_at_every_place(
    write: Write, admin: KeyClient, names: dict[str, str]
) -> None:
    body = named(write.body, names)
    wrong = [
        (path, replaced(body, path, other))
        for path, value in places(body)
        if path and value is not None
        for other in OTHERS[type(value)]
    ]
    answers = refusals_of(admin, write, names, [one for _, one in wrong])
    for answer in answers:
        assert answer["code"] == "VALIDATION_ERROR"
        assert all(
            fault["message"].endswith(".") and (fault["path"] or "index" in fault)
            for fault in answer["details"]["errors"]
        )


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_it_refuses_a_body_that_is_no_object(write: Write, admin: KeyClient, names: dict[str, str]) -> None:
    for answer in refusals_of(admin, write, names, [None, [], [{}], "text", "", 7, 0, True, False]):
        assert answer["code"] == "VALIDATION_ERROR"
        assert answer["error"].endswith("must be an object.")


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_it_refuses_unknown_fields_in_every_object(write: Write, admin: KeyClient, names: dict[str, str]) -> None:
    body = named(write.body, names)
    objects = [path for path, value in places(body) if isinstance(value, dict)]
    wrong = [replaced(body, path, {**inner(body, path), "colour of": 1}) for path in objects]
    for path, answer in zip(objects, refusals_of(admin, write, names, wrong), strict=True):
        (fault,) = answer["details"]["errors"]
        if path[-1:] == ("options",) and "lineItems" in path:
            assert fault["code"] == "OPTION_NOT_FOUND"
        else:
            assert fault["code"] == "UNKNOWN_FIELD"
        assert fault["path"].endswith("colour of")


def inner(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        body = body[key]
    return body


WORDS = ["sku-0001", "cust-001", "job-1", "PRINTING", "2026-02-30", "\u0000", "İ" * 250]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300)
    | st.sampled_from(WORDS)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("write", WRITES, ids=str)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_it_answers_any_json_at_any_place(
    write: Write, draw: st.DataObject, admin: KeyClient, names: dict[str, str]
) -> None:
    body = named(write.body, names)
    path = draw.draw(st.sampled_from([path for path, _ in places(body)]))
    before = snapshot()
    answer = admin.send(write.method, named(write.path, names), sent(replaced(body, path, draw.draw(JSON))))
    assert answer.status_code in {200, 201, 400, 404, 409}, answer.content
    assert answer.status_code < 300 or snapshot() == before
