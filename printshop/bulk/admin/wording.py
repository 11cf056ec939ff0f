"""Money and links, as the admin's pages show them."""

from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString


def money(minor: int, currency: str) -> str:
    """Minor units as people write them: `1,250.00 USD`."""
    return f"{minor / 100:,.2f} {currency}"


def link(url_name: str, key: Any, text: str) -> SafeString | str:
    """A link to the admin page of a row, an empty text where there is none."""
    return (
        format_html('<a href="{}" class="text-link">{}</a>', reverse(url_name, args=[quote(key)]), text) if key else ""
    )


def list_link(url_name: str, text: str, **filters: Any) -> SafeString:
    """A link to a filtered list."""
    return format_html('<a href="{}?{}" class="text-link">{}</a>', reverse(url_name), urlencode(filters), text)
