"""Work that is done once for what many rows have in common. Nobody writes into what is shared."""

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import is_
from typing import Any, TypeVar

T = TypeVar("T")


def each_once(read: Callable[[Any], T], values: Sequence[Any]) -> list[T]:
    """The values as read, equal ones once: rows of one table have many in common."""
    if values and values.count(values[0]) == len(values):
        return [read(values[0])] * len(values)
    known = {value: read(value) for value in set(values)}
    return [known[value] for value in values]


def is_shared(values: Sequence[Any]) -> bool:
    """Whether the very same value stands everywhere."""
    return all(map(is_, values, repeat(values[0]))) if values else False


def different(values: Sequence[Any]) -> dict[int, Any]:
    """The values by their identity: what is shared stands there once."""
    if is_shared(values):
        values = values[:1]
    return {id(value): value for value in values}


def each_different(read: Callable[[Any], T], values: Sequence[Any]) -> list[T]:
    """The same of what has no hash: the very same value is read once."""
    ones = different(values)
    if len(ones) == 1:
        return [read(values[0])] * len(values)
    if len(ones) * 2 > len(values):
        return list(map(read, values))
    known = {key: read(value) for key, value in ones.items()}
    return [known[id(value)] for value in values]
