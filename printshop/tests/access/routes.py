"""Every address of the URL table, with the things of a small shop in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.urls import URLResolver, get_resolver
from django.utils.regex_helper import normalize

from catalog.models import SKU, Media, Page, Store, StoreValue
from jobs.models import Job, JobMove
from orders.models import Customer, LineItem, Order, Quote, QuoteItem
from printshop.api.models import Account, APIKey
from printshop.api.tests.addresses import open_shop
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.magento.tests.asking import ENTRY, QUOTE, make_entry, make_pages, make_quote, make_stores
from printshop.testing import NOON, KeyClient

NOBODY = str(UUID(int=0))
PLAIN = ("get", "post")
# What stands for a parameter, by the segment before it, or by its own name.
ROWS = (SKU, Media, Page, Store, StoreValue, Job, JobMove, Customer, LineItem, Order, Quote, QuoteItem, Account, APIKey,
        BulkItem, BulkOperation, User, Group)  # fmt: skip
NAMES = {"suffix": "csv", "app_label": "orders", "url": "nothing", "code": "4", "slug": "x", "step": "advance"}


@dataclass(frozen=True)
class Address:
    """A method and a path, whose parameters stand in braces."""

    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method.upper():6} {self.template}"

    def path(self, names: Mapping[str, str]) -> str:
        """The path to something that there is, where `names` knows one."""
        dialect = "v3:" if self.template.startswith("/api/v3/") else ""

        def filled(match: re.Match[str]) -> str:
            before, name = match[1], match[2]
            known = names.get(dialect + before) or names.get(before) or names.get(name) or NAMES.get(name)
            return f"{before}/{known or NOBODY}"

        path = re.sub(r"([\w-]*)/{(\w+)}", filled, self.template)
        return re.sub(r"{(\w+)}", lambda match: names.get(match[1]) or NAMES[match[1]], path)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each regular expression of the table in full, and the view behind it."""
    for one in resolver.url_patterns:
        expression = prefix + one.pattern.regex.pattern.removeprefix("^")
        if isinstance(one, URLResolver):
            yield from patterns(one, expression)
        else:
            yield expression, one.callback


def template(expression: str) -> str:
    """The shortest path that matches, its parameters in braces."""
    path, parameters = normalize(expression)[0]
    return "/" + path % {name: f"{{{name}}}" for name in parameters}


def addresses() -> list[Address]:
    """The table, in order: for each view the methods it takes, GET and POST where it does not say."""
    found = (
        Address(method, template(expression))
        for expression, view in patterns(get_resolver())
        for method in getattr(view, "actions", None) or PLAIN
        if method != "head"
    )
    return list(dict.fromkeys(found))


def furnish(key: KeyClient) -> dict[str, str]:
    """A shop with one of nearly everything: what stands for the parameters of each address."""
    ids = open_shop(key)
    make_stores("main")
    make_pages(1)
    make_entry(ENTRY, "sku-0001")
    make_quote(QUOTE, "sku-0001")
    StoreValue.objects.create(sku_id="sku-0001", store_id="main", name="Ein Würfel", updated_at=NOON)
    Group.objects.create(name="The night shift")
    rows = {model._meta.model_name or "": str(model._base_manager.order_by("pk")[0].pk) for model in ROWS}
    return rows | {
        "orders": ids["unpaid"],
        "v3:orders": ids["unpaid"].removeprefix("ord-"),
        "jobs": ids["job"],
        "skus": "sku-0001",
        "products": "sku-0001",
        "customers": "cust-001",
        "users": "cust-001",
        "bulk-operations": ids["operation"],
        "bulk": ids["operation"],
        "operation_id": ids["operation"],
        "api-keys": ids["key"],
        "carts": str(QUOTE),
        "cmsPage": "1",
        "entryId": str(ENTRY),
        "media": "image/" + "0" * 32 + ".png",
        "print": "tickets",
        "files": "skus.csv",
    }
