"""Many orders at the carrier: rows are typed or pasted, the plan is seen, and orders leave whole or not at all."""

import re
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from jobs.models import Job
from jobs.plans.shipping import Parcel, read_paste
from jobs.services import ADVANCE, change_jobs
from jobs.shipping import shipments as shipping
from jobs.shipping.forms import Entry, filled, fitting
from jobs.states import JobStatus
from orders.models import Order
from orders.services.changes import PAY, REFUND, change_orders
from orders.services.creation import create_orders
from printshop.bulk.models import BulkOperation
from printshop.testing import (
    NOON,
    make_actor,
    make_jobs,
    make_orders,
    make_skus,
    numbers,
    snapshot,
    statements,
    steps_to,
)
from printshop.tests.desk import Desk, make_operator, text_of

pytestmark = pytest.mark.django_db
S = JobStatus


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_order", "change_order", "view_bulkoperation"))


def ready(count: int = 1) -> list[int]:
    """The numbers of that many orders that only wait for a carrier."""
    return orders_of(make_jobs(count, S.READY))


def orders_of(jobs: list[str]) -> list[int]:
    return [Job.objects.get(pk=key).order_id for key in numbers(jobs)]


def send(desk: Desk, step: str, **fields: Any) -> Any:
    return desk.client.post(reverse("admin:orders_order_ship"), {"step": step, **fields})


def rows(tracking: dict[int, str], **fields: Any) -> dict[str, Any]:
    """The page's rows as a browser sends them, all of them ticked."""
    typed = {f"tracking-{key}": number for key, number in tracking.items()}
    return {"ship": list(tracking), **typed, **fields}


