"""What the key commands share: finding what their arguments name, and saying no in a command's way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError

from printshop.api.models import Account, APIKey
from printshop.api.reading import read
from printshop.api.refusals import Refused, refuse


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Every rule that is broken, in the sentences of the API."""
    try:
        yield
    except Refused as refused:
        raise CommandError(" ".join(fault.message for _, fault in refused.faults)) from None


def shaped(shape: Any, raw: dict[str, Any]) -> Any:
    """Arguments as the API's own shape. Raises `Refused` with every fault."""
    value, faults = read(shape, raw)
    if faults:
        raise refuse(*faults)
    return value


def account_called(code: str) -> Account:
    """The account of that code."""
    account = Account.objects.filter(code=code).first()
    if account is None:
        known = ", ".join(Account.objects.values_list("code", flat=True))
        raise CommandError(f"There is no account {code}. There are: {known}. create_account makes one.")
    return account


def key_called(text: str) -> APIKey:
    """The key of that prefix; a whole key will do, its secret half is dropped."""
    prefix = text.partition(".")[0]
    key = APIKey.objects.select_related("account").filter(prefix=prefix).first()
    if key is None:
        raise CommandError(f"There is no API key {prefix[:16]}. Name it by what stands before the dot.")
    return key
