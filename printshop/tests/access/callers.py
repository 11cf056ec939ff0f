"""Who may knock: keys of every kind and role in every header, and people with and without permissions."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from printshop.api.actors import Role
from printshop.api.keys import issue, revoke
from printshop.api.models import Account
from printshop.testing import house
from printshop.tests.access.routes import Address
from printshop.tests.desk import make_boss, make_operator

Shown = Mapping[str, str]


def everywhere(key: str) -> Shown:
    """A key in the header of each dialect: each reads its own alone."""
    return {"x-api-key": key, "x-user-token": key, "authorization": f"Bearer {key}"}


def session_of(user: User) -> Shown:
    """A browser in which `user` has signed in."""
    client = Client()
    client.force_login(user)
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def keys_shown() -> dict[str, Shown]:
    """Keys of all kinds; `cust-2` is bound to a customer who has nothing."""

    def text(role: Role, customer: str = "", account: Account | None = None, **terms: Any) -> str:
        return issue(account or house(), f"a {role} key", role, customer=customer, **terms)[1]

    admin, (dead, revoked) = text(Role.ADMIN), issue(house(), "revoked", Role.ADMIN)
    revoke(dead)
    other = Account.objects.create(code="other", name="Another")
    return {
        "none": {},
        "garbage": everywhere("garbage.key"),
        "revoked": everywhere(revoked),
        "expired": everywhere(text(Role.ADMIN, expires_at=timezone.now() - timedelta(seconds=1))),
        "customer": everywhere(text(Role.CUSTOMER, "cust-001")),
        "cust-2": everywhere(text(Role.CUSTOMER, "cust-002")),
        "operator": everywhere(text(Role.OPERATOR)),
        "other": everywhere(text(Role.OPERATOR, account=other)),
        "admin": everywhere(admin),
        "native": {"x-api-key": admin},
        "v3": {"x-user-token": admin},
        "bearer": {"authorization": f"Bearer {admin}"},
        "cookie": {"cookie": f"X-API-Key={admin}; api_key={admin}; Authorization=Bearer%20{admin}"},
    }


def people() -> dict[str, Shown]:
    """Somebody who is no member of staff, one without permissions, one with all but superpowers, a superuser."""
    staff = make_operator(username="with")
    staff.user_permissions.set(Permission.objects.all())
    return {
        "visitor": session_of(User.objects.create_user("visitor")),
        "bare": session_of(make_operator(username="without")),
        "staff": session_of(staff),
        "boss": session_of(make_boss()),
    }


@cache
def caller(**options: Any) -> Client:
    """Made once: a client makes all its middleware for itself."""
    return Client(raise_request_exception=False, **options)


def knock(address: Address, path: str, shown: Shown, **options: Any) -> Any:
    """One request, with a body that holds nothing and no cookies of the one before."""
    client = caller(**options)
    client.cookies.clear()
    media = "application/x-www-form-urlencoded" if path.startswith("/admin") else "application/json"
    body = b"" if media.endswith("urlencoded") or address.method == "get" else b"{}"
    return client.generic(address.method.upper(), path, body, content_type=media, headers=dict(shown))
