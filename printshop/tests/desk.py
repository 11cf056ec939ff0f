"""Somebody at the admin, for tests: signs in, ticks rows, reads the plan and presses the button."""

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import orjson
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse


def permissions(*names: str) -> list[Permission]:
    """`permissions("change_job")`."""
    return list(Permission.objects.filter(codename__in=names))


def make_operator(*names: str, username: str = "olga") -> User:
    """A member of staff with these permissions."""
    user = User.objects.create_user(username, password="a", is_staff=True)
    user.user_permissions.set(permissions(*names))
    return user


def make_boss() -> User:
    return User.objects.create_superuser("berta", password="a")


class Desk:
    """A browser in which `user` has signed in."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def get(self, model: type[Model], page: str = "changelist", *args: Any) -> Any:
        return self.client.get(url(model, page, *args))

    def post(self, model: type[Model], page: str, fields: dict[str, Any], *args: Any) -> Any:
        return self.client.post(url(model, page, *args), fields)

    def tick(self, model: type[Model], keys: Sequence[Any], action: str, query: str = "", **fields: Any) -> Any:
        """What the list sends when rows are ticked and an action is run."""
        sent = {"action": action, "_selected_action": list(keys), "index": "0", "select_across": "0", **fields}
        return self.client.post(url(model, "changelist") + query, sent)

    def press(self, model: type[Model], page: Any, step: str = "confirm", query: str = "", **fields: Any) -> Any:
        """What the confirmation page sends: what stands in it, with `fields` typed in."""
        body = page.content.decode()
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body)
        carried = {"action", "_selected_action", "rows", "plan", "ticket"}
        sent = {name: unescape(value) for name, value in hidden if name in carried}
        return self.client.post(url(model, "changelist") + query, {**sent, "policy": "partial", "step": step, **fields})


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def rows_in(page: Any) -> list[Any]:
    """The primary keys that a confirmation page carries."""
    found = re.search(r'name="rows" value="([^"]*)"', page.content.decode())
    assert found is not None
    return orjson.loads(unescape(found[1]))


def text_of(page: Any) -> str:
    """What a person reads: no tags, single spaces."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", page.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
