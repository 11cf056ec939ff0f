"""What can be searched: fields of the dialect by the columns behind them, each with the conditions that it knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Lookup, Q, UUIDField
from django.db.models.expressions import OrderBy

from orders.references import MAX_NUMBER
from printshop.api.filters import MomentField
from printshop.api.refusals import Fault, Refused, refuse

MAX_VALUES = 1_000
ORDERED = {"eq": "exact", "gt": "gt", "lt": "lt", "gteq": "gte", "lteq": "lte", "from": "gte", "to": "lte"}
CONDITIONS = frozenset({*ORDERED, "neq", "in", "nin", "like"})


@Field.register_lookup
class Like(Lookup):
    """SQL's LIKE whatever the case, `%` and `_` being the only signs that mean anything."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        pattern = str(self.rhs).lower().replace("\\", "\\\\")
        return f"LOWER({column}) LIKE %s ESCAPE '\\'", (*params, pattern)


@UUIDField.register_lookup
class LikeUUID(Like):
    """The same for a uuid, which may be spelt with dashes or without."""

    lookup_name = "like"

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> tuple[str, Any]:
        column, params = super().process_lhs(compiler, connection, lhs)
        return f"REPLACE(CAST({column} AS text), '-', '')", params

    def get_prep_lookup(self) -> str:
        return str(self.rhs).replace("-", "")


def no(name: str, rule: str, value: Any = "") -> Refused:
    """A criterion that nobody understands; the fault names it."""
    return refuse(Fault("INVALID_FILTER", f"{name} {rule}.", name, str(value)[:200]))


@dataclass(frozen=True)
class Searched:
    """A field by the column behind it."""

    column: str
    rule = "must be text"
    likes = False
    meaning = "Text."

    def read(self, text: str) -> Any:
        """A value of the field. Raises `ValueError`."""
        return text

    def condition(self, name: str, kind: str, text: str) -> Q:
        """Raises `Refused`, naming the field."""
        if kind == "like":
            return self.alike(name, text)
        if kind in ("in", "nin"):
            inside = Q(**{f"{self.column}__among": [self.value(name, one.strip()) for one in self.parts(name, text)]})
            return ~inside if kind == "nin" else inside
        if kind == "neq":
            return ~Q(**{self.column: self.value(name, text)})
        return Q(**{f"{self.column}__{ORDERED[kind]}": self.value(name, text)})

    def alike(self, name: str, text: str) -> Q:
        if not self.likes:
            raise no("like", f"is no condition for {name}", text)
        return Q(**{f"{self.column}__like": text})

    def parts(self, name: str, text: str) -> list[str]:
        parts = text.split(",")
        if len(parts) > MAX_VALUES:
            raise no(name, f"takes at most {MAX_VALUES} values")
        return parts

    def value(self, name: str, text: str) -> Any:
        try:
            return self.read(text)
        except (ValueError, ValidationError):
            raise no(name, self.rule, text) from None

    def order(self, descending: bool) -> OrderBy:
        return OrderBy(F(self.column), descending=descending)


class Text(Searched):
    """Text, compared as it is."""

    likes = True


class Whole(Searched):
    """A whole number."""

    rule = "must be a whole number"
    meaning = "A whole number."

    def read(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text[:20]) <= MAX_NUMBER):
            raise ValueError(text)
        return int(text)


class Moment(Searched):
    """A time."""

    rule = "must be a time in ISO 8601"
    meaning = "A time in ISO 8601, in UTC unless it names an offset."

    def read(self, text: str) -> datetime:
        found = MomentField().to_python(text)
        if found is None:
            raise ValueError(text)
        return found


class Identity(Searched):
    """A uuid."""

    likes = True
    rule = "must be a uuid"
    meaning = "A uuid."

    def read(self, text: str) -> UUID:
        return UUID(text)


@dataclass(frozen=True)
class Coded(Searched):
    """A number of the dialect that stands for some of the shop's words."""

    codes: Mapping[int, frozenset[str]] = field(default_factory=dict)
    meaning = "A status: 1 complete, 2 failed, try again, 3 failed, change something, 4 open, 5 rejected or cancelled."

    def condition(self, name: str, kind: str, text: str) -> Q:
        if kind == "like":
            raise no("like", f"is no condition for {name}", text)
        numbers = [self.number(name, one.strip()) for one in (text.split(",") if kind in ("in", "nin") else [text])]
        words = [word for code, words in self.codes.items() if holds(kind, code, numbers) for word in words]
        return Q(**{f"{self.column}__in": sorted(words)})

    def number(self, name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise no(name, "must be a whole number", text)
        return int(text)


def holds(kind: str, code: int, numbers: Sequence[int]) -> bool:
    """Whether a condition is true of a code."""
    number = numbers[0]
    return {
        "eq": code == number, "neq": code != number, "in": code in numbers, "nin": code not in numbers,
        "gt": code > number, "lt": code < number, "gteq": code >= number, "from": code >= number,
        "lteq": code <= number, "to": code <= number,
    }[kind]  # fmt: skip
