"""Tickets, slips and labels for exactly what was chosen."""

import re
from functools import partial
from typing import Any

import pytest
import segno

from jobs.models import Job
from jobs.printing import printables
from jobs.printing.pieces import PATTERN
from jobs.services import ADVANCE, REPRINT, change_jobs
from jobs.states import JobStatus
from orders.models import Customer, LineItem, Order
from orders.services.changes import PAY, change_orders
from orders.services.creation import create_orders
from printshop.api.reading import Item
from printshop.bulk.engine import Batch, run
from printshop.testing import NOON, make_actor, make_jobs, make_orders, make_skus, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_operator, text_of, url

pytestmark = pytest.mark.django_db
S = JobStatus
KINDS = ("tickets", "slips", "bins")


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_job", "view_order"))


def named(page: Any) -> list[str]:
    """The ids that the pieces are for, in the order of the paper."""
    assert page.status_code == 200
    return re.findall(r'data-id="([^"]+)"', page.content.decode())


def an_order(*skus: str, quantity: int = 2) -> tuple[str, list[str]]:
    """A paid order of these SKUs, and its jobs."""
    make_orders()  # for the customer
    lines = [{"sku_id": sku, "quantity": quantity} for sku in skus]
    wanted: list[Any] = [{"customer_id": "cust-001", "line_items": lines}]
    (order,) = (one.reference for one in create_orders(wanted, actor=make_actor(), at=NOON).outcomes)
    change_orders(PAY, [order], actor=make_actor(), at=NOON)
    return order, [job.reference for job in Job.objects.of_orders(numbers([order])).order_by("pk")]


# --- The lot ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["tickets", "bins"])
def test_it_prints_the_ticked_jobs_and_no_other(desk: Desk, kind: str) -> None:
    jobs = make_jobs(4)
    page = desk.tick(Job, numbers([jobs[3], jobs[1]]), f"print_{kind}")
    assert sorted(named(page)) == sorted([jobs[1], jobs[3]])


def test_it_prints_in_the_order_of_the_list(desk: Desk) -> None:
    jobs = make_jobs(3)
    Job.objects.filter(pk=numbers(jobs)[2]).update(priority=9)
    page = desk.tick(Job, numbers(jobs), "print_tickets")
    assert named(page) == [jobs[2], jobs[0], jobs[1]]


def test_it_prints_all_rows_of_a_filtered_list(desk: Desk) -> None:
    queued = make_jobs(3, S.QUEUED)
    make_jobs(2)
    page = desk.tick(Job, numbers(queued[:1]), "print_tickets", "?status__exact=QUEUED", select_across="1")
    assert named(page) == queued


def test_it_prints_the_jobs_of_the_ticked_orders_without_cancelled_ones(desk: Desk) -> None:
    skus = make_skus(3)
    order, jobs = an_order(*skus)
    other, others = an_order(skus[0])
    change_jobs(ADVANCE, jobs[1:2], actor=make_actor(), at=NOON, target_status=S.CANCELLED, reason="no")
    page = desk.tick(Order, numbers([order, other]), "print_tickets")
    assert named(page) == [*others, jobs[0], jobs[2]]
    assert named(desk.tick(Order, numbers([order]), "print_bins")) == [order]


@pytest.mark.parametrize("kind", KINDS)
def test_it_prints_for_one_row_from_its_page(desk: Desk, kind: str) -> None:
    job, _ = make_jobs(2)
    order = Job.objects.get(pk=numbers([job])[0]).order
    shown = {Job: (job, numbers([job])[0]), Order: (order.reference, order.pk)}
    for model, (reference, key) in shown.items():
        address = url(model, "print", key, kind)
        first = url(model, "print", key, "tickets")
        assert first in desk.get(model, "change", key).content.decode()
        assert kind == "tickets" or address in desk.client.get(first).content.decode()
        expected = reference if model is Order and kind != "tickets" else order.reference if kind == "slips" else job
        assert named(desk.client.get(address)) == [expected]


def test_it_writes_nothing(desk: Desk) -> None:
    jobs = make_jobs(2)
    before = snapshot()
    for kind in KINDS:
        desk.tick(Job, numbers(jobs), f"print_{kind}")
    assert snapshot() == before


# --- What stands on it ------------------------------------------------------------------------------------------------
def test_it_puts_on_a_ticket_what_the_bench_needs(desk: Desk) -> None:
    make_skus(1, machine_type="resin", material="ABS")
    (job,) = make_jobs(1, quantity=7)
    row = Job.objects.select_related("order").get(pk=numbers([job])[0])
    Job.objects.update(priority=5)
    LineItem.objects.update(options={"quality": "fine", "colour": "red"})
    Customer.objects.update(name="Ada Lovelace")
    Order.objects.update(due_date="2026-03-09", notes="Gift wrap")
    text = text_of(desk.tick(Job, [row.pk], "print_tickets"))
    expected = (job, "7 × A cube", "sku-0001, ABS, resin", "colour: red, quality: fine", row.order.reference,
                "Ada Lovelace", "Due March 9, 2026", "Priority 5", "Gift wrap")  # fmt: skip
    assert [part for part in expected if part not in text] == []


def test_it_says_that_a_ticket_is_a_reprint_and_why(desk: Desk) -> None:
    (job,) = make_jobs(1, S.PRINTING)
    items = [Item(0, {"job_id": job})]
    made = run(REPRINT, Batch(items, {"reason": "Warped"}, make_actor(), NOON)).outcomes[0].reference
    assert "Reprint: Warped" in text_of(desk.tick(Job, numbers([made]), "print_tickets"))


