"""Store scopes: the code that may stand in an address, and which values it means.

The fallback differs: what is read without a code is what the default store sees, what is changed without a code is
changed in the default store alone, and what is made is made for all stores, whatever the code.
"""

from catalog.models import Store
from catalog.services.stores import default_store

NONE = ""
ALL = "all"


def is_scope(code: str) -> bool:
    """Whether a code may stand in an address."""
    return code in (NONE, ALL) or ("\0" not in code and Store.objects.filter(pk=code).exists())


def store_in(scope: str) -> str | None:
    """The one store that a scope means; None for the values that hold everywhere."""
    if scope == ALL:
        return None
    # A shop without a default store has one catalogue: the global one.
    return scope or default_store()
