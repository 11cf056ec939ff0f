"""What the tests of every app make their shops of. Nothing here runs outside tests and benchmarks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import SKU
from jobs.models import Job
from jobs.services import ADVANCE, change_jobs
from jobs.states import NEXT, JobStatus
from orders.models import Customer
from orders.services.changes import PAY, change_orders
from orders.services.creation import create_orders
from printshop.api.actors import Actor, Role
from printshop.api.keys import issue
from printshop.api.models import Account
from printshop.bulk.models import Worker

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOT_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def house() -> Account:
    """The shop's own account."""
    return Account.objects.get_or_create(code=Account.HOUSE, defaults={"name": "The shop"})[0]


def make_actor(role: Role = Role.ADMIN, customer: str | None = None, account: Account | None = None) -> Actor:
    """An actor without a key, for services."""
    return Actor((account or house()).pk, role, f"the {role}", customer_id=customer)


def make_skus(count: int = 1, prefix: str = "sku", **fields: Any) -> list[str]:
    """The ids of that many new, active SKUs."""
    ids = [f"{prefix}-{number:04d}" for number in range(1, count + 1)]
    values = {"name": "A cube", "base_price": 1250, "material": "PLA", **fields}
    SKU.objects.bulk_create([SKU(id=sku_id, created_at=NOON, updated_at=NOON, **values) for sku_id in ids])
    return ids


def make_customers(count: int = 1, prefix: str = "cust") -> list[str]:
    """The ids of that many new customers."""
    ids = [f"{prefix}-{number:03d}" for number in range(1, count + 1)]
    account = house()
    Customer.objects.bulk_create([Customer(id=one, uuid=uuid4(), account=account, created_at=NOON) for one in ids])
    return ids


class KeyClient:
    """A client that shows an API key and speaks JSON."""

    def __init__(self, key: str | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.key = key

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Any request; `body` may be bytes, sent as they are. Headers are given as `idempotency_key=…`."""
        if self.key is not None:
            headers.setdefault("x_api_key", self.key)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.client.generic(method, path, content, content_type="application/json", headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)


def key_client(role: Role, customer: str = "", account: Account | None = None) -> KeyClient:
    """A client with a new key of that role."""
    return KeyClient(issue(account or house(), f"a {role} key", role, customer=customer)[1])


def is_a_further_lot(sql: str, before: str) -> bool:
    """Whether SQLite is given more rows of an insert by a statement for fewer of them than the one before."""
    insert, earlier = (text.partition(" times: ")[2] for text in (sql, before))
    target = insert.partition(" VALUES ")[0]
    return target != "" and earlier.startswith(f"{target} VALUES ") and len(insert) < len(earlier)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL sent meanwhile, transaction control left out; the lots of one insert are one."""
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    last = ""
    for query in captured.captured_queries:
        before, last = last, query["sql"]
        if not last.lstrip().startswith(NOT_STATEMENTS) and not is_a_further_lot(last, before):
            sent.append(last)


def numbers(references: Sequence[str]) -> list[int]:
    """The numbers in public ids."""
    return [int(text.split("-")[1]) for text in references]


def make_orders(
    count: int = 1, sku: str = "sku-0001", customer: str = "cust-001", quantity: int = 1, paid: bool = False
) -> list[str]:
    """The ids of that many new orders of one line each; SKU and customer are made where need be."""
    SKU.objects.filter(pk=sku).exists() or make_skus(prefix=sku.rpartition("-")[0])
    Customer.objects.filter(pk=customer).exists() or make_customers(prefix=customer.rpartition("-")[0])
    wanted = [{"customer_id": customer, "line_items": [{"sku_id": sku, "quantity": quantity}]} for _ in range(count)]
    ids = [outcome.reference for outcome in create_orders(wanted, actor=make_actor(), at=NOON).outcomes]
    if paid:
        change_orders(PAY, ids, actor=make_actor(), at=NOON)
    return ids


def make_jobs(count: int = 1, status: JobStatus = JobStatus.CREATED, **order: Any) -> list[str]:
    """The ids of that many new jobs, each of an order of its own, brought to `status` by ordinary moves."""
    orders = make_orders(count, paid=True, **order)
    jobs = [job.reference for job in Job.objects.of_orders(numbers(orders)).order_by("pk")]
    for step in steps_to(status):
        change_jobs(ADVANCE, jobs, actor=make_actor(), at=NOON, target_status=step, reason="for a test")
    return jobs


def steps_to(status: JobStatus) -> list[JobStatus]:
    """The shortest way from CREATED."""
    ways: list[list[JobStatus]] = [[JobStatus.CREATED]]
    for way in ways:
        if way[-1] == status:
            return way[1:]
        ways += [[*way, target] for target in sorted(NEXT[way[-1]])]
    raise ValueError(status)


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the shop: equal before and after whatever changed nothing."""
    shop = ("api", "bulk", "webhooks", "catalog", "orders", "jobs")
    models = [model for label in shop for model in apps.get_app_config(label).get_models() if model is not Worker]
    return {model.__name__: list(model._base_manager.order_by("pk").values_list()) for model in models}
