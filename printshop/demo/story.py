"""Three months in the demo shop, worked out from values alone.

Every order has a fate, told as a generator of events; each event is one item of a real operation, and the loader runs
them in their order.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from jobs.states import JobStatus as S
from printshop.demo.catalogue import DIGITAL, PRINTS
from printshop.demo.events import LAST, MINUTE, OFFICE, PARTNER, Event, Terms
from printshop.demo.people import PEOPLE, address, customer_id

SEED = 28
ORDERS = 250
LIFE = (S.VALIDATED, S.SLICED, S.QUEUED, S.PRINTING, S.POST_PROCESS, S.READY, S.SHIPPED)
# How many ticks a job waits for a status at most. Each has its half of the day; what misses it waits for the next.
PACE = {S.VALIDATED: 2, S.SLICED: 3, S.QUEUED: 2, S.PRINTING: 3, S.POST_PROCESS: 4, S.READY: 3, S.SHIPPED: 3}
FATES = {
    "plain": 150,
    "digital": 20,
    "unpaid": 14,
    "called off": 9,
    "rush": 13,
    "failed": 13,
    "given up": 5,
    "slow": 10,
    "reprinted": 7,
    "refunded": 5,
    "partly refunded": 4,
}
# Today's troubles are the same every day: which order, and what becomes of it.
KNOWN_FATES = {
    208: "stuck",
    219: "stuck",
    224: "slow",
    228: "given up",
    235: "slow",
    243: "rush",
    246: "plain",
    249: "unpaid",
}
FAILURES = ["Nozzle clogged at layer 112", "Part came off the bed", "Filament ran out overnight", "Layer shift",
            "Resin tank film torn", "Power cut during the night shift"]  # fmt: skip
CALLED_OFF = ["Ordered twice by mistake", "Customer changed the design", "No longer needed"]
SPOILT = ["Scratched while removing supports", "Two pieces warped", "Parcel damaged in transit"]
NOTES = ["Please pack as a gift.", "Ring at the back door.", "Same colour as last time, please."]
CARRIERS = {"GB": "Royal Mail", "DE": "DHL", "AT": "DHL", "CH": "DHL", "FR": "La Poste", "US": "UPS", "CA": "UPS"}


def move(tick: int, job: str, target: S, reason: str = "") -> Event:
    """A job changes its status."""
    terms: Terms = (("targetStatus", target.value),)
    return Event(tick, "jobs.advance", job, (*terms, ("reason", reason)) if reason else terms)


class Order:
    """One order while its story is made up: the tick it has come to, and the jobs that are at work."""

    def __init__(self, number: int, random: Random) -> None:
        self.number = number
        self.random = random
        self.placed = self.tick = number * LAST // ORDERS
        self.who = random.randrange(len(PEOPLE))
        self.jobs: list[str] = []

    @property
    def subject(self) -> str:
        return str(self.number)

    def wait(self, least: int, most: int) -> int:
        self.tick += self.random.randint(least, most)
        return self.tick

    def place(self, lines: Sequence[dict[str, Any]], due: int | None, key: str = OFFICE) -> Event:
        """Ordered at some minute of the tick; `due` counts ticks."""
        fraction = (self.number * LAST % ORDERS) / ORDERS
        self.jobs = [f"{self.number}/{index}" for index in range(sum(line["skuId"] in PRINT_IDS for line in lines))]
        value: dict[str, Any] = {"customerId": customer_id(self.who), "lineItems": list(lines)}
        if self.jobs:
            value |= {"shippingAddress": address(self.who), "dueTick": None if due is None else self.placed + due}
        if self.random.random() < 0.1:
            value["notes"] = self.random.choice(
                ["Please pack as a gift.", "Ring at the back door.", "Match the last lot."]
            )
        minute = MINUTE["orders.create"] + int(fraction * 210)
        return Event(self.tick, "orders.create", self.subject, (), value, key, minute)

    def pay(self) -> Event:
        return Event(self.wait(0, self.random.choice((0, 0, 0, 1, 3))), "orders.pay", self.subject, key=OFFICE)

    def run(self, targets: Sequence[S] = LIFE, slowness: int = 1) -> Iterator[Event]:
        """The jobs go through the statuses together; the last of them takes a tracking number along."""
        for target in targets:
            self.wait(1, PACE[target] * slowness)
            self.tick += (self.tick + LIFE.index(target) + 1) % 2
            if target is S.SHIPPED:
                yield self.track()
            for job in self.jobs:
                yield move(self.tick, job, target)

    def track(self) -> Event:
        carrier = CARRIERS.get(PEOPLE[self.who][-1], "DPD")
        parcel = {"carrier": carrier, "trackingNumber": f"{carrier[:2].upper()}{self.random.randrange(10**9, 10**10)}"}
        return Event(self.tick, "orders.edit", self.subject, (), parcel)


PRINT_IDS = {row[0] for row in PRINTS}
OPTIONS = {row[0]: (row[2], row[7]) for row in PRINTS}


def chosen(sku_id: str, random: Random) -> dict[str, Any]:
    """Some of the options a print can have, as a customer would choose them."""
    machine, options = OPTIONS[sku_id]
    picked: dict[str, Any] = {}
    if machine != "laser" and random.random() < 0.35:
        picked["quality"] = random.choice(("standard", "fine"))
    for option in options:
        if option["type"] == "select" and random.random() < 0.8:
            picked[option["key"]] = random.choice(option["choices"])
        elif option["type"] == "number":
            picked[option["key"]] = random.randrange(40, 400, 10)
        elif option["type"] == "boolean" and random.random() < 0.3:
            picked[option["key"]] = True
    return picked


def printed_lines(random: Random) -> list[dict[str, Any]]:
    """One to three prints; the first of the list sell best."""
    weights = [max(2, 14 - rank) for rank in range(len(PRINTS))]
    ids = dict.fromkeys(random.choices([row[0] for row in PRINTS], weights, k=random.choice((1, 1, 1, 2, 2, 3))))
    return [
        {"skuId": sku_id, "quantity": random.choice((1, 1, 1, 2, 2, 4, 5, 10, 25)), "options": chosen(sku_id, random)}
        for sku_id in ids
    ]


def standing_order() -> Iterator[Event]:
    """The first order, printed bit by bit in the gaps between others: its three jobs are still at the machines."""
    order = Order(0, Random(SEED))
    order.who = 0
    wanted = [("sku-pla-black-cube", 2400), ("sku-pla-white-panel", 600), ("sku-petg-bracket", 900)]
    event = order.place([{"skuId": sku_id, "quantity": quantity} for sku_id, quantity in wanted], LAST + 40)
    event.value["notes"] = "Framework order: print in the gaps between other orders, deliver as a whole."
    yield event
    # Paid before any other, so that its jobs are the first.
    yield Event(order.tick, "orders.pay", order.subject, key=OFFICE)
    yield from order.run(LIFE[:4])
    second = order.jobs[1]
    yield move(LAST - 11, second, S.FAILED, FAILURES[0])
    yield move(LAST - 9, second, S.QUEUED, "Nozzle changed")
    yield move(LAST - 8, second, S.PRINTING)


def digital(order: Order) -> Iterator[Event]:
    """Sold by the partner's storefront; nothing to print."""
    ids = order.random.sample([sku["id"] for sku in DIGITAL], order.random.choice((1, 1, 2)))
    yield order.place([{"skuId": sku_id, "quantity": 1} for sku_id in ids], None, PARTNER)
    yield order.pay()


