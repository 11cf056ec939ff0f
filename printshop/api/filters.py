"""What lists can be filtered by; a value that cannot be meant is a 400 that names it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django_filters.rest_framework import FilterSet

from printshop.api.refusals import Fault, refuse

LONGEST = 255
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class MomentField(forms.CharField):
    """A time in ISO 8601, in UTC unless it names an offset; a plain date is its first moment."""

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            # A plus sign that was not escaped arrives as a space.
            time = datetime.fromisoformat(text[:11] + text[11:].replace(" ", "+"))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        return min(max(aware, EARLIEST), LATEST).astimezone(UTC)

    def run_validators(self, value: Any) -> None:
        """None: those of texts have nothing to say about a time."""


class TruthField(forms.CharField):
    """`true` or `false`, in any case."""

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]
        text = (super().to_python(value) or "").lower()
        if text not in {"", "true", "false"}:
            raise forms.ValidationError(text)
        return text == "true" if text else None

    def run_validators(self, value: Any) -> None:
        """None: those of texts have nothing to say about a truth."""


class MomentFilter(django_filters.IsoDateTimeFilter):
    """`createdAfter=2026-03-02T12:00:00Z`."""

    field_class = MomentField
    rule = "must be a time in ISO 8601"


class TruthFilter(django_filters.BooleanFilter):
    """`overdue=true`."""

    field_class = TruthField
    rule = "must be true or false"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "widget": forms.TextInput})


class TextFilter(django_filters.CharFilter):
    """Any text, of a length that a database is willing to look for."""

    rule = f"must be text of at most {LONGEST} characters, none of them NUL"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST, **kwargs})


class ChoiceListFilter(TextFilter):
    """`status=paid,READY`: any of a comma list, in any case."""

    def __init__(self, *args: Any, values: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "validators": [self.check]})
        self.values = {value.lower(): value for value in values}
        self.rule = f"must be among {', '.join(self.values.values())}"

    def words(self, value: str) -> list[str]:
        return [word.strip().lower() for word in value.split(",") if word.strip()]

    def check(self, value: str) -> None:
        if unknown := [word for word in self.words(value) if word not in self.values]:
            raise forms.ValidationError(unknown)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        wanted = [self.values[word] for word in dict.fromkeys(self.words(value))]
        if len(wanted) == 1:
            # Of one value an index has the rows in order; of a list it has not, though that list holds but one.
            return qs.filter(**{self.field_name: wanted[0]})
        return qs.filter(**{f"{self.field_name}__in": wanted}) if wanted else qs


class ReferenceFilter(TextFilter):
    """A public id such as `ord-001`; one that is spelt wrong matches nothing."""

    def __init__(self, *args: Any, number_in: Callable[[str], int | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number_in = number_in

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        number = self.number_in(value)
        return qs.none() if number is None else qs.filter(**{self.field_name: number})


class Ordering(django_filters.OrderingFilter):
    """`ordering=-createdAt,id`. Rows that are equal in all of it follow by primary key, so that no page repeats one."""

    @property
    def rule(self) -> str:
        return f"must be among {', '.join(self.param_map)}, each with or without a minus sign before it"

    def term(self, qs: QuerySet[Any], param: str) -> OrderBy:
        """One column to order by. The databases disagree on where nulls stand: here they come last."""
        name = self.get_ordering_value(param.removeprefix("-"))
        last = qs.model._meta.get_field(name).null or None
        return F(name).desc(nulls_last=last) if param.startswith("-") else F(name).asc(nulls_last=last)

    def filter(self, qs: QuerySet[Any], value: list[str] | None) -> QuerySet[Any]:
        # A column named again changes nothing, and SQLite takes no endless list.
        first: dict[str, str] = {}
        for param in filter(None, value or ()):
            first.setdefault(param.removeprefix("-"), param)
        return qs.order_by(*(self.term(qs, param) for param in first.values()), "pk") if first else qs


class Filters(FilterSet):
    """Filters of every list: when a thing was made, from `createdAfter` on and up to before `createdBefore`."""

    createdAfter = MomentFilter("created_at", "gte")
    createdBefore = MomentFilter("created_at", "lt")

    def is_valid(self) -> bool:
        """Never False: what is wrong with the query string is raised, every parameter at once."""
        if not super().is_valid():
            raise refuse(*map(self.fault, self.errors))
        return True

    def fault(self, name: str) -> Fault:
        return Fault("INVALID_FILTER", f"{name} {self.filters[name].rule}.", name, self.data[name][:LONGEST])
