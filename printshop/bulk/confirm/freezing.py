"""Freezing what a list's filters find, and finding out later whether they still find the same."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, IGNORED_PARAMS, PAGE_VAR, ChangeList
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from printshop.api.transactions import transact
from printshop.bulk.confirm.tickets import DoneAlready, R
from printshop.bulk.selections import KEPT_FOR, Selection

MOST_SELECTED = 250_000


class Forgotten(Exception):
    """This selection is not known any more: it was left for more than a day. Please choose the rows again."""


class TooMany(Exception):
    """More rows than can be planned while somebody waits."""

    def __init__(self) -> None:
        super().__init__(f"At most {MOST_SELECTED:,} rows can be changed at once: narrow the list down.")


@dataclass(frozen=True, slots=True)
class Difference:
    """How many rows the filters find that they did not find before, and how many they find no more."""

    came: int
    went: int

    def told(self, noun: str) -> str:
        changes = [f"{count:,} {word}" for count, word in ((self.came, "came"), (self.went, "went")) if count]
        return f"Other {noun} match by now than you were shown: {', '.join(changes)}."


def listed(model_admin: ModelAdmin, request: HttpRequest, query: str) -> ChangeList:
    """The list as it would be at an address with this query."""
    asked = copy(request)
    asked.GET = QueryDict(query)
    return model_admin.get_changelist_instance(asked)


def keys_in(rows: QuerySet[Any]) -> list[Any]:
    """Their primary keys, sorted. Raises `TooMany`."""
    keys = sorted(set(rows.order_by().values_list("pk", flat=True)[: MOST_SELECTED + 1]))
    if len(keys) > MOST_SELECTED:
        raise TooMany
    return keys


def filters_in(asked: QueryDict) -> str:
    """The query of a list's address without the page: it may be gone by the time the filters are asked again."""
    kept = asked.copy()
    for name in (PAGE_VAR, ALL_VAR, ERROR_FLAG):
        kept.pop(name, None)
    return kept.urlencode()


def freeze(model_admin: ModelAdmin, request: HttpRequest) -> Selection:
    """Keep all rows of the list at the request's address. Raises `TooMany`."""
    query, at = filters_in(request.GET), timezone.now()
    found = listed(model_admin, request, query)
    made = Selection(owner=cast(User, request.user), model=model_admin.opts.label_lower, query=query, created_at=at)
    made.wording = worded(found)
    made.hold(keys_in(found.queryset))
    Selection.objects.filter(created_at__lt=at - KEPT_FOR).delete()
    made.save(force_insert=True)
    return made


def recall(model_admin: ModelAdmin, request: HttpRequest, reference: UUID) -> Selection:
    """The selection with that reference. Raises `Forgotten`, also when it is somebody else's or of another list."""
    kept = Selection.objects.filter(created_at__gte=timezone.now() - KEPT_FOR, model=model_admin.opts.label_lower)
    found = kept.filter(pk=reference, owner=request.user.pk).first()
    if found is None:
        raise Forgotten
    return found


def refreeze(selection: Selection, model_admin: ModelAdmin, request: HttpRequest) -> Difference | None:
    """Ask the filters again. Where they find other rows, these are kept from now on, and the difference is returned."""
    keys = keys_in(listed(model_admin, request, selection.query).queryset)
    if selection.holds(keys):
        return None
    before, now = set(selection.keys()), set(keys)
    selection.hold(keys)
    selection.save(update_fields=("count", "digest", "packed"))
    return Difference(len(now - before), len(before - now))


def spend(selection: Selection, act: Callable[[], R]) -> R:
    """`act`, and the note that the selection is used, in one transaction. Raises `DoneAlready` to the second click."""

    def attempt() -> R:
        mine = Selection.objects.filter(pk=selection.pk)
        used = mine.select_for_update(no_key=True).values_list("operation_id", flat=True).get()
        if used is not None:
            raise DoneAlready(used)
        done = act()
        mine.update(operation_id=done.operation_id)
        return done

    return transact(attempt)


# --- In words --------------------------------------------------------------------------------------------------------
def worded(found: ChangeList) -> str:
    """The filters of a list: `status QUEUED, sku material PLA`; empty when there are none."""
    rest = {name: values for name, values in found.filter_params.items() if name not in IGNORED_PARAMS}
    said = [f"search “{found.query}”"] if found.query else []
    for spec in found.filter_specs:
        mine = [name for name in spec.expected_parameters() if name in rest]
        chosen = [str(choice["display"]) for choice in spec.choices(found) if choice.get("selected")] if mine else []
        kept = {value.replace("_", " ").lower(): value for name in mine for value in rest[name]}
        if chosen:
            # A status is QUEUED everywhere else, though Django's filters name it Queued.
            said.append(titled(str(spec.title), " or ".join(kept.get(one.lower(), one) for one in chosen)))
            rest = {name: values for name, values in rest.items() if name not in mine}
    return ", ".join([*said, *(titled(plain(name), " or ".join(values)) for name, values in rest.items())])


def titled(title: str, chosen: str) -> str:
    """`status QUEUED`; what says it all by itself is not said twice."""
    return chosen if chosen.lower() == title.lower() else f"{title} {chosen}"


def plain(name: str) -> str:
    """A parameter of an address as words: `sku__material__exact` is `sku material`."""
    return name.removesuffix("__exact").replace("__", " ").replace("_", " ")
