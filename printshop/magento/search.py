"""`searchCriteria`: filters that are joined by "or" within a group and by "and" between groups, sorting and pages.

    searchCriteria[filter_groups][0][filters][0][field]=status
    searchCriteria[filter_groups][0][filters][0][value]=3
    searchCriteria[filter_groups][0][filters][0][condition_type]=eq
    searchCriteria[sortOrders][0][field]=start_time
    searchCriteria[pageSize]=50

Everything is asked of the database: two statements, whatever is found.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NotRequired, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from pydantic.alias_generators import to_snake
from typing_extensions import TypedDict

from printshop.api.paging import MAX_PAGE, whole_number
from printshop.magento.searched import CONDITIONS, Searched, no

M = TypeVar("M", bound=Model)
ROOTS = ("searchCriteria", "search_criteria")
STEP = re.compile(r"\[([^][]*)\]")
SIZE, MAX_SIZE = 100, 1_000
MAX_FILTERS = 50
KNOWN = ("filter_groups", "sort_orders", "page_size", "current_page")


class AsyncFilter(TypedDict):
    """One condition on a field."""

    field: str
    value: str
    condition_type: str


class AsyncFilterGroup(TypedDict):
    """Filters of which one has to hold."""

    filters: list[AsyncFilter]


class AsyncSortOrder(TypedDict):
    """A field to sort by."""

    field: str
    direction: str


class AsyncCriteria(TypedDict):
    """What was searched for; every group has to hold."""

    filter_groups: list[AsyncFilterGroup]
    sort_orders: NotRequired[list[AsyncSortOrder]]
    page_size: int
    current_page: int


EXAMPLE: AsyncCriteria = {
    "filter_groups": [{"filters": [{"field": "status", "value": "3", "condition_type": "eq"}]}],
    "page_size": SIZE,
    "current_page": 1,
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is searched for, read but not yet understood."""

    groups: list[AsyncFilterGroup]
    orders: list[AsyncSortOrder]
    size: int
    page: int


def tree_of(query: QueryDict) -> dict[str, Any]:
    """The nested parameters, `searchCriteria[a][0][b]=c`, as a tree. Raises `Refused`."""
    tree: dict[str, Any] = {}
    for name, value in query.items():
        root = next((one for one in ROOTS if name.startswith(one)), None)
        if root is None or (name == root and not value):
            continue
        steps = STEP.findall(name)
        if "\0" in name + str(value) or not steps or root + "".join(f"[{one}]" for one in steps) != name:
            raise no(name.replace("\0", ""), "is no search criterion", str(value).replace("\0", ""))
        plant(tree, [to_snake(step) for step in steps], value)
    return tree


def plant(tree: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    """Put a value where the steps lead. Raises `Refused` where another value stands in the way."""
    branch = tree
    for step in steps[:-1]:
        branch = branch.setdefault(step, {})
        if not isinstance(branch, dict):
            raise no(step, "is no search criterion", value)
    branch[steps[-1]] = value


def elements(branch: Any, name: str) -> list[dict[str, Any]]:
    """The elements of a list whose indexes were sent as keys, in their order."""
    if not isinstance(branch, dict) or not all(isinstance(one, dict) for one in branch.values()):
        raise no(name, "must be a list")
    return [branch[key] for key in sorted(branch, key=lambda key: (len(key), key))]


def filter_of(given: Mapping[str, Any]) -> AsyncFilter:
    for name in given:
        if name not in AsyncFilter.__annotations__:
            raise no(name, "is no part of a filter")
    if not all(isinstance(given.get(name, ""), str) for name in given) or "field" not in given:
        raise no("field", "is required in a filter")
    kind = given.get("condition_type", "eq")
    if kind not in CONDITIONS:
        raise no("condition_type", f"must be one of {', '.join(sorted(CONDITIONS))}", kind)
    return {"field": given["field"], "value": given.get("value", ""), "condition_type": kind}


def sort_order_of(given: Mapping[str, Any]) -> AsyncSortOrder:
    direction = str(given.get("direction", "ASC")).upper()
    if direction not in ("ASC", "DESC"):
        raise no("direction", "must be ASC or DESC", direction)
    return {"field": str(given.get("field", "")), "direction": direction}


def read(query: QueryDict) -> Criteria:
    """The criteria in a query string. Raises `Refused` for what is none, naming it."""
    tree = tree_of(query)
    for name in tree:
        if name not in KNOWN:
            raise no(name, "is no search criterion")
    groups: list[AsyncFilterGroup] = [
        {"filters": [filter_of(one) for one in elements(group.get("filters", {}), "filters")]}
        for group in elements(tree.get("filter_groups", {}), "filter_groups")
    ]
    if sum(len(group["filters"]) for group in groups) > MAX_FILTERS:
        raise no("filter_groups", f"may hold at most {MAX_FILTERS} filters")
    orders = [sort_order_of(one) for one in elements(tree.get("sort_orders", {}), "sort_orders")][:MAX_FILTERS]
    size = whole_number(str(tree.get("page_size", SIZE)), "pageSize", MAX_SIZE)
    return Criteria(groups, orders, size, whole_number(str(tree.get("current_page", 1)), "currentPage", MAX_PAGE))


def known(name: str, fields: Mapping[str, Searched]) -> Searched:
    if name not in fields:
        raise no(name or "field", f"is not known here; search by {', '.join(fields)}", name)
    return fields[name]


def wanted(
    queryset: QuerySet[M], criteria: Criteria, fields: Mapping[str, Searched], ordering: Iterable[str]
) -> QuerySet[M]:
    """What the criteria leave of a queryset; rows that sort alike keep the given ordering. Raises `Refused`."""
    for group in criteria.groups:
        conditions = [
            known(one["field"], fields).condition(one["field"], one["condition_type"], one["value"])
            for one in group["filters"]
        ]
        if conditions:
            queryset = queryset.filter(reduce(lambda one, other: one | other, conditions))
    orders = [known(one["field"], fields).order(one["direction"] == "DESC") for one in criteria.orders]
    return queryset.order_by(*orders, *ordering)


def page(queryset: QuerySet[M], criteria: Criteria, bodies: Callable[[Sequence[M]], list[Any]]) -> dict[str, Any]:
    """One page of what was found, with what was asked."""
    first = (criteria.page - 1) * criteria.size
    echoed: AsyncCriteria = {
        "filter_groups": criteria.groups,
        **({"sort_orders": criteria.orders} if criteria.orders else {}),  # type: ignore[typeddict-item]
        "page_size": criteria.size,
        "current_page": criteria.page,
    }
    total = queryset.order_by().count()
    # Nothing is read past the end, nor an offset sent that no database takes.
    rows = list(queryset[first : first + criteria.size]) if first < total else []
    return {"items": bodies(rows), "search_criteria": echoed, "total_count": total}
