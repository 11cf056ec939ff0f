"""Orders that are paused, resumed, moved in time and cancelled; what that means for access and for jobs."""

from datetime import date
from typing import Any

import pytest

from jobs.models import Job
from jobs.services import ADVANCE, change_jobs
from jobs.states import JobStatus
from orders.models import Entitlement, Order
from orders.services import changes
from orders.states import OrderStatus
from orders.v3.tests.storefront import CUBE, ORDERS, PLAN, Storefront, order_of, product, report, storefront
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.testing import NOON, KeyClient, make_actor, snapshot, steps_to

pytestmark = pytest.mark.django_db
BOTH = [product(), product(CUBE, "print")]


def put(shop: Storefront, made: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """The order after a change that succeeds."""
    response = shop.put(f"{ORDERS}/{made['id']}", terms)
    assert response.status_code == 200, response.content.decode()
    return response.json()["data"]


def refused(shop: Storefront, made: dict[str, Any], **terms: Any) -> dict[str, list[str]]:
    """The errors of a change, which changes nothing."""
    before = snapshot()
    response = shop.put(f"{ORDERS}/{made['id']}", terms)
    assert response.status_code == 422, response.content.decode()
    assert snapshot() == before
    return response.json()["errors"]


def cancel(shop: Storefront, made: dict[str, Any]) -> Any:
    return shop.delete(f"{ORDERS}/{made['id']}")


def access(made: dict[str, Any]) -> list[tuple[str, date | None]]:
    return list(Entitlement.objects.filter(order_id=int(made["id"])).values_list("status", "until"))


def advance(made: dict[str, Any], status: JobStatus) -> None:
    jobs = [job.reference for job in Job.objects.filter(order_id=int(made["id"]))]
    for step in steps_to(status):
        change_jobs(ADVANCE, jobs, actor=make_actor(), at=NOON, target_status=step, reason="for a test")


def pay(shop: Storefront, made: dict[str, Any]) -> None:
    paid = KeyClient(shop.key).post(f"/api/orders/ord-{int(made['id']):03d}/pay")
    assert paid.status_code == 200, paid.content.decode()


# --- Paying ----------------------------------------------------------------------------------------------------------
def test_it_settles_a_sale_gives_access_and_prints_once_it_is_paid(shop: Storefront):
    made = shop.make(type="sale", products=[*BOTH, product(PLAN, "subscription", expiration_date="2031-01-31")])
    pay(shop, made)
    order = order_of(made)
    assert (order.status, order.payments.get().status) == ("paid", "settled")
    assert access(made) == [("active", None), ("active", date(2031, 1, 31))]
    assert [(job.sku_id, job.status) for job in order.jobs.all()] == [(CUBE, "CREATED")]
    pay(shop, made)
    assert (Job.objects.count(), Entitlement.objects.count()) == (1, 2)


def test_it_shows_beforehand_what_paying_would_bring(shop: Storefront):
    made = shop.make(type="sale", products=BOTH)
    body = {"orderIds": [order_of(made).reference], "dryRun": True}
    [item] = KeyClient(shop.key).post("/api/orders/bulk/pay", body).json()["items"]
    assert {effect["kind"]: effect["skuId"] for effect in item["effects"]} == {
        "entitlement_created": "EBOOK-0001",
        "job_created": CUBE,
    }
    assert not Entitlement.objects.exists()


# --- Pausing and resuming --------------------------------------------------------------------------------------------
def test_it_pauses_an_order_and_its_access_and_resumes_both(shop: Storefront):
    made = shop.make()
    assert put(shop, made, status="paused")["status"] == "paused"
    assert (order_of(made).status, access(made)) == ("paused", [("paused", None)])
    assert put(shop, made, status="approved")["status"] == "approved"
    assert (order_of(made).status, access(made)) == ("paid", [("active", None)])


@pytest.mark.parametrize("status", ["approved", "paused"])
def test_it_changes_nothing_where_the_order_stands_there_already(shop: Storefront, status: str):
    made = shop.make()
    first = put(shop, made, status=status)
    assert put(shop, made, status=status) == first
    assert BulkItem.objects.filter(operation__name="orders.access", verdict="unchanged").exists()


def test_it_comes_back_to_where_its_jobs_have_got_to(shop: Storefront):
    made = shop.make(products=BOTH)
    put(shop, made, status="paused")
    advance(made, JobStatus.PRINTING)
    assert order_of(made).status == "paused"
    put(shop, made, status="approved")
    assert order_of(made).status == "printing"


@pytest.mark.parametrize(("products", "status"), [(BOTH, "paid"), (BOTH[1:], "cancelled")])
def test_it_comes_back_cancelled_when_nothing_is_left_of_it(shop: Storefront, products: Any, status: str):
    made = shop.make(products=products)
    put(shop, made, status="paused")
    advance(made, JobStatus.CANCELLED)
    put(shop, made, status="approved")
    assert order_of(made).status == status


def test_it_pauses_what_was_shipped_long_ago(shop: Storefront):
    made = shop.make(products=BOTH)
    advance(made, JobStatus.SHIPPED)
    put(shop, made, status="paused")
    put(shop, made, status="approved")
    assert (order_of(made).status, access(made)) == ("shipped", [("active", None)])


# --- The last day ----------------------------------------------------------------------------------------------------
def test_it_moves_the_last_day_of_access(shop: Storefront):
    made = shop.make(products=[product(), product(PLAN, "subscription", expiration_date="2030-01-31"), BOTH[1]])
    changed = put(shop, made, expiration_date="2031-02-28")
    assert access(made) == [("active", date(2031, 2, 28))] * 2
    assert [line["expiration_date"] for line in changed["products"]] == ["2031-02-28", "2031-02-28", None]
    assert changed["status"] == "approved"
    [item] = BulkOperation.objects.get(name="orders.access").items.all()
    assert (item.before, item.after) == ({"expirationDate": None}, {"expirationDate": "2031-02-28"})


def test_it_takes_the_last_day_away(shop: Storefront):
    made = shop.make(products=[product(expiration_date="2030-01-31")])
    put(shop, made, expiration_date=None)
    assert access(made) == [("active", None)]


def test_it_pauses_and_moves_the_last_day_in_one_request(shop: Storefront):
    made = shop.make()
    put(shop, made, status="paused", expiration_date="2031-02-28")
    assert access(made) == [("paused", date(2031, 2, 28))]
    put(shop, made, expiration_date="2032-02-28")
    assert (order_of(made).status, access(made)) == ("paused", [("paused", date(2032, 2, 28))])


def test_it_moves_the_last_day_of_a_sale_that_is_not_paid_yet(shop: Storefront):
    made = shop.make(type="sale")
    assert put(shop, made, expiration_date="2031-02-28")["status"] == "pending"
    pay(shop, made)
    assert access(made) == [("active", date(2031, 2, 28))]


# --- What cannot be changed ------------------------------------------------------------------------------------------
def test_it_does_not_approve_or_pause_a_sale_that_is_not_paid(shop: Storefront):
    made = shop.make(type="sale")
    assert refused(shop, made, status="approved") == {"status": ["A sale is approved by its payment."]}
    assert refused(shop, made, status="paused") == {"status": ["An unpaid order cannot be paused."]}


@pytest.mark.parametrize(
    ("terms", "verb"),
    [({"status": "approved"}, "approved"), ({"status": "paused"}, "paused"), ({"expiration_date": None}, "changed")],
)
def test_it_changes_no_order_that_has_ended(shop: Storefront, terms: dict[str, Any], verb: str):
    made = shop.make()
    cancel(shop, made)
    assert refused(shop, made, **terms) == {"status": [f"A cancelled order cannot be {verb}."]}


def test_it_has_no_last_day_for_what_is_printed(shop: Storefront):
    made = shop.make(products=BOTH[1:])
    wrong = {"expiration_date": ["The order has no product that could expire."]}
    assert refused(shop, made, expiration_date="2031-01-01") == wrong


@pytest.mark.parametrize("body", [b"", b"{}", b'{"note": "unknown fields mean nothing"}'])
def test_it_asks_what_to_change(shop: Storefront, body: bytes):
    made = shop.make()
    response = shop.send("PUT", f"{ORDERS}/{made['id']}", body)
    wanted = {"status": ["The status field is required when expiration_date is not present."]}
    assert (response.status_code, response.json()["errors"]) == (422, wanted)


def test_it_names_every_fault_of_a_change(shop: Storefront):
    made = shop.make()
    assert refused(shop, made, status="cancelled", expiration_date="soon") == {
        "status": ["The selected status is invalid."],
        "expiration_date": ["The expiration_date is not a valid date."],
    }
    response = shop.put(f"{ORDERS}/{made['id']}", [])
    assert response.json()["errors"] == {"body": ["The body must be an object."]}


# --- Cancelling ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("paused", [False, True])
def test_it_cancels_an_order_with_its_access_and_its_jobs(shop: Storefront, paused: bool):
    made = shop.make(products=BOTH)
    if paused:
        put(shop, made, status="paused")
    response = cancel(shop, made)
    assert (response.status_code, response.json()["data"]["status"]) == (200, "cancelled")
    assert (access(made), Job.objects.get().status) == ([("cancelled", None)], "CANCELLED")
    assert Job.objects.get().moves.get().reason == "Cancelled by the storefront"
    assert cancel(shop, made).json() == response.json()


def test_it_calls_off_the_payment_of_a_sale_that_is_cancelled(shop: Storefront):
    made = shop.make(type="sale")
    cancel(shop, made)
    assert (order_of(made).status, order_of(made).payments.get().status) == ("cancelled", "void")


def test_it_does_not_cancel_what_was_shipped(shop: Storefront):
    made = shop.make(products=BOTH)
    advance(made, JobStatus.SHIPPED)
    before = snapshot()
    response = cancel(shop, made)
    sentence = f"An order with a shipped job ({Job.objects.get().reference}) cannot be cancelled."
    assert response.status_code == 422
    assert response.json()["errors"] in ({"status": [sentence]}, {"status": ["A shipped order cannot be cancelled."]})
    assert snapshot() == before


def test_it_names_the_job_that_was_shipped_of_an_order_that_is_not_done(shop: Storefront):
    made = shop.make(products=[product(CUBE, "print"), product(CUBE, "print")])
    first = Job.objects.order_by("pk").first()
    assert first is not None
    for step in steps_to(JobStatus.SHIPPED):
        change_jobs(ADVANCE, [first.reference], actor=make_actor(), at=NOON, target_status=step)
    response = cancel(shop, made)
    sentence = f"An order with a shipped job ({first.reference}) cannot be cancelled."
    assert (response.status_code, response.json()["errors"]) == (422, {"status": [sentence]})
    assert Order.objects.get().status == "printing"


def test_it_ends_access_when_all_the_money_went_back_and_not_before(shop: Storefront):
    made = shop.make(**report())
    reference = order_of(made).reference
    for amount, status in ((1000, "active"), (None, "cancelled")):
        changes.change_orders(
            changes.REFUND, [reference], actor=make_actor(), at=NOON, reason="Not as described", amount=amount
        )
        assert access(made) == [(status, None)]
    assert shop.get(f"{ORDERS}/{made['id']}").json()["data"]["status"] == "cancelled"
    assert refused(shop, made, status="approved") == {"status": ["A refunded order cannot be approved."]}


def test_it_calls_the_statuses_of_the_shop_by_four_words(shop: Storefront):
    words = {"pending_payment": "pending", "paused": "paused", "cancelled": "cancelled", "refunded": "cancelled"}
    made = shop.make()
    for status in OrderStatus:
        Order.objects.update(status=status)
        shown = shop.get(f"{ORDERS}/{made['id']}").json()["data"]["status"]
        assert shown == words.get(status, "approved")


# --- Entitlements ----------------------------------------------------------------------------------------------------
def entitlements(shop: Storefront, who: str, **query: str) -> list[dict[str, Any]]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    response = shop.get(f"/api/v3/users/{who}/entitlements?{asked}")
    assert response.status_code == 200, response.content.decode()
    return response.json()["data"]


def test_it_shows_what_a_customer_may_use_newest_first(shop: Storefront):
    orders = [
        shop.make(products=[product()]),
        shop.make(products=[product(PLAN, "subscription", expiration_date="2025-01-31")]),
        shop.make(products=[product("EBOOK-0002", expiration_date="2999-01-31")]),
        shop.make(products=[product(PLAN, "subscription")]),
    ]
    put(shop, orders[2], status="paused")
    cancel(shop, orders[3])
    shown = entitlements(shop, "reader-1", id_type="external")
    assert [(one["product"]["external_id"], one["until"], one["status"], one["order_id"]) for one in shown] == [
        (PLAN, None, "cancelled", orders[3]["id"]),
        ("EBOOK-0002", "2999-01-31", "paused", orders[2]["id"]),
        (PLAN, "2025-01-31", "expired", orders[1]["id"]),
        ("EBOOK-0001", None, "active", orders[0]["id"]),
    ]
    assert shown[3]["product"] == {"external_id": "EBOOK-0001", "type": "content", "name": "A book"}
    assert shown[3]["from"] == orders[0]["created_at"]


def test_it_finds_the_customer_by_id_and_uuid_too(shop: Storefront):
    made = shop.make()
    customer = order_of(made).customer
    for who in (customer.pk, str(customer.uuid)):
        assert [one["order_id"] for one in entitlements(shop, who)] == [made["id"]]


def test_it_shows_each_account_the_access_that_its_own_orders_give(shop: Storefront):
    other = storefront("other")
    theirs = other.make(user={"id": "them", "email": "reader@mail.example"})
    customer = order_of(theirs).customer
    assert shop.get(f"/api/v3/users/{customer.pk}/entitlements").status_code == 404
    mine = shop.make(user={"email": "reader@mail.example"})
    assert order_of(mine).customer == customer
    assert [one["order_id"] for one in entitlements(shop, customer.pk)] == [mine["id"]]
    assert [one["order_id"] for one in entitlements(other, "them", id_type="external")] == [theirs["id"]]
    assert shop.get("/api/v3/users/them/entitlements?id_type=external").status_code == 404