def unpaid(order: Order) -> Iterator[Event]:
    """Called off by the office after five working days."""
    yield order.place(printed_lines(order.random), 20)
    yield Event(order.tick + 10, "orders.cancel", order.subject, (("reason", "Not paid within five days"),), key=OFFICE)


def called_off(order: Order) -> Iterator[Event]:
    """Cancelled by the customer while it is at work."""
    yield from begun(order)
    yield from order.run(LIFE[: order.random.randint(0, 4)])
    reason = order.random.choice(CALLED_OFF)
    yield Event(order.wait(1, 2), "orders.cancel", order.subject, (("reason", reason),), key=OFFICE)


def begun(order: Order, due: int = 20) -> Iterator[Event]:
    """Placed and paid. A few take an e-book along."""
    lines = printed_lines(order.random)
    if order.random.random() < 0.06:
        lines.append({"skuId": "EBOOK-002", "quantity": 1})
    yield order.place(lines, due)
    yield order.pay()


def plain(order: Order) -> Iterator[Event]:
    yield from begun(order)
    yield from order.run()


def rush(order: Order) -> Iterator[Event]:
    """Wanted at once, and printed before the others."""
    yield from begun(order, due=6)
    for job in order.jobs:
        yield Event(order.tick + 1, "jobs.prioritize", job, (("priority", 50),))
    yield from order.run()


