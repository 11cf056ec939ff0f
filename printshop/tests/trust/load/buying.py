"""What clients of a busy shop send, and what they may be answered: good batches, bad ones and everything at once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from typing import Any

from printshop.tests.trust.faults.shops import Shop
from printshop.tests.trust.ledger import Answer, Ledger

ORDERS, SKUS, KNOWN, SOLD = 50, 500, 2_000, 20
# Keys of requests that may wait begin so: a request that is sent again is sent as it was.
LATER = "later-"
# Whoever is told when to come again comes again, with the same key.
COME_AGAIN = frozenset({409, 429, 503})
TRIES, PAUSE = 60, 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and the statuses that it may be answered with in the end."""

    name: str
    path: str
    body: Any
    answers: frozenset[int]
    key: str = ""


@dataclass
class Client:
    """One client: its calls come from a seed, go to any of the shops and stand in its ledger."""

    name: str
    shops: list[Shop]
    ledger: Ledger
    rng: random.Random
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    lost: int = 0
    faults: list[str] = field(default_factory=list)
    unpaid: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    told_when: str | None = None

    # --- One request ------------------------------------------------------------------------------------------------
    def send(self, path: str, body: Any, key: str) -> Answer:
        """Post it to any of the shops. Raises OSError when there is no answer."""
        prefer = {"Prefer": "respond-async"} if key.startswith(LATER) else {}
        shop = self.rng.choice(self.shops)
        answer, headers = shop.call("POST", path, body, **{"Idempotency-Key": key}, **prefer)
        self.told_when = headers.get("Retry-After")
        return answer

    def is_told_to_come_again(self, answer: Answer) -> bool:
        return answer.status in COME_AGAIN and self.told_when is not None

    def settle(self, call: Call) -> Answer | None:
        """Send it until it is answered for good."""
        key = f"{call.key}{self.name}-{next(self.numbers)}"
        for _ in range(TRIES):
            answer = self.ledger.post(self.send, call.path, call.body, key)
            if answer and not self.is_told_to_come_again(answer):
                return answer
            self.answered[call.name, answer.status if answer else 0] += 1
            # No longer than that: what a client is told is a wish, and these are in a hurry.
            time.sleep(min(float(self.told_when or PAUSE), PAUSE))
        return None

    def carry_out(self, call: Call) -> None:
        answer = self.settle(call)
        if answer is None:
            self.faults.append(f"{call.name} was not answered for good")
            return
        self.answered[call.name, answer.status] += 1
        if answer.status not in call.answers:
            self.faults.append(f"{call.name} was answered {answer.status}: {answer.body[:300]!r}")
        elif call.name == "orders":
            self.unpaid += [order["id"] for order in answer.said["orders"]]

    def work(self, ended: Event) -> None:
        """Call after call, until the end."""
        kinds, weights = zip(*WEIGHTS.items(), strict=True)
        while not ended.is_set():
            if call := self.rng.choices(kinds, weights)[0](self):
                self.carry_out(call)

    # --- What they are about ----------------------------------------------------------------------------------------
    def order(self, **other: Any) -> dict[str, Any]:
        line = {"skuId": f"sold-{self.rng.randint(1, SOLD):04d}", "quantity": self.rng.randint(1, 9)}
        external = f"{self.name}-{next(self.numbers)}"
        return {"customerId": "cust-001", "externalId": external, "lineItems": [line], **other}

    def bad_order(self) -> dict[str, Any]:
        faults: tuple[dict[str, Any], ...] = (
            {"customerId": "nobody"},
            {"lineItems": [{"skuId": "sold-9999", "quantity": 1}]},
            {"lineItems": [{"skuId": "sold-0001", "quantity": 0}]},
            {"lineItems": []},
        )
        return self.order(**self.rng.choice(faults))

    def skus(self, some: int = SKUS) -> list[dict[str, Any]]:
        chosen = self.rng.sample(range(KNOWN), some)
        return [
            {"id": f"load-{number:04d}", "name": "A cube", "basePrice": self.rng.randint(1, 99)} for number in chosen
        ]


def orders(client: Client) -> Call:
    return Call("orders", "/api/orders/bulk", {"orders": [client.order() for _ in range(ORDERS)]}, frozenset({201}))


def orders_in_part(client: Client) -> Call:
    good = [client.order() for _ in range(ORDERS - 5)]
    mixed = client.rng.sample([*good, *(client.bad_order() for _ in range(5))], ORDERS)
    body = {"orders": mixed, "errorPolicy": "partial"}
    return Call("orders in part", "/api/orders/bulk", body, frozenset({200, 201}))


def refused_orders(client: Client) -> Call:
    body = {"orders": [*(client.order() for _ in range(ORDERS - 1)), client.bad_order()]}
    return Call("refused orders", "/api/orders/bulk", body, frozenset({400, 404}))


def orders_later(client: Client) -> Call:
    body = {"orders": [client.order() for _ in range(ORDERS)], "errorPolicy": "partial"}
    return Call("orders later", "/api/orders/bulk", body, frozenset({202}), LATER)


def upsert(client: Client) -> Call:
    return Call("upsert", "/api/skus/bulk", {"skus": client.skus()}, frozenset({200}))


def upsert_later(client: Client) -> Call:
    return Call("upsert later", "/api/skus/bulk", {"skus": client.skus()}, frozenset({202}), LATER)


def replace(client: Client) -> Call:
    """What is sold stays on sale, so that orders are good whatever is replaced meanwhile."""
    kept = [{"id": f"sold-{number:04d}"} for number in range(1, SOLD + 1)]
    body = {"skus": [*kept, *client.skus(SKUS - SOLD)], "mode": "replace"}
    return Call("replace", "/api/skus/bulk", body, frozenset({200}))


def pay(client: Client) -> Call | None:
    ids, client.unpaid = client.unpaid[:ORDERS], client.unpaid[ORDERS:]
    return Call("pay", "/api/orders/bulk/pay", {"orderIds": ids}, frozenset({200})) if ids else None


def advance(client: Client) -> Call | None:
    """The same jobs are found by others at the same time: whoever comes late changes nothing, and is told so."""
    try:
        found, _ = client.rng.choice(client.shops).call("GET", "/api/jobs?status=CREATED&limit=50")
    except OSError:
        return None
    jobs = [job["id"] for job in found.said["results"]] if found.status == 200 else []
    body = {"jobIds": jobs, "targetStatus": "VALIDATED", "errorPolicy": "partial"}
    return Call("advance", "/api/jobs/bulk/advance", body, frozenset({200})) if jobs else None


WEIGHTS: dict[Callable[[Client], Call | None], int] = {
    orders: 6, orders_in_part: 4, refused_orders: 1, orders_later: 2, upsert: 3, upsert_later: 1, replace: 2, pay: 4,
    advance: 3,
}  # fmt: skip
