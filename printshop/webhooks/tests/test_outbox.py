"""Events are written with the change they tell of: all of them, or none."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from jobs.models import Job
from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from orders.services.changes import CANCEL, PAY, REFUND, change_orders
from orders.v3.tests.storefront import CUBE, make_catalogue, order_of, product, storefront
from printshop.api.flights import flying
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.events import outbox
from printshop.testing import NOON, KeyClient, make_actor, make_jobs, make_orders, make_skus, numbers, statements
from printshop.webhooks.models import Delivery, Endpoint, Message

pytestmark = pytest.mark.django_db
Subscribed = Callable[..., tuple[Endpoint, str]]


def told() -> list[tuple[str, dict[str, Any]]]:
    """The types and the data of all messages, in the order in which they are sent."""
    rows = Delivery.objects.order_by("id").values_list("message__type", "message__body")
    return [(name, json.loads(body)["data"]) for name, body in rows]


def forget() -> None:
    Message.objects.all().delete()


def test_it_tells_of_each_order_and_of_the_whole(subscribed: Subscribed):
    subscribed()
    [first, second] = make_orders(2)
    *each, (name, content) = told()
    assert [(kind, one["id"], one["status"]) for kind, one in each] == [
        ("order.created", first, "pending_payment"),
        ("order.created", second, "pending_payment"),
    ]
    assert (name, content["name"], content["total"], content["failed"]) == (
        "bulk_operation.finished", "orders.create", 2, 0)  # fmt: skip
    assert content["counts"] == {"created": 2}
    assert content["link"] == f"/api/bulk-operations/{content['operationId']}"


@pytest.mark.parametrize(
    ("operation", "terms", "expected"),
    [
        (PAY, {}, ["order.paid", "job.created"]),
        (CANCEL, {"reason": "changed their mind"}, ["order.cancelled"]),
    ],
)
def test_it_names_what_becomes_of_an_order(subscribed: Subscribed, operation: Any, terms: Any, expected: list[str]):
    [order] = make_orders()
    subscribed()
    change_orders(operation, [order], actor=make_actor(), at=NOON, **terms)
    assert [name for name, _ in told()] == [*expected, "bulk_operation.finished"]


def test_it_tells_of_refunds(subscribed: Subscribed):
    [order] = make_orders(paid=True)
    subscribed("order.refunded")
    change_orders(REFUND, [order], actor=make_actor(), at=NOON, amount=None, reason="broken")
    [(name, content)] = told()
    assert (name, content["id"], content["from"], content["to"]) == ("order.refunded", order, "paid", "refunded")


def test_it_tells_of_a_job_and_of_the_order_that_follows_it(subscribed: Subscribed):
    [job] = make_jobs(1, JobStatus.READY)
    subscribed("job.moved", "order.status_changed", "order.shipped")
    change_jobs(ADVANCE, [job], actor=make_actor(), at=NOON, target_status="SHIPPED")
    found = told()
    assert [name for name, _ in found] == ["job.moved", "order.status_changed", "order.shipped"]
    assert (found[0][1]["id"], found[0][1]["from"], found[0][1]["to"]) == (job, "READY", "SHIPPED")
    assert found[2][1]["to"] == "shipped"


def test_it_tells_of_skus(subscribed: Subscribed, admin: KeyClient):
    make_skus(2)
    subscribed()
    admin.post("/api/skus/bulk", {"mode": "replace", "skus": [{"id": "sku-0001", "name": "New name"},
                                                             {"id": "new", "name": "N", "basePrice": 1}]})  # fmt: skip
    *each, _ = told()
    assert [(name, one["id"], one["changed"]) for name, one in each] == [
        ("sku.updated", "sku-0001", ["name"]),
        ("sku.created", "new", [*each[1][1]["changed"]]),
        ("sku.deactivated", "sku-0002", ["active"]),
    ]
    forget()
    admin.delete("/api/skus/new")
    assert told()[0][0] == "sku.deactivated"


def test_it_names_the_jobs_that_a_payment_made(subscribed: Subscribed):
    orders = [*make_orders(2), *make_orders(1, sku="other-0001", quantity=3)]
    subscribed()
    change_orders(PAY, [*orders, *make_orders(paid=True)], actor=make_actor(), at=NOON)
    found = [(name, one) for name, one in told() if one["operationId"] == told()[-1][1]["operationId"]]
    paid = {one["id"]: one["jobs"] for name, one in found if name == "order.paid"}
    assert paid == {order: [job.reference for job in Job.objects.of_orders(numbers([order]))] for order in orders}
    assert [name for name, _ in found] == [*["order.paid", "job.created"] * 3, "bulk_operation.finished"]
    made = found[5][1]
    assert {name: made[name] for name in ("id", "status", "orderId", "skuId", "quantity")} == {
        "id": paid[orders[2]][0], "status": "CREATED", "orderId": orders[2], "skuId": "other-0001", "quantity": 3,
    }  # fmt: skip


def test_it_names_the_jobs_of_an_order_that_was_made_as_paid(subscribed: Subscribed):
    make_catalogue()
    subscribed()
    order = order_of(storefront().make(products=[product(CUBE, "print")]))
    names = dict(told())
    assert names["order.created"]["jobs"] == [names["job.created"]["id"]]
    assert names["job.created"]["orderId"] == order.reference


def test_it_asks_once_for_the_jobs_of_any_number_of_orders(subscribed: Subscribed):
    few, many = make_orders(2), make_orders(40)
    subscribed()
    counted = []
    for orders in (few, many):
        with statements() as sent:
            change_orders(PAY, orders, actor=make_actor(), at=NOON)
        counted.append(len(sent))
    assert counted[0] == counted[1]


def test_it_says_nothing_of_what_did_not_happen(subscribed: Subscribed, admin: KeyClient):
    subscribed()
    assert admin.post("/api/orders/bulk", {"orders": [{"customerId": "nobody", "lineItems": []}]}).status_code == 400
    make_skus()
    body = {"skus": [{"id": "sku-0001", "name": "Another"}], "dryRun": True}
    assert admin.post("/api/skus/bulk", body).status_code == 200
    assert told() == []


@pytest.mark.trust(case="change that is rolled back", expects="no webhook tells of it")
def test_it_goes_back_with_the_change(subscribed: Subscribed):
    subscribed()
    with transaction.atomic():
        make_orders()
        assert Message.objects.exists()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


@pytest.mark.django_db(databases="__all__")
def test_it_tells_of_a_queued_operation_chunk_by_chunk(subscribed: Subscribed, admin: KeyClient):
    orders = make_orders(2)
    subscribed()
    response = admin.post("/api/orders/bulk/pay", {"orderIds": orders}, prefer="respond-async")
    assert response.status_code == 202
    assert told() == []
    while carry_out_next():
        pass
    assert [name for name, _ in told()] == [*["order.paid", "job.created"] * 2, "bulk_operation.finished"]
    assert told()[-1][1]["counts"] == {"updated": 2}


def test_it_asks_one_question_where_nobody_listens():
    make_orders()
    with statements() as alone:
        make_orders(3)
    assert sum("webhooks_" in sql for sql in alone) == 1


@pytest.mark.postgresql
def test_who_listens_is_asked_on_the_way_with_the_record():
    """No account waits for one more answer because there are webhooks."""
    make_orders()
    asked: list[bool] = []

    def watch(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        if "webhooks_" in sql:
            asked.append(flying())
        return execute(sql, *given)

    with connection.execute_wrapper(watch):
        make_orders(3)
    assert asked == [True]


def test_it_needs_three_statements_however_much_there_is_to_tell(subscribed: Subscribed):
    make_orders()
    subscribed()
    subscribed()
    with statements() as few:
        make_orders(2)
    with statements() as many:
        make_orders(40)
    assert sum("webhooks_" in sql for sql in few) == sum("webhooks_" in sql for sql in many) == 3


def test_it_tells_an_endpoint_of_its_own_account_alone_if_it_wants(subscribed: Subscribed):
    from printshop.api.models import Account

    partner = Account.objects.create(code="partner", name="Partner")
    subscribed("bulk_operation.finished", accounts="own")
    make_orders()
    forget()
    [order] = make_orders()
    forget()
    change_orders(CANCEL, [order], actor=make_actor(account=partner), at=NOON, reason="theirs")
    assert told() == []


def test_every_event_is_described_and_named_like_the_others():
    assert all(sentence.endswith(".") for sentence in outbox.types.values())
    assert all(name.replace("_", "").replace(".", "").isalpha() for name in outbox.types)
