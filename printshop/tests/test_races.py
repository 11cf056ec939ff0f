"""Many clients at once, over real connections that really commit: nobody loses, nothing happens twice, nothing breaks.

What must hold on both databases runs on both; what needs row locks and several writers runs on PostgreSQL.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection, connections
from django.db.models import F
from django.http import HttpResponse

from catalog.models import SKU
from catalog.services.imports import import_skus
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, CANCEL, change_jobs
from jobs.states import JobStatus
from orders.models import LineItem, Order
from orders.services import changes
from orders.services.creation import create_orders
from printshop.api.actors import Role
from printshop.api.idempotency import KeyInUse, claim
from printshop.api.models import IdempotencyRecord
from printshop.api.refusals import Refused
from printshop.api.transactions import Unavailable, transact
from printshop.bulk.engine import Result
from printshop.bulk.models import BulkOperation, Policy
from printshop.bulk.outcomes import Verdict
from printshop.testing import NOON, house, key_client, make_actor, make_customers, make_jobs, make_orders, make_skus

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.trust(
        case="calls at the same rows at once",
        expects="one of them wins, nothing is lost or happens twice, no answer but those documented",
    ),
]
on_postgresql = pytest.mark.postgresql
T = TypeVar("T")


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act gave or raised, all of them started together, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def only(results: Sequence[Any], *kinds: type) -> None:
    """Nothing surfaced but what is expected: no deadlock, no "database is locked", no lost race for a unique value."""
    assert [result for result in results if not isinstance(result, kinds)] == []


def statuses_of(answers: Sequence[Any]) -> Counter[int]:
    """How many answers there are of each status; an exception is none of them."""
    only(answers, HttpResponse)
    return Counter(answer.status_code for answer in answers)


def shuffled(values: Sequence[T], seed: int) -> list[T]:
    return random.Random(seed).sample(values, len(values))


def succeeded(results: Sequence[Any], verdict: Verdict = Verdict.UPDATED) -> int:
    return sum(result.counts[verdict] for result in results if isinstance(result, Result))


# --- Jobs ------------------------------------------------------------------------------------------------------------
def advance_or_cancel(jobs: Sequence[str], number: int, target: JobStatus, policy: Policy) -> Callable[[], Result]:
    """Even threads advance, odd ones cancel, each naming the jobs in an order of its own."""
    terms: dict[str, Any] = {"reason": "Called off"} if number % 2 else {"target_status": target}
    operation = CANCEL if number % 2 else ADVANCE
    order, actor = shuffled(jobs, number), make_actor()
    return lambda: change_jobs(operation, order, actor=actor, at=NOON, policy=policy, **terms)


def is_one_story(job: Job) -> bool:
    """The moves since CREATED are joined end to end and end where the job is."""
    moves = list(job.moves.order_by("id").values_list("source", "target"))
    ends = ["CREATED", *(target for _, target in moves)]
    return [source for source, _ in moves] == ends[:-1] and job.status == ends[-1]


@pytest.mark.parametrize("policy", Policy)
def test_it_lets_one_of_advance_and_cancel_win_each_of_100_jobs(policy: Policy):
    jobs = make_jobs(100, JobStatus.QUEUED)
    before = JobMove.objects.count()
    results = at_once([advance_or_cancel(jobs, number, JobStatus.PRINTING, policy) for number in range(8)])
    only(results, Result, Refused)
    assert succeeded(results) == JobMove.objects.count() - before
    # Whoever cancels first ends a job for good; who advances first leaves it to be cancelled at PRINTING.
    assert all(is_one_story(job) for job in Job.objects.prefetch_related("moves"))
    assert Job.objects.filter(status="CANCELLED").count() == 100
    assert (
        Counter(JobMove.objects.filter(target="CANCELLED").values_list("job_id", flat=True)).most_common(1)[0][1] == 1
    )
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("policy", Policy)
def test_it_has_exactly_one_winner_where_either_move_rules_out_the_other(policy: Policy):
    jobs = make_jobs(100, JobStatus.READY)
    results = at_once([advance_or_cancel(jobs, number, JobStatus.SHIPPED, policy) for number in range(8)])
    only(results, Result, Refused)
    ends = JobMove.objects.filter(source="READY")
    assert succeeded(results) == ends.count() == 100
    assert ends.values("job_id").distinct().count() == 100
    assert not ends.exclude(target=F("job__status")).exists()
    ended = Counter(status.lower() for status in Job.objects.values_list("status", flat=True))
    assert Counter(Order.objects.values_list("status", flat=True)) == ended


def test_it_rolls_up_an_order_whose_jobs_are_moved_one_by_one_at_once():
    make_customers()
    skus = make_skus(8)
    lines = [{"sku_id": sku, "quantity": 1} for sku in skus]
    actor = make_actor()
    [order] = create_orders([{"customer_id": "cust-001", "line_items": lines}], actor=actor, at=NOON).outcomes
    changes.change_orders(changes.PAY, [order.reference], actor=actor, at=NOON)
    jobs = [job.reference for job in Job.objects.all()]

    def move(job: str) -> Callable[[], Result]:
        return lambda: change_jobs(ADVANCE, [job], actor=actor, at=NOON, target_status="VALIDATED")

    only(at_once([move(job) for job in jobs]), Result)
    assert set(Job.objects.values_list("status", flat=True)) == {"VALIDATED"}
    assert Order.objects.get().status == "processing"


# --- Orders ----------------------------------------------------------------------------------------------------------
def test_it_pays_or_cancels_each_of_50_orders_but_never_half():
    orders = make_orders(50)
    actor = make_actor()

    def change(number: int) -> Callable[[], Result]:
        terms: dict[str, Any] = {"reason": "Called off"} if number % 2 else {}
        operation = changes.CANCEL if number % 2 else changes.PAY
        ids = shuffled(orders, number)
        return lambda: changes.change_orders(operation, ids, actor=actor, at=NOON, policy=Policy.PARTIAL, **terms)

    results = at_once([change(number) for number in range(8)])
    only(results, Result, Refused)
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    paid = set(Order.objects.filter(paid_at__isnull=False).values_list("pk", flat=True))
    assert set(Job.objects.values_list("order_id", flat=True)) == paid
    assert Job.objects.count() == len(paid) == JobMove.objects.filter(target="CANCELLED").count()
    assert succeeded(results) == 50 + len(paid)


def test_it_pays_an_order_once_and_makes_its_job_once():
    orders = make_orders(20)
    actor = make_actor()
    results = at_once([lambda: changes.change_orders(changes.PAY, orders, actor=actor, at=NOON)] * 8)
    only(results, Result)
    assert succeeded(results) == 20
    assert Job.objects.count() == 20


def test_it_refunds_no_more_than_was_paid():
    [order] = make_orders(1, quantity=1, paid=True)
    actor = make_actor()
    results = at_once(
        [
            lambda: changes.change_orders(changes.REFUND, [order], actor=actor, at=NOON, amount=500, reason="Late")
        ] * 6
    )  # fmt: skip
    only(results, Result, Refused)
    assert succeeded(results) == 2
    assert sum(Order.objects.get().payments.filter(kind="refund").values_list("amount", flat=True)) == 1000


def test_it_gives_an_external_id_to_one_order_and_words_the_others_refusals():
    make_skus()
    make_customers()
    client = key_client(Role.ADMIN)
    order = {"customerId": "cust-001", "externalId": "PO-1", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}
    answers = at_once([lambda: client.post("/api/orders/bulk", {"orders": [order]})] * 10)
    assert statuses_of(answers) == {201: 1, 409: 9}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"EXTERNAL_ID_TAKEN"}
    assert Order.objects.count() == BulkOperation.objects.count() == LineItem.objects.count() == 1


def test_it_survives_batches_that_want_the_same_external_ids_in_other_orders():
    make_skus()
    make_customers()
    actor = make_actor()
    wanted = [
        {"customer_id": "cust-001", "external_id": f"PO-{one}", "line_items": [{"sku_id": "sku-0001", "quantity": 1}]}
        for one in range(50)
    ]

    def make(number: int) -> Callable[[], Result]:
        batch = shuffled(wanted, number)
        return lambda: create_orders(batch, actor=actor, at=NOON, policy=Policy.PARTIAL)

    results = at_once([make(number) for number in range(8)])
    only(results, Result, Refused)
    assert succeeded(results, Verdict.CREATED) == Order.objects.count() == 50


# --- The catalogue ---------------------------------------------------------------------------------------------------
def catalogue(prefix: str, count: int, price: int = 1000) -> list[dict[str, Any]]:
    return [{"id": f"{prefix}-{one:03d}", "name": "A cube", "base_price": price} for one in range(count)]


def test_it_takes_8_shuffled_upserts_of_the_same_500_skus():
    actor = make_actor()
    skus = catalogue("sku", 500)

    def upsert(number: int) -> Callable[[], Result]:
        batch = shuffled([{**sku, "base_price": number} for sku in skus], number)
        return lambda: import_skus(batch, actor=actor, at=NOON)

    results = at_once([upsert(number) for number in range(8)])
    only(results, Result)
    assert SKU.objects.count() == succeeded(results, Verdict.CREATED) == 500
    # One import was last, and all of it.
    assert SKU.objects.values("base_price").distinct().count() == 1


def test_it_ends_two_replaces_with_exactly_one_of_the_two_catalogues():
    actor = make_actor()
    batches = {name: catalogue(name, 60) + catalogue("both", 20) for name in ("left", "right")}
    for seed in range(4):
        results = at_once(
            [
                lambda batch=batch: import_skus(batch, actor=actor, at=NOON, mode="replace")  # type: ignore[misc]
                for batch in [shuffled(batch, seed) for batch in batches.values()] * 2
            ]
        )
        only(results, Result)
        active = set(SKU.objects.active().values_list("pk", flat=True))
        assert active in [{sku["id"] for sku in batch} for batch in batches.values()]


def test_it_never_puts_an_order_on_a_sku_that_a_replace_has_switched_off():
    actor = make_actor()
    make_customers()
    import_skus(catalogue("old", 20), actor=actor, at=NOON)
    order = {
        "customer_id": "cust-001",
        "line_items": [{"sku_id": f"old-{one:03d}", "quantity": 1} for one in range(20)],
    }

    def replace() -> Result:
        return import_skus(catalogue("new", 20), actor=actor, at=NOON, mode="replace")

    def buy_all() -> list[bool]:
        create_orders([order], actor=actor, at=NOON)
        return list(SKU.objects.filter(pk__startswith="old").values_list("active", flat=True))

    def buy() -> list[bool]:
        """Order until refused: was every SKU active, as seen at the end of the transaction that ordered it?"""
        seen: list[bool] = []
        for _ in range(30):
            try:
                seen += transact(buy_all)
            except Refused:
                break
        return seen

    results = at_once([buy, buy, replace, buy, buy])
    only(results, list, Result)
    # READ COMMITTED: a replace that had been let in before the order's commit would show.
    assert all(active for result in results if isinstance(result, list) for active in result)
    with pytest.raises(Refused) as refused:
        buy_all()
    assert {fault.code for _, fault in refused.value.faults} == {"SKU_INACTIVE"}


def impatient(act: Callable[[], T]) -> Callable[[], T]:
    """`act`, unless it has to wait for a lock."""

    def run() -> T:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        return act()

    return lambda: transact(run)


@on_postgresql
def test_it_keeps_replaces_waiting_while_an_order_is_made_and_orders_while_a_replace_is():
    actor = make_actor()
    make_customers()
    [sku] = make_skus()
    order = {"customer_id": "cust-001", "line_items": [{"sku_id": sku, "quantity": 1}]}

    def replace() -> Result:
        return import_skus(catalogue("new", 2), actor=actor, at=NOON, mode="replace")

    def buy() -> Result:
        return create_orders([order], actor=actor, at=NOON)

    def first(act: Callable[[], Result]) -> list[Any]:
        act()
        # One after the other: a replace that waits keeps later orders waiting behind it, so that it gets its turn.
        return at_once([impatient(replace)]) + at_once([impatient(buy)])

    replaced, bought = transact(lambda: first(buy))
    assert isinstance(replaced, Unavailable)
    assert isinstance(bought, Result)
    replaced, bought = transact(lambda: first(replace))
    assert isinstance(replaced, Unavailable)
    assert isinstance(bought, Unavailable)
    assert Order.objects.count() == 2


def overlapping(number: int, count: int = 100) -> list[dict[str, Any]]:
    """Some of twice as many SKUs, others for each number, in any order."""
    return random.Random(number).sample(catalogue("sku", 2 * count, price=number), count)


def test_it_makes_every_sku_once_that_many_make_at_once():
    """However often one of them was too late, it comes through: nobody is told to try again."""
    actor = make_actor()
    batches = [overlapping(number) for number in range(12)]
    results = at_once([lambda batch=batch: import_skus(batch, actor=actor, at=NOON) for batch in batches])  # type: ignore[misc]
    only(results, Result)
    ids = {sku["id"] for batch in batches for sku in batch}
    assert SKU.objects.count() == succeeded(results, Verdict.CREATED) == len(ids)
    items = BulkOperation.objects.filter(name="skus.import").values_list("items__verdict", flat=True)
    assert Counter(items)[Verdict.CREATED] == len(ids)


@on_postgresql
def test_it_takes_upserts_beside_each_other_and_beside_orders():
    """Only the SKUs that an upsert names are kept from others."""
    actor = make_actor()
    make_customers()
    [sku] = make_skus()
    order = {"customer_id": "cust-001", "line_items": [{"sku_id": sku, "quantity": 1}]}

    def upsert(sku_id: str, **more: Any) -> Callable[[], Result]:
        return lambda: import_skus([{"id": sku_id, "name": "A cube", "base_price": 5, **more}], actor=actor, at=NOON)

    def buy() -> Result:
        return create_orders([order], actor=actor, at=NOON)

    def meanwhile(act: Callable[[], Result], *others: Callable[[], Result]) -> list[type]:
        def run() -> list[type]:
            act()
            return [type(found) for other in others for found in at_once([impatient(other)])]

        return transact(run)

    off = upsert("new-2", active=False)
    assert meanwhile(upsert(sku), upsert("new-1"), buy, upsert(sku, active=True)) == [Result, Result, Unavailable]
    # Who may switch something off waits for orders and for those who write SKUs, and they for it.
    assert meanwhile(buy, upsert("new-3"), off) == [Result, Unavailable]
    assert meanwhile(upsert(sku), off) == [Unavailable]
    assert meanwhile(off, buy, upsert("new-4")) == [Unavailable, Unavailable]


# --- Idempotency and limits ------------------------------------------------------------------------------------------
@pytest.mark.trust(case="one idempotency key 20 times at once", expects="carried out once; every answer is the same")
def test_it_carries_out_a_request_once_that_comes_20_times_at_once():
    orders = make_orders(5)
    client = key_client(Role.ADMIN)
    done = BulkOperation.objects.count()
    body = {"orderIds": orders}
    answers = at_once([lambda: client.post("/api/orders/bulk/pay", body, idempotency_key="the-same")] * 20)
    statuses = statuses_of(answers)
    assert set(statuses) <= {200, 409}
    assert statuses[200] >= 1
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers if answer.status_code == 200) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "IDEMPOTENCY_KEY_IN_USE"
            assert int(answer["Retry-After"]) >= 1
    assert BulkOperation.objects.count() == done + 1
    assert IdempotencyRecord.objects.count() == 1
    assert Job.objects.count() == 5


def test_it_carries_out_one_of_two_different_requests_with_one_key():
    orders = make_orders(10)
    client = key_client(Role.ADMIN)
    answers = at_once(
        [
            lambda order=order: client.post("/api/orders/bulk/pay", {"orderIds": [order]}, idempotency_key="one")  # type: ignore[misc]
            for order in orders
        ]
    )
    statuses = statuses_of(answers)
    assert statuses[200] == 1
    assert set(statuses) <= {200, 409, 422}
    assert Job.objects.count() == 1


@pytest.mark.trust(
    case="60 requests at once against a rate limit", expects="exactly as many are answered as the limit says"
)
def test_it_counts_60_requests_at_once_exactly(settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "standard": 23}
    # The clock stands still, so that no new window begins meanwhile.
    monkeypatch.setattr("time.time", NOON.timestamp)
    client = key_client(Role.OPERATOR)
    answers = at_once([lambda: client.get("/api/jobs")] * 60)
    assert statuses_of(answers) == {200: 23, 429: 37}
    left = sorted(int(answer["X-RateLimit-Remaining"]) for answer in answers if answer.status_code == 200)
    assert left == list(range(23))
    assert {answer.json()["code"] for answer in answers if answer.status_code == 429} == {"RATE_LIMITED"}


def test_it_answers_readers_while_everybody_writes():
    make_skus()
    make_customers()
    client = key_client(Role.ADMIN)
    order = {"customerId": "cust-001", "lineItems": [{"skuId": "sku-0001", "quantity": 1}]}

    def write() -> Any:
        return client.post("/api/orders/bulk", {"orders": [order] * 50})

    def read() -> Any:
        return client.get("/api/orders?limit=10")

    answers = at_once([write, read] * 8)
    assert statuses_of(answers) == {201: 8, 200: 8}
    assert Order.objects.count() == 400


@on_postgresql
def test_it_says_that_a_key_is_in_use_while_its_request_runs():
    account_id = house().pk

    def other() -> None:
        transact(lambda: claim(account_id, "busy"))

    def act() -> list[Any]:
        claim(account_id, "busy")
        return at_once([other])

    [error] = transact(act)
    assert isinstance(error, KeyInUse)
    assert at_once([other]) == [None]
