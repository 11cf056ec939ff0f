"""Orders of storefronts that are made: what each type means for status, money, access and jobs."""

from datetime import date
from uuid import UUID

import pytest

from jobs.models import Job
from orders.models import Entitlement, LineItem, Order, Payment
from orders.v3.tests.storefront import BULK, CUBE, ORDERS, PLAN, Storefront, order_of, permission, product, report
from printshop.bulk.models import BulkOperation
from printshop.testing import make_skus

pytestmark = pytest.mark.django_db


def sale(**fields):
    return permission(type="sale", **fields)


# --- Types -----------------------------------------------------------------------------------------------------------
def test_it_approves_a_permission_at_once_and_asks_no_money_for_it(shop: Storefront):
    made = shop.make()
    order = order_of(made)
    assert (made["type"], made["status"], made["unit_price"]) == ("permission", "approved", 0)
    assert (order.status, order.total, order.paid_at) == ("paid", 0, order.created_at)
    assert not Payment.objects.exists()
    [access] = order.entitlements.all()
    assert (access.sku_id, access.customer_id, access.status, access.until) == (
        "EBOOK-0001",
        order.customer_id,
        "active",
        None,
    )
    assert access.starts_at == order.created_at


def test_it_books_the_price_that_a_permission_names(shop: Storefront):
    assert shop.make(products=[product(unit_price=5)])["unit_price"] == 5
    assert shop.make(unit_price=5)["unit_price"] == 5


def test_it_books_a_report_as_paid_at_the_storefronts_price(shop: Storefront):
    made = shop.make(**report(unit_price=19.5, products=[product(unit_price=19.5, currency_id="USD")]))
    order = order_of(made)
    assert (made["status"], made["return_url"]) == ("approved", "https://partner.example/receipt")
    assert (order.status, order.total) == ("paid", 1950)
    assert [line.unit_price for line in order.line_items.all()] == [1950]
    [payment] = order.payments.all()
    assert (payment.kind, payment.status, payment.amount, payment.currency) == ("payment", "settled", 1950, "USD")
    assert payment.actor == "the partner"
    assert order.entitlements.count() == 1


def test_it_lets_a_sale_wait_for_its_payment(shop: Storefront):
    made = shop.make(type="sale", products=[product(), product(CUBE, "print", quantity=3)])
    order = order_of(made)
    assert (made["status"], made["unit_price"], order.status, order.paid_at) == (
        "pending",
        67.49,
        "pending_payment",
        None,
    )
    [payment] = order.payments.all()
    assert (payment.status, payment.amount) == ("pending", 6749)
    assert not order.entitlements.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize(("price", "total"), [({"unit_price": 20}, 2000), ({}, 2999)])
def test_it_sells_at_the_storefronts_price_and_without_one_at_the_skus(shop: Storefront, price, total):
    assert order_of(shop.make(type="sale", products=[product(**price)])).total == total
    assert order_of(shop.make(type="sale", **price)).total == total


def test_it_keeps_name_and_price_of_the_day(shop: Storefront):
    order = order_of(shop.make(**report()))
    LineItem.objects.get(order=order).sku.__class__.objects.update(name="Another", base_price=1)
    assert shop.get(f"{ORDERS}/{order.pk}").json()["data"]["products"][0] == {
        "type": "content",
        "external_id": "EBOOK-0001",
        "name": "A book",
        "quantity": 1,
        "unit_price": 29.99,
        "currency_id": "USD",
        "expiration_date": None,
    }


def test_it_takes_a_past_day_and_gives_access_that_has_expired(shop: Storefront):
    made = shop.make(products=[product(PLAN, "subscription", expiration_date="2025-01-31")])
    access = order_of(made).entitlements.get()
    assert (access.until, access.state(date(2025, 1, 31)), access.state(date(2025, 2, 1))) == (
        date(2025, 1, 31),
        "active",
        "expired",
    )