def test_it_packs_the_chosen_jobs_and_counts_the_missing(desk: Desk) -> None:
    order, jobs = an_order(*make_skus(3))
    Order.objects.update(
        shipping_address={"name": "Ada Lovelace", "line1": "1 Main St", "zip": "10115", "city": "Berlin"}
    )
    page = desk.tick(Job, numbers(jobs[:2]), "print_slips")
    assert named(page) == [order]
    text = text_of(page)
    assert "Ada Lovelace 1 Main St 10115 Berlin" in text
    assert [job in text for job in jobs] == [True, True, False]
    assert "1 further job of this order is not in this parcel." in text
    assert "further" not in text_of(desk.tick(Order, numbers([order]), "print_slips"))


def test_it_packs_what_was_ordered_when_a_part_was_printed_again(desk: Desk) -> None:
    (job,) = make_jobs(1, S.PRINTING, quantity=5)
    items = [Item(0, {"job_id": job, "quantity": 2})]
    again = run(REPRINT, Batch(items, {"reason": "Warped"}, make_actor(), NOON)).outcomes[0].reference
    both = text_of(desk.tick(Job, numbers([job, again]), "print_slips"))
    assert f"5 A cube sku-0001 {job}, {again}" in both
    assert f"2 of 5 A cube sku-0001 {again}" in text_of(desk.tick(Job, numbers([again]), "print_slips"))


def test_it_says_on_a_slip_that_nothing_is_printed_yet(desk: Desk) -> None:
    (unpaid,) = make_orders()
    assert "Nothing of this order is printed yet." in text_of(desk.tick(Order, numbers([unpaid]), "print_slips"))


def test_it_counts_the_pieces_of_an_order_for_its_bin(desk: Desk) -> None:
    order, jobs = an_order(*make_skus(2), quantity=3)
    run(ADVANCE, Batch([Item(0, jobs[0])], {"target_status": S.CANCELLED, "reason": "no"}, make_actor(), NOON))
    assert "3 pieces" in text_of(desk.tick(Order, numbers([order]), "print_bins"))


@pytest.mark.parametrize("kind", KINDS)
def test_it_draws_the_id_as_a_code(desk: Desk, kind: str) -> None:
    (job,) = make_jobs(1)
    page = desk.tick(Job, numbers([job]), f"print_{kind}")
    (reference,) = named(page)
    drawn = segno.make_qr(reference, error="m", mask=PATTERN).svg_inline(omitsize=True, title=f"QR code: {reference}")
    assert drawn in page.content.decode()


def test_it_escapes_what_people_typed(desk: Desk) -> None:
    evil = "<script>alert(1)</script>"
    make_skus(1, name=evil, material=evil)
    jobs = make_jobs(1)
    Customer.objects.update(name=evil)
    LineItem.objects.update(name=evil, options={evil: evil})
    Order.objects.update(notes=evil, carrier=evil, external_id=evil, shipping_address={"line1": evil})
    for model, keys in ((Job, numbers(jobs)), (Order, [Order.objects.get().pk])):
        for kind in KINDS:
            body = desk.tick(model, keys, f"print_{kind}").content.decode()
            assert evil not in body
            assert "&lt;script&gt;" in body


# --- Bounds -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_it_prints_in_as_many_statements_whatever_the_lot(desk: Desk, kind: str) -> None:
    jobs = make_jobs(9)
    orders = [job.order_id for job in Job.objects.all()]
    for model, keys in ((Job, numbers(jobs)), (Order, orders)):
        act = partial(desk.tick, model, action=f"print_{kind}")
        act(keys=keys[:1])
        with statements() as few:
            act(keys=keys[:2])
        with statements() as many:
            act(keys=keys)
        assert len(few) == len(many)


def test_it_prints_a_thousand_tickets(desk: Desk) -> None:
    jobs = make_jobs(1000)
    assert named(desk.tick(Job, numbers(jobs[:1]), "print_tickets", select_across="1")) == jobs


def test_it_prints_no_more_than_a_thousand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printables, "MOST_PIECES", 2)
    assert desk.tick(Job, numbers(make_jobs(3)), "print_tickets").status_code == 302
    assert "At most 2 pieces can be printed at once" in text_of(desk.get(Job))


def test_it_says_when_there_is_nothing_to_print(desk: Desk) -> None:
    assert desk.tick(Order, numbers(make_orders()), "print_tickets").status_code == 302
    assert "There are no job tickets to print: no job was made yet." in text_of(desk.get(Order))


def test_it_knows_no_other_paper_and_no_other_row(desk: Desk) -> None:
    (job,) = numbers(make_jobs(1))
    assert desk.client.get(url(Job, "print", job, "posters")).status_code == 404
    assert desk.client.get(url(Job, "print", 99_999, "tickets")).status_code == 404


def test_it_prints_for_nobody_who_may_not_look() -> None:
    (job,) = numbers(make_jobs(1))
    stranger = Desk(make_operator("view_order", username="leo"))
    assert stranger.client.get(url(Job, "print", job, "tickets")).status_code == 403
    assert stranger.tick(Job, [job], "print_tickets").status_code == 403


def test_it_offers_paper_to_those_who_may_only_look(desk: Desk) -> None:
    make_jobs(1)
    assert "print_tickets" in desk.get(Job).content.decode()
    assert 'value="advance"' not in desk.get(Job).content.decode()
