"""The admin's sidebar: what a person at work looks for, in the order of the work."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# Title, model, icon, and what follows the list's address: the filter that it opens with, or a page beside it.
GROUPS: dict[str, list[tuple[str, ...]]] = {
    "Shop floor": [
        ("Jobs", "jobs.job", "print", "?open=yes"),
        ("Job board", "jobs.job", "view_kanban", "board/"),
        ("Scan to advance", "jobs.job", "qr_code_scanner", "scan/"),
        ("Orders", "orders.order", "receipt_long"),
        ("Ship orders", "orders.order", "local_shipping", "ship/"),
        ("Quotes", "orders.quote", "request_quote"),
        ("Customers", "orders.customer", "group"),
        ("Payments", "orders.payment", "payments"),
        ("Entitlements", "orders.entitlement", "key"),
    ],
    "Catalogue": [
        ("SKUs", "catalog.sku", "category"),
        ("Media", "catalog.media", "image"),
        ("Stores", "catalog.store", "storefront"),
        ("Their values", "catalog.storevalue", "sell"),
        ("Pages", "catalog.page", "article"),
    ],
    "Operations": [
        ("Bulk operations", "bulk.bulkoperation", "fact_check"),
        ("Their items", "bulk.bulkitem", "list"),
        ("Job moves", "jobs.jobmove", "swap_horiz"),
        ("Webhooks", "webhooks.endpoint", "webhook"),
        ("Their deliveries", "webhooks.delivery", "send"),
    ],
    "Access": [
        ("Accounts", "api.account", "domain"),
        ("API keys", "api.apikey", "vpn_key"),
        ("Users", "auth.user", "person"),
        ("Groups", "auth.group", "groups"),
        ("Login attempts", "axes.accessattempt", "lock_clock"),
        ("Idempotency keys", "api.idempotencyrecord", "repeat_one"),
    ],
}


def stylesheet(request: HttpRequest) -> str:
    """What is added to the admin's own styles."""
    return static("printshop/admin.css")


def favicon(request: HttpRequest) -> str:
    """The icon of the shop's tabs."""
    return static("printshop/favicon.svg")


# Pages beside a list that only show what it holds.
READ_ONLY = {"board/"}


def may_see(request: HttpRequest, model: str, rest: str = "") -> bool:
    """Whether the user may open the list of a model, or act on it; lists of access are for administrators."""
    from django.apps import apps
    from django.contrib import admin

    shown = admin.site.get_model_admin(apps.get_model(model))
    is_read = not rest or rest.startswith("?") or rest in READ_ONLY
    return shown.has_view_permission(request) if is_read else shown.has_change_permission(request)


def list_of(model: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_changelist")


def here(request: HttpRequest) -> str:
    """The address in the sidebar that the page belongs to: the longest that its own begins with."""
    addresses = [list_of(model) + "".join(rest) for links in GROUPS.values() for _, model, _, *rest in links]
    pages = [address.partition("?")[0] for address in addresses]
    return max((page for page in pages if request.path.startswith(page)), key=len, default="")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that hold something the user may see."""
    shown = here(request)

    def item(name: str, model: str, icon: str, *rest: str) -> dict[str, Any]:
        link = list_of(model) + "".join(rest)
        return {"title": name, "icon": icon, "link": link, "active": link.partition("?")[0] == shown}

    groups = [
        {
            "title": title,
            "separator": True,
            "items": [item(*link) for link in links if may_see(request, link[1], *link[3:])],
        }
        for title, links in GROUPS.items()
    ]
    return [group for group in groups if group["items"]]
