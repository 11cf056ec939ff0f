"""Undoing what was done to orders and customers."""

from datetime import date, timedelta
from typing import Any

import pytest

from jobs.models import Job, JobMove
from jobs.services import ADVANCE, PRIORITIZE, change_jobs
from jobs.states import JobStatus
from orders.models import Customer, Entitlement, LineItem, Order, Payment
from orders.passwords import in_payload
from orders.services import access, changes, customers, storefront
from orders.services.creation import create_orders
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Refused
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.models import BulkOperation
from printshop.bulk.registry import operations
from printshop.bulk.undoing import undo
from printshop.testing import (
    NOON,
    make_actor,
    make_customers,
    make_jobs,
    make_orders,
    make_skus,
    numbers,
    snapshot,
    statements,
)

pytestmark = pytest.mark.django_db
DAY, LATER_DAY = date(2030, 1, 31), date(2031, 1, 31)


def at(hours: float) -> Any:
    return NOON + timedelta(hours=hours)


def recorded(result: Any) -> BulkOperation:
    return BulkOperation.objects.get(pk=result.operation_id)


def changed(operation: Operation, orders: list[str], hours: float = 1, **terms: Any) -> BulkOperation:
    return recorded(changes.change_orders(operation, orders, actor=make_actor(), at=at(hours), **terms))


def carried_out(operation: Operation, values: list[Any], hours: float = 1, **terms: Any) -> BulkOperation:
    items = [Item(index, value) for index, value in enumerate(values)]
    return recorded(run(operation, Batch(items, terms, make_actor(), at(hours))))


def made(count: int = 1, **fields: Any) -> tuple[BulkOperation, list[str]]:
    make_orders()
    line = {"sku_id": "sku-0001", "quantity": 2}
    wanted = [{"customer_id": "cust-001", "line_items": [line], **fields} for _ in range(count)]
    result = create_orders(wanted, actor=make_actor(), at=at(1))
    return recorded(result), [outcome.reference for outcome in result.outcomes]


def undone(operation: BulkOperation, hours: float = 2, **how: Any) -> Result:
    result = undo(operation, actor=make_actor(), at=at(hours), **how)
    assert isinstance(result, Result)
    return result


def refusal_of(operation: BulkOperation, **how: Any) -> Fault:
    """The one fault for which nothing at all is undone."""
    before = snapshot()
    with pytest.raises(Refused) as refused:
        undone(operation, **how)
    assert snapshot() == before
    [(_, fault)] = refused.value.faults
    return fault


def statuses(orders: list[str]) -> list[str]:
    return list(Order.objects.numbered(numbers(orders)).order_by("pk").values_list("status", flat=True))


def jobs_of(orders: list[str]) -> list[str]:
    return list(Job.objects.of_orders(numbers(orders)).order_by("pk").values_list("status", flat=True))


def faults(result: Result) -> list[Fault]:
    return [fault for outcome in result.outcomes for fault in outcome.faults]


# --- Orders that were made -------------------------------------------------------------------------------------------
def test_it_cancels_orders_that_were_made_and_takes_that_back():
    operation, orders = made(3)
    back = undone(operation)
    assert statuses(orders) == ["cancelled"] * 3
    assert [(outcome.before, outcome.after) for outcome in back.outcomes] == [
        ({"status": "pending_payment"}, {"status": "cancelled"})
    ] * 3
    again = undone(recorded(back), 3)
    assert statuses(orders) == ["pending_payment"] * 3
    undone(recorded(again), 4)
    assert statuses(orders) == ["cancelled"] * 3


def test_it_keeps_orders_that_were_paid_or_changed_since():
    operation, orders = made(4)
    changed(changes.PAY, orders[1:2], 1.5)
    changed(changes.CANCEL, orders[2:3], 1.5, reason="x")
    edit = carried_out(changes.EDIT, [{"id": orders[3], "notes": "Fragile"}], 1.5)
    result = undone(operation)
    assert statuses(orders) == ["cancelled", "paid", "cancelled", "pending_payment"]
    found = {fault.value: (fault.code, fault.message) for fault in faults(result)}
    assert found[orders[1]] == ("IRREVERSIBLE", f"{orders[1]} has been paid; cancel and refund it instead.")
    assert found[orders[2]][0] == "CHANGED_SINCE"
    assert found[orders[3]] == ("CHANGED_SINCE", f"{orders[3]} has been changed since, by orders.edit {edit.pk}.")


