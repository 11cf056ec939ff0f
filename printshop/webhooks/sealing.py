"""Secrets at rest: encrypted with a key that is made of SECRET_KEY, so that a copy of the database alone signs nothing.

Signing needs the text of a secret, which is why it cannot be hashed like an API key. After a change of SECRET_KEY the
former one, listed in SECRET_KEY_FALLBACKS, still opens what it sealed.
"""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PREFIX = "whsec_"


class Unreadable(Exception):
    """Its secret cannot be read: SECRET_KEY was changed. Rotate the secret."""


def box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    hashed = (hashlib.sha256(f"printshop.webhooks\0{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in hashed])


def new_secret() -> str:
    """192 random bits, as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def seal(secret: str) -> str:
    return box().encrypt(secret.encode()).decode()


def opened(sealed: str) -> str:
    """The text of a sealed secret. Raises `Unreadable`."""
    try:
        return box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None
