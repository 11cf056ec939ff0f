"""Where webhooks may go: to public addresses, never into the house.

A name is looked up when something is sent, and the connection is made to the very address that was judged: what a name
stands for can change between two look-ups (DNS rebinding). Whatever spelling of an address there is (decimal, hex,
octal, IPv4 within IPv6), the resolver has turned it into numbers by then.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(Exception):
    """This address is not a public one."""


def within(address: Address) -> Iterable[Address]:
    """The address and any IPv4 address that it carries."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        yield from (one for one in carried if one is not None)


def is_public(text: str) -> bool:
    """Whether an address, in numbers, belongs to the internet."""
    return all(
        one.is_global and not (one.is_multicast or one.is_reserved or getattr(one, "is_site_local", False))
        for one in within(ipaddress.ip_address(text.partition("%")[0]))
        if not (isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped)
    )


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the resolver's order. Raises `OSError`."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def judged(addresses: list[str]) -> list[str]:
    """The addresses, when all of them are public. Raises `Forbidden`."""
    if not settings.WEBHOOK_ALLOW_PRIVATE and not all(map(is_public, addresses)):
        raise Forbidden
    return addresses


def url_fault(url: str) -> str:
    """Why a URL cannot be an endpoint's, as far as can be seen without a look-up; nothing when it can."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna") if host else None
    except (ValueError, UnicodeError):
        return "must be a URL"
    if not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        return "must be a URL in ASCII; write a host with other letters as xn--…"
    lax = settings.DEBUG or settings.WEBHOOK_ALLOW_PRIVATE
    if parts.scheme != "https" and not (lax and parts.scheme == "http"):
        return "must begin with https://"
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        return "must name a host, and neither a user, a password nor a fragment"
    return "" if settings.WEBHOOK_ALLOW_PRIVATE or is_public_literal(host) else "must lead to a public address"


def is_public_literal(host: str) -> bool:
    """Whether a host that is an address, however it is spelt, is a public one; a name is judged when it is used."""
    try:
        return is_public(host if ":" in host else socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, ValueError):
        return not (host == "localhost" or host.endswith((".localhost", ".local", ".internal")))
