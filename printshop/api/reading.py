"""The first of the three judges: is it the right shape?

Reading never stops at the first fault, and what survives a fault is handed on, so that the later judges can still check
it: one answer names everything that is wrong.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from printshop.api.refusals import ABSENT, Fault
from printshop.api.shapes import ID_PATTERN, config_of
from printshop.api.tables import Table, read_table

VALUE_SHOWN = 200


@dataclass(slots=True)
class Item:
    """One element of a batch as read: its place, its value (what survived of it) and the faults of its shape."""

    index: int
    value: Any
    faults: Sequence[Fault] = ()


def ids_of(items: Iterable[Item]) -> list[str]:
    """The ids of those items that tell one."""
    return [item.value["id"] for item in items if item.value and "id" in item.value]


SENTENCES = {
    "missing": ("REQUIRED", "is required"),
    "extra_forbidden": ("UNKNOWN_FIELD", "is not a known field"),
    "string_type": ("NOT_TEXT", "must be text"),
    "int_type": ("NOT_AN_INTEGER", "must be a whole number"),
    "int_parsing_size": ("OUT_OF_RANGE", "is out of range"),
    "float_type": ("NOT_A_NUMBER", "must be a number"),
    "bool_type": ("NOT_A_BOOLEAN", "must be true or false"),
    "list_type": ("NOT_A_LIST", "must be a list"),
    "dict_type": ("NOT_AN_OBJECT", "must be an object"),
    "date_type": ("NOT_A_DATE", "must be a date, YYYY-MM-DD"),
    "date_parsing": ("NOT_A_DATE", "must be a date, YYYY-MM-DD"),
    "date_from_datetime_parsing": ("NOT_A_DATE", "must be a date, YYYY-MM-DD"),
    "datetime_type": ("NOT_A_TIME", "must be a time in ISO 8601"),
    "datetime_parsing": ("NOT_A_TIME", "must be a time in ISO 8601"),
    "datetime_from_date_parsing": ("NOT_A_TIME", "must be a time in ISO 8601"),
    "timezone_aware": ("NOT_A_TIME", "must be a time in ISO 8601 with its offset from UTC"),
    "finite_number": ("OUT_OF_RANGE", "must be a finite number"),
}


# Faults of values that are not there, not known, or nobody's business.
NOT_SHOWN = {"missing", "extra_forbidden", "bad_secret"}


def plain(bound: Any) -> Any:
    """A bound as people write it: 1000, not 1000.0."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def bound_sentence(error: ErrorDetails) -> tuple[str, str]:
    """Code and rule of a fault whose sentence names a bound."""
    context = error.get("ctx", {})
    match error["type"]:
        case "string_too_short" | "string_too_long" as kind:
            limit = context.get("min_length" if kind.endswith("short") else "max_length")
            side, code = ("least", "TOO_SHORT") if kind.endswith("short") else ("most", "TOO_LONG")
            return code, f"must have at {side} {limit} character{'' if limit == 1 else 's'}"
        case "too_short":
            return (
                "TOO_FEW",
                f"must have at least {context['min_length']} element{'' if context['min_length'] == 1 else 's'}",
            )
        case "too_long":
            return "TOO_MANY", f"must have at most {context['max_length']} elements"
        case "greater_than_equal":
            return "OUT_OF_RANGE", f"must be at least {plain(context['ge'])}"
        case "less_than_equal":
            return "OUT_OF_RANGE", f"must be at most {plain(context['le'])}"
        case "greater_than":
            return "OUT_OF_RANGE", f"must be greater than {plain(context['gt'])}"
        case "literal_error" | "enum":
            return "NOT_A_CHOICE", f"must be one of {context['expected']}".replace("'", "")
        case "string_pattern_mismatch" if context.get("pattern") == ID_PATTERN:
            return (
                "NOT_AN_ID",
                "must start with a letter or digit and hold at most 64 letters, digits, dots, dashes and underscores",
            )
        case "string_pattern_mismatch":
            return "BAD_FORMAT", f"must match {context['pattern']}"
        case kind:
            rule = error["msg"]
            return kind.upper(), rule if rule.startswith("must") else f"is invalid: {rule[:1].lower()}{rule[1:]}"


def shown(value: Any) -> Any:
    """A value as it may stand in an error: scalars only, and not at any length."""
    if isinstance(value, str):
        return value if len(value) <= VALUE_SHOWN else f"{value[:VALUE_SHOWN]}…"
    if isinstance(value, float) and abs(value) >= 2**63:
        # PostgreSQL writes 1e300 out in full, and no encoder takes an integer of that length.
        return str(value)
    return value if isinstance(value, (int, float, bool)) or value is None else ABSENT


