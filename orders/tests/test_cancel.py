"""`POST /api/orders/bulk/cancel` and `POST /api/orders/{id}/cancel`."""

import pytest

from jobs.models import Job, JobMove
from jobs.states import JobStatus
from orders.models import Order
from printshop.testing import KeyClient, Role, key_client, make_jobs, make_orders, numbers, snapshot

pytestmark = pytest.mark.django_db
BULK = "/api/orders/bulk/cancel"


def order_of(job: str) -> str:
    return Job.objects.get(pk=numbers([job])[0]).order.reference


def test_it_cancels_orders_and_their_jobs(operator: KeyClient) -> None:
    unpaid, paid = make_orders()[0], make_orders(paid=True)[0]
    answer = operator.post(BULK, {"orderIds": [paid, unpaid], "reason": "Sold out"})
    assert answer.status_code == 200
    assert answer.json() == {
        "cancelled": 2,
        "unchanged": 0,
        "failed": 0,
        "orders": [{"id": paid, "status": "cancelled"}, {"id": unpaid, "status": "cancelled"}],
    }
    job = Job.objects.get()
    assert (job.status, job.reason) == ("CANCELLED", "Sold out")
    move = JobMove.objects.get()
    assert (move.source, move.target, move.reason, move.actor) == ("CREATED", "CANCELLED", "Sold out", "a operator key")
    assert str(move.operation_id) == answer["X-Bulk-Operation"]


def test_it_does_no_harm_when_repeated(operator: KeyClient) -> None:
    orders = make_orders(2)
    operator.post(BULK, {"orderIds": orders[:1], "reason": "x"})
    body = operator.post(BULK, {"orderIds": orders, "reason": "y"}).json()
    assert (body["cancelled"], body["unchanged"], body["failed"]) == (1, 1, 0)
    updated = Order.objects.values_list("updated_at", flat=True)
    before = list(updated.order_by("pk"))
    again = operator.post(BULK, {"orderIds": orders, "reason": "y"}).json()
    assert (again["cancelled"], again["unchanged"]) == (0, 2)
    assert list(updated.order_by("pk")) == before


def test_it_takes_the_same_id_twice_as_one(operator: KeyClient) -> None:
    first, second = make_orders(2)
    body = operator.post(BULK, {"orderIds": [first, second, first], "reason": "x"}).json()
    assert body["cancelled"] == 2
    assert [order["id"] for order in body["orders"]] == [first, second]


def test_it_keeps_an_order_that_has_shipped_in_part(operator: KeyClient) -> None:
    (job,) = make_jobs(status=JobStatus.SHIPPED)
    (other,) = make_orders()
    before = snapshot()
    answer = operator.post(BULK, {"orderIds": [other, order_of(job)], "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert answer.json()["error"] == "1 of 2 orders is refused; nothing was cancelled."
    (fault,) = answer.json()["details"]["errors"]
    assert (fault["index"], fault["path"], fault["value"]) == (1, "orderIds.1", order_of(job))
    assert snapshot() == before


def test_it_answers_400_before_404_before_409(operator: KeyClient) -> None:
    (job,) = make_jobs(status=JobStatus.SHIPPED)
    shipped = order_of(job)
    for ids, reason, status in (
        ([shipped, "ord-99999", 7], "x", 400),
        ([shipped, "ord-99999"], "", 400),
        ([shipped, "ord-99999"], "x", 404),
        ([shipped], "x", 409),
    ):
        answer = operator.post(BULK, {"orderIds": ids, "reason": reason})
        assert answer.status_code == status
    both = operator.post(BULK, {"orderIds": [shipped, "ord-99999"], "reason": "x"}).json()
    assert [fault["code"] for fault in both["details"]["errors"]] == ["ILLEGAL_TRANSITION", "ORDER_NOT_FOUND"]
    assert both["code"] == "ORDER_NOT_FOUND"


def test_it_cancels_the_good_ones_when_asked_to(operator: KeyClient) -> None:
    (order,) = make_orders()
    answer = operator.post(BULK, {"orderIds": ["ord-99999", order], "reason": "x", "errorPolicy": "partial"})
    body = answer.json()
    assert (answer.status_code, body["cancelled"], body["failed"]) == (200, 1, 1)
    assert body["errors"][0]["path"] == "orderIds.0"
    none = operator.post(BULK, {"orderIds": ["ord-99999"], "reason": "x", "errorPolicy": "partial"})
    assert none.status_code == 400
    unchanged = operator.post(BULK, {"orderIds": ["ord-99999", order], "reason": "x", "errorPolicy": "partial"})
    assert (unchanged.status_code, unchanged.json()["unchanged"]) == (200, 1)


def test_it_lists_the_jobs_in_a_dry_run(operator: KeyClient) -> None:
    (order,) = make_orders(paid=True)
    job = Job.objects.get().reference
    before = snapshot()
    body = operator.post(BULK, {"orderIds": [order], "reason": "x", "dryRun": True}).json()
    assert (body["dryRun"], body["cancelled"]) == (True, 1)
    (item,) = body["items"]
    assert (item["id"], item["result"]) == (order, "cancelled")
    assert item["changes"] == {"status": ["paid", "cancelled"]}
    assert item["effects"] == [{"kind": "job_cancelled", "id": job, "from": "CREATED"}]
    assert snapshot() == before


@pytest.mark.parametrize("reason", [None, "", "  ", "a" * 501, 7, ["x"]])
def test_it_needs_a_reason(reason: object, operator: KeyClient) -> None:
    (order,) = make_orders()
    for path, body in (BULK, {"orderIds": [order]}), (f"/api/orders/{order}/cancel", {}):
        answer = operator.post(path, body if reason is None else {**body, "reason": reason})
        assert answer.status_code == 400
        assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["reason"]


def test_it_cancels_one_and_shows_it(operator: KeyClient) -> None:
    (order,) = make_orders()
    answer = operator.post(f"/api/orders/{order}/cancel", {"reason": "x"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json() == operator.get(f"/api/orders/{order}").json()
    assert operator.post(f"/api/orders/{order}/cancel", {"reason": "x"}).status_code == 200
    assert operator.post("/api/orders/ord-99999/cancel", {"reason": "x"}).json()["code"] == "ORDER_NOT_FOUND"


def test_it_lets_a_customer_take_back_its_own_unpaid_orders(customer: KeyClient) -> None:
    unpaid, paid = make_orders()[0], make_orders(paid=True)[0]
    (theirs,) = make_orders(customer="buyer-001")
    assert customer.post(BULK, {"orderIds": [unpaid], "reason": "x"}).status_code == 200
    refused = customer.post(BULK, {"orderIds": [paid], "reason": "x"})
    assert refused.status_code == 409
    assert "only before it is paid" in refused.json()["details"]["errors"][0]["message"]
    foreign, unknown = (customer.post(BULK, {"orderIds": [one], "reason": "x"}) for one in (theirs, "ord-99999"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content.replace(theirs.encode(), b"ord-99999") == unknown.content
    assert set(Order.objects.exclude(status="cancelled")) == set(Order.objects.filter(pk__in=numbers([paid, theirs])))


def test_it_takes_no_more_than_fifty(operator: KeyClient) -> None:
    answer = operator.post(BULK, {"orderIds": ["ord-001"] * 51, "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "TOO_MANY_ITEMS")


def test_it_cancels_what_another_account_ordered(operator: KeyClient) -> None:
    from printshop.api.models import Account

    (order,) = make_orders()
    partner = key_client(Role.OPERATOR, account=Account.objects.create(code="partner", name="Partner"))
    assert partner.post(BULK, {"orderIds": [order], "reason": "x"}).status_code == 200
