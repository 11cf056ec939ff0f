"""Work that is done once for what many rows have in common. Nobody writes into what is shared."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def each_once(read: Callable[[Any], T], values: Sequence[Any]) -> list[T]:
    """The values as read, equal ones once: rows of one table have many in common."""
    known = {value: read(value) for value in set(values)}
    return [known[value] for value in values]


def different(values: Iterable[Any]) -> dict[int, Any]:
    """The values by their identity: what is shared stands there once."""
    return {id(value): value for value in values}


def each_different(read: Callable[[Any], T], values: Sequence[Any]) -> list[T]:
    """The same of what has no hash: the very same value is read once."""
    ones = different(values)
    if len(ones) * 2 > len(values):
        return list(map(read, values))
    known = {key: read(value) for key, value in ones.items()}
    return [known[id(value)] for value in values]
