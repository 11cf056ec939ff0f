"""What is done to the jobs of one order from its page: parts of it printed again, and how urgent it is."""

from typing import Any

import pytest
from django.urls import reverse

from jobs.models import Job
from jobs.states import JobStatus
from jobs.tests.test_shipping import carried_by, mixed_order, orders_of
from orders.models import Order
from printshop.bulk.models import BulkOperation
from printshop.testing import make_jobs, make_orders, numbers, snapshot
from printshop.tests.desk import Desk, make_operator, text_of, url

pytestmark = pytest.mark.django_db
S = JobStatus


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_order", "change_order", "view_job", "change_job"))


def address(order: int, step: str) -> str:
    return reverse("admin:orders_order_jobs", args=[order, step])


def press(desk: Desk, order: int, step: str, page: Any, button: str = "confirm", **fields: Any) -> Any:
    return desk.client.post(address(order, step), {**carried_by(page), "policy": "partial", "step": button, **fields})


def jobs_of(order: int) -> list[Job]:
    return list(Job.objects.of_orders([order]).order_by("pk"))


def test_it_offers_what_is_done_at_the_desk(desk: Desk) -> None:
    [order] = orders_of(make_jobs(1, S.PRINTING))
    body = desk.get(Order, "change", order).content.decode()
    for action in ("pay", "cancel", "refund"):
        assert url(Order, "plan", order, action) in body
    for step in ("reprint", "prioritize"):
        assert address(order, step) in body


def test_it_prints_a_part_of_an_order_again(desk: Desk) -> None:
    [order] = orders_of(make_jobs(1, S.SHIPPED, quantity=5))
    [job] = jobs_of(order)
    page = desk.client.get(address(order, "reprint"))
    assert f"Again of {job.reference}: 5 × {job.sku.name}, SHIPPED" in text_of(page)
    fields = {f"quantity_{job.pk}": "2"}
    page = press(desk, order, "reprint", page, "plan", **fields)
    assert "1 will be printed again" in text_of(page)
    before = snapshot()
    assert "This field is required." in text_of(press(desk, order, "reprint", page, **fields))
    assert snapshot() == before
    answer = press(desk, order, "reprint", page, reason="Two broke", **fields)
    assert (answer.status_code, answer.url) == (302, url(Order, "change", order))
    again = jobs_of(order)[1]
    assert (again.reprint_of_id, again.quantity, again.status, again.reason) == (job.pk, 2, S.CREATED, "Two broke")


def test_it_chooses_lines_by_their_quantities(desk: Desk) -> None:
    order = mixed_order(S.READY, S.READY, S.QUEUED)
    first, second, queued = jobs_of(order)
    page = desk.client.get(address(order, "reprint"))
    body = page.content.decode()
    assert f'name="quantity_{first.pk}"' in body
    assert f'name="quantity_{queued.pk}"' not in body
    assert "Nothing will be printed again" in text_of(page)
    fields = {f"quantity_{first.pk}": "0", f"quantity_{second.pk}": "1"}
    page = press(desk, order, "reprint", page, "plan", **fields)
    press(desk, order, "reprint", page, reason="Scratched", **fields)
    assert [job.reprint_of_id for job in jobs_of(order)] == [None, None, None, second.pk]


def test_it_prints_no_more_of_a_line_than_was_ordered(desk: Desk) -> None:
    [order] = orders_of(make_jobs(1, S.READY, quantity=5))
    fields = {f"quantity_{jobs_of(order)[0].pk}": "6"}
    page = press(desk, order, "reprint", desk.client.get(address(order, "reprint")), "plan", **fields)
    before = snapshot()
    page = press(desk, order, "reprint", page, reason="More", **fields)
    assert "less than or equal to 5" in text_of(page)
    assert snapshot() == before


def test_it_says_when_nothing_was_printed_yet(desk: Desk) -> None:
    [order] = numbers(make_orders(1, paid=True))
    answer = desk.client.get(address(order, "reprint"), follow=True)
    assert f"Nothing of {Order(pk=order).reference} was printed yet" in text_of(answer)


def test_it_sets_the_priority_of_all_jobs_still_to_be_done(desk: Desk) -> None:
    order = mixed_order(S.PRINTING, S.QUEUED, S.CANCELLED)
    page = desk.client.get(address(order, "prioritize"))
    page = press(desk, order, "prioritize", page, "plan", priority="7")
    assert "2 will be prioritized" in text_of(page)
    assert press(desk, order, "prioritize", page, priority="7").status_code == 302
    assert [job.priority for job in jobs_of(order)] == [7, 7, 0]
    assert BulkOperation.objects.latest("pk").name == "jobs.prioritize"


def test_it_says_when_nothing_is_left_to_be_done(desk: Desk) -> None:
    [order] = orders_of(make_jobs(1, S.SHIPPED))
    answer = desk.client.get(address(order, "prioritize"), follow=True)
    assert f"{Order(pk=order).reference} has no job that is still to be done." in text_of(answer)


def test_it_lets_nobody_at_the_jobs_without_their_permission() -> None:
    desk = Desk(make_operator("view_order", "change_order"))
    [order] = orders_of(make_jobs(1, S.READY))
    assert address(order, "reprint") not in desk.get(Order, "change", order).content.decode()
    before = snapshot()
    for step in ("reprint", "prioritize"):
        assert desk.client.get(address(order, step)).status_code == 403
        assert desk.client.post(address(order, step), {"step": "confirm", "priority": "1"}).status_code == 403
    assert snapshot() == before


def test_it_knows_no_other_step_and_no_other_order(desk: Desk) -> None:
    [order] = orders_of(make_jobs(1, S.READY))
    assert desk.client.get(address(order, "burn")).status_code == 404
    assert desk.client.get(address(999, "reprint")).status_code == 404
