"""A shop in plain Python beside the real one: whatever is asked of both over HTTP, they agree.

The database is not emptied between two runs: each has orders of its own, committed for good, and knows no others.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jobs.models import Job, JobMove
from jobs.tests.test_states import ARROWS_FROM, order_status_of
from orders.models import Order
from printshop.api.actors import Role
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import KeyClient, key_client, make_customers, make_skus, numbers

POLICIES = st.sampled_from(["atomic", "partial"])
TARGETS = st.sampled_from(sorted(ARROWS_FROM))
DETOURS = st.lists(TARGETS, min_size=1, max_size=6, unique=True)
PRINT, DIGITAL = "sku-0001", "digital-0001"
PRICE = 1250
UNKNOWN = ("job-987654", "job-1", "nonsense")
STEPS = ["CREATED", "VALIDATED", "SLICED", "QUEUED", "PRINTING", "POST_PROCESS", "READY", "SHIPPED"]
WAY = dict(pairwise(STEPS)) | {"FAILED": "QUEUED"}
PAID_OR_BEYOND = {"paid", "processing", "printing", "post_processing", "ready", "shipped"}


@dataclass
class PlainJob:
    """A job as the contract has it."""

    order: str
    quantity: int
    status: str = "CREATED"
    priority: int = 0
    reprint_of: str | None = None
    moves: list[tuple[str, str]] = field(default_factory=list)

    def move(self, target: str) -> None:
        self.moves.append((self.status, target))
        self.status = target


@dataclass
class PlainOrder:
    """An order as the contract has it; `prints` are the quantities of its printable lines."""

    prints: list[int]
    digital: bool
    total: int
    status: str = "pending_payment"
    paid: bool = False
    refunded: int = 0


Verdict = str  # "done", "unchanged", or the kind of fault: "unknown", "conflict", "invalid"
STATUS_OF_FAULT = {"invalid": 400, "unknown": 404, "conflict": 409}


class PlainShop:
    """What each request does, item by item, in a few plain rules."""

    def __init__(self) -> None:
        self.orders: dict[str, PlainOrder] = {}
        self.jobs: dict[str, PlainJob] = {}

    def jobs_of(self, order: str) -> dict[str, PlainJob]:
        return {name: job for name, job in self.jobs.items() if job.order == order}

    def roll_up(self, touched: Iterable[str]) -> None:
        for name in touched:
            order = self.orders[name]
            order.status = order_status_of(
                order.status, [job.status for job in self.jobs_of(name).values()], order.digital
            )

    def judge_move(self, name: str, target: str) -> Verdict:
        job = self.jobs.get(name)
        if job is None:
            return "unknown"
        if job.status == target:
            return "unchanged"
        return "done" if target in ARROWS_FROM[job.status] else "conflict"

    def judge_priority(self, name: str, priority: int) -> Verdict:
        job = self.jobs.get(name)
        if job is None:
            return "unknown"
        if job.priority == priority:
            return "unchanged"
        return "done" if ARROWS_FROM[job.status] else "conflict"

    def judge_reprint(self, name: str, quantity: int | None) -> Verdict:
        job = self.jobs.get(name)
        if job is None:
            return "unknown"
        if quantity and quantity > job.quantity:
            return "invalid"
        unprinted = job.status in {"CREATED", "VALIDATED", "SLICED", "QUEUED"}
        dead = self.orders[job.order].status in {"cancelled", "refunded", "pending_payment"}
        return "conflict" if unprinted or dead else "done"

    def judge_payment(self, name: str) -> Verdict:
        order = self.orders.get(name)
        if order is None:
            return "unknown"
        if order.status in PAID_OR_BEYOND:
            return "unchanged"
        return "done" if order.status == "pending_payment" else "conflict"

    def judge_cancellation(self, name: str) -> Verdict:
        order = self.orders.get(name)
        if order is None:
            return "unknown"
        if order.status == "cancelled":
            return "unchanged"
        shipped = any(job.status == "SHIPPED" for job in self.jobs_of(name).values())
        return "conflict" if shipped or order.status in {"refunded", "shipped"} else "done"

    def cancel_order(self, name: str) -> None:
        self.orders[name].status = "cancelled"
        for job in self.jobs_of(name).values():
            if ARROWS_FROM[job.status]:
                job.move("CANCELLED")


def distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


class Shop(RuleBasedStateMachine):
    """Rules ask both shops; invariants compare all they hold."""

    orders = Bundle("orders")
    client: KeyClient

    def __init__(self) -> None:
        super().__init__()
        self.plain = PlainShop()

    # --- Asking ------------------------------------------------------------------------------------------------------
    def ask(
        self, path: str, body: Mapping[str, Any], verdicts: Mapping[Any, Verdict], done: str, policy: str
    ) -> list[Any]:
        """Send a batch that the plain shop has judged; the items that must have happened, after checking the answer."""
        answer = self.client.post(path, {**body, "errorPolicy": policy})
        faults = [verdict for verdict in verdicts.values() if verdict in STATUS_OF_FAULT]
        happened = [name for name, verdict in verdicts.items() if verdict == "done"]
        if faults and (policy == "atomic" or len(faults) == len(verdicts)):
            wanted = min(STATUS_OF_FAULT[fault] for fault in faults) if policy == "atomic" else 400
            assert answer.status_code == wanted, answer.content
            assert answer.json()["details"]["failed"] == len(faults)
            return []
        assert answer.status_code in (200, 201), answer.content
        said = answer.json()
        assert (said[done], said["failed"]) == (len(happened), len(faults))
        assert said.get("unchanged", 0) == sum(verdict == "unchanged" for verdict in verdicts.values())
        self.check_operation(answer["X-Bulk-Operation"], len(verdicts), len(faults))
        self.said = said
        return happened

    def check_operation(self, uuid: str, total: int, failed: int) -> None:
        """Its counts add up, and are those of its items."""
        operation = BulkOperation.objects.get(pk=uuid)
        items = Counter(BulkItem.objects.filter(operation=operation).values_list("verdict", flat=True))
        assert (operation.total, operation.failed) == (total, failed)
        assert operation.counts == dict(items)
        assert sum(operation.counts.values()) == total

    def pick(self, picks: Sequence[int]) -> list[str]:
        """Jobs by chance: known ones mostly, the same one perhaps twice, and now and then one that is not there."""
        known = sorted(self.plain.jobs, key=lambda name: int(name.split("-")[1]))
        missing = len(known) == 0
        return [UNKNOWN[pick % 3] if missing or pick > 37 else known[pick % len(known)] for pick in picks]

    picks = st.lists(st.integers(0, 40), min_size=1, max_size=5)

    # --- Orders ------------------------------------------------------------------------------------------------------
    @initialize(
        target=orders, digital=st.booleans(), steps=st.sampled_from([0, 4, 6, 8]), detour=DETOURS, policy=POLICIES
    )
    def open(self, digital: bool, steps: int, detour: list[str], policy: str) -> str:
        """A run begins with an order at work, somewhere between the payment and the parcel."""
        name = self.order([2, 3], digital)
        self.pay([name], unknown=False, policy=policy)
        self.work_on(name, steps, failing=False, policy=policy)
        self.try_any_way(name, detour, policy)
        return name

    @rule(target=orders, prints=st.sampled_from([[1], [2, 3], [1, 1, 2], []]), digital=st.booleans())
    def order_something(self, prints: list[int], digital: bool) -> str:
        return self.order(prints, digital)

    def order(self, prints: list[int], digital: bool) -> str:
        lines = [{"skuId": PRINT, "quantity": quantity} for quantity in prints]
        if digital or not prints:
            lines.append({"skuId": DIGITAL, "quantity": 1})
        answer = self.client.post("/api/orders/bulk", {"orders": [{"customerId": "cust-001", "lineItems": lines}]})
        assert answer.status_code == 201, answer.content
        [made] = answer.json()["orders"]
        total = PRICE * sum(int(str(line["quantity"])) for line in lines)
        self.plain.orders[made["id"]] = PlainOrder(prints, digital or not prints, total)
        assert made["status"] == "pending_payment"
        return str(made["id"])

    @rule(names=st.lists(orders, min_size=1, max_size=4), unknown=st.booleans(), policy=POLICIES)
    def pay(self, names: list[str], unknown: bool, policy: str) -> None:
        names = names + ["ord-987654"] * unknown
        verdicts = {name: self.plain.judge_payment(name) for name in distinct(names)}
        for name in self.ask("/api/orders/bulk/pay", {"orderIds": names}, verdicts, "paid", policy):
            order = self.plain.orders[name]
            order.status, order.paid = "paid", True
            made = Job.objects.filter(order=numbers([name])[0]).order_by("pk")
            assert [job.quantity for job in made] == order.prints
            self.plain.jobs |= {job.reference: PlainJob(name, job.quantity) for job in made}

    @rule(names=st.lists(orders, min_size=1, max_size=3), unknown=st.booleans(), policy=POLICIES)
    def cancel_orders(self, names: list[str], unknown: bool, policy: str) -> None:
        names = names + ["ord-0001"] * unknown
        verdicts = {name: self.plain.judge_cancellation(name) for name in distinct(names)}
        body = {"orderIds": names, "reason": "Called off"}
        for name in self.ask("/api/orders/bulk/cancel", body, verdicts, "cancelled", policy):
            self.plain.cancel_order(name)

    @rule(name=orders, cents=st.none() | st.integers(1, 6000))
    def refund(self, name: str, cents: int | None) -> None:
        order = self.plain.orders[name]
        amount = {} if cents is None else {"amount": cents / 100}
        answer = self.client.post(f"/api/orders/{name}/refund", {"reason": "Late", **amount})
        left = order.total - order.refunded
        again = order.status == "refunded" and cents is None
        if not again and (not order.paid or (cents or 0) > left):
            assert answer.status_code == 409, answer.content
            return
        assert answer.status_code == 200, answer.content
        order.refunded += 0 if again else left if cents is None else cents
        if order.refunded == order.total:
            order.status = "refunded"
        assert answer.json()["status"] == order.status

    # --- Jobs --------------------------------------------------------------------------------------------------------
    @rule(picks=picks, status=TARGETS, policy=POLICIES)
    def advance(self, picks: list[int], status: str, policy: str) -> None:
        self.move_jobs(self.pick(picks), status, policy)

    @rule(name=orders, steps=st.integers(1, 8), failing=st.booleans(), policy=POLICIES)
    def work_on(self, name: str, steps: int, failing: bool, policy: str) -> None:
        """The jobs of an order, some steps on the way they go: chance alone hardly ever ships one."""
        for _ in range(steps):
            statuses = {job.status for job in self.plain.jobs_of(name).values()} - {"SHIPPED", "CANCELLED"}
            for source in sorted(statuses):
                alike = [one for one, job in self.plain.jobs_of(name).items() if job.status == source]
                self.move_jobs(alike, "FAILED" if failing and source == "PRINTING" else WAY[source], policy)

    @rule(name=orders, statuses=DETOURS, policy=POLICIES)
    def try_any_way(self, name: str, statuses: list[str], policy: str) -> None:
        """One job of an order towards anything, most of which it must refuse."""
        for status in statuses:
            for job in list(self.plain.jobs_of(name))[:1]:
                self.move_jobs([job], status, policy)

    def move_jobs(self, names: list[str], target: str, policy: str) -> None:
        verdicts = {name: self.plain.judge_move(name, target) for name in distinct(names)}
        body = {"jobIds": names, "targetStatus": target, "reason": "On the floor"}
        self.moved(self.ask("/api/jobs/bulk/advance", body, verdicts, "advanced", policy), target)

    def moved(self, names: list[str], target: str) -> None:
        for name in names:
            self.plain.jobs[name].move(target)
        self.plain.roll_up({self.plain.jobs[name].order for name in names})

    @rule(picks=picks, policy=POLICIES)
    def cancel_jobs(self, picks: list[int], policy: str) -> None:
        names = self.pick(picks)
        verdicts = {name: self.plain.judge_move(name, "CANCELLED") for name in distinct(names)}
        body = {"jobIds": names, "reason": "The printer is broken"}
        self.moved(self.ask("/api/jobs/bulk/cancel", body, verdicts, "cancelled", policy), "CANCELLED")

    @rule(picks=picks, priority=st.integers(0, 2), policy=POLICIES)
    def prioritize(self, picks: list[int], priority: int, policy: str) -> None:
        names = self.pick(picks)
        verdicts = {name: self.plain.judge_priority(name, priority) for name in distinct(names)}
        body = {"jobIds": names, "priority": priority}
        for name in self.ask("/api/jobs/bulk/prioritize", body, verdicts, "prioritized", policy):
            self.plain.jobs[name].priority = priority

    @rule(picks=picks, quantity=st.none() | st.integers(1, 3), policy=POLICIES)
    def reprint(self, picks: list[int], quantity: int | None, policy: str) -> None:
        names = self.pick(picks)
        items = [{"jobId": name, "quantity": quantity} for name in names]
        # A job named twice is printed again twice: these are items, not ids.
        verdicts = {(index, name): self.plain.judge_reprint(name, quantity) for index, name in enumerate(names)}
        body = {"items": items, "reason": "Warped"}
        happened = self.ask("/api/jobs/bulk/reprint", body, verdicts, "created", policy)
        for (_, name), made in zip(happened, self.said["jobs"] if happened else (), strict=True):
            job = self.plain.jobs[name]
            self.plain.jobs[made["id"]] = PlainJob(job.order, quantity or job.quantity, "CREATED", job.priority, name)
        self.plain.roll_up({self.plain.jobs[name].order for _, name in happened})

    # --- What must hold ----------------------------------------------------------------------------------------------
    @invariant()
    def orders_are_where_the_plain_shop_has_them(self) -> None:
        rows = Order.objects.filter(pk__in=numbers([*self.plain.orders]))
        found = {order.reference: (order.status, order.total, order.paid_at is not None) for order in rows}
        assert found == {name: (order.status, order.total, order.paid) for name, order in self.plain.orders.items()}

    @invariant()
    def jobs_are_where_the_plain_shop_has_them(self) -> None:
        rows = Job.objects.filter(order__in=numbers([*self.plain.orders])).select_related("reprint_of", "order")
        found = {
            job.reference: (
                job.order.reference,
                job.status,
                job.priority,
                job.quantity,
                job.reprint_of and job.reprint_of.reference,
            )
            for job in rows
        }
        assert found == {
            name: (job.order, job.status, job.priority, job.quantity, job.reprint_of)
            for name, job in self.plain.jobs.items()
        }

    @invariant()
    def histories_are_legal_paths_from_created_to_where_the_job_is(self) -> None:
        histories: dict[int, list[tuple[str, str]]] = {}
        moves = JobMove.objects.filter(job__in=numbers([*self.plain.jobs])).order_by("id")
        for job_id, source, target in moves.values_list("job", "source", "target"):
            histories.setdefault(job_id, []).append((source, target))
        for name, job in self.plain.jobs.items():
            history = histories.get(numbers([name])[0], [])
            assert history == job.moves
            assert all(target in ARROWS_FROM[source] for source, target in history)
            path = ["CREATED", *(target for _, target in history)]
            assert [source for source, _ in history] == path[:-1]
            assert path[-1] == job.status

    @invariant()
    def orders_say_what_their_jobs_say(self) -> None:
        for name, order in self.plain.orders.items():
            jobs = [job.status for job in self.plain.jobs_of(name).values()]
            if jobs and order.status != "cancelled":
                assert order.status == order_status_of(order.status, jobs, order.digital)


@pytest.mark.django_db(transaction=True)
def test_it_agrees_with_a_shop_in_plain_python():
    make_skus(1, "sku")
    make_skus(1, "digital", kind="content", material="")
    make_customers()
    Shop.client = key_client(Role.ADMIN)
    quick = settings(max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Shop, settings=quick)
    # It went far enough to mean something.
    assert set(JobMove.objects.values_list("target", flat=True)) >= {"PRINTING", "SHIPPED", "CANCELLED"}
