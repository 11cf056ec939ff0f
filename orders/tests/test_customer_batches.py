"""Many customers at once, of several accounts: edited, and deleted when nothing speaks of them."""

from typing import Any

import pytest

from catalog.models import SKU
from jobs.models import Job
from orders.models import Customer, Entitlement, Order, Payment, Quote
from orders.services import customers
from orders.services.changes import EDIT as EDIT_ORDERS
from orders.services.changes import PAY, REFUND
from printshop.api.actors import Role
from printshop.api.keys import issue, revoke
from printshop.api.models import Account
from printshop.api.reading import Item
from printshop.api.refusals import Refused
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import BulkItem, Policy
from printshop.testing import NOON, house, make_actor, make_customers, make_orders, snapshot, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Account:
    return Account.objects.create(code="another", name="Another")


def carry_out(operation: Operation, *values: dict[str, Any], policy: Policy = Policy.ATOMIC) -> Result:
    items = [Item(index, value) for index, value in enumerate(values)]
    return run(operation, Batch(items, {}, make_actor(), NOON, policy))


def make(account: Account, *ids: str, **fields: Any) -> None:
    run(
        customers.CREATE,
        Batch([Item(0, {"id": one, **fields}) for one in ids], {}, make_actor(account=account), NOON),
    )


def results(result: Result) -> list[Any]:
    return [[fault.code for fault in outcome.faults] or outcome.verdict for outcome in result.outcomes]


# --- Edits -----------------------------------------------------------------------------------------------------------
def test_it_edits_customers_of_several_accounts(partner: Account):
    make(house(), "ours", external_id="E1")
    make(house(), "ours-too")
    make(partner, "theirs", external_id="E2")
    make(partner, "theirs-too")
    wanted = [("theirs-too", "E1"), ("ours-too", "E2"), ("ours", "E2"), ("theirs-too", "E2")]
    result = carry_out(
        customers.EDIT, *({"id": one, "external_id": value} for one, value in wanted), policy=Policy.PARTIAL
    )
    assert results(result) == ["updated", "updated", ["EXTERNAL_ID_TAKEN"], ["EXTERNAL_ID_TAKEN"]]
    assert dict(Customer.objects.values_list("pk", "external_id")) == {
        "ours": "E1", "ours-too": "E2", "theirs": "E2", "theirs-too": "E1"
    }  # fmt: skip
    assert Customer.objects.get(pk="theirs-too").account == partner


def test_it_hands_addresses_on_within_a_batch():
    ids = make_customers(3)
    for one in ids:
        carry_out(customers.EDIT, {"id": one, "email": f"{one}@shop.example"})
    wanted = ["", "cust-001@shop.example", "cust-002@shop.example"]
    carry_out(customers.EDIT, *({"id": one, "email": email} for one, email in zip(ids, wanted, strict=True)))
    assert list(Customer.objects.order_by("pk").values_list("email", flat=True)) == wanted
    # Down the row, so that no order of rows is good for both batches.
    back: list[dict[str, Any]] = [
        {"id": ids[2], "email": None},
        {"id": ids[1], "email": wanted[2]},
        {"id": ids[0], "email": wanted[1]},
    ]
    carry_out(customers.EDIT, *back)
    assert list(Customer.objects.order_by("pk").values_list("email", flat=True)) == [wanted[1], wanted[2], ""]


def test_it_edits_a_customer_twice_and_keeps_both_changes():
    make_customers()
    carry_out(customers.EDIT, *({"id": "cust-001", **one} for one in ({"name": "Ada"}, {"lastname": "King"}, {})))
    customer = Customer.objects.get()
    assert (customer.name, customer.lastname) == ("Ada", "King")
    assert [item.after for item in BulkItem.objects.order_by("index")] == [{"name": "Ada"}, {"lastname": "King"}, None]


def test_it_names_each_unknown_customer():
    make_customers()
    with pytest.raises(Refused) as refused:
        carry_out(customers.EDIT, {"id": "nobody"}, {"id": "cust-001", "name": "Ada"}, {"id": "no-one"})
    assert [(index, fault.value) for index, fault in refused.value.faults] == [(0, "nobody"), (2, "no-one")]