def test_it_keeps_an_order_that_has_shipped():
    operation, orders = made()
    changed(changes.PAY, orders, 1.5)
    jobs = [job.reference for job in Job.objects.of_orders(numbers(orders))]
    for step in ("VALIDATED", "SLICED", "QUEUED", "PRINTING", "POST_PROCESS", "READY", "SHIPPED"):
        change_jobs(ADVANCE, jobs, actor=make_actor(), at=at(1.6), target_status=step)
    assert refusal_of(operation).message == f"{orders[0]} has shipped; what has left the shop does not come back."


def sold(kind: str, sku: str = "book-0001") -> dict[str, Any]:
    """An order of a storefront as its dialect reads it."""
    money = {} if kind == "permission" else {"unit_price": 500, "currency_id": "USD"}
    return {
        "type": kind,
        "user": {"id": "u-1", "email": "a@example.com"},
        "products": [{"type": "print" if sku.startswith("cube") else "content", "external_id": sku, **money}],
        **({"return_url": "https://example.com/"} | money if kind == "report" else money),
    }


def test_it_cancels_what_a_storefront_gave_away_with_its_access_and_its_jobs():
    make_skus(1, "book", kind="content", material=""), make_skus(1, "cube")
    wanted = [sold("permission"), sold("permission", "cube-0001"), sold("sale"), sold("report")]
    operation = carried_out(storefront.CREATE, wanted)
    orders = [Order(pk=pk).reference for pk in Order.objects.order_by("pk").values_list("pk", flat=True)]
    before = everything()
    assert before == [["paid", "paid", "pending_payment", "paid"], ["CREATED"], ["active", "active"],
                      ["pending", "settled"]]  # fmt: skip
    result = undone(operation)
    assert everything() == [["cancelled", "cancelled", "cancelled", "paid"], ["CANCELLED"], ["cancelled", "active"],
                            ["void", "settled"]]  # fmt: skip
    assert [(fault.code, fault.value) for fault in faults(result)] == [("IRREVERSIBLE", orders[3])]
    again = undone(recorded(result), 3)
    assert everything() == before
    undone(recorded(again), 4)
    assert everything()[0] == ["cancelled", "cancelled", "cancelled", "paid"]
    moves = JobMove.objects.order_by("pk")
    assert [move.undoes for move in moves] == [None, moves[0], moves[1]]


def everything() -> list[list[str]]:
    """The statuses of all orders, jobs, entitlements and payments."""
    return [
        list(model.objects.order_by("pk").values_list("status", flat=True))
        for model in (Order, Job, Entitlement, Payment)
    ]


def test_it_keeps_an_order_whose_job_was_touched_since():
    make_skus(1, "cube")
    operation = carried_out(storefront.CREATE, [sold("permission", "cube-0001")])
    job = Job.objects.get().reference
    change_jobs(PRIORITIZE, [job], actor=make_actor(), at=at(1.5), priority=3)
    assert refusal_of(operation).message == f"{job} has been changed since."


# --- Orders that were cancelled --------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [JobStatus.CREATED, JobStatus.PRINTING, JobStatus.FAILED, JobStatus.READY])
def test_it_reinstates_a_cancelled_order_with_its_jobs(status: JobStatus):
    jobs = make_jobs(2, status)
    orders = [Job.objects.get(pk=number).order.reference for number in numbers(jobs)]
    before = statuses(orders)
    operation = changed(changes.CANCEL, orders, reason="x")
    result = undone(operation)
    assert (statuses(orders), jobs_of(orders)) == (before, [status, status])
    assert result.outcomes[1].effects == [{"kind": "job_returned", "id": jobs[0], "from": "CANCELLED", "to": status}]
    again = undone(recorded(result), 3)
    assert (statuses(orders), jobs_of(orders)) == (["cancelled"] * 2, ["CANCELLED"] * 2)
    undone(recorded(again), 4)
    assert (statuses(orders), jobs_of(orders)) == (before, [status, status])
    last = JobMove.objects.filter(job=numbers(jobs)[0]).order_by("-pk")[:4]
    assert [move.undoes for move in last] == [last[1], last[2], last[3], None]