def test_it_makes_jobs_for_what_an_approved_order_prints(shop: Storefront):
    body = shop.bulk(
        permission(products=[product(CUBE, "print", quantity=4), product()]),
        report(products=[product(CUBE, "print", unit_price=29.99, currency_id="USD")]),
        sale(products=[product(CUBE, "print")]),
        permission(products=[product(PLAN, "subscription")]),
    )
    numbers = [int(order["id"]) for order in body["orders"]]
    jobs = {job.order_id: (job.sku_id, job.quantity, job.status) for job in Job.objects.all()}
    assert jobs == {numbers[0]: (CUBE, 4, "CREATED"), numbers[1]: (CUBE, 1, "CREATED")}
    assert [Order.objects.get(pk=number).digital for number in numbers] == [True, False, False, True]


def test_it_gives_access_to_every_digital_product_and_to_nothing_printed(shop: Storefront):
    made = shop.make(
        products=[product(), product(CUBE, "print"), product(PLAN, "subscription", expiration_date="2031-05-01")]
    )
    access = Entitlement.objects.filter(order=order_of(made)).values_list("sku_id", "until")
    assert sorted(access) == [("EBOOK-0001", None), (PLAN, date(2031, 5, 1))]


# --- Answers ---------------------------------------------------------------------------------------------------------
def test_it_answers_a_bulk_request_with_little_and_a_single_one_with_all(shop: Storefront):
    [little] = shop.bulk(permission(external_id="A"))["orders"]
    assert set(little) == {"id", "uuid", "external_id", "status"}
    order = order_of(little)
    assert (little["uuid"], UUID(little["uuid"]), little["id"]) == (str(order.uuid), order.uuid, str(order.pk))
    whole = shop.make(external_id="B")
    assert list(whole) == ["id", "uuid", "external_id", "type", "status", "unit_price", "currency_id", "return_url",
                           "created_at", "updated_at", "user", "products"]  # fmt: skip


def test_it_answers_in_request_order(shop: Storefront):
    names = ["c", "a", None, "b"]
    body = shop.bulk(*(permission(external_id=name) for name in names))
    assert [order["external_id"] for order in body["orders"]] == names
    assert [order_of(order).external_id or None for order in body["orders"]] == names


def test_it_ignores_fields_that_it_does_not_know(shop: Storefront):
    made = shop.make(coupon="SPRING", products=[product(isbn="978", nested={"a": [1]})], user={"id": "r", "vip": True})
    assert "coupon" not in made


def test_it_reads_null_and_empty_text_as_nothing(shop: Storefront):
    empty = {"external_id": "", "return_url": None, "unit_price": None, "currency_id": ""}
    made = shop.make(**empty, user={"id": "r", "email": ""}, products=[product(expiration_date="", unit_price=None)])
    assert (made["external_id"], made["user"]["email"], made["currency_id"]) == (None, None, "USD")


def test_it_records_each_request_with_the_outcome_of_each_order(shop: Storefront):
    response = shop.post(BULK, {"orders": [permission(external_id="A"), permission(external_id="A")]})
    operation = BulkOperation.objects.get(pk=response["X-Bulk-Operation"])
    assert (operation.name, operation.policy, operation.total, operation.failed) == (
        "orders.storefront",
        "partial",
        2,
        1,
    )
    made, refused = operation.items.order_by("index")
    assert (made.verdict, made.reference) == ("created", Order.objects.get().reference)
    assert (refused.verdict, (refused.errors or [])[0]["code"]) == ("refused", "EXTERNAL_ID_TAKEN")
    assert (refused.errors or [])[0]["message"] == "The order at index 0 has the external_id A already."


def test_it_answers_a_repeated_request_from_memory(shop: Storefront):
    body = {"orders": [permission(external_id="A"), permission(type="nonsense")]}
    first = shop.post(BULK, body, idempotency_key="monday")
    again = shop.post(BULK, body, idempotency_key="monday")
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (200, first.content, "true")
    assert Order.objects.count() == 1
    other = shop.post(BULK, {"orders": [permission()]}, idempotency_key="monday")
    assert (other.status_code, list(other.json())) == (422, ["message"])


def test_it_does_not_remember_a_refusal(shop: Storefront):
    body = {"orders": [permission(products=[product("LATE-0001")])]}
    assert shop.post(BULK, body, idempotency_key="k").status_code == 422
    make_skus(1, "LATE", kind="content")
    assert shop.post(BULK, body, idempotency_key="k").status_code == 200