def fault_of(error: ErrorDetails, path: Sequence[int | str]) -> Fault:
    """A pydantic error in the shop's words."""
    dotted = ".".join(map(str, path))
    code, rule = SENTENCES.get(error["type"]) or bound_sentence(error)
    value = ABSENT if error["type"] in NOT_SHOWN else shown(error["input"])
    bound = error.get("ctx", {}).get("max_length")
    return Fault(code, f"{dotted or 'The item'} {rule}.", dotted, value, bound=bound)


@functools.cache
def adapter(shape: Any) -> TypeAdapter[Any]:
    """The compiled reader of a shape."""
    return TypeAdapter(shape)


@functools.cache
def lenient(shape: Any) -> Any:
    """The twin of a shape in which nothing is required, all the way down: it reads what survived a fault."""
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Annotated and (get_origin(arguments[0]) is list or hasattr(arguments[0], "__required_keys__")):
        return lenient(arguments[0])
    if origin in (NotRequired, Required):
        return lenient(arguments[0])
    if origin in (Union, UnionType):
        return Union[tuple(lenient(argument) for argument in arguments)]  # noqa: UP007
    if origin is list:
        return list[lenient(arguments[0])]  # type: ignore[misc]
    if not hasattr(shape, "__required_keys__"):
        return shape
    hints = {key: lenient(hint) for key, hint in get_type_hints(shape, include_extras=True).items()}
    twin = TypedDict(f"Lenient{shape.__name__}", hints, total=False)  # type: ignore[misc]
    return with_config(config_of(shape))(twin)


def without(raw: Any, places: Iterable[Sequence[int | str]]) -> Any:
    """`raw` less what stands at the given places. List elements become empty objects, so that indexes stay true."""
    by_key: dict[int | str, list[Sequence[int | str]]] = {}
    for place in places:
        by_key.setdefault(place[0], []).append(place[1:])
    if isinstance(raw, list):
        return [without_element(value, by_key.get(index, [])) for index, value in enumerate(raw)]
    if not isinstance(raw, dict):
        return {}
    return {
        key: without(value, by_key[key]) if key in by_key else value
        for key, value in raw.items()
        if () not in map(tuple, by_key.get(key, []))
    }


def without_element(value: Any, rests: list[Sequence[int | str]]) -> Any:
    """An element of a list, or an empty object where the element itself is at fault."""
    if not rests:
        return value
    return {} if () in map(tuple, rests) else without(value, rests)


def survivors(shape: Any, raw: Any, errors: Iterable[ErrorDetails]) -> Any:
    """What can still be checked of an item that has faults; None when nothing can."""
    places = [error["loc"] for error in errors]
    if () in places:
        return {} if hasattr(shape, "__required_keys__") else None
    try:
        return adapter(lenient(shape)).validate_python(without(raw, places))
    except ValidationError:
        # A rule over several fields failed as well: the faults already found are all that can be said of this item.
        return {}


def read(shape: Any, raw: Any, path: Sequence[int | str] = ()) -> tuple[Any, list[Fault]]:
    """One value of a shape, or what survived of it, with all its faults; `path` is put before their own."""
    try:
        return adapter(shape).validate_python(raw), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        return survivors(shape, raw, errors), [fault_of(one, (*path, *one["loc"])) for one in errors]


def read_items(
    shape: Any,
    raws: Sequence[Any],
    field_name: str = "",
    places: Sequence[int] | None = None,
    ready: Sequence[Any] | None = None,
) -> list[Item]:
    """Every element of a list, in one pass when all are good; `places` are their indexes where they are part of more.

    Elements that are bare values have no fields to name: their faults name the list and the index (`jobIds.3`). Of
    elements whose value is `ready` nothing is read.
    """
    if ready is not None and any(value is not None for value in ready):
        rest = [place for place, value in enumerate(ready) if value is None]
        left = raws.at(rest) if isinstance(raws, Table) else [raws[place] for place in rest]
        found = iter(read_items(shape, left, field_name, rest))
        return [next(found) if value is None else Item(place, value) for place, value in enumerate(ready)]
    indexes = range(len(raws)) if places is None else places
    if isinstance(raws, Table) and (values := read_table(shape, raws)) is not None:
        return list(map(Item, indexes, values))
    try:
        return list(map(Item, indexes, adapter(list[shape]).validate_python(list(raws))))
    except ValidationError:
        scalar = not hasattr(shape, "__required_keys__")
        return [
            Item(index, *read(shape, raw, (field_name, index) if scalar else ()))
            for index, raw in zip(indexes, raws, strict=True)
        ]