def carried_by(page: Any) -> dict[str, str]:
    """What the plan's page sends back of its own."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
    ours = {"entries", "carrier", "rows", "plan", "ticket"}
    return {name: unescape(value) for name, value in found if name in ours}


def press(desk: Desk, page: Any, step: str = "confirm") -> Any:
    """A button of the page that shows the plan."""
    return send(desk, step, **carried_by(page))


def labels(*keys: int) -> list[tuple[str, str, str]]:
    found = {one.pk: (one.status, one.carrier, one.tracking_number) for one in Order.objects.all()}
    return [found[key] for key in keys]


def job_statuses(order: int) -> list[str]:
    return list(Job.objects.of_orders([order]).order_by("pk").values_list("status", flat=True))


def mixed_order(*statuses: JobStatus) -> int:
    """An order with a job in each of these statuses."""
    make_orders()
    lines = [{"sku_id": sku, "quantity": 1} for sku in make_skus(len(statuses), prefix="part")]
    made = create_orders([{"customer_id": "cust-001", "line_items": lines}], actor=make_actor(), at=NOON)
    [order] = numbers([made.outcomes[0].reference])
    change_orders(PAY, [made.outcomes[0].reference], actor=make_actor(), at=NOON)
    for job, status in zip(Job.objects.of_orders([order]).order_by("pk"), statuses, strict=True):
        for step in steps_to(status):
            change_jobs(ADVANCE, [job.reference], actor=make_actor(), at=NOON, target_status=step, reason="for a test")
    return order


# --- Reading ----------------------------------------------------------------------------------------------------------
def test_it_reads_two_columns_however_they_were_copied() -> None:
    pasted = read_paste("ord-45\t1Z 999\r\nORD-046;JD01\n\n 47 , RR2\nhttp://x.example/ord-48\tA\n49\n45\t1Z 998\n")
    assert pasted.tracking == {45: "1Z 999", 46: "JD01", 47: "RR2"}
    assert pasted.complaints == [
        "Line 5: “http://x.example/ord-48” is no order's id. An order's id looks like ord-045.",
        "Line 6: there is no tracking number for ord-049.",
        "Line 7: ord-045 has another tracking number in a line before.",
    ]


def test_it_begins_with_the_orders_that_are_ready_the_most_pressing_first(desk: Desk) -> None:
    never, later, sooner = ready(3)
    make_jobs(1, S.PRINTING)
    Order.objects.filter(pk=later).update(due_date="2026-04-02")
    Order.objects.filter(pk=sooner).update(due_date="2026-04-01")
    body = desk.client.get(reverse("admin:orders_order_ship")).content.decode()
    assert re.findall(r'name="tracking-(\d+)"', body) == [str(sooner), str(later), str(never)]
    assert "checked" not in re.findall(r'<input type="checkbox" name="ship"[^>]*>', body)[0]


def test_it_says_what_to_do_when_nothing_is_ready(desk: Desk) -> None:
    assert "No order is ready to leave." in text_of(desk.client.get(reverse("admin:orders_order_ship")))


def test_it_takes_the_orders_that_are_ticked_in_the_list(desk: Desk) -> None:
    first, second = ready(2)
    body = desk.tick(Order, [second], "ship").content.decode()
    assert re.findall(r'name="ship" value="(\d+)" checked', body) == [str(second)]
    assert f'name="tracking-{first}"' not in body


def test_it_fills_the_rows_from_what_was_pasted_and_adds_rows(desk: Desk) -> None:
    first, second = ready(2)
    page = send(desk, "fill", paste=f"{first}\tA1\n{second}\tB2\nord-999999\tC3\nbad\tD4", **{f"tracking-{first}": ""})
    body, text = page.content.decode(), text_of(page)
    for key, number in ((first, "A1"), (second, "B2")):
        assert f'name="tracking-{key}" value="{number}"' in body
        assert f'name="ship" value="{key}" checked' in body
    assert "There is no order ord-999999." in text
    assert "Line 4: “bad” is no order's id." in text


def test_it_makes_room_for_what_is_pasted_but_not_for_more_than_500() -> None:
    shown = [Entry(number, chosen=number == 3) for number in range(1, 501)]
    found = fitting(filled(shown, {601: "A", 602: "B"}), 500)
    assert [one.order for one in found] == [*range(1, 499), 601, 602]


def test_it_fills_nothing_in_when_more_than_500_are_pasted(desk: Desk) -> None:
    [order] = ready()
    pasted = "\n".join(f"{number}\tX{number}" for number in range(1, 502))
    page = send(desk, "fill", paste=pasted, **{f"tracking-{order}": "1Z1"})
    assert "At most 500 orders can be shipped from here at once. Nothing was filled in." in text_of(page)
    assert f'name="tracking-{order}" value="1Z1"' in page.content.decode()


# --- The plan and the deed --------------------------------------------------------------------------------------------
def test_it_shows_the_plan_and_then_ships_with_two_records(desk: Desk) -> None:
    first, second = ready(2)
    before = snapshot()
    fields = rows({first: "1Z1", second: "1Z2"}, carrier="UPS", **{f"carrier-{second}": "DHL"})
    page = send(desk, "plan", **fields)
    text = text_of(page)
    assert "2 orders and 2 jobs will be shipped. Nothing has been done yet." in text
    assert "tracking number: – → 1Z1" in text
    assert re.search(r"job-\d+: READY → SHIPPED", text)
    assert re.search(rf"order status ord-0*{first}: ready → shipped", text)
    assert snapshot() == before
    answer = press(desk, page)
    assert answer.status_code == 302
    assert labels(first, second) == [("shipped", "UPS", "1Z1"), ("shipped", "DHL", "1Z2")]
    assert job_statuses(first) == job_statuses(second) == [S.SHIPPED]
    edit, advance = BulkOperation.objects.order_by("-pk")[:2][::-1]
    assert {(one.name, one.total, one.user_id) for one in (edit, advance)} == {
        ("orders.edit", 2, desk.user.pk),
        ("jobs.advance", 2, desk.user.pk),
    }
    told = text_of(desk.client.get(answer.url))
    assert "2 shipped, 0 refused. See what happened to the orders and their jobs ." in told


def test_it_ships_the_good_ones_and_leaves_the_refused_with_their_reasons(desk: Desk) -> None:
    [good] = ready()
    half = mixed_order(S.READY, S.PRINTING)
    [unpaid] = numbers(make_orders(1))
    [refunded] = ready()
    change_orders(REFUND, [Order(pk=refunded).reference], actor=make_actor(), at=NOON, reason="Late")
    wanted = {good: "1Z1", half: "1Z2", unpaid: "1Z3", refunded: "1Z4", 999_999: "1Z5"}
    page = send(desk, "plan", **rows(wanted))
    text = text_of(page)
    assert "1 order and 1 job will be shipped, 4 refused ." in text
    for reason in (
        "A PRINTING job cannot become SHIPPED.",
        "A pending_payment order cannot be shipped.",
        "A refunded order cannot be shipped.",
        "There is no order ord-999999.",
    ):
        assert reason in text
    assert press(desk, page).status_code == 302
    assert labels(good, half, unpaid, refunded) == [
        ("shipped", "", "1Z1"),
        ("printing", "", ""),
        ("pending_payment", "", ""),
        ("refunded", "", ""),
    ]
    assert job_statuses(half) == [S.READY, S.PRINTING]
    edit = BulkOperation.objects.filter(name="orders.edit").latest("pk")
    refused = {item.reference: (item.errors or [{}])[0]["message"] for item in edit.items.filter(verdict="refused")}
    assert len(refused) == edit.failed == 4
    assert refused[Order(pk=half).reference].endswith("A PRINTING job cannot become SHIPPED.")


def test_it_leaves_cancelled_jobs_of_an_order_behind(desk: Desk) -> None:
    order = mixed_order(S.READY, S.CANCELLED)
    assert press(desk, send(desk, "plan", **rows({order: ""}))).status_code == 302
    assert job_statuses(order) == [S.SHIPPED, S.CANCELLED]


def test_it_corrects_the_label_of_what_has_left_and_moves_nothing(desk: Desk) -> None:
    [left] = orders_of(make_jobs(1, S.SHIPPED))
    page = send(desk, "plan", **rows({left: "1Z9"}))
    assert "Nothing will be shipped, 1 that left before gets another label." in text_of(page)
    answer = press(desk, page)
    assert "0 shipped, 1 labelled anew, 0 refused." in text_of(desk.client.get(answer.url))
    assert labels(left) == [("shipped", "", "1Z9")]
    assert not BulkOperation.objects.filter(name="jobs.advance", user=desk.user).exists()
    again = text_of(send(desk, "plan", **rows({left: "1Z9"})))
    assert "Nothing will be shipped, 1 left before." in again


def test_it_offers_no_button_when_every_order_is_refused(desk: Desk) -> None:
    [printing] = orders_of(make_jobs(1, S.PRINTING))
    page = send(desk, "plan", **rows({printing: "1Z1"}))
    assert 'value="confirm"' not in page.content.decode()
    before = snapshot()
    assert press(desk, page).status_code == 200
    assert snapshot() == before


def test_it_refuses_a_tracking_number_that_is_too_long(desk: Desk) -> None:
    [order] = ready()
    text = text_of(send(desk, "plan", **rows({order: "1" * 101})))
    assert "trackingNumber must have at most 100 characters." in text


def test_it_keeps_the_rows_when_the_carrier_of_all_is_too_long(desk: Desk) -> None:
    [order] = ready()
    page = send(desk, "plan", **rows({order: "1Z1"}, carrier="x" * 101))
    assert "at most 100 characters" in text_of(page)
    assert f'name="tracking-{order}" value="1Z1"' in page.content.decode()


def test_it_leaves_a_label_that_is_known_as_it_is_where_nothing_is_typed(desk: Desk) -> None:
    [order] = ready()
    Order.objects.filter(pk=order).update(carrier="DHL", tracking_number="JD01")
    assert press(desk, send(desk, "plan", **rows({order: ""}, carrier=""))).status_code == 302
    assert labels(order) == [("shipped", "DHL", "JD01")]


def test_it_points_out_a_tracking_number_that_is_there_twice(desk: Desk) -> None:
    first, second = ready(2)
    text = text_of(send(desk, "plan", **rows({first: "1Z1", second: "1Z1"})))
    assert text.count("Another of these orders has the same tracking number.") == 2


def test_it_ships_nothing_when_the_shop_moved_on_since_the_plan(desk: Desk) -> None:
    first, second = ready(2)
    page = send(desk, "plan", **rows({first: "1Z1", second: "1Z2"}))
    change_orders(REFUND, [Order(pk=second).reference], actor=make_actor(), at=NOON, reason="Late")
    before = snapshot()
    text = text_of(press(desk, page))
    assert "something changed meanwhile" in text
    assert "A refunded order cannot be shipped." in text
    assert snapshot() == before


def test_it_ships_once_though_the_button_is_pressed_twice(desk: Desk) -> None:
    page = send(desk, "plan", **rows({ready()[0]: "1Z1"}))
    press(desk, page)
    before = snapshot()
    assert press(desk, page).status_code == 302
    assert snapshot() == before


def test_it_goes_back_to_the_rows_as_they_were_typed(desk: Desk) -> None:
    first, second = ready(2)
    sent = rows({first: "1Z1"}, carrier="UPS") | {f"tracking-{second}": "", f"carrier-{second}": "DHL"}
    body = press(desk, send(desk, "plan", **sent), "edit").content.decode()
    assert f'name="tracking-{first}" value="1Z1"' in body
    assert f'name="carrier-{second}" value="DHL"' in body
    assert re.findall(r'name="ship" value="(\d+)" checked', body) == [str(first)]
    assert re.search(r'name="carrier"[^>]*value="UPS"|value="UPS"[^>]*name="carrier"', body)


def test_it_asks_for_a_choice_when_none_was_made(desk: Desk) -> None:
    assert "Nothing is chosen" in text_of(send(desk, "plan", **{f"tracking-{ready()[0]}": ""}))


@pytest.mark.parametrize("entries", ["", "1", "[[1]]", '[["1",true,"",""]]', '[[1,true,"",""],[1,true,"",""]]'])
def test_it_takes_no_rows_that_no_page_sends(desk: Desk, entries: str) -> None:
    assert send(desk, "confirm", entries=entries).status_code == 400


def test_it_lets_nobody_ship_without_the_permission() -> None:
    looker = Desk(make_operator("view_order"))
    [order] = ready()
    before = snapshot()
    assert looker.client.get(reverse("admin:orders_order_ship")).status_code == 403
    assert send(looker, "plan", **rows({order: "1"})).status_code == 403
    looker.tick(Order, [order], "ship")
    assert snapshot() == before


# --- How much it takes ------------------------------------------------------------------------------------------------
def test_it_ships_500_orders_in_one_go_and_no_more(desk: Desk) -> None:
    keys = ready(500)
    page = send(desk, "plan", **rows({key: f"1Z{key}" for key in keys}, **{f"carrier-{key}": "UPS" for key in keys}))
    assert "500 orders and 500 jobs will be shipped." in text_of(page)
    assert press(desk, page).status_code == 302
    assert Order.objects.filter(status="shipped", carrier="UPS").count() == 500
    [more] = ready()
    assert "At most 500 orders" in text_of(send(desk, "plan", **rows(dict.fromkeys([*keys, more], "x"))))


def test_it_takes_as_many_statements_for_one_order_as_for_twenty(desk: Desk) -> None:
    sent = []
    for count in (1, 20):
        fields = rows({key: f"1Z{key}" for key in ready(count)})
        with statements() as shown:
            page = send(desk, "plan", **fields)
        with statements() as done:
            press(desk, page)
        with statements() as listed:
            desk.client.get(reverse("admin:orders_order_ship"))
        sent.append((len(shown), len(done), len(listed)))
    assert sent[0] == sent[1]


def test_it_refuses_in_the_service_what_is_no_longer_the_plan() -> None:
    [order] = ready()
    parcels = [Parcel(order, "UPS", "1Z1")]
    seen = shipping.plan(parcels, actor=make_actor(), at=NOON).fingerprint
    with pytest.raises(shipping.PlanChanged):
        shipping.ship([Parcel(order, "UPS", "1Z2")], seen, actor=make_actor(), at=NOON)
    shipped = shipping.ship(parcels, seen, actor=make_actor(), at=NOON)
    assert shipped.moves is not None
    assert shipped.operation_id == shipped.moves.operation_id
