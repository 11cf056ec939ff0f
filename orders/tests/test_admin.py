"""Orders and customers at the admin: actions with their plan, and forms that save through the services."""

import re
from html import unescape
from typing import Any

import pytest

from jobs.models import Job
from jobs.states import JobStatus
from orders.models import Customer, Order
from orders.states import OrderStatus
from printshop.bulk.models import BulkOperation
from printshop.testing import (
    make_customers,
    make_jobs,
    make_orders,
    numbers,
    snapshot,
)
from printshop.tests.desk import Desk, make_operator, text_of, url

pytestmark = pytest.mark.django_db
ALL = ("view_order", "change_order", "view_customer", "add_customer", "change_customer")


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator(*ALL))


def form_fields(page: Any) -> dict[str, str]:
    """What a browser would send of the page's form: hidden fields, inputs and text areas."""
    body = page.content.decode()
    inputs = [re.search(r'name="([^"]+)"', tag) and tag for tag in re.findall(r"<input[^>]*>", body)]
    fields = {}
    for tag in filter(None, inputs):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and not name[1].startswith(("csrf", "_", "q")):
            fields[name[1]] = unescape(value[1]) if value else ""
    for name, value in re.findall(r'(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body):
        fields[name] = unescape(value).removeprefix("\n")
    return fields


def save(desk: Desk, model: Any, key: Any, **changed: Any) -> Any:
    """Open the row's form, type, and press Save."""
    page = desk.get(model, "change", key)
    return desk.post(model, "change", {**form_fields(page), **changed}, key)


def last_operation() -> BulkOperation:
    return BulkOperation.objects.order_by("-pk")[0]


def test_it_shows_the_jobs_that_paying_makes_and_then_makes_them(desk: Desk) -> None:
    keys = numbers([*make_orders(2, quantity=3), *make_orders(1, paid=True)])
    page = desk.tick(Order, keys, "pay")
    text = text_of(page)
    assert "2 will be paid, 1 stays as it is" in text
    assert text.count("job created: skuId sku-0001, quantity 3") == 2
    before = Job.objects.count()
    assert desk.press(Order, page).status_code == 302
    assert Job.objects.count() == before + 2
    assert last_operation().user == desk.user


def test_it_shows_the_jobs_that_cancelling_takes_along(desk: Desk) -> None:
    printing, shipped = make_jobs(1, JobStatus.PRINTING), make_jobs(1, JobStatus.SHIPPED)
    keys = [Job.objects.get(pk=numbers(jobs)[0]).order_id for jobs in (printing, shipped)]
    page = desk.tick(Order, keys, "cancel")
    text = text_of(page)
    assert f"job cancelled {printing[0]}: was PRINTING" in text
    assert "A shipped order cannot be cancelled." in text
    assert desk.press(Order, page, reason="Asked by phone").status_code == 302
    assert [Order.objects.get(pk=key).status for key in keys] == [OrderStatus.CANCELLED, OrderStatus.SHIPPED]
    assert Job.objects.get(pk=numbers(printing)[0]).status == JobStatus.CANCELLED
    assert last_operation().terms == {"reason": "Asked by phone"}


def test_it_shows_money_in_major_units(desk: Desk) -> None:
    key = numbers(make_orders(1, quantity=100))[0]
    assert "1,250.00 USD" in text_of(desk.get(Order))
    assert "1,250.00 USD" in text_of(desk.get(Order, "change", key))


def test_it_edits_an_order_as_an_operation(desk: Desk) -> None:
    key = numbers(make_orders())[0]
    answer = save(desk, Order, key, notes="Ring twice", due_date="2026-04-01", carrier="DHL", tracking_number="JD01")
    assert answer.status_code == 302
    order = Order.objects.get(pk=key)
    assert (order.notes, str(order.due_date), order.carrier, order.tracking_number) == (
        "Ring twice",
        "2026-04-01",
        "DHL",
        "JD01",
    )
    operation = last_operation()
    assert (operation.name, operation.user) == ("orders.edit", desk.user)
    assert operation.items.get().after == {
        "notes": "Ring twice",
        "dueDate": "2026-04-01",
        "carrier": "DHL",
        "trackingNumber": "JD01",
    }
    assert "orders.edit" in text_of(desk.get(Order, "change", key))


def test_it_records_the_fields_that_changed_alone(desk: Desk) -> None:
    key = numbers(make_orders())[0]
    save(desk, Order, key, notes="Ring twice")
    save(desk, Order, key, carrier="DHL")
    assert last_operation().items.get().after == {"carrier": "DHL"}


def test_it_records_nothing_when_nothing_was_changed(desk: Desk) -> None:
    key = numbers(make_orders())[0]
    before = BulkOperation.objects.count()
    assert save(desk, Order, key).status_code == 302
    assert BulkOperation.objects.count() == before


ADDRESS = {"address_name": "Ada", "address_line1": "1 Mill Lane", "address_city": "London", "address_zip": "E1 1AA",
           "address_country": "GB"}  # fmt: skip


def test_it_types_an_address_line_by_line_and_clears_it(desk: Desk) -> None:
    key = numbers(make_orders())[0]
    assert save(desk, Order, key, **ADDRESS).status_code == 302
    wanted = {"name": "Ada", "line1": "1 Mill Lane", "city": "London", "zip": "E1 1AA", "country": "GB"}
    assert Order.objects.get(pk=key).shipping_address == wanted
    assert save(desk, Order, key, **dict.fromkeys(ADDRESS, "")).status_code == 302
    assert Order.objects.get(pk=key).shipping_address is None


def test_it_shows_a_fault_at_its_field_and_saves_nothing(desk: Desk) -> None:
    key = numbers(make_orders())[0]
    before = snapshot()
    answer = save(desk, Order, key, **{**ADDRESS, "address_city": ""}, notes="Ring twice")
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors == {"address_city": ["shippingAddress.city is required."]}
    assert snapshot() == before


def test_it_leaves_status_and_sums_alone_whatever_is_posted(desk: Desk) -> None:
    key = numbers(make_orders())[0]
    before = Order.objects.values("status", "total", "subtotal", "paid_at").get(pk=key)
    save(desk, Order, key, status="shipped", total="1", subtotal="1", paid_at="2026-01-01", notes="x")
    assert Order.objects.values("status", "total", "subtotal", "paid_at").get(pk=key) == before


def test_it_makes_a_customer_as_an_operation(desk: Desk) -> None:
    answer = desk.post(
        Customer, "add", {"id": "", "firstname": "Ada", "lastname": "Lovelace", "email": "Ada@X.example"}
    )
    assert answer.status_code == 302
    made = Customer.objects.get()
    assert (made.name, made.email) == ("Ada Lovelace", "ada@x.example")
    assert (last_operation().name, last_operation().user) == ("customers.create", desk.user)
    assert last_operation().items.get().reference == made.pk


def test_it_says_which_customer_has_the_address_already(desk: Desk) -> None:
    make_customers(2)
    Customer.objects.filter(pk="cust-001").update(email="ada@x.example")
    before = snapshot()
    answer = save(desk, Customer, "cust-002", email="ADA@x.example")
    assert answer.context["adminform"].form.errors == {
        "email": ["Customer cust-001 has the email ada@x.example already."]
    }
    assert snapshot() == before


def test_it_edits_and_clears_a_customer_as_an_operation(desk: Desk) -> None:
    make_customers()
    save(desk, Customer, "cust-001", email="ada@x.example", name="Ada")
    save(desk, Customer, "cust-001", email="")
    customer = Customer.objects.get()
    assert (customer.name, customer.email) == ("Ada", "")
    assert last_operation().items.get().before == {"email": "ada@x.example"}


def test_it_links_a_customer_to_the_orders(desk: Desk) -> None:
    make_orders(2)
    page = desk.get(Customer, "change", "cust-001")
    assert "All 2 orders of this customer" in text_of(page)
    listed = desk.client.get(url(Order, "changelist"), {"customer__exact": "cust-001"})
    assert "2 match" in text_of(listed)


def test_it_lets_nobody_save_without_the_permission() -> None:
    key = numbers(make_orders())[0]
    looker = Desk(make_operator("view_order", "view_customer"))
    before = snapshot()
    assert looker.post(Order, "change", {"notes": "x"}, key).status_code == 403
    assert looker.get(Customer, "add").status_code == 403
    looker.tick(Order, [key], "pay")
    assert snapshot() == before
