"""`customers`: who buys. Passwords are sealed at the door and hashed before any row is locked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from orders import passwords, shapes
from orders.models import Customer
from orders.services import customers
from printshop.api.actors import STAFF
from printshop.magento.calls import Asked, Change, Look
from printshop.magento.fields import Fields
from printshop.magento.params import Param, as_text

CUSTOMER_ID = Param("id", as_text, "customer")
# What every client of the dialect sends, and what the answer shows but nobody sets.
IGNORED = frozenset({"password", "created_at", "updated_at", "website_id", "store_id", "group_id"})
SHARED: dict[str, Any] = {"wrapper": "customer", "ignored": IGNORED, "outside": frozenset({"password"})}
BODY = Fields(required=("email", "firstname", "lastname"), **SHARED)
ONE = Fields(params={"customerId": CUSTOMER_ID}, **SHARED)
# Hashing takes a third of a second for each.
CHUNK = 25
EXAMPLE = {"email": "mshaw@mail.example.org", "firstname": "Melanie Shaw", "lastname": "Doe"}


class AsyncCustomer(TypedDict):
    """A customer; the password is never shown."""

    id: str
    email: str | None
    firstname: str | None
    lastname: str | None
    created_at: datetime


def shown(asked: Asked) -> dict[str, Any] | None:
    """A customer, just made or changed, or named by the path."""
    customer = Customer.objects.filter(pk=asked.reference or asked.params["customerId"]).first()
    if customer is None:
        return None
    names = {name: getattr(customer, name) or None for name in ("email", "firstname", "lastname")}
    return {"id": customer.pk, **names, "created_at": customer.created_at}


def told(reference: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """As recorded, which holds no password either."""
    return {"id": reference, **{name: value for name, value in ONE.image(recorded).items() if name != "password"}}


def redacted(value: Any, found: list[Any]) -> Any:
    """A body without its passwords, however deep they stand; `found` gets them."""
    if isinstance(value, list):
        return [redacted(one, found) for one in value]
    if not isinstance(value, dict):
        return value
    found += [value["password"]] if "password" in value else []
    return {name: passwords.REDACTED if name == "password" else redacted(inner, found) for name, inner in value.items()}


def seal(payload: Any) -> tuple[Any, Any]:
    """The item as it may be kept and shown, and the sealed password for the worker."""
    found: list[Any] = []
    shown_part = redacted(payload, found)
    return shown_part, {"password": passwords.in_payload(found[0])} if found else None


def ready(values: Sequence[Any]) -> Sequence[Any]:
    return passwords.with_hashed(values)


def rows_of(payload: Any) -> list[str]:
    """Whatever nobody else may have."""
    body = payload.get("customer") if isinstance(payload, dict) else None
    fields: Mapping[str, Any] = body if isinstance(body, dict) else {}
    unique = {"email": fields.get("email"), "external": fields.get("externalId") or fields.get("external_id")}
    named = [f"{name}:{value.lower()}" for name, value in unique.items() if isinstance(value, str)]
    own = [f"customerId:{fields['id']}"] if isinstance(fields.get("id"), (str, int)) else []
    return [*own, *named]


ANSWER = {"id": "cust-8f3b2c1d9e4a7065", **EXAMPLE, "created_at": "2026-03-02T12:00:00Z"}
CREATE = Change(
    "Create a customer", customers.CREATE, BODY, shapes.CustomerWithPassword, rows_of=rows_of, seal=seal, ready=ready,
    chunk=CHUNK, shows=shown, result=told, answers=AsyncCustomer,
    example={"customer": EXAMPLE, "password": "Strong-Password"}, answer=ANSWER,
    description="Two customers cannot have one e-mail address. The password is kept as a hash and never shown.",
)  # fmt: skip
EDIT = Change(
    "Change a customer", customers.EDIT, ONE, shapes.CustomerWithPassword, rows_of=rows_of, seal=seal, ready=ready,
    chunk=CHUNK, shows=shown, result=told, answers=AsyncCustomer,
    example={"customerId": "cust-001", "customer": {"lastname": "Shaw"}},
    answer=ANSWER | {"id": "cust-001", "lastname": "Shaw"},
)  # fmt: skip
DELETE = Change(
    "Delete a customer", customers.DELETE, Fields(params={"customerId": CUSTOMER_ID}), rows_of=rows_of,
    example={"customerId": "cust-001"},
    description="Who has orders, quotes, access or keys stays.",
)  # fmt: skip
SHOW = Look("Show a customer", shown, STAFF, "customer", AsyncCustomer, ANSWER | {"id": "cust-001"})
