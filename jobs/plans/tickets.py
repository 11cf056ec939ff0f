"""What a scanner reads off a ticket: the public id of a job or an order, however it arrives."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from orders.references import MAX_NUMBER, reference

JOB, ORDER = "job", "ord"
# A scanner set to another keyboard sends another sign for the hyphen: ß on a German one, ' on a Spanish one.
WRITTEN = re.compile(rf"({JOB}|{ORDER})[^a-z0-9]?([0-9]{{1,19}})", re.IGNORECASE)
AT_THE_END = re.compile(rf"[/=]({JOB}|{ORDER})-([0-9]{{1,19}})/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job or an order, by prefix and number."""

    prefix: str
    number: int

    @property
    def reference(self) -> str:
        """The public id."""
        return reference(self.prefix, self.number)


def ticket_in(text: str, is_ours: Callable[[str], bool]) -> Ticket | None:
    """The ticket that a scanned text names, None where it names none.

    A text is an id in any case, with or without leading zeros, or an address that ends in one; `is_ours(host)` says
    whether an address is of this shop.
    """
    text = text.strip()
    if "://" in text:
        found = AT_THE_END.search(text) if is_ours(host_of(text)) else None
        found = found if found and found.end() == len(text) else None
    else:
        found = WRITTEN.fullmatch(text)
    if found is None or not 0 < int(found[2]) <= MAX_NUMBER:
        return None
    return Ticket(found[1].lower(), int(found[2]))


def host_of(address: str) -> str:
    """The host of an http(s) address, with its port; empty for what is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in {"http", "https"} else ""