def test_it_edits_orders_twice_and_names_each_unknown_one():
    ids = make_orders(2)
    batch = [
        {"id": ids[0], "carrier": "DHL"},
        {"id": "ord-99999", "carrier": "DHL"},
        {"id": ids[1], "notes": "x"},
        {"id": ids[0], "tracking_number": "T1"},
        {"id": "ord-99998"},
    ]
    result = carry_out(EDIT_ORDERS, *batch, policy=Policy.PARTIAL)
    assert results(result) == ["updated", ["ORDER_NOT_FOUND"], "updated", "updated", ["ORDER_NOT_FOUND"]]
    assert [outcome.faults[0].value for outcome in result.outcomes if outcome.faults] == ["ord-99999", "ord-99998"]
    first, second = Order.objects.order_by("pk")
    assert (first.carrier, first.tracking_number, second.notes) == ("DHL", "T1", "x")


def test_it_pays_an_order_once_that_is_named_twice_and_refunds_it_in_parts():
    [order] = make_orders(quantity=2)

    def change(operation: Operation, **terms: Any) -> Result:
        return run(operation, Batch([Item(0, order), Item(1, order)], terms, make_actor(), NOON))

    assert results(change(PAY)) == ["updated", "unchanged"]
    assert Job.objects.count() == 1
    assert results(change(REFUND, amount=1250, reason="Bent")) == ["updated", "updated"]
    assert (Order.objects.get().status, [payment.amount for payment in Payment.objects.all()]) == (
        "refunded",
        [1250, 1250],
    )


# --- Deletions -------------------------------------------------------------------------------------------------------
def test_it_deletes_customers_and_keeps_no_record_of_what_was_known():
    make(house(), "ada", email="ada@shop.example")
    make(house(), "bob")
    make(house(), "eve")
    assert results(carry_out(customers.DELETE, {"id": "ada"}, {"id": "bob"})) == ["updated", "updated"]
    assert list(Customer.objects.values_list("pk", flat=True)) == ["eve"]
    assert set(BulkItem.objects.filter(operation__name="customers.delete").values_list("before", "after")) == {
        (None, None)
    }
    make(house(), "ada-again", email="ada@shop.example")


def test_it_keeps_customers_whom_anything_refers_to():
    ids = make_customers(5)
    order = Order.objects.get(pk=int(make_orders(customer=ids[0])[0].split("-")[1]))
    Entitlement.objects.create(customer_id=ids[1], order=order, sku=SKU.objects.get(), starts_at=NOON)
    Quote.objects.create(
        uuid=order.uuid, account=house(), customer_id=ids[2], created_at=NOON, updated_at=NOON
    )  # fmt: skip
    issue(house(), "a key", Role.CUSTOMER, customer=ids[3])
    key, _ = issue(house(), "a key of before", Role.CUSTOMER, customer=ids[4])
    revoke(key)
    result = carry_out(customers.DELETE, *({"id": one} for one in ids), policy=Policy.PARTIAL)
    assert results(result) == [["CUSTOMER_HAS_ORDERS"]] * 3 + [["CUSTOMER_HAS_KEYS"], "updated"]
    assert list(Customer.objects.order_by("pk").values_list("pk", flat=True)) == ids[:4]


def test_it_deletes_nobody_when_one_must_stay():
    make_customers(2)
    make_orders(customer="cust-002")
    before = snapshot()
    with pytest.raises(Refused):
        carry_out(customers.DELETE, {"id": "cust-001"}, {"id": "cust-002"})
    assert snapshot() == before


# --- Statements ------------------------------------------------------------------------------------------------------
def edited(ids: list[str]) -> list[dict[str, Any]]:
    return [{"id": one, "email": f"{one}@shop.example", "external_id": one, "name": one} for one in ids]


@pytest.mark.parametrize(
    ("operation", "items"),
    [
        (customers.EDIT, edited),
        (customers.DELETE, lambda ids: [{"id": one} for one in ids]),
        (EDIT_ORDERS, lambda ids: [{"id": one, "notes": "x"} for one in make_orders(len(ids))]),
    ],
)
def test_it_sends_as_many_statements_for_50_as_for_2(operation: Operation, items: Any):
    counts = []
    for prefix, count in (("few", 2), ("many", 50)):
        wanted = items(make_customers(count, prefix))
        with statements() as sent:
            result = carry_out(operation, *wanted)
        assert results(result) == ["updated"] * count
        counts.append(len(sent))
    assert counts[0] == counts[1]
