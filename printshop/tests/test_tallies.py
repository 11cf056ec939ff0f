"""The length of a list is known without counting it, and is what counting would give, whoever writes and however."""

from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import Count

from catalog.models import SKU
from jobs.models import Job, JobMove
from jobs.states import JobStatus
from orders.models import Order
from printshop.api import tallies
from printshop.api.actors import Role
from printshop.api.models import Tally
from printshop.api.tallies import TalliedPaginator, known
from printshop.bulk import writer
from printshop.bulk.models import BulkOperation
from printshop.testing import NOON, key_client, make_jobs, make_skus, statements

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.postgresql]
LISTS: dict[str, Any] = {
    "orders": lambda: Order.objects.all(),
    "jobs": lambda: Job.objects.all(),
    "moves": lambda: JobMove.objects.all(),
    "skus": lambda: SKU.objects.all(),
    "active SKUs": lambda: SKU.objects.active(),
    "operations": lambda: BulkOperation.objects.all(),
}


def lengths() -> dict[str, int | None]:
    return {name: known(rows()) for name, rows in LISTS.items()}


def counted() -> dict[str, int]:
    return {name: rows().count() for name, rows in LISTS.items()}


def test_every_list_is_as_long_as_it_is() -> None:
    assert lengths() == dict.fromkeys(LISTS, 0)
    make_jobs(3, JobStatus.QUEUED)
    make_skus(4, prefix="more")
    assert lengths() == counted()
    assert 0 not in lengths().values()


@pytest.mark.parametrize("change", [
    lambda: SKU.objects.filter(pk__in=["sku-0001", "sku-0002"]).update(active=False),
    lambda: SKU.objects.update(name="Other"),
    lambda: SKU.objects.update(active=True),
    lambda: SKU.objects.filter(pk="sku-0003").delete(),
    lambda: SKU.objects.all().delete(),
    lambda: SKU.objects.get(pk="sku-0001").save(),
    lambda: writer.update(SKU, [{"id": f"sku-000{number}", "active": False} for number in (1, 2, 3)]),
    lambda: writer.insert(SKU, [row_of(number, number % 3 > 0) for number in range(300)]),
])  # fmt: skip
def test_skus_are_counted_however_they_are_written(change: Any) -> None:
    make_skus(5)
    SKU.objects.filter(pk="sku-0005").update(active=False)
    before = counted()
    change()
    assert lengths() == counted()
    assert before["skus"] == 5


def row_of(number: int, active: bool) -> dict[str, Any]:
    made = SKU(id=f"new-{number}", name="A cube", base_price=1, active=active, created_at=NOON, updated_at=NOON)
    return {field.attname: getattr(made, field.attname) for field in SKU._meta.concrete_fields}


def test_what_is_taken_back_was_never_there() -> None:
    with transaction.atomic():
        make_skus(3)
        transaction.set_rollback(True)
    assert lengths() == dict.fromkeys(LISTS, 0)


@pytest.mark.parametrize("rows", [
    lambda: SKU.objects.filter(active=False), lambda: SKU.objects.filter(kind="print"),
    lambda: SKU.objects.active().filter(kind="print"), lambda: SKU.objects.exclude(active=True),
    lambda: SKU.objects.all()[:2], lambda: SKU.objects.values("kind").annotate(Count("pk")),
    lambda: SKU.objects.distinct(), lambda: SKU.objects.order_by().union(SKU.objects.order_by()),
    lambda: SKU.objects.none(),
])  # fmt: skip
def test_of_any_other_list_nothing_is_known(rows: Any) -> None:
    make_skus(3)
    assert known(rows()) is None
    assert TalliedPaginator(rows(), 2).count == Paginator(rows(), 2).count


@pytest.mark.parametrize("address", ["/api/orders", "/api/jobs", "/api/skus", "/api/skus?includeInactive=true"])
def test_pages_are_counted_without_counting(operator: Any, address: str) -> None:
    make_jobs(2)
    make_skus(2, prefix="more")
    SKU.objects.filter(pk="more-0001").update(active=False)
    with statements() as sent:
        page = operator.get(address).json()
    assert page["count"] == len(page["results"]) > 0
    assert not [sql for sql in sent if "COUNT(*)" in sql]


def test_the_operations_of_all_accounts_are_counted_without_counting() -> None:
    make_jobs(2)
    with statements() as sent:
        page = key_client(Role.ADMIN).get("/api/bulk-operations").json()
    assert page["count"] == len(page["results"]) > 0
    assert not [sql for sql in sent if "COUNT(*)" in sql and '"bulk_bulkoperation"' in sql.partition("WHERE")[0]]


def test_a_sweep_adds_up_what_many_statements_noted(monkeypatch: Any) -> None:
    monkeypatch.setattr(tallies, "MANY", 3)
    for number in range(5):
        make_skus(1, prefix=f"p{number}")
    tallies.add_up()
    assert lengths() == counted()
    assert Tally.objects.filter(name="skus").count() == 1


def test_rows_written_behind_its_back_are_counted_anew() -> None:
    make_skus(2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_sku DISABLE TRIGGER USER")
        make_skus(3, prefix="more")
        cursor.execute("ALTER TABLE catalog_sku ENABLE TRIGGER USER")
    assert lengths() != counted()
    for _ in range(2):
        assert tallies.recount() == tallies.lists()
        assert lengths() == counted()


def test_a_list_without_its_triggers_gets_them_back() -> None:
    make_skus(2)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER tally_active_skus_update ON catalog_sku")
    SKU.objects.update(active=False)
    assert lengths() != counted()
    tallies.keep_triggers()
    assert lengths() == counted()
    SKU.objects.update(active=True)
    assert lengths() == counted()
