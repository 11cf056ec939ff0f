"""The words in which the shop says no, before any dialect puts them into its own.

A `Fault` is one thing wrong at one place; a `Refused` carries all the faults of a request. Kinds order themselves as
the contract orders statuses: what is invalid comes before what is unknown, and that before what conflicts.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """Why an item is refused; the smallest kind among all faults decides the answer."""

    INVALID = 1
    UNKNOWN = 2
    CONFLICT = 3


ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: a stable `code`, a sentence that names the thing and the rule, and the place.

    `path` is dotted and relative to the item (`lineItems.0.skuId`), or to the body when it stands beside the items.
    `bound` is the length that was passed; `holder` who has a value that must be unique: a reference, or the outcome
    that will have one.
    """

    code: str
    message: str
    path: str = ""
    value: Any = ABSENT
    suggestion: str | None = None
    kind: Kind = Kind.INVALID
    bound: int | None = None
    holder: Any = None


class Told(Exception):
    """Whoever asked is told its docstring, or the sentence that it was raised with."""

    def __str__(self) -> str:
        return super().__str__() or str(type(self).__doc__)


class Refused(Exception):
    """Nothing was done. `faults` pairs each fault with its item's index, or with None for one of the whole body.

    `kind` decides the answer: the first that applies among the faults, unless the caller knows better.
    """

    def __init__(
        self,
        faults: Sequence[tuple[int | None, Fault]],
        *,
        total: int = 1,
        noun: str = "",
        done: str = "changed",
        details: Mapping[str, Any] | None = None,
        kind: Kind | None = None,
    ) -> None:
        super().__init__(faults[0][1].message)
        self.faults = faults
        self.total = total
        self.noun = noun
        self.done = done
        self.details = dict(details or {})
        self.kind = kind or min(fault.kind for _, fault in faults)

    @property
    def failed(self) -> int:
        """How many items are at fault; a fault of the whole body is a fault of each."""
        indexes = {index for index, _ in self.faults}
        return self.total if None in indexes else len(indexes)


def refuse(*faults: Fault, **details: Any) -> Refused:
    """A refusal of a request as a whole."""
    return Refused([(None, fault) for fault in faults], details=details)


def unknown(code: str, message: str, path: str = "") -> Refused:
    """The addressed thing does not exist, or is somebody else's: the same answer for both."""
    return refuse(Fault(code, message, path, kind=Kind.UNKNOWN))


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that a mistyped one most likely meant."""
    found = difflib.get_close_matches(word, known, n=1)
    return found[0] if found else None