def slow(order: Order) -> Iterator[Event]:
    """Waits for its material, mostly beyond its due date."""
    yield from begun(order, due=6)
    yield from order.run(slowness=4)


def failed(order: Order) -> Iterator[Event]:
    """One job fails on the machine and is printed anew."""
    yield from begun(order)
    yield from order.run(LIFE[:4])
    job = order.random.choice(order.jobs)
    yield move(order.wait(1, 3), job, S.FAILED, order.random.choice(FAILURES))
    yield move(order.wait(1, 2), job, S.QUEUED, "Machine cleaned, once more")
    yield move(order.wait(1, 2), job, S.PRINTING)
    yield from order.run(LIFE[4:])


def stuck(order: Order) -> Iterator[Event]:
    """Failed the other day; nobody has decided yet."""
    yield from begun(order, due=4)
    yield from order.run(LIFE[:4])
    yield move(order.wait(1, 2), order.jobs[0], S.FAILED, order.random.choice(FAILURES))


def given_up(order: Order) -> Iterator[Event]:
    """One job is taken off the machines for good; what else was ordered goes on."""
    yield from begun(order)
    yield from order.run(LIFE[:3])
    lost = order.jobs.pop()
    yield Event(order.wait(1, 2), "jobs.cancel", lost, (("reason", "Material out of stock"),))
    if order.jobs:
        yield from order.run(LIFE[3:])


def reprinted(order: Order) -> Iterator[Event]:
    """Part of a job was spoilt and is printed again before the parcel leaves."""
    yield from begun(order)
    yield from order.run(LIFE[:5])
    job, reason = order.jobs[0], order.random.choice(SPOILT)
    yield Event(order.wait(1, 2), "jobs.reprint", job, (("reason", reason),), {"quantity": 1})
    first, order.jobs = order.jobs, [f"{job}/again"]
    yield from order.run(LIFE[:5])
    order.jobs = [*first, f"{job}/again"]
    yield from order.run(LIFE[5:])


def refunded(order: Order) -> Iterator[Event]:
    """Sent, sent back, and the money returned."""
    yield from plain(order)
    yield Event(order.wait(12, 20), "orders.refund", order.subject, (("reason", "Returned unused"),), key=OFFICE)


def partly_refunded(order: Order) -> Iterator[Event]:
    yield from plain(order)
    terms: Terms = (("amount", 2.5), ("reason", "Late delivery"))
    yield Event(order.wait(3, 9), "orders.refund", order.subject, terms, key=OFFICE)


TOLD_BY = {
    "plain": plain,
    "digital": digital,
    "unpaid": unpaid,
    "called off": called_off,
    "rush": rush,
    "failed": failed,
    "stuck": stuck,
    "given up": given_up,
    "slow": slow,
    "reprinted": reprinted,
    "refunded": refunded,
    "partly refunded": partly_refunded,
}


def story() -> list[Event]:
    """Everything that has happened by the last tick, in its order; the same on every call."""
    events = list(standing_order())
    for number in range(1, ORDERS):
        random = Random(SEED * 1_000 + number)
        fate = KNOWN_FATES.get(number) or random.choices(list(FATES), list(FATES.values()))[0]
        events += TOLD_BY[fate](Order(number, random))
    return sorted((event for event in events if event.tick <= LAST), key=lambda event: event.when)