def test_it_gives_access_back_as_it_was():
    make_skus(1, "book", kind="content", material="")
    orders = make_orders(3, sku="book-0001", paid=True)
    changed(access.CHANGE, orders[:1], 0.5, status="paused")
    before = everything()
    operation = changed(changes.CANCEL, orders, reason="x")
    assert everything()[2] == ["cancelled"] * 3
    undone(operation)
    assert everything() == before
    assert before[0] == ["paused", "paid", "paid"]


def test_it_awaits_a_payment_again():
    make_skus(1, "book", kind="content", material="")
    carried_out(storefront.CREATE, [sold("sale")], 0.5)
    before = everything()
    order = Order.objects.get().reference
    undone(changed(changes.CANCEL, [order], reason="x"))
    assert everything() == before
    assert before[3] == ["pending"]


def test_it_does_not_reinstate_an_order_twice():
    orders = make_orders(2)
    operation = changed(changes.CANCEL, orders, reason="x")
    back = undone(operation)
    changed(changes.CANCEL, orders[:1], 3, reason="y")
    with pytest.raises(Refused) as refused:
        undone(operation, 4)
    by = {fault.value: fault.message for _, fault in refused.value.faults}
    assert by[orders[1]] == (
        f"{orders[1]} has been changed since, by orders.reinstate {back.operation_id}: "
        "status is pending_payment and not cancelled."
    )
    assert ", by orders.cancel " in by[orders[0]]


# --- Pausing and resuming --------------------------------------------------------------------------------------------
def days() -> list[Any]:
    return [*LineItem.objects.order_by("pk").values_list("expiration_date", flat=True),
            *Entitlement.objects.order_by("pk").values_list("until", flat=True)]  # fmt: skip


def test_it_resumes_what_was_paused_and_pauses_it_again():
    make_skus(1, "book", kind="content", material="")
    orders = make_orders(2, sku="book-0001", paid=True)
    back = undone(changed(access.CHANGE, orders, status="paused"))
    assert everything()[:3] == [["paid", "paid"], [], ["active", "active"]]
    again = undone(recorded(back), 3)
    assert everything()[:3] == [["paused", "paused"], [], ["paused", "paused"]]
    undone(recorded(again), 4)
    assert everything()[:3] == [["paid", "paid"], [], ["active", "active"]]


def test_it_resumes_an_order_where_its_jobs_have_got_to():
    jobs = make_jobs(1, JobStatus.QUEUED)
    order = Order.objects.get().reference
    operation = changed(access.CHANGE, [order], status="paused")
    change_jobs(ADVANCE, jobs, actor=make_actor(), at=at(1.5), target_status="PRINTING")
    result = undone(operation)
    assert statuses([order]) == ["printing"]
    undone(recorded(result), 3)
    assert statuses([order]) == ["paused"]


def test_it_puts_each_last_day_back():
    make_skus(2, "book", kind="content", material="")
    make_customers()
    wanted = sold("permission")
    wanted["products"] = [
        {"type": "content", "external_id": "book-0001", "expiration_date": DAY},
        {"type": "content", "external_id": "book-0002"},
    ]
    carried_out(storefront.CREATE, [wanted], 0.5)
    order = Order.objects.get().reference
    assert days() == [DAY, None, DAY, None]
    back = undone(changed(access.CHANGE, [order], expiration_date=LATER_DAY))
    assert days() == [DAY, None, DAY, None]
    undone(recorded(back), 3)
    assert days() == [LATER_DAY] * 4


def test_it_leaves_access_alone_that_was_changed_since():
    make_skus(1, "book", kind="content", material="")
    orders = make_orders(1, sku="book-0001", paid=True)
    first = changed(access.CHANGE, orders, status="paused")
    second = changed(access.CHANGE, orders, 1.5, expiration_date=DAY)
    assert refusal_of(first).message == f"{orders[0]} has been changed since, by orders.access {second.pk}."


# --- Fields ----------------------------------------------------------------------------------------------------------
ADDRESS = {"name": "A", "line1": "B", "city": "C", "zip": "1", "country": "DE"}
FULL = {"notes": "Fragile", "shipping_address": ADDRESS, "due_date": DAY, "carrier": "Post", "tracking_number": "1Z"}


def fields(order: str) -> dict[str, Any]:
    return Order.objects.filter(pk=numbers([order])[0]).values(*FULL).get()


