"""The admin's sidebar: what a person at work looks for, in the order of the work."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

# Title, model, icon, and the filter that the list opens with.
GROUPS: dict[str, list[tuple[str, ...]]] = {
    "Shop floor": [
        ("Jobs", "jobs.job", "print", "?open=yes"),
        ("Orders", "orders.order", "receipt_long"),
        ("Customers", "orders.customer", "group"),
        ("Payments", "orders.payment", "payments"),
        ("Entitlements", "orders.entitlement", "key"),
    ],
    "Catalogue": [
        ("SKUs", "catalog.sku", "category"),
        ("Stores", "catalog.store", "storefront"),
        ("Pages", "catalog.page", "article"),
    ],
    "Operations": [
        ("Bulk operations", "bulk.bulkoperation", "fact_check"),
        ("Their items", "bulk.bulkitem", "list"),
        ("Job moves", "jobs.jobmove", "swap_horiz"),
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


def may_see(request: HttpRequest, model: str) -> bool:
    """Whether the user may open the list of a model; lists of access are for administrators."""
    from django.apps import apps
    from django.contrib import admin

    return admin.site.get_model_admin(apps.get_model(model)).has_view_permission(request)


def list_of(model: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_changelist")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that hold something the user may see."""
    groups = [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": list_of(model) + "".join(filtered)}
                for name, model, icon, *filtered in links
                if may_see(request, model)
            ],
        }
        for title, links in GROUPS.items()
    ]
    return [group for group in groups if group["items"]]
