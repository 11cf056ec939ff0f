"""What the page that ships many orders asks, and how it hands its rows on from step to step."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import orjson
from django import forms
from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from jobs.plans.shipping import Parcel
from orders.models import Order

CARRIERS = ("Australia Post", "Canada Post", "Colissimo", "DHL", "DPD", "FedEx", "GLS", "Hermes", "Royal Mail", "UPS",
            "USPS")  # fmt: skip
A_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
TRACKING, CARRIER = "tracking-", "carrier-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the page: an order by its number, whether it is to leave, and what was typed."""

    order: int
    chosen: bool = False
    carrier: str = ""
    tracking: str = ""

    def parcel(self, carrier: str) -> Parcel:
        """What is to leave; `carrier` is that of all rows that name no other."""
        return Parcel(self.order, self.carrier or carrier, self.tracking)


class ShipForm(forms.Form):
    """What holds for all rows."""

    carrier = forms.CharField(
        label="Carrier of all",
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget({"list": "carriers", "autocomplete": "off"}),
        help_text="For every order that has none of its own below.",
    )
    paste = forms.CharField(
        label="Paste two columns",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Order and tracking number, as a spreadsheet copies them, a line each: ord-45 1Z999AA10123456784.",
    )


def entries_of(orders: Iterable[Order], *, chosen: bool) -> list[Entry]:
    """Rows as they stand before anybody has typed."""
    return [Entry(one.pk, chosen, one.carrier, one.tracking_number) for one in orders]


def typed(sent: QueryDict) -> list[Entry]:
    """The rows of the page as they were sent, in their order."""
    numbers = [name.removeprefix(TRACKING) for name in sent if name.startswith(TRACKING)]
    chosen = set(sent.getlist("ship"))
    if not all(map(A_NUMBER.fullmatch, numbers)):
        raise SuspiciousOperation("a row must name an order")
    return [
        Entry(
            int(one),
            one in chosen,
            sent.get(f"{CARRIER}{one}", "").strip(),
            sent.get(f"{TRACKING}{one}", "").strip(),
        )
        for one in numbers
    ]


def packed(entries: Sequence[Entry]) -> str:
    """The rows as one field of the page that shows the plan."""
    return orjson.dumps([[one.order, one.chosen, one.carrier, one.tracking] for one in entries]).decode()


def unpacked(text: str) -> list[Entry]:
    """Back from `packed`. Raises `SuspiciousOperation` for what no page sends."""
    try:
        entries = [Entry(order, chosen, carrier, number) for order, chosen, carrier, number in orjson.loads(text)]
    except (ValueError, TypeError) as error:
        raise SuspiciousOperation("entries must be a list of rows") from error
    kinds = [(type(one.order), type(one.chosen), type(one.carrier), type(one.tracking)) for one in entries]
    numbers = [one.order for one in entries]
    if set(kinds) - {(int, bool, str, str)} or len(set(numbers)) < len(numbers) or any(one < 1 for one in numbers):
        raise SuspiciousOperation("entries must be a list of rows")
    return entries


def filled(entries: Sequence[Entry], tracking: dict[int, str]) -> list[Entry]:
    """The rows with the tracking numbers that were pasted, and a new row for each order that had none."""
    pasted = dict(tracking)
    there = [
        replace(one, chosen=True, tracking=pasted.pop(one.order)) if one.order in pasted else one for one in entries
    ]
    return [*there, *(Entry(order, True, "", number) for order, number in pasted.items())]


def fitting(entries: Sequence[Entry], most: int) -> list[Entry]:
    """All rows that are chosen, and of the others as many as there is room for."""
    room = max(most - sum(one.chosen for one in entries), 0)
    left = {one.order for one in [one for one in entries if not one.chosen][room:]}
    return [one for one in entries if one.order not in left]
