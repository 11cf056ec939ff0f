"""Customers' passwords, of which nobody ever keeps the clear text.

Two steps, since a request may wait in the queue for a while: its payload holds the *sealed* password (HMAC-SHA256 under
the shop's secret key, quick to make), the customer's row the hash of the sealed one (Django's first password hasher,
slow on purpose).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.utils.crypto import salted_hmac

from orders.models import Customer
from orders.plans.customers import REDACTED

LONGEST = 1024
SALT = "orders.passwords"
PREFIX = "sealed-sha256$"
SEALED = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{64}}\Z")


def sealed(password: str, secret: str | bytes | None = None) -> str:
    """The form in which a password may wait: the same for the same password, as long as the shop's key is the same."""
    return PREFIX + salted_hmac(SALT, password, secret=secret, algorithm="sha256").hexdigest()


def is_sealed(text: Any) -> bool:
    return isinstance(text, str) and SEALED.match(text) is not None


def is_password(value: Any) -> bool:
    """Whether a value can be somebody's password: 1-1024 characters, any of them."""
    return isinstance(value, str) and 1 <= len(value) <= LONGEST


def in_payload(value: Any) -> str:
    """What a stored payload holds in a password's place; what is none is blotted out, and the shape will refuse it."""
    return sealed(value) if is_password(value) else REDACTED


def stored(sealed_password: str) -> str:
    """The hash for the customer's row; takes a good part of a second. Raises `ValueError` for what is not sealed."""
    if not is_sealed(sealed_password):
        raise ValueError("Only a sealed password can be hashed.")
    return make_password(sealed_password)


def hashed(text: str) -> str:
    """What a row may hold: nothing, or a hash, made here where that has not happened yet. Raises `ValueError`."""
    if not text or is_sealed(text):
        return stored(text) if text else ""
    # Raises for a clear password, which names no hasher.
    identify_hasher(text)
    return text


def with_hashed(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Customers with their passwords hashed: to be called before the transaction, which is too short for it."""
    return [
        {**value, "password": hashed(value["password"])} if value.get("password") else dict(value) for value in values
    ]


def matches(customer: Customer, password: str) -> bool:
    """Whether this is the customer's password; also under the keys that the shop's secret key has replaced."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(check_password(sealed(password, secret), customer.password) for secret in secrets)
