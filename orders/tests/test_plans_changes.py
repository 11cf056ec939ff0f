"""Cancelling, paying, refunding and editing orders, worked out without a database."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from orders.plans.changes import Standing, plan_cancellation, plan_edit, plan_payment, plan_refund, unknown_order
from orders.states import CANCELLABLE, DONE, HELD, PAID_OR_BEYOND, OrderStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.testing import NOON

S = OrderStatus
EARLIER = NOON.replace(hour=8)
PAID = sorted(PAID_OR_BEYOND)


def standing(status: str = "paid", **more: Any) -> Standing:
    paid_at = None if status == S.PENDING_PAYMENT else EARLIER
    return Standing(1, "ord-001", S(status), **{"total": 1000, "paid_at": paid_at, **more})


def items(*references: str) -> list[Item]:
    return [Item(index, reference) for index, reference in enumerate(references)]


def known(order: Standing) -> dict[str, Standing]:
    return {order.reference: order}


def cancel(order: Standing, *, by_customer: bool = False) -> Outcome:
    return plan_cancellation(items("ord-001"), known(order), NOON, by_customer=by_customer)[0]


def pay(order: Standing) -> Outcome:
    return plan_payment(items("ord-001"), known(order), NOON)[0]


def refund(order: Standing, amount: int | None = None) -> Outcome:
    return plan_refund(items("ord-001"), known(order), NOON, amount)[0]


def code_of(outcome: Outcome) -> str:
    [fault] = outcome.faults
    assert fault.kind is Kind.CONFLICT
    assert outcome.change is None
    return fault.code


# --- The tables ------------------------------------------------------------------------------------------------------
def test_it_names_the_statuses_as_the_contract_does():
    assert set(PAID_OR_BEYOND) == {"paid", "processing", "printing", "post_processing", "ready", "shipped"}
    assert set(HELD) == {"paused", "refunded", "pending_payment"}
    assert set(DONE) == {"shipped", "cancelled", "refunded"}


# --- Cancelling ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "status", ["pending_payment", "paid", "processing", "printing", "post_processing", "ready", "paused"]
)
def test_it_cancels_what_is_not_at_an_end(status: str):
    outcome = cancel(standing(status))
    assert (outcome.verdict, outcome.status) == (Verdict.UPDATED, "cancelled")
    assert outcome.changes == {"status": [status, "cancelled"]}
    assert outcome.change["id"] == 1
    assert outcome.change["updated_at"] == NOON
    assert status in CANCELLABLE


@pytest.mark.parametrize("status", ["shipped", "refunded"])
def test_it_does_not_cancel_what_is_shipped_or_paid_back(status: str):
    outcome = cancel(standing(status))
    assert code_of(outcome) == "ILLEGAL_TRANSITION"
    assert outcome.faults[0].message == f"A {status} order cannot be cancelled."
    assert (outcome.faults[0].path, outcome.faults[0].value) == ("orderIds.0", "ord-001")


@pytest.mark.parametrize("by_customer", [False, True])
def test_it_leaves_a_cancelled_order_as_it_is(by_customer: bool):
    outcome = cancel(standing("cancelled"), by_customer=by_customer)
    assert (outcome.verdict, outcome.status, outcome.change) == (Verdict.UNCHANGED, "cancelled", None)


def test_it_lets_a_customer_cancel_before_payment_only():
    assert cancel(standing("pending_payment"), by_customer=True).verdict is Verdict.UPDATED
    for status in sorted(CANCELLABLE - {S.PENDING_PAYMENT}):
        assert code_of(cancel(standing(status), by_customer=True)) == "ILLEGAL_TRANSITION"


def test_it_keeps_the_time_of_payment_when_it_cancels():
    assert cancel(standing("paid")).change["paid_at"] == EARLIER


# --- Paying ----------------------------------------------------------------------------------------------------------
def test_it_pays_what_is_pending():
    outcome = pay(standing("pending_payment"))
    assert (outcome.verdict, outcome.status, outcome.change["paid_at"]) == (Verdict.UPDATED, "paid", NOON)


@pytest.mark.parametrize("status", PAID)
def test_it_leaves_a_paid_order_as_it_is(status: str):
    outcome = pay(standing(status))
    assert (outcome.verdict, outcome.status, outcome.change) == (Verdict.UNCHANGED, status, None)


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
def test_it_does_not_take_money_for_what_was_called_off(status: str):
    assert code_of(pay(standing(status))) == "ILLEGAL_TRANSITION"


def test_it_asks_of_a_paused_order_whether_it_was_paid():
    assert pay(standing("paused")).verdict is Verdict.UNCHANGED
    assert code_of(pay(standing("paused", paid_at=None))) == "ILLEGAL_TRANSITION"


# --- Refunding -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [*PAID, "cancelled", "paused"])
def test_it_gives_all_back_that_is_left(status: str):
    outcome = refund(standing(status, refunded=250))
    assert (outcome.verdict, outcome.status, outcome.change["refund"]) == (Verdict.UPDATED, "refunded", 750)
    assert outcome.effects == [{"kind": "refund", "amount": 7.5, "currency": "USD"}]


def test_it_gives_a_part_back_and_leaves_the_status():
    outcome = refund(standing("printing"), 400)
    assert (outcome.verdict, outcome.status, outcome.change["refund"]) == (Verdict.UPDATED, "printing", 400)
    assert outcome.changes == {}


@pytest.mark.parametrize(
    ("refunded", "amount", "status"), [(0, 1000, "refunded"), (400, 600, "refunded"), (400, 599, "paid")]
)
def test_it_is_refunded_when_the_last_cent_has_gone_back(refunded: int, amount: int, status: str):
    assert refund(standing(refunded=refunded), amount).status == status


@pytest.mark.parametrize(("refunded", "amount"), [(0, 1001), (400, 601), (1000, 1)])
def test_it_gives_no_more_back_than_is_left(refunded: int, amount: int):
    outcome = refund(standing(refunded=refunded), amount)
    assert code_of(outcome) == "REFUND_TOO_LARGE"
    assert f"{(1000 - refunded) / 100:.2f} USD can still be refunded" in outcome.faults[0].message


def test_it_gives_nothing_back_that_was_never_paid():
    assert code_of(refund(standing("pending_payment"))) == "ILLEGAL_TRANSITION"
    assert code_of(refund(standing("cancelled", paid_at=None), 1)) == "ILLEGAL_TRANSITION"


def test_it_leaves_a_refunded_order_as_it_is():
    assert refund(standing("refunded", refunded=1000)).verdict is Verdict.UNCHANGED
    assert code_of(refund(standing("refunded", refunded=1000), 1)) == "REFUND_TOO_LARGE"


# --- All of them -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "plan",
    [
        lambda batch, known: plan_cancellation(batch, known, NOON, by_customer=False),
        lambda batch, known: plan_payment(batch, known, NOON),
        lambda batch, known: plan_refund(batch, known, NOON, None),
    ],
)
def test_it_names_what_does_not_exist_and_goes_on(plan: Any):
    batch = [*items("ord-999", "ord-001"), Item(2, None), Item(3, "nonsense")]
    unknown, fine, misread, nonsense = plan(batch, known(standing("pending_payment")))
    assert (unknown.faults, nonsense.faults) == (
        [unknown_order("ord-999", "orderIds.0")], [unknown_order("nonsense", "orderIds.3")]
    )  # fmt: skip
    assert unknown.faults[0].kind is Kind.UNKNOWN
    assert fine.index == 1
    assert misread.faults == []


def test_it_cancels_pays_and_refunds_an_order_once_that_is_named_twice():
    twice = items("ord-001", "ord-001")
    for outcomes in (
        plan_cancellation(twice, known(standing()), NOON, by_customer=False),
        plan_payment(twice, known(standing("pending_payment")), NOON),
        plan_refund(twice, known(standing()), NOON, None),
    ):
        assert [outcome.verdict for outcome in outcomes] == ["updated", "unchanged"]
        assert outcomes[1].status == outcomes[0].status


def test_it_refunds_parts_of_an_order_until_nothing_is_left():
    outcomes = plan_refund(items("ord-001", "ord-001", "ord-001"), known(standing()), NOON, 500)
    assert [outcome.status for outcome in outcomes] == ["paid", "refunded", "refunded"]
    assert [fault.code for fault in outcomes[2].faults] == ["REFUND_TOO_LARGE"]


# --- Editing ---------------------------------------------------------------------------------------------------------
FIELDS = ("notes", "shipping_address", "due_date", "carrier", "tracking_number")
NOW = {"notes": "Ring twice", "shipping_address": {"city": "Bern"}, "due_date": date(2026, 3, 9), "carrier": "Post",
       "tracking_number": "T1"}  # fmt: skip


def edit(**given: Any) -> Outcome:
    rows = {"ord-001": {"pk": 1, **NOW}}
    return plan_edit([Item(0, {"id": "ord-001", **given})], rows, FIELDS, NOON)[0]


def test_it_changes_the_named_fields_and_keeps_the_rest():
    outcome = edit(carrier="DHL", tracking_number="T2", notes="Ring twice")
    assert outcome.change == {"id": 1, **NOW, "carrier": "DHL", "tracking_number": "T2", "updated_at": NOON}
    assert outcome.changes == {"carrier": ["Post", "DHL"], "trackingNumber": ["T1", "T2"]}


@pytest.mark.parametrize(
    ("field", "empty"),
    [("notes", ""), ("carrier", ""), ("tracking_number", ""), ("shipping_address", None), ("due_date", None)],
)
def test_it_clears_by_null(field: str, empty: str | None):
    assert edit(**{field: None}).change[field] == empty


@pytest.mark.parametrize("given", [{}, NOW, {"notes": "Ring twice"}])
def test_it_leaves_an_order_alone_that_is_so_already(given: dict[str, Any]):
    assert (edit(**given).verdict, edit(**given).change) == (Verdict.UNCHANGED, None)


def test_it_refuses_to_edit_what_does_not_exist():
    [outcome] = plan_edit([Item(0, {"id": "ord-2"})], {}, FIELDS, NOON)
    assert outcome.faults == [unknown_order("ord-2", "id")]


def test_it_names_each_order_that_does_not_exist_by_its_own_id():
    batch = [Item(index, {"id": one}) for index, one in enumerate(["ord-2", "ord-3"])]
    outcomes = plan_edit(batch, {}, FIELDS, NOON)
    assert [outcome.faults[0].value for outcome in outcomes] == ["ord-2", "ord-3"]


def test_it_meets_an_order_named_twice_as_the_earlier_item_left_it():
    batch = [
        Item(0, {"id": "ord-001", "carrier": "DHL"}),
        Item(1, {"id": "ord-001", "notes": 7}, [Fault("NOT_TEXT", "notes must be text.", "notes")]),
        Item(2, {"id": "ord-001", "carrier": "Rail", "tracking_number": "T1"}),
        Item(3, {"id": "ord-001", "carrier": "Rail"}),
    ]
    first, _, third, last = plan_edit(batch, {"ord-001": {"pk": 1, **NOW}}, FIELDS, NOON)
    assert (first.changes, third.changes) == ({"carrier": ["Post", "DHL"]}, {"carrier": ["DHL", "Rail"]})
    assert third.change == {"id": 1, **NOW, "carrier": "Rail", "updated_at": NOON}
    assert last.verdict is Verdict.UNCHANGED


def verdicts(outcomes: Sequence[Outcome]) -> list[Verdict]:
    return [outcome.verdict for outcome in outcomes]


def test_it_judges_each_order_by_itself():
    standings = {
        f"ord-{number:03d}": Standing(number, f"ord-{number:03d}", status, paid_at=None)
        for number, status in enumerate([S.PENDING_PAYMENT, S.CANCELLED, S.PAID], 1)
    }
    batch = items("ord-001", "ord-002", "ord-003")
    assert verdicts(plan_payment(batch, standings, NOON)) == ["updated", "refused", "unchanged"]
    assert verdicts(plan_cancellation(batch, standings, NOON, by_customer=False)) == ["updated", "unchanged", "updated"]