def test_it_puts_the_fields_of_orders_back():
    orders = make_orders(2)
    before = [fields(order) for order in orders]
    first = carried_out(changes.EDIT, [{"id": order, **FULL} for order in orders])
    second = carried_out(changes.EDIT, [{"id": orders[0], **dict.fromkeys(FULL)}], 2)
    back = undone(second, 3)
    assert fields(orders[0]) == FULL
    result = undone(first, 4)
    assert fields(orders[1]) == before[1]
    [fault] = faults(result)
    assert (fault.value, fields(orders[0])) == (orders[0], FULL)
    undone(recorded(back), 5)
    assert fields(orders[0]) == before[0]


def test_it_undoes_the_later_of_two_edits_of_one_order_first():
    [order] = make_orders()
    edits = [{"id": order, "notes": "One"}, {"id": order, "notes": "Two", "carrier": "Post"}]
    undone(carried_out(changes.EDIT, edits))
    assert (fields(order)["notes"], fields(order)["carrier"]) == ("", "")


def people() -> list[tuple[str, ...]]:
    return list(Customer.objects.order_by("pk").values_list("email", "external_id", "name", "firstname"))


def test_it_puts_the_fields_of_customers_back_though_they_had_swapped_addresses():
    one, two = make_customers(2)
    first = [{"id": one, "email": "a@example.com", "name": "A"}, {"id": two, "email": "b@example.com"}]
    carried_out(customers.EDIT, first, 0.5)
    before = people()
    edits = [
        {"id": one, "email": None},
        {"id": two, "email": "a@example.com", "firstname": "B"},
        {"id": one, "email": "b@example.com", "external_id": "x"},
    ]
    operation = carried_out(customers.EDIT, edits)
    after = people()
    back = undone(operation)
    assert people() == before
    undone(recorded(back), 3)
    assert people() == after


def test_it_puts_no_address_back_that_somebody_else_has_got_meanwhile():
    one, two = make_customers(2)
    carried_out(customers.EDIT, [{"id": one, "email": "a@example.com"}], 0.5)
    operation = carried_out(customers.EDIT, [{"id": one, "email": "b@example.com"}])
    carried_out(customers.EDIT, [{"id": two, "email": "a@example.com"}], 1.5)
    assert (refusal_of(operation).code, refusal_of(operation).path) == ("EMAIL_TAKEN", "email")


def test_it_names_what_edited_a_customer_since():
    [one] = make_customers()
    first = carried_out(customers.EDIT, [{"id": one, "name": "A"}])
    second = carried_out(customers.EDIT, [{"id": one, "firstname": "B"}], 1.5)
    assert refusal_of(first).message == f"{one} has been changed since, by customers.edit {second.pk}."


def test_it_cannot_put_a_password_back():
    [one] = make_customers()
    operation = carried_out(customers.EDIT, [{"id": one, "password": in_payload("correct horse"), "name": "A"}])
    assert (refusal_of(operation).code, refusal_of(operation).value) == ("IRREVERSIBLE", one)


# --- What cannot be undone -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "orders.pay",
        "orders.refund",
        "customers.create",
        "customers.delete",
        "quotes.create",
        "quotes.add",
        "quotes.delete",
        "quotes.order",
    ],
)
def test_it_says_why_a_kind_of_operation_cannot_be_undone(name: str):
    operation = operations()[name]
    paid = changed(changes.PAY, make_orders())
    BulkOperation.objects.filter(pk=paid.pk).update(name=name)
    paid.refresh_from_db()
    fault = refusal_of(paid)
    assert (fault.code, fault.message, fault.kind.name) == ("IRREVERSIBLE", operation.irreversible, "CONFLICT")
    others = [other.irreversible for other in operations().values() if other.name != name]
    assert operation.irreversible not in others


# --- How -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["create", "cancel", "edit", "access"])
def test_it_sends_as_many_statements_for_fifty_orders_as_for_two(kind: str):
    make_skus(1, "book", kind="content", material="")
    sent = []
    for count in 2, 50:
        orders = make_orders(count, sku="book-0001", paid=True)
        operation = {
            "create": lambda n=count: made(n)[0],
            "cancel": lambda o=orders: changed(changes.CANCEL, o, reason="x"),
            "edit": lambda o=orders: carried_out(changes.EDIT, [{"id": one, **FULL} for one in o]),
            "access": lambda o=orders: changed(access.CHANGE, o, status="paused", expiration_date=DAY),
        }[kind]()
        with statements() as found:
            result = undone(operation)
        assert faults(result) == []
        sent.append(len(found))
    # One of them asks who listens.
    assert sent[0] == sent[1] <= 15
