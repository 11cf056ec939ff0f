"""What the page that ships many orders says of its plan, and of what came of it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.plans.shipping import Fate, Parcel
from jobs.shipping.shipments import Plan, Shipped, orders_named
from orders.models import Order
from printshop.api.confirming import Row, Section
from printshop.bulk.confirm import told
from printshop.bulk.confirm.plans import row_of
from printshop.bulk.engine import Result
from printshop.bulk.outcomes import Outcome

TITLES = {
    Fate.REFUSED: "Stays, cannot be shipped",
    Fate.SHIPPED: "Will be shipped",
    Fate.LABELLED: "Was shipped before, its label changes",
    Fate.UNCHANGED: "Was shipped before, nothing to do",
}


def sections(found: Plan, parcels: Sequence[Parcel]) -> Iterable[Section]:
    """The orders by their fate. Refused first: that is what a person must not miss."""
    known = {one.reference: one for one in orders_named([parcel.order for parcel in parcels])}
    used = Counter(parcel.tracking for parcel in parcels if parcel.tracking)
    again = {parcel.reference for parcel in parcels if used[parcel.tracking] > 1}
    for fate, title in TITLES.items():
        fated = [one for one in found.edits if found.fate(one) is fate]
        if fated:
            rows = [row(one, found, known.get(one.reference), again) for one in fated]
            yield Section(fate, title, len(rows), rows)


def row(edit: Outcome, found: Plan, order: Order | None, again: set[str]) -> Row:
    """An order of the plan: its label, its jobs, and what it becomes."""
    url = reverse("admin:orders_order_change", args=[order.pk]) if order else ""
    worded = row_of(edit, url, str(order.customer) if order else "")
    moves = found.moving(edit.reference)
    jobs = [(one.reference, str(before), str(after)) for one in moves for before, after in one.changes.values()]
    effects = [told(effect) for one in moves for effect in one.effects]
    if edit.reference in again:
        effects.append("Another of these orders has the same tracking number.")
    return Row(worded.reference, url, worded.about, [*worded.changes, *jobs], effects, worded.reasons)


def report(shipped: Shipped) -> tuple[int, SafeString]:
    """The level and text of the message that is left: counts, and the way to the records."""
    fates = Counter(shipped.plan.fate(one) for one in shipped.plan.edits)
    level = messages.WARNING if fates[Fate.REFUSED] else messages.SUCCESS
    labelled = f"{fates[Fate.LABELLED]} labelled anew, " if fates[Fate.LABELLED] else ""
    counts = f"{fates[Fate.SHIPPED]} shipped, {labelled}{fates[Fate.REFUSED]} refused"
    orders = record_of(shipped.edits, "the orders")
    if shipped.moves is None:
        return level, format_html("{}. See what happened to {}.", counts, orders)
    return level, format_html(
        "{}. See what happened to {} and {}.", counts, orders, record_of(shipped.moves, "their jobs")
    )


def record_of(result: Result, text: str) -> SafeString:
    address = reverse("admin:bulk_bulkoperation_change", args=[result.operation_id])
    return format_html('<a href="{}" class="underline">{}</a>', address, text)
